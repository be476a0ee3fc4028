// The two append-only tables of a run file as fixed-length rows (SWMR allows no variable-length data). Each row ends
// with a check sum of its other fields: of a file that lost its end, or a page in its middle, a row can be there in
// part, and half a reading looks like one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "acquisition/hdf5_handle.h"
#include "acquisition/run_record.h"

namespace etalon::acquisition {

struct ReadingRow {
  std::int64_t sequence;
  std::int32_t step;
  std::int32_t attempt;
  char channel[32];
  char utc[28];
  double monotonic;
  double value;
  char unit[16];
  std::uint32_t flags;
  char reply[96];
  std::uint32_t check;  // CRC-32 (as in zip files) of the bytes of all fields before, in order, without padding
};

struct EventRow {
  std::int64_t sequence;
  std::int32_t step;
  std::int32_t attempt;
  char utc[28];
  double monotonic;
  char kind[24];
  char subject[40];
  char text[400];
  std::uint32_t check;
};

// All fields but the check sum, in order.
template <typename Visit>
void for_each_field(const ReadingRow& row, const Visit& visit) {
  const auto fields = [&](const auto&... field) { (visit(&field, sizeof(field)), ...); };
  fields(row.sequence, row.step, row.attempt, row.channel, row.utc, row.monotonic, row.value, row.unit, row.flags,
         row.reply);
}
template <typename Visit>
void for_each_field(const EventRow& row, const Visit& visit) {
  const auto fields = [&](const auto&... field) { (visit(&field, sizeof(field)), ...); };
  fields(row.sequence, row.step, row.attempt, row.utc, row.monotonic, row.kind, row.subject, row.text);
}

Hdf5Handle reading_row_type();
Hdf5Handle event_row_type();

// Whether the check sum is that of the row.
bool is_whole(const ReadingRow& row);
bool is_whole(const EventRow& row);

ReadingRow to_row(const JournalReading& reading, std::int64_t sequence);
JournalReading from_row(const ReadingRow& row);
// A text longer than the row holds goes on in further rows of the same sequence number.
std::size_t rows_needed(const JournalEvent& event);
EventRow to_row(const JournalEvent& event, std::size_t part);
JournalEvent from_row(const EventRow& row);

}  // namespace etalon::acquisition
