// Days of results are those of the laboratory's calendar.
#include <catch2/catch.hpp>

#include "acquisition/laboratory_calendar.h"
#include "base/error.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using acquisition::LaboratoryCalendar;
using acquisition::RunRecord;
using Catch::Contains;
using tests::with;

namespace {

RunRecord run_at(const std::string& utc, const std::string& timezone) {
  RunRecord run = tests::run_of_readings(
      tests::procedure_text(), [](const auto& point, int) { return point.nominal; }, utc);
  const std::string shipped = base::read_file(tests::configs + "/laboratory.toml");
  run.inputs["laboratory"] = timezone.empty() ? with(shipped, "timezone =", "# timezone =")
                                              : with(shipped, "\"Asia/Shanghai\"", "\"" + timezone + "\"");
  return run;
}

}  // namespace

TEST_CASE("begin and end are days where the laboratory is") {
  const auto begin = [](const std::string& utc, const std::string& timezone) {
    const auto results = calibration::evaluate(run_at(utc, timezone));
    CHECK(results.begin == results.end);
    return results.begin;
  };
  CHECK(begin("2026-06-01T15:59:00.000Z", "Asia/Shanghai") == "2026-06-01");  // 23:59
  CHECK(begin("2026-06-01T16:01:00.000Z", "Asia/Shanghai") == "2026-06-02");  // 00:01
  CHECK(begin("2026-06-30T23:50:00.000Z", "Pacific/Kiritimati") == "2026-07-01");
  CHECK(begin("2026-06-30T22:30:00.000Z", "Europe/Berlin") == "2026-07-01");  // summer time
  CHECK(begin("2026-12-30T22:30:00.000Z", "Europe/Berlin") == "2026-12-30");
  CHECK(begin("2026-06-01T16:01:00.000Z", "") == "2026-06-01");  // as runs of version 1
  CHECK(begin("2026-06-01T16:01:00.000Z", "UTC") == "2026-06-01");
}

TEST_CASE("a standard is valid until midnight of the laboratory") {
  // valid_until = 2027-02-28; date = 2026-03-01.
  CHECK_NOTHROW(calibration::evaluate(run_at("2027-02-28T15:59:00.000Z", "Asia/Shanghai")));
  CHECK_THROWS_AS(calibration::evaluate(run_at("2027-02-28T16:01:00.000Z", "Asia/Shanghai")), base::RefusedError);
  CHECK_NOTHROW(calibration::evaluate(run_at("2027-02-28T16:01:00.000Z", "")));
  CHECK_NOTHROW(calibration::evaluate(run_at("2026-02-28T16:01:00.000Z", "Asia/Shanghai")));
  CHECK_THROWS_AS(calibration::evaluate(run_at("2026-02-28T15:59:00.000Z", "Asia/Shanghai")), base::RefusedError);
  CHECK_NOTHROW(calibration::evaluate(run_at("2027-03-01T07:00:00.000Z", "America/Los_Angeles")));
}

TEST_CASE("results name the time zone of their days") {
  CHECK_THAT(calibration::results_to_json(calibration::evaluate(run_at("2026-06-01T16:01:00.000Z", "Asia/Shanghai"))),
             Contains("\"timezone\": \"Asia/Shanghai\""));
  CHECK_THAT(calibration::results_to_json(calibration::evaluate(run_at("2026-06-01T16:01:00.000Z", ""))),
             Contains("\"timezone\": \"UTC\""));
}

TEST_CASE("a time zone that the system does not know is refused where it stands") {
  for (const char* name : {"Asia/Peking", "+08:00", "China", ""}) {
    INFO(name);
    const std::string text = "[laboratory]\nname = \"L\"\ntimezone = \"" + std::string(name) + "\"\n";
    CHECK_THROWS_WITH(LaboratoryCalendar(text, "laboratory.toml"),
                      Contains("laboratory.toml:3") && Contains("Asia/Shanghai"));
  }
  CHECK_FALSE(LaboratoryCalendar("[laboratory]\nname = \"L\"\n", "laboratory.toml").is_stated());
}
