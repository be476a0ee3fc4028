// Whatever is changed in a run file after it was written shows, also when the row's check sum was made anew.
#include "acquisition/journal_seal.h"

#include <hdf5.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>

#include "acquisition/run_file.h"
#include "acquisition/run_file_format.h"
#include "base/clock.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;
using etalon::base::Error;

namespace {

JournalEvent entry(int step, const std::string& kind, const std::string& text) {
  return {0, step, 1, etalon::base::utc_text(1.78e9), 1, kind, "", text};
}
JournalReading reading(int step, double value) {
  return {0, step, 1, "indication", etalon::base::utc_text(1.78e9), 1, value, "V", 0, std::to_string(value)};
}

// Two finished steps with three readings each, then the end.
void write_small_run(const std::string& path) {
  RunWriter writer = RunWriter::create(path, plan_to_json(small_plan()),
                                       {{"procedure", procedure_text}, {"item", "serial = 1"}}, "etalon 0.1.0");
  writer.append(entry(0, event::run_started, "12 steps"));
  for (int step = 1; step <= 2; ++step) {
    writer.append(entry(step, event::step_started, ""));
    for (int i = 0; i < 3; ++i)
      writer.append(reading(step, step + 0.25 * i));
    writer.append(entry(step, event::step_finished, "point A"));
  }
  writer.append(entry(0, event::run_finished, ""));
}

// The rows of a table, changed, with the check sums of what they are now.
template <typename Row, typename Record>
void change_rows(const std::string& path, const char* name, hid_t type,
                 const std::function<void(std::vector<Row>&)>& change) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(file >= 0);
  const hid_t table = H5Dopen2(file, name, H5P_DEFAULT);
  const hid_t space = H5Dget_space(table);
  std::vector<Row> rows(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  REQUIRE(H5Dread(table, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) >= 0);
  change(rows);
  REQUIRE(H5Dwrite(table, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) >= 0);
  H5Sclose(space);
  H5Dclose(table);
  H5Fclose(file);
}
void change_readings(const std::string& path, const std::function<void(std::vector<ReadingRow>&)>& change) {
  change_rows<ReadingRow, JournalReading>(path, readings_table, reading_row_type().id(), [&](auto& rows) {
    change(rows);
    for (ReadingRow& row : rows)
      row = to_row(from_row(row), row.sequence);
  });
}
void change_events(const std::string& path, const std::function<void(std::vector<EventRow>&)>& change) {
  change_rows<EventRow, JournalEvent>(path, events_table, event_row_type().id(), [&](auto& rows) {
    change(rows);
    for (EventRow& row : rows)
      row = to_row(from_row(row), 0);
  });
}
void change_attribute(const std::string& path, const char* name, const std::string& value) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(H5Adelete(file, name) >= 0);
  write_attribute(file, path, name, value);
  H5Fclose(file);
}
void change_bytes(const std::string& path, const std::string& from, const std::string& to) {
  REQUIRE(from.size() == to.size());
  std::string bytes = etalon::base::read_file(path);
  const auto at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  etalon::base::write_file_atomically(path, bytes.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("a run file that nobody changed keeps each text as it was written, and its seals when it is gone on with") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  const RunRecord before = read_run(path);
  CHECK(before.version == 2);
  CHECK(before.events.front().text == "12 steps");
  for (const JournalEvent& each : before.events)
    CHECK((each.kind == event::rows_sealed) == (each.text.find("rows before") != std::string::npos));
  CHECK(before.events[1].kind == event::rows_sealed);
  CHECK(before.events[1].text.find("  /inputs/procedure\n") != std::string::npos);
  CHECK(std::all_of(before.events.begin(), before.events.end(), [](const JournalEvent& each) {
    return each.kind != event::step_finished || each.text == "point A";
  }));
  {
    RunWriter writer = RunWriter::reopen(path);
    writer.append(entry(0, event::run_resumed, "again"));
    writer.append(reading(2, 7));
    writer.append(entry(2, event::step_finished, ""));
  }
  const RunRecord after = read_run(path);
  CHECK(after.events.size() == before.events.size() + 4);
  CHECK(after.events[after.events.size() - 2].text.empty());
  CHECK(after.events[1].text == before.events[1].text);
}

TEST_CASE("what was changed in a run file after it was written is named") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  SECTION("an input") {
    change_bytes(path, "serial = 1", "serial = 2");
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("/inputs/item was changed"));
    CHECK_THROWS_AS(RunWriter::reopen(path), Error);
  }
  SECTION("the plan") {
    change_bytes(path, "\"simulated\": true", "\"simulated\":false");
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("/plan was changed"));
  }
  SECTION("the software's name") {
    change_attribute(path, "software", "etalon 0.2.0");
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("software was changed"));
  }
  SECTION("the value of a reading") {
    change_readings(path, [](auto& rows) { rows[1].value += 1e-9; });
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("rows from 3 to 7") && Catch::Contains("row 8 (rows-sealed)"));
  }
  SECTION("which readings belong together") {
    change_readings(path, [](auto& rows) { std::swap(rows[4].value, rows[5].value); });
    CHECK_THROWS_AS(read_run(path), Error);
  }
  SECTION("an event") {
    change_events(path, [](auto& rows) { rows[rows.size() - 3].attempt = 2; });
    CHECK_THROWS_AS(read_run(path), Error);
  }
  SECTION("a seal that was taken off") {
    change_events(path, [](auto& rows) { std::memset(rows.back().text, 0, sizeof(rows.back().text)); });
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("do not have the SHA-256"));
  }
  SECTION("a seal that was made another event") {
    change_events(path, [](auto& rows) { std::memcpy(rows.back().kind, "link-restored", 14); });
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("run-finished") && Catch::Contains("has lost the SHA-256"));
  }
  SECTION("one more event, without its seal") {
    change_events(path, [](auto& rows) { rows[rows.size() - 3] = rows[rows.size() - 2]; });
    CHECK_THROWS_AS(read_run(path), Error);
  }
  SECTION("a version that knew no seals") {
    change_attribute(path, "version", "1");
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("sealed as later ones are"));
  }
  SECTION("a version that is not known yet") {
    change_attribute(path, "version", "3");
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("made by a newer etalon"));
  }
}

