#include "acquisition/journal_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>

#include "base/error.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

Hdf5Handle text_type(std::size_t size) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), size);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  return type;
}

// Cuts at a whole UTF-8 character; anywhere in what is no UTF-8.
std::size_t fitting_length(const std::string& text, std::size_t begin, std::size_t capacity) {
  const std::size_t length = std::min(capacity, text.size() - begin);
  if (begin + length == text.size()) return length;
  for (std::size_t shorter = length; shorter > 0 && shorter + 4 > length; --shorter) {
    if ((static_cast<unsigned char>(text[begin + shorter]) & 0xC0u) != 0x80u) return shorter;
  }
  return length;
}

template <std::size_t N>
bool put(char (&field)[N], const std::string& text, std::size_t begin = 0) {
  const std::size_t length = fitting_length(text, begin, N);
  std::memset(field, 0, N);
  std::memcpy(field, text.data() + begin, length);
  return begin + length == text.size();
}

// For texts that mean something only when they are whole.
template <std::size_t N>
void put_whole(char (&field)[N], const std::string& text, const char* what) {
  if (!put(field, text)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} \"{}\" is longer than the {} bytes that the journal has for it")), tr(what), text, N));
  }
}

template <std::size_t N>
std::string get(const char (&field)[N]) {
  return {field, strnlen(field, N)};
}

std::size_t part_begin(const std::string& text, std::size_t part, std::size_t capacity) {
  std::size_t begin = 0;
  for (; part > 0; --part)
    begin += fitting_length(text, begin, capacity);
  return begin;
}

std::uint32_t check_of(const auto& row) {
  boost::crc_32_type sum;
  for_each_field(row, [&](const void* bytes, std::size_t size) { sum.process_bytes(bytes, size); });
  return sum.checksum();
}

#define ETALON_FIELD(Row, field, type) H5Tinsert(row.id(), #field, HOFFSET(Row, field), type)
#define ETALON_TEXT(Row, field) ETALON_FIELD(Row, field, text_type(sizeof(Row::field)).id())

}  // namespace

Hdf5Handle reading_row_type() {
  Hdf5Handle row(H5Tcreate(H5T_COMPOUND, sizeof(ReadingRow)), H5Tclose);
  ETALON_FIELD(ReadingRow, sequence, H5T_NATIVE_INT64);
  ETALON_FIELD(ReadingRow, step, H5T_NATIVE_INT32);
  ETALON_FIELD(ReadingRow, attempt, H5T_NATIVE_INT32);
  ETALON_TEXT(ReadingRow, channel);
  ETALON_TEXT(ReadingRow, utc);
  ETALON_FIELD(ReadingRow, monotonic, H5T_NATIVE_DOUBLE);
  ETALON_FIELD(ReadingRow, value, H5T_NATIVE_DOUBLE);
  ETALON_TEXT(ReadingRow, unit);
  ETALON_FIELD(ReadingRow, flags, H5T_NATIVE_UINT32);
  ETALON_TEXT(ReadingRow, reply);
  ETALON_FIELD(ReadingRow, check, H5T_NATIVE_UINT32);
  return row;
}

Hdf5Handle event_row_type() {
  Hdf5Handle row(H5Tcreate(H5T_COMPOUND, sizeof(EventRow)), H5Tclose);
  ETALON_FIELD(EventRow, sequence, H5T_NATIVE_INT64);
  ETALON_FIELD(EventRow, step, H5T_NATIVE_INT32);
  ETALON_FIELD(EventRow, attempt, H5T_NATIVE_INT32);
  ETALON_TEXT(EventRow, utc);
  ETALON_FIELD(EventRow, monotonic, H5T_NATIVE_DOUBLE);
  ETALON_TEXT(EventRow, kind);
  ETALON_TEXT(EventRow, subject);
  ETALON_TEXT(EventRow, text);
  ETALON_FIELD(EventRow, check, H5T_NATIVE_UINT32);
  return row;
}

ReadingRow to_row(const JournalReading& reading, std::int64_t sequence) {
  ReadingRow row{};
  row.sequence = sequence;
  row.step = reading.step;
  row.attempt = reading.attempt;
  put_whole(row.channel, reading.channel, base::message_id("the channel"));
  put_whole(row.utc, reading.utc, base::message_id("the time"));
  row.monotonic = reading.monotonic;
  row.value = reading.value;
  put_whole(row.unit, reading.unit, base::message_id("the unit"));
  row.flags = reading.flags;
  if (!put(row.reply, reading.reply)) row.flags |= reading_text_cut;
  row.check = check_of(row);
  return row;
}

JournalReading from_row(const ReadingRow& row) {
  return {row.sequence,  row.step,  row.attempt,   get(row.channel), get(row.utc),
          row.monotonic, row.value, get(row.unit), row.flags,        get(row.reply)};
}

std::size_t rows_needed(const JournalEvent& event) {
  std::size_t rows = 1;
  for (std::size_t begin = fitting_length(event.text, 0, sizeof(EventRow::text)); begin < event.text.size(); ++rows) {
    begin += fitting_length(event.text, begin, sizeof(EventRow::text));
  }
  return rows;
}

EventRow to_row(const JournalEvent& event, std::size_t part) {
  EventRow row{};
  row.sequence = event.sequence;
  row.step = event.step;
  row.attempt = event.attempt;
  put_whole(row.utc, event.utc, base::message_id("the time"));
  row.monotonic = event.monotonic;
  put_whole(row.kind, event.kind, base::message_id("the kind of event"));
  put(row.subject, event.subject);
  put(row.text, event.text, part_begin(event.text, part, sizeof(EventRow::text)));
  row.check = check_of(row);
  return row;
}

bool is_whole(const ReadingRow& row) {
  return row.check == check_of(row);
}
bool is_whole(const EventRow& row) {
  return row.check == check_of(row);
}

JournalEvent from_row(const EventRow& row) {
  return {row.sequence,  row.step,      row.attempt,      get(row.utc),
          row.monotonic, get(row.kind), get(row.subject), get(row.text)};
}

}  // namespace etalon::acquisition
