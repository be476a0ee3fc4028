// Evaluation of a run against an independent computation, and by its properties. The run is made of written readings:
// no instrument is needed.
#include <catch2/catch.hpp>
#include <cmath>

#include "acquisition/item.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "calibration/evaluation/evaluate.h"
#include "calibration/statistics/statistics.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using acquisition::RunRecord;
using tests::point_of;
using tests::written_run;
using tests::WrittenPoint;

namespace {

double rectangular(double half_width) {
  return half_width / std::sqrt(3.0);
}

}  // namespace

TEST_CASE("a point's error and uncertainty are those of a computation by hand") {
  const auto results = calibration::evaluate(written_run([](const auto& p) {
    return WrittenPoint{1e-5 * p.range, 2e-6 * p.range};
  }));
  const auto& point = point_of(results, "10 V / 10 V");
  // Certificate of the range 32.99999 V: gain 1.8e-6, offset -2 uV.
  const double reference = 10 * (1 + 1.8e-6) - 2e-6;
  CHECK(point.indication == Approx(10 + 1e-4).epsilon(1e-14));
  CHECK(std::fabs(point.error.value - (10 + 1e-4 - reference)) < 1e-14);
  CHECK(std::fabs(point.reference - reference) < 1e-12);
  const double s = 2e-5 * std::sqrt(10.0 / 9.0);
  CHECK(point.repeatability == Approx(s));
  const double repeatability = s / std::sqrt(10.0);
  const double resolution = rectangular(10e-6 / 2);
  const double larger = std::max(repeatability, resolution);
  const double u = std::sqrt(std::pow(10 * 1.5e-6, 2) + std::pow(10 * rectangular(4e-6), 2) + std::pow(2e-6, 2) +
                             std::pow(rectangular(4e-6), 2) + std::pow(rectangular(0.25e-6), 2) + larger * larger);
  CHECK(point.error.standard_uncertainty == Approx(u).epsilon(1e-9));  // readings near 10 V hold 1e-15 of it
  REQUIRE(repeatability > resolution);
  const double nu = std::pow(u, 4) / (std::pow(repeatability, 4) / 9);
  CHECK(point.error.effective_degrees_of_freedom == Approx(nu).epsilon(1e-9));
  CHECK(point.error.expanded_uncertainty == Approx(point.error.coverage_factor * u));
  CHECK(point.mpe == Approx(35e-6 * 10 + 5e-6 * 10));
  CHECK(results.coverage_probability == 0.9545);
}

TEST_CASE("with a short the reference is zero and no standard enters") {
  const auto results = calibration::evaluate(written_run([](const auto&) { return WrittenPoint{1.5e-6, 0}; }));
  const auto& point = point_of(results, "100 mV / 0 mV (short)");
  CHECK(std::fabs(point.error.value - 1.5e-6) < 1e-18);
  CHECK(point.error.standard_uncertainty == Approx(std::hypot(rectangular(0.05e-6), rectangular(0.25e-6))));
  for (const auto& line : point.error.lines)
    CHECK(line.identity.find("certificate") == std::string::npos);
}

TEST_CASE("points that share the certificate are correlated, and the line knows it") {
  const auto results = calibration::evaluate(written_run([](const auto&) { return WrittenPoint{0, 0}; }));
  const auto& plus = point_of(results, "1000 V / 1000 V");
  const auto& minus = point_of(results, "1000 V / -1000 V");
  const double shared = calibration::covariance(plus.error, minus.error);
  // Gain and its drift pull in opposite directions at +-1000 V, offset and emf in the same.
  const double expected = -std::pow(1000 * 2.5e-6, 2) - std::pow(1000 * rectangular(5e-6), 2) + std::pow(150e-6, 2) +
                          std::pow(rectangular(0.2e-3), 2) + std::pow(rectangular(0.25e-6), 2);
  CHECK(shared == Approx(expected).epsilon(1e-12));
  CHECK(shared < 0);
  for (const auto& curve : results.curves) {
    // The only range whose points all lie in one range of the standard.
    if (curve.range_text != "100 mV") continue;
    // No number of points makes the slope better known than the gain of the standard.
    const double gain = std::hypot(3e-6, rectangular(5e-6));
    CHECK(curve.slope.standard_uncertainty >= gain);
    CHECK(curve.slope.standard_uncertainty == Approx(gain).epsilon(0.05));
    // The carried components reproduce the covariance of the fit.
    CHECK(curve.slope.standard_uncertainty == Approx(std::sqrt(curve.fit.covariance(1, 1))).epsilon(1e-9));
    CHECK(curve.intercept.standard_uncertainty == Approx(std::sqrt(curve.fit.covariance(0, 0))).epsilon(1e-9));
    return;
  }
  FAIL("no curve of 100 mV");
}

TEST_CASE("a true straight line comes out of every range") {
  // What the certificate says of each range of the standard: a meter that reads the true output with an error on a
  // straight line has just that line.
  const auto output = [](double setting) {
    const double size = std::fabs(setting);
    if (size <= 0.3299999) return setting * (1 + 2.1e-6) + 0.10e-6;
    if (size <= 3.299999) return setting * (1 - 1.4e-6) + 0.3e-6;
    if (size <= 32.99999) return setting * (1 + 1.8e-6) - 2e-6;
    if (size <= 329.9999) return setting * (1 + 3.2e-6) + 10e-6;
    return setting * (1 - 2.6e-6) + 0.1e-3;
  };
  const auto results = calibration::evaluate(written_run([&](const auto& p) {
    const double correction = p.shorted ? 0 : output(p.nominal) - p.nominal;
    return WrittenPoint{2e-5 * p.nominal + 3e-6 * p.range + correction, 0};
  }));
  REQUIRE(results.curves.size() == 5);
  for (const auto& curve : results.curves) {
    INFO(curve.range_text);
    const double range = results.points[curve.points.front()].point.range;
    CHECK(curve.slope.value == Approx(2e-5).epsilon(1e-6));
    CHECK(curve.intercept.value == Approx(3e-6 * range).epsilon(1e-6));
    CHECK(*curve.fit.chi_squared < 1e-6);
  }
}

