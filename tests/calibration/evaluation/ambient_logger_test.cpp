// The room's conditions and their uncertainty: from all of the maker's specification, or from the logger's certificate.
#include "calibration/evaluation/ambient_logger.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using acquisition::RunRecord;
using calibration::AmbientOrigin;
using Catch::Contains;
using tests::with;

namespace {

// temperature 20.5 degC, relative humidity 45 %, pressure 1013.2 hPa.
RunRecord run_with_logger(const std::string& temperature_rows, const std::string& more = "",
                          const std::string& standard = "") {
  RunRecord run = tests::written_run([](const auto&) { return tests::WrittenPoint{}; });
  run.inputs["bench"] = base::read_file(tests::configs + "/benches/demo.toml");
  if (!standard.empty()) {
    run.inputs["bench"] =
        with(run.inputs["bench"], "serial  = \"A0000001\"", "serial = \"A0000001\"\nstandard = \"room\"");
    run.inputs["standard/room"] = standard;
  }
  for (const char* driver : {"fluke-5522a", "keysight-34461a", "vaisala-ptu300"}) {
    run.inputs["driver/" + std::string(driver)] = base::read_file(tests::configs + "/drivers/" + driver + ".toml");
  }
  std::string& logger = run.inputs["driver/vaisala-ptu300"];
  logger = with(logger, "rows = [[60, 0, 0, 0.2]]", more + "rows = " + temperature_rows);
  return run;
}

const calibration::EnvironmentRange& range_of(const calibration::Results& results, const std::string& quantity) {
  for (const auto& range : results.environment) {
    if (range.quantity == quantity) return range;
  }
  throw std::logic_error("no " + quantity);
}

calibration::EnvironmentRange temperature(const std::string& rows, const std::string& more = "") {
  return range_of(calibration::evaluate(run_with_logger(rows, more)), "temperature");
}

const std::string room_certificate = R"(
[standard]
name = "Room logger"
maker = "Vaisala"
model = "PTU303"
serial = "A0000001"
[certificate]
number = "ROOM-2026-7"
laboratory = "Example National Institute"
date = 2026-03-01
valid_until = 2027-02-28
[[corrections]]
quantity = "temperature"
up_to = "50 degC"
gain = { value = 1e-3, expanded_uncertainty = 2e-3, coverage_factor = 2 }
offset = { value = "-0.15 K", expanded_uncertainty = "0.08 K", coverage_factor = 2 }
gain_drift = { half_width = 0 }
offset_drift = { half_width = "0.05 degC" }
)";

const double root3 = std::sqrt(3.0);

}  // namespace

TEST_CASE("all parts of the maker's specification count, at the reading") {
  CHECK(temperature("[[60, 0, 0, 0.2]]").standard_uncertainty == Approx(0.2 / root3));
  CHECK(temperature("[[60, 0.01, 0, 0.2]]").standard_uncertainty == Approx((0.01 * 20.5 + 0.2) / root3));
  CHECK(temperature("[[60, 0, 0.002, 0]]").standard_uncertainty == Approx(0.002 * 60 / root3));
  CHECK(temperature("[[60, 0.01, 0.002, 0.1]]").standard_uncertainty == Approx((0.205 + 0.12 + 0.1) / root3));
  // The row that holds the reading, not the first, nor a larger one.
  CHECK(temperature("[[10, 0, 0, 0.1], [30, 0, 0, 0.3], [60, 0, 0, 0.6]]").standard_uncertainty == Approx(0.3 / root3));
  CHECK(temperature("[[60, 0, 0, 0.2]]").coverage_factor == Approx(0.9545 * root3));
  CHECK(temperature("[[60, 0, 0, 0.2]]").origin == AmbientOrigin::maker);
}

TEST_CASE("a specification for a stated probability is normal") {
  const auto range = temperature("[[60, 0, 0, 0.2]]", "coverage_probability = 0.95, ");
  CHECK(range.standard_uncertainty == Approx(0.2 / 1.959964).epsilon(1e-6));
  CHECK(range.coverage_factor == Approx(2).epsilon(1e-4));
}

TEST_CASE("beyond the specification nothing is known, and nothing is stated") {
  const auto range = temperature("[[15, 0, 0, 0.2]]");
  CHECK(range.origin == AmbientOrigin::none);
  CHECK(range.standard_uncertainty == 0);
  CHECK(range.minimum == 20.5);
}

TEST_CASE("with a certificate its correction and uncertainty are used, where it speaks of the quantity") {
  const auto results = calibration::evaluate(run_with_logger("[[60, 0, 0, 0.2]]", "", room_certificate));
  const auto& range = range_of(results, "temperature");
  CHECK(range.minimum == Approx(20.5 * 1.001 - 0.15).epsilon(1e-12));
  CHECK(range.maximum == range.minimum);
  CHECK(range.standard_uncertainty ==
        Approx(std::sqrt(std::pow(20.5e-3, 2) + std::pow(0.04, 2) + std::pow(0.05 / root3, 2))));
  CHECK(range.origin == AmbientOrigin::certificate);
  CHECK(range.source == "ROOM-2026-7");
  CHECK(range_of(results, "pressure").origin == AmbientOrigin::maker);
  CHECK(range_of(results, "pressure").minimum == 1013.2);
  REQUIRE(results.standards.size() == 2);
  CHECK(results.standards.back().certificate_number == "ROOM-2026-7");
  CHECK_THAT(calibration::results_to_json(results),
             Contains("\"uncertainty_from\": \"certificate\"") && Contains("\"uncertainty_source\": \"ROOM-2026-7\""));
}

TEST_CASE("beyond its certificate a logger is not known") {
  const auto results = calibration::evaluate(
      run_with_logger("[[60, 0, 0, 0.2]]", "", with(room_certificate, "\"50 degC\"", "\"18 degC\"")));
  CHECK(range_of(results, "temperature").origin == AmbientOrigin::none);
  CHECK(range_of(results, "temperature").standard_uncertainty == 0);
}

TEST_CASE("a logger whose certificate has expired is refused as a standard is") {
  CHECK_THROWS_AS(calibration::evaluate(
                      run_with_logger("[[60, 0, 0, 0.2]]", "", with(room_certificate, "2027-02-28", "2026-05-31"))),
                  base::RefusedError);
}

TEST_CASE("the plan states a limit of the logger only when it is one number") {
  const auto limit = [](const std::string& rows) {
    const RunRecord run = run_with_logger(rows);
    std::map<std::string, std::string> drivers;
    for (const auto& [name, text] : run.inputs) {
      if (name.starts_with("driver/")) drivers[name.substr(7)] = text;
    }
    const auto plan = acquisition::make_plan(acquisition::parse_procedure(tests::procedure_text(), "procedure.toml"),
                                             drivers::parse_bench(run.inputs.at("bench"), "bench.toml", drivers));
    for (const auto& ambient : plan.ambient) {
      if (ambient.quantity == "temperature") return ambient.error_limit;
    }
    throw std::logic_error("no temperature");
  };
  CHECK(limit("[[60, 0, 0, 0.2]]") == 0.2);
  CHECK(limit("[[60, 0.01, 0, 0.2]]") == 0);
  CHECK(limit("[[30, 0, 0, 0.2], [60, 0, 0, 0.5]]") == 0);
}
