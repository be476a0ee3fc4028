#include "calibration/statistics/frequency_stability.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

constexpr std::pair<StabilityKind, const char*> names[] = {
    {StabilityKind::allan, "allan"},
    {StabilityKind::overlapping_allan, "overlapping-allan"},
    {StabilityKind::modified_allan, "modified-allan"},
    {StabilityKind::time, "time"},
    {StabilityKind::hadamard, "hadamard"},
    {StabilityKind::overlapping_hadamard, "overlapping-hadamard"}};

void check_spacing(double tau0) {
  if (!(tau0 > 0) || std::isinf(tau0)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the spacing of the readings is {}: expected a number above 0")), tau0));
  }
}

std::size_t phases_needed(StabilityKind kind, std::size_t m) {
  switch (kind) {
    case StabilityKind::allan:
    case StabilityKind::overlapping_allan:
      return 2 * m + 1;
    case StabilityKind::modified_allan:
    case StabilityKind::time:
      return 3 * m;
    case StabilityKind::hadamard:
    case StabilityKind::overlapping_hadamard:
      return 3 * m + 1;
  }
  throw std::logic_error("a stability without a number of phases");
}

// Mean square of the second (order 2) or third differences over m, every `step`.
Stability from_differences(const std::vector<double>& x, double tau, std::size_t m, std::size_t step, int order) {
  Stability result;
  result.tau = tau;
  double squares = 0;
  const std::size_t span = static_cast<std::size_t>(order) * m;
  for (std::size_t i = 0; i + span < x.size(); i += step) {
    const double difference = order == 2 ? (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i])
                                         : (x[i + 3 * m] - x[i]) - 3 * (x[i + 2 * m] - x[i + m]);
    squares += difference * difference;
    ++result.terms;
  }
  const double factor = order == 2 ? 2 : 6;
  result.deviation = std::sqrt(squares / (factor * static_cast<double>(result.terms))) / tau;
  return result;
}

// The sum over m neighbouring second differences moves on by one difference in and one out; it is renewed at times so
// that rounding does not pile up.
Stability modified_allan(const std::vector<double>& x, double tau, std::size_t m) {
  Stability result;
  result.tau = tau;
  const auto difference = [&](std::size_t i) { return (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i]); };
  double squares = 0;
  double sum = 0;
  for (std::size_t j = 0; j + 3 * m <= x.size(); ++j) {
    if (j % 256 == 0) {
      sum = 0;
      for (std::size_t i = j; i < j + m; ++i)
        sum += difference(i);
    } else {
      sum += difference(j + m - 1) - difference(j - 1);
    }
    squares += sum * sum;
    ++result.terms;
  }
  const auto count = static_cast<double>(m);
  result.deviation = std::sqrt(squares / (2 * static_cast<double>(result.terms))) / (count * tau);
  return result;
}

}  // namespace

std::vector<double> phase_from_frequency(const std::vector<double>& frequency, double tau0) {
  check_readings(frequency, 1);
  check_spacing(tau0);
  std::vector<double> phase{0};
  phase.reserve(frequency.size() + 1);
  for (double y : frequency)
    phase.push_back(phase.back() + (y - frequency.front()) * tau0);
  return phase;
}

std::string to_string(StabilityKind kind) {
  for (const auto& [value, name] : names) {
    if (value == kind) return name;
  }
  throw std::logic_error("a stability without a name");
}

StabilityKind parse_stability_kind(const std::string& name) {
  std::string list;
  for (const auto& [value, known] : names) {
    if (name == known) return value;
    list += (list.empty() ? "" : ", ") + std::string(known);
  }
  throw base::InputError(fmt::format(fmt::runtime(tr("unknown stability '{}': expected one of {}")), name, list));
}

Stability stability_of_phase(StabilityKind kind, const std::vector<double>& phase, double tau0, std::size_t m) {
  check_spacing(tau0);
  if (m == 0 || m > phase.size()) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the averaging factor is {} with {} phases: expected 1 or more, and fewer")), m, phase.size()));
  }
  check_readings(phase, phases_needed(kind, m));
  const double tau = static_cast<double>(m) * tau0;
  const auto finished = [](const Stability& result) {
    if (!std::isfinite(result.deviation))
      throw base::InputError(tr("the readings are too large: their standard deviation is not finite"));
    return result;
  };
  switch (kind) {
    case StabilityKind::allan:
      return finished(from_differences(phase, tau, m, m, 2));
    case StabilityKind::overlapping_allan:
      return finished(from_differences(phase, tau, m, 1, 2));
    case StabilityKind::modified_allan:
      return finished(modified_allan(phase, tau, m));
    case StabilityKind::time: {
      Stability result = modified_allan(phase, tau, m);
      result.deviation *= tau / std::sqrt(3.0);
      return finished(result);
    }
    case StabilityKind::hadamard:
      return finished(from_differences(phase, tau, m, m, 3));
    case StabilityKind::overlapping_hadamard:
      return finished(from_differences(phase, tau, m, 1, 3));
  }
  throw std::logic_error("a stability without a formula");
}

Stability stability_of_frequency(StabilityKind kind, const std::vector<double>& frequency, double tau0, std::size_t m) {
  return stability_of_phase(kind, phase_from_frequency(frequency, tau0), tau0, m);
}

double overlapping_allan_degrees_of_freedom(PowerLawNoise noise, std::size_t phases, std::size_t m) {
  if (m == 0 || phases < 2 * m + 2 || phases < 4) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} phases at averaging factor {} are too few for degrees of freedom")), phases, m));
  }
  const auto n = static_cast<double>(phases);
  const auto k = static_cast<double>(m);
  switch (noise) {
    case PowerLawNoise::white_phase:
      return (n + 1) * (n - 2 * k) / (2 * (n - k));
    case PowerLawNoise::flicker_phase:
      return std::exp(std::sqrt(std::log((n - 1) / (2 * k)) * std::log((2 * k + 1) * (n - 1) / 4)));
    case PowerLawNoise::white_frequency:
      return (3 * (n - 1) / (2 * k) - 2 * (n - 2) / n) * 4 * k * k / (4 * k * k + 5);
    case PowerLawNoise::flicker_frequency:
      return m == 1 ? 2 * (n - 2) * (n - 2) / (2.3 * n - 4.9) : 5 * n * n / (4 * k * (n + 3 * k));
    case PowerLawNoise::random_walk_frequency:
      return (n - 2) / k * ((n - 1) * (n - 1) - 3 * k * (n - 1) + 4 * k * k) / ((n - 3) * (n - 3));
    case PowerLawNoise::flicker_walk_frequency:
    case PowerLawNoise::random_run_frequency:
      throw base::InputError(fmt::format(fmt::runtime(tr("the {} deviation has no limit for {} noise: take a Hadamard "
                                                         "deviation")),
                                         to_string(StabilityKind::overlapping_allan), to_string(noise)));
  }
  throw std::logic_error("a noise without degrees of freedom");
}

DeviationInterval deviation_interval(double deviation, double equivalent_degrees_of_freedom,
                                     double coverage_probability) {
  if (!(deviation >= 0) || std::isinf(deviation)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("no interval for a deviation of {}: expected a finite number, not negative")), deviation));
  }
  const double edf = equivalent_degrees_of_freedom;
  const double tail = (1 - coverage_probability) / 2;
  return {deviation * std::sqrt(edf / chi_squared_quantile(1 - tail, edf)),
          deviation * std::sqrt(edf / chi_squared_quantile(tail, edf))};
}

}  // namespace etalon::calibration
