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

using namespace etalon;
using acquisition::JournalEvent;
using acquisition::JournalReading;
using acquisition::RunRecord;

namespace {

const std::string configs = ETALON_SOURCE_DIR "/configs";

// A point's readings: the nominal value with the meter's error, scattering by +-spread in turn.
struct WrittenPoint {
  double error = 0;
  double spread = 0;
};

RunRecord written_run(const std::function<WrittenPoint(const acquisition::Point&)>& write,
                      const std::string& day = "2026-06-01") {
  RunRecord run;
  run.path = "written.h5";
  run.inputs["procedure"] = base::read_file(configs + "/procedures/multimeter-dc-voltage.toml");
  run.inputs["standard/example-5522a"] = base::read_file(configs + "/standards/example-5522a.toml");
  const auto procedure = acquisition::parse_procedure(run.inputs["procedure"], "procedure.toml");
  run.plan =
      acquisition::make_plan(procedure, drivers::read_bench(configs + "/benches/demo.toml", configs + "/drivers"));
  std::int64_t sequence = 0;
  const std::string utc = day + "T09:00:00.000Z";
  for (const auto& step : run.plan.steps) {
    if (step.kind == acquisition::StepKind::environment) {
      for (const auto& ambient : run.plan.ambient) {
        const double value = ambient.quantity == "pressure" ? 1013.2 : ambient.quantity == "temperature" ? 20.5 : 45.0;
        run.readings.push_back({++sequence, step.number, 1, ambient.quantity, utc, 0, value, ambient.unit, 0, ""});
      }
    }
    if (step.kind == acquisition::StepKind::read) {
      const auto& point = run.plan.points[static_cast<std::size_t>(step.point)];
      const WrittenPoint written = write(point);
      for (int i = 0; i < point.readings; ++i) {
        const double value = point.nominal + written.error + (i % 2 == 0 ? written.spread : -written.spread);
        run.readings.push_back({++sequence, step.number, 1, "indication", utc, 0, value, "V", 0, ""});
      }
    }
    run.events.push_back({++sequence, step.number, 1, utc, 0, acquisition::event::step_finished, "", ""});
  }
  return run;
}

const calibration::EvaluatedPoint& point_of(const calibration::Results& results, const std::string& id) {
  for (const auto& point : results.points) {
    if (point.point.id == id) return point;
  }
  FAIL("no point " << id);
  throw std::logic_error("unreachable");
}

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
  const auto results = calibration::evaluate(written_run([](const auto& p) {
    const double correction = 0;
    return WrittenPoint{2e-5 * p.nominal + 3e-6 * p.range + correction, 0};
  }));
  REQUIRE(results.curves.size() == 5);
  for (const auto& curve : results.curves) {
    INFO(curve.range_text);
    const double range = results.points[curve.points.front()].point.range;
    // The certificate's correction (at most 4 ppm) is taken off again; its size bounds the difference.
    CHECK(std::fabs(curve.slope.value - 2e-5) < 4e-6);
    CHECK(std::fabs(curve.intercept.value - 3e-6 * range) < 1.5e-6 * range + 1e-9);
    CHECK(*curve.fit.chi_squared < 2.0 * curve.fit.degrees_of_freedom);
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
