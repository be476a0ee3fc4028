// Whatever is changed in a run file after it was written shows, also when the row's check sum was made anew.
#include "acquisition/journal_seal.h"

#include <hdf5.h>

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
    writer.append(entry(step, event::step_finished, ""));
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

TEST_CASE("a run file that nobody changed is read without its seals, and sealed alike when it is gone on with") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  const RunRecord before = read_run(path);
  CHECK(before.version == 2);
  CHECK(before.events.front().text == "12 steps");
  for (const JournalEvent& each : before.events)
    CHECK(each.text.find("sha256") == std::string::npos);
  {
    RunWriter writer = RunWriter::reopen(path);
    writer.append(entry(0, event::run_resumed, "again"));
    writer.append(reading(2, 7));
    writer.append(entry(2, event::step_finished, ""));
  }
  const RunRecord after = read_run(path);
  CHECK(after.events.size() == before.events.size() + 2);
  CHECK(after.events.back().text.empty());
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
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("rows from 2 to 5") && Catch::Contains("step-finished"));
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
    CHECK_THROWS_WITH(read_run(path), Catch::Contains("run-finished") && Catch::Contains("has lost its SHA-256"));
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

TEST_CASE("a journal of version 2 without any seal is refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  write_small_run(path);
  change_events(path, [](auto& rows) {
    for (EventRow& row : rows)
      std::memset(row.text, 0, sizeof(row.text));
  });
  CHECK_THROWS_WITH(read_run(path), Catch::Contains("journal's first event"));
}

TEST_CASE("the sum of rows is the same in one look and in many") {
  const auto events = [] {
    std::vector<JournalEvent> made;
    RowChain chain;
    const Sums sums = sums_of("s", "{}", {});
    for (int i = 1; i <= 9; i += 3) {
      JournalEvent one = sealed({i, 1, 1, "t", 0, event::step_finished, "", "text"}, i == 1, sums, chain);
      for (std::size_t part = 0; part < rows_needed(one); ++part)
        chain.add(to_row(one, part));
      made.push_back(one);
      for (int r = i + 1; r < i + 3; ++r)
        chain.add(to_row(reading(1, r), r));
    }
    return made;
  }();
  const auto numbered = [](int sequence) {
    JournalReading one = reading(1, sequence);
    one.sequence = sequence;
    return one;
  };
  SealCheck at_once("x", 2, sums_of("s", "{}", {}));
  std::vector<JournalEvent> all = events;
  at_once.look({numbered(2), numbered(3), numbered(5), numbered(6), numbered(8)}, all);
  CHECK(all.back().text == "text");
  // Readings may come a look earlier than an event before them.
  SealCheck in_parts("x", 2, sums_of("s", "{}", {}));
  std::vector<JournalEvent> part{events[0]};
  in_parts.look({numbered(2), numbered(3), numbered(5)}, part);
  part = {events[1]};
  in_parts.look({numbered(6)}, part);
  part = {};
  in_parts.look({}, part);
  part = {events[2]};
  CHECK_NOTHROW(in_parts.look({numbered(8)}, part));
  SealCheck wrong("x", 2, sums_of("s", "{}", {}));
  all = events;
  CHECK_THROWS_AS(wrong.look({numbered(2), numbered(3), numbered(5)}, all), Error);
}
