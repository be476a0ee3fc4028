// Numbers as certificates print them, and one point from its readings to print, all computed by hand.
#include "calibration/evaluation/reported_numbers.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using namespace etalon::calibration;

TEST_CASE("the handy unit is the largest multiple in which the magnitude is at least 1") {
  CHECK(handy_unit(5, "V") == "V");
  CHECK(handy_unit(1, "V") == "V");
  CHECK(handy_unit(0.999, "V") == "mV");
  CHECK(handy_unit(1e-3, "V") == "mV");
  CHECK(handy_unit(9.99e-4, "V") == "uV");
  CHECK(handy_unit(3.5e-6, "V") == "uV");
  CHECK(handy_unit(2e-9, "V") == "nV");
  CHECK(handy_unit(0.02, "ohm") == "mohm");
  CHECK(handy_unit(0, "V") == "V");
}

TEST_CASE("degrees of freedom in print") {
  CHECK(degrees_of_freedom_text(infinite) == "inf");
  CHECK(degrees_of_freedom_text(9) == "9");
  CHECK(degrees_of_freedom_text(18.9987) == "19");
  CHECK(degrees_of_freedom_text(18.94) == "18");
  CHECK(degrees_of_freedom_text(999) == "999");
  CHECK(degrees_of_freedom_text(1000) == "inf");
}

TEST_CASE("a point in print") {
  EvaluatedPoint point;
  point.point.unit = "V";
  point.point.nominal = 0.1;
  point.indication = 0.1000123456;
  point.reference = 0.10000031;
  point.error.value = 12.0356e-6;
  point.error.expanded_uncertainty = 1.0751e-6;
  point.error.coverage_factor = 2.0000115;
  point.error.effective_degrees_of_freedom = 27.6;
  point.mpe = 8.5e-6;
  point.acceptance_limit = 7.4249e-6;
  report(point, "mV", "uV");
  CHECK(point.reported.error == "12.0");
  CHECK(point.reported.expanded_uncertainty == "1.1");
  CHECK(point.reported.nominal == "100");
  CHECK(point.reported.indication == "100.0123");
  CHECK(point.reported.reference == "100.0003");
  CHECK(point.reported.mpe == "8.50");
  CHECK(point.reported.acceptance_limit == "7.42");
  CHECK(point.reported.coverage_factor == "2.00");
  CHECK(point.reported.degrees_of_freedom == "27");
  point.acceptance_limit.reset();
  point.reported = {};
  report(point, "mV", "uV");
  CHECK(point.reported.acceptance_limit.empty());
}

TEST_CASE("errors of a temperature are differences: no zero of a scale comes into print") {
  EvaluatedPoint point;
  point.point.unit = "degC";
  point.point.nominal = 25;
  point.indication = 25.0123;
  point.reference = 25.0003;
  point.error.value = 0.012;
  point.error.expanded_uncertainty = 0.0052;
  point.error.coverage_factor = 2;
  point.mpe = 0.05;
  point.acceptance_limit = 0.05;
  report(point, "degC", handy_unit(0.05, "K"));
  CHECK(point.reported.error_unit == "mK");
  CHECK(point.reported.error == "12.0");
  CHECK(point.reported.expanded_uncertainty == "5.2");
  CHECK(point.reported.mpe == "50.00");
  CHECK(point.reported.indication == "25.0123");
  CHECK(point.reported.reference == "25.0003");
}

TEST_CASE("the slope of a line has a unit, whatever that of the quantity is") {
  const auto slope = [](const std::string& unit, const std::string& error_unit) {
    EvaluatedCurve curve;
    curve.intercept.expanded_uncertainty = 0.1;
    curve.slope.value = 20.4e-6;
    curve.slope.expanded_uncertainty = 3.1e-6;
    report(curve, unit, error_unit);
    return curve.reported.at(1);
  };
  CHECK(slope("V", "uV").unit == "uV/V");
  CHECK(slope("V", "uV").value == "20.4");
  for (const char* unit : {"kPa", "mV", "degC"}) {
    INFO(unit);
    CHECK(slope(unit, unit).unit == "ppm");
    CHECK(slope(unit, unit).value == "20.4");
    CHECK(slope(unit, unit).expanded_uncertainty == "3.1");
  }
}