TEST_CASE("verdicts follow the errors") {
  const auto results = calibration::evaluate(written_run([](const auto& p) {
    if (p.id == "10 V / 5 V") return WrittenPoint{1e-3, 0};
    return WrittenPoint{0, 0};
  }));
  CHECK(point_of(results, "10 V / 5 V").verdict == calibration::Verdict::fail);
  CHECK(point_of(results, "10 V / 7 V").verdict == calibration::Verdict::pass);
}

TEST_CASE("reported texts agree with the numbers to their last digit") {
  const auto results = calibration::evaluate(written_run([](const auto& p) {
    return WrittenPoint{7.3e-6 * p.range, 1e-6 * p.range};
  }));
  for (const auto& point : results.points) {
    INFO(point.point.id);
    const auto& reported = point.reported;
    const auto u = base::Decimal::parse(reported.expanded_uncertainty);
    const auto error = base::Decimal::parse(reported.error);
    CHECK(error.last_place() == u.last_place());
    const double half_digit = 0.5 * std::pow(10, u.last_place()) * 1.000001;
    CHECK(std::fabs(error.to_double() - base::convert(point.error.value, "V", reported.error_unit)) <= half_digit);
    CHECK(std::fabs(u.to_double() - base::convert(point.error.expanded_uncertainty, "V", reported.error_unit)) <=
          half_digit);
    const double in_values = base::convert(half_digit, reported.error_unit, reported.value_unit);
    CHECK(std::fabs(base::Decimal::parse(reported.indication).to_double() -
                    base::convert(point.indication, "V", reported.value_unit)) <= in_values * 1.0001);
  }
}

TEST_CASE("only finished attempts count, the newest of them") {
  RunRecord run = written_run([](const auto&) { return WrittenPoint{0, 0}; });
  const int step = [&] {
    for (const auto& s : run.plan.steps) {
      if (s.kind == acquisition::StepKind::read && run.plan.points[static_cast<std::size_t>(s.point)].id == "1 V / 1 V")
        return s.number;
    }
    return 0;
  }();
  const auto value = [&] { return point_of(calibration::evaluate(run), "1 V / 1 V").indication; };
  for (int i = 0; i < 10; ++i)
    run.readings.push_back({9000 + i, step, 2, "indication", "2026-06-01T10:00:00.000Z", 0, 1.5, "V", 0, ""});
  CHECK(value() == Approx(1.0));
  run.events.push_back({9100, step, 2, "2026-06-01T10:00:00.000Z", 0, acquisition::event::step_finished, "", ""});
  CHECK(value() == Approx(1.5));
  run.readings.pop_back();
  CHECK_THROWS_AS(value(), base::InputError);  // a finished attempt with a reading missing is damage
}

TEST_CASE("a standard's certificate may write each range in a unit of its own") {
  RunRecord run = written_run([](const auto&) { return WrittenPoint{1e-6, 0}; });
  const auto in_volts = calibration::evaluate(run);
  std::string text = tests::standard_text();
  text = tests::with(text, "\"0.3299999 V\"", "\"329.9999 mV\"");
  text = tests::with(text, "\"0.10 uV\"", "\"1e-4 mV\"");
  text = tests::with(text, "\"329.9999 V\"", "\"0.3299999 kV\"");
  run.inputs["standard/example-5522a"] = text;
  const auto in_others = calibration::evaluate(run);
  REQUIRE(in_others.points.size() == in_volts.points.size());
  for (std::size_t p = 0; p < in_volts.points.size(); ++p) {
    INFO(in_volts.points[p].point.id);
    CHECK(in_others.points[p].reported.error == in_volts.points[p].reported.error);
    CHECK(in_others.points[p].reported.expanded_uncertainty == in_volts.points[p].reported.expanded_uncertainty);
  }
}

TEST_CASE("what must be refused") {
  SECTION("a standard whose certificate had expired on the day") {
    CHECK_THROWS_AS(calibration::evaluate(written_run([](const auto&) { return WrittenPoint{}; }, "2027-03-01")),
                    base::RefusedError);
  }
  SECTION("a standard whose certificate was made later") {
    CHECK_THROWS_AS(calibration::evaluate(written_run([](const auto&) { return WrittenPoint{}; }, "2026-02-28")),
                    base::RefusedError);
  }
  SECTION("an unfinished run") {
    RunRecord run = written_run([](const auto&) { return WrittenPoint{}; });
    run.events.erase(run.events.end() - 2);
    CHECK_THROWS_WITH(calibration::evaluate(run), Catch::Contains("not finished") && Catch::Contains("etalon resume"));
  }
  SECTION("a value the certificate says nothing about") {
    RunRecord run = written_run([](const auto&) { return WrittenPoint{}; });
    auto& text = run.inputs["standard/example-5522a"];
    text = text.substr(0, text.rfind("[[corrections]]"));
    CHECK_THROWS_AS(calibration::evaluate(run), base::InputError);
  }
}
