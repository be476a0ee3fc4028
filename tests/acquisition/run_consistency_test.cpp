// A run that says one thing in two places, and another in one of them. The run is the one of version 1 that is kept: it
// has no seals, so that these comparisons are all that stands.
#include "acquisition/run_consistency.h"

#include <catch2/catch.hpp>

#include "acquisition/run_file.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;

namespace {

const std::string golden = std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1.h5";

// The plan's text is what is compared; what the program works with follows it.
void change_plan(RunRecord& record, const std::string& right, const std::string& wrong) {
  record.plan_json = with(record.plan_json, right, wrong);
  record.plan = plan_from_json(record.plan_json);
}

JournalEvent& first_event(RunRecord& record, const std::string& kind, const std::string& subject) {
  for (JournalEvent& each : record.events) {
    if (each.kind == kind && each.subject == subject) return each;
  }
  throw std::logic_error("no such event");
}

}  // namespace

TEST_CASE("runs of version 1 agree with themselves") {
  CHECK_NOTHROW(require_consistent(read_run(golden)));
  const std::string interrupted = std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1-interrupted.h5";
  CHECK_NOTHROW(require_consistent(read_run(interrupted)));
}

TEST_CASE("what a run file states twice is compared") {
  RunRecord record = read_run(golden);
  const auto refused = [&](const std::string& one, const std::string& other) {
    CHECK_THROWS_WITH(require_consistent(record), Catch::Contains(one) && Catch::Contains(other));
  };
  SECTION("a limit of the plan against the driver file") {
    change_plan(record, "\"of_reading\": 3", "\"of_reading\": 1");
    refused("/plan", "of_reading");
  }
  SECTION("a resolution") {
    change_plan(record, "\"resolution\": 1e-0", "\"resolution\": 2e-0");
    refused("/plan", "resolution");
  }
  SECTION("which standard feeds a wiring") {
    change_plan(record, "\"standard\": \"example-5522a\"", "\"standard\": \"another-5522a\"");
    refused("/plan", "standard");
  }
  SECTION("simulated in the plan") {
    change_plan(record, "\"simulated\": true", "\"simulated\": false");
    refused("/plan says that the instruments were real", "/inputs/bench");
  }
  SECTION("simulation without its choice") {
    record.inputs.erase("simulation");
    refused("/inputs/bench", "/inputs/simulation");
  }
  SECTION("the item's serial number against who answered") {
    for (const char* name : {"item", "bench"})
      record.inputs[name] = with(record.inputs[name], "MY00000001", "MY00000002");
    refused("/inputs/item says that meter is 34461A MY00000002", "MY00000001");
  }
  SECTION("the serial number of the standard's instrument") {
    record.inputs["bench"] = with(record.inputs["bench"], "serial   = \"0000001\"", "serial   = \"0000009\"");
    refused("/inputs/bench says that calibrator is 0000009", "0000001");
  }
  SECTION("nobody answered") {
    first_event(record, event::identity, "ambient").kind = "noted";
    refused("ambient is on /inputs/bench", "does not say who answered");
  }
  SECTION("somebody answered who is not there") {
    first_event(record, event::identity, "ambient").subject = "logger";
    refused("'logger'", "/inputs/bench");
  }
  SECTION("what was set against the point") {
    first_event(record, event::set, "calibrator").text = "7 V, operating, read back";
    refused("/plan has the point", "7 V");
  }
  SECTION("a reading's value against the reply") {
    record.readings.back().value += 1e-6;
    refused("has the reading", "reply");
  }
  SECTION("an ambient reading's value against the reply") {
    for (JournalReading& reading : record.readings) {
      if (reading.channel == "temperature") reading.value += 1;
    }
    refused("temperature", "reply");
  }
  SECTION("a reading without the instrument's text") {
    record.readings.back().reply.clear();
    refused("has the reading", "reply");
  }
  SECTION("a reading's unit") {
    record.readings.back().unit = "mV";
    refused("has the reading", "in V");
  }
  SECTION("a step that the plan does not have") {
    record.readings.back().step = 100000;
    refused("the journal has a step 100000", "/plan has");
  }
}
