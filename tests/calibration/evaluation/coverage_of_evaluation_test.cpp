// Whether U covers what it says: many short runs whose truth is drawn afresh for each, so that the points that are
// counted together are independent of each other.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;

namespace {

constexpr int runs = 2000;
constexpr double probability = 0.9545;  // of the shipped procedure

// One short and two voltages, each in a range of its own; model, inputs and coverage as shipped.
std::string short_procedure() {
  const std::string shipped = tests::procedure_text();
  const std::string wirings = R"([[wiring]]
name   = "short"
from   = "short"
to     = "item"
prompt = "short"
[[wiring.range]]
range    = "10 V"
points   = ["0 V"]
readings = 5
[[wiring]]
name   = "low voltage"
from   = "source"
to     = "item"
prompt = "connect"
[[wiring.range]]
range    = "100 mV"
points   = ["100 mV"]
readings = 5
[[wiring.range]]
range    = "1 V"
points   = ["0.5 V"]
readings = 3

)";
  const std::size_t first = shipped.find("[[wiring]]");
  const std::size_t model = shipped.find("# The measurement model");
  return shipped.substr(0, first) + wirings + shipped.substr(model);
}

class Truth {
 public:
  explicit Truth(std::uint64_t seed) : engine_(seed) {}
  double normal(double mean, double standard_deviation) {
    return std::normal_distribution<double>(mean, standard_deviation)(engine_);
  }
  double uniform(double half_width) { return std::uniform_real_distribution<double>(-half_width, half_width)(engine_); }

 private:
  std::mt19937_64 engine_;
};

// How often the true error of the meter lies within U of the measured one, by point.
std::map<std::string, double> covered(double emf_half_width, double gain_standard_uncertainty) {
  const acquisition::RunRecord written =
      tests::run_of_readings(short_procedure(), [](const auto& point, int) { return point.nominal; });
  std::map<std::string, int> within;
  Truth truth(20260601);
  for (int r = 0; r < runs; ++r) {
    acquisition::RunRecord run = written;
    // Half-widths and standard uncertainties are those of the shipped standard and procedure.
    std::map<double, double> output{{0, 0}};
    output[0.1] = 0.1 * (1 + truth.normal(2.1e-6, gain_standard_uncertainty) + truth.uniform(5e-6)) +
                  truth.normal(0.10e-6, 0.2e-6) + truth.uniform(0.4e-6);
    output[0.5] = 0.5 * (1 + truth.normal(-1.4e-6, 1.5e-6) + truth.uniform(4e-6)) + truth.normal(0.3e-6, 0.3e-6) +
                  truth.uniform(0.7e-6);
    std::map<int, double> emf;  // by touch
    std::map<std::string, double> errors;
    for (const auto& point : run.plan.points) {
      if (emf.count(point.touch) == 0) emf[point.touch] = truth.uniform(emf_half_width);
      errors[point.id] = truth.uniform(20e-6 * point.range);
    }
    for (auto& reading : run.readings) {
      if (reading.channel != acquisition::indication_channel) continue;
      const auto& step = run.plan.steps[static_cast<std::size_t>(reading.step) - 1];
      const auto& point = run.plan.points[static_cast<std::size_t>(step.point)];
      // Where the scatter is large, and where the display hides it.
      const double noise = point.shorted ? 2e-3 * point.resolution : 8 * point.resolution;
      const double seen = output.at(point.nominal) + emf.at(point.touch) + errors.at(point.id) + truth.normal(0, noise);
      reading.value = std::round(seen / point.resolution) * point.resolution;
    }
    for (const auto& point : calibration::evaluate(run).points) {
      if (std::fabs(point.error.value - errors.at(point.point.id)) <= point.error.expanded_uncertainty)
        ++within[point.point.id];
    }
  }
  std::map<std::string, double> parts;
  for (const auto& [id, count] : within)
    parts[id] = static_cast<double>(count) / runs;
  return parts;
}

}  // namespace

TEST_CASE("U covers the true error as often as it says") {
  const auto parts = covered(0.25e-6, 3e-6);
  REQUIRE(parts.size() == 3);
  // Of independent runs the number is binomial: five of its standard deviations, 0.023, are left in one of two million
  // by chance. Above, few degrees of freedom are truncated, and U is a little too large.
  const double bound = 5 * std::sqrt(probability * (1 - probability) / runs);
  for (const auto& [id, part] : parts) {
    INFO(id << ": " << part);
    CHECK(part > probability - bound);
    CHECK(part < probability + 1.5 * bound);
  }
}

TEST_CASE("U does not cover what the budget was not told of") {
  // The sample is large enough to see a part that is larger than stated.
  const double bound = 5 * std::sqrt(probability * (1 - probability) / runs);
  CHECK(covered(0.25e-6, 4.5e-6).at("100 mV / 100 mV") < probability - bound);
  CHECK(covered(25e-6, 3e-6).at("10 V / 0 V (short)") < probability - bound);
}