TEST_CASE("one point by hand, from ten readings to the printed result") {
  // 10 V in the range 10 V, ten readings in uV above 10 V. Mean 100, squared deviations sum to 9000: s = 31.6228 uV,
  // s/sqrt(10) = 10 uV with 9 degrees of freedom (half a digit, 2.887 uV, is less and does not count).
  const double written[] = {130, 70, 130, 70, 130, 70, 130, 70, 130, 70};
  const auto results = evaluate(tests::run_of_readings(tests::procedure_text(), [&](const auto& p, int i) {
    return p.id == "10 V / 10 V" ? 10 + written[i] * 1e-6 : p.nominal;
  }));
  const EvaluatedPoint& point = tests::point_of(results, "10 V / 10 V");
  // The certificate's 1.8e-6 and -2 uV: 10 V are 10.000016 V. Error 100 - 16 = 84 uV.
  CHECK(point.error.value * 1e6 == Approx(84).margin(1e-6));
  CHECK(point.repeatability * 1e6 == Approx(31.6227766).margin(1e-5));
  // In uV: readings 10; gain 10 V * 3e-6/2 = 15; its drift 10 V * 4e-6/1.7320508 = 23.0940; offset 4/2 = 2; its drift
  // 4/1.7320508 = 2.3094; EMF 0.25/1.7320508 = 0.14434. u = sqrt(100 + 225 + 533.3333 + 4 + 5.3333 + 0.020833)
  // = 29.4565.
  CHECK(point.error.standard_uncertainty * 1e6 == Approx(29.4565).margin(1e-4));
  // nu = 29.4565^4 / (10^4/9) = 677.6; t at 677 for 95.45 % is 2.0035: U = 59.02 uV.
  CHECK(point.error.effective_degrees_of_freedom == Approx(677.6).margin(0.1));
  CHECK(point.error.coverage_factor == Approx(2.0037).margin(3e-4));
  CHECK(point.error.expanded_uncertainty * 1e6 == Approx(59.02).margin(0.02));
  CHECK(point.reported.error == "84");
  CHECK(point.reported.expanded_uncertainty == "59");
  CHECK(point.reported.error_unit == "uV");
  CHECK(point.reported.reference == "10.000016");
  CHECK(point.reported.indication == "10.000100");
  // 35 ppm of reading and 5 ppm of range.
  CHECK(point.reported.mpe == "400.0");
  CHECK(point.verdict == Verdict::pass);

  // The same point for scripts.
  const auto json = nlohmann::json::parse(results_to_json(results));
  CHECK(json["unit"] == "V");
  CHECK(json["decision_rule"] == "JJF 1094");
  CHECK(json["coverage_probability"] == 0.9545);
  CHECK(json["points"].size() == results.points.size());
  for (const auto& entry : json["points"]) {
    if (entry["id"] != "10 V / 10 V") continue;
    CHECK(entry["error"].get<double>() == point.error.value);
    CHECK(entry["expanded_uncertainty"].get<double>() == point.error.expanded_uncertainty);
    CHECK(entry["decision_expanded_uncertainty"].get<double>() == point.error.expanded_uncertainty);
    CHECK(entry["acceptance_limit"].get<double>() == Approx(400e-6).epsilon(1e-12));
    CHECK(entry["verdict"] == "pass");
    CHECK(entry["readings"].size() == 10);
    CHECK(entry["reported"]["expanded_uncertainty"] == "59");
    double squares = 0;
    for (const auto& part : entry["components"])
      squares += std::pow(part["contribution"].get<double>(), 2);
    CHECK(std::sqrt(squares) == Approx(point.error.standard_uncertainty).epsilon(1e-12));
    for (const auto& line : entry["budget"]) {
      // Infinite degrees of freedom are null, those of ten readings nine.
      if (line["input"] == "gain") CHECK(line["degrees_of_freedom"].is_null());
      if (line["input"] == "indication") CHECK(line["degrees_of_freedom"] == 9);
    }
    return;
  }
  FAIL("the point is not in the JSON");
}