TEST_CASE("an event counts only with its seal") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  const std::size_t all = read_run(path).events.size();
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t table = H5Dopen2(file, events_table, H5P_DEFAULT);
  const hid_t space = H5Dget_space(table);
  const hsize_t shorter = static_cast<hsize_t>(H5Sget_simple_extent_npoints(space)) - 1;  // as if killed between them
  H5Sclose(space);
  REQUIRE(H5Dset_extent(table, &shorter) >= 0);
  H5Dclose(table);
  H5Fclose(file);
  CHECK(read_run(path).events.size() == all - 2);
  CHECK(read_run(path).events.back().kind == event::rows_sealed);
  RunWriter::reopen(path).append(entry(0, event::run_finished, ""));
  CHECK(read_run(path).events.size() == all);
}

TEST_CASE("a journal of version 2 without any seal is refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  change_events(path, [](auto& rows) {
    for (EventRow& row : rows)
      std::memset(row.text, 0, sizeof(row.text));
  });
  CHECK_THROWS_WITH(read_run(path), Catch::Contains("journal's first seal"));
}

TEST_CASE("the sum of rows is the same in one look and in many") {
  const auto numbered = [](int sequence) {
    JournalReading one = reading(1, sequence);
    one.sequence = sequence;
    return one;
  };
  // Event, seal, two readings; three times.
  std::vector<std::vector<JournalEvent>> parts;
  std::vector<JournalEvent> all;
  RowChain chain;
  const Sums sums = sums_of("s", "{}", {});
  for (int i = 1; i <= 9; i += 4) {
    const JournalEvent one{i, 1, 1, "t", 0, event::step_finished, "", "text"};
    chain.add(to_row(one, 0));
    const JournalEvent seal = seal_after(one, i == 1, sums, chain);
    for (std::size_t part = 0; part < rows_needed(seal); ++part)
      chain.add(to_row(seal, part));
    parts.push_back({one, seal});
    all.insert(all.end(), parts.back().begin(), parts.back().end());
    for (int r = i + 2; r < i + 4; ++r)
      chain.add(to_row(numbered(r), r));
  }
  SealCheck at_once("x", 2, sums);
  CHECK_NOTHROW(at_once.look({numbered(3), numbered(4), numbered(7), numbered(8), numbered(11)}, all));
  // Readings may come a look earlier than an event before them.
  SealCheck in_parts("x", 2, sums);
  in_parts.look({numbered(3), numbered(4), numbered(7)}, parts[0]);
  in_parts.look({numbered(8)}, parts[1]);
  in_parts.look({}, {});
  CHECK_NOTHROW(in_parts.look({numbered(11)}, parts[2]));
  SealCheck wrong("x", 2, sums);
  CHECK_THROWS_AS(wrong.look({numbered(3), numbered(4), numbered(7)}, all), Error);
}
