#include "calibration/uncertainty/input_quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::message_id;
using base::tr;
namespace {

constexpr std::array<std::pair<Distribution, const char*>, 10> distribution_names{{
    {Distribution::constant, "constant"},
    {Distribution::normal, "normal"},
    {Distribution::student_t, "t"},
    {Distribution::rectangular, "rectangular"},
    {Distribution::triangular, "triangular"},
    {Distribution::arcsine, "arcsine"},
    {Distribution::trapezoidal, "trapezoidal"},
    {Distribution::curvilinear_trapezoidal, "curvilinear-trapezoidal"},
    {Distribution::exponential, "exponential"},
    {Distribution::gamma, "gamma"},
}};

void check_finite(const char* what, double value) {
  if (!std::isfinite(value))
    throw base::InputError(fmt::format(fmt::runtime(tr("the {} is {}: expected a finite number")), tr(what), value));
}

void check_not_negative(const char* what, double value) {
  if (!(value >= 0) || std::isinf(value)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the {} is {}: expected a finite number that is not negative")), tr(what), value));
  }
}

void check_degrees_of_freedom(double degrees_of_freedom) {
  if (!(degrees_of_freedom > 0)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} degrees of freedom: expected a positive number (leave it out when there is no limit)")),
        degrees_of_freedom));
  }
}

InputQuantity normal_or_t(double value, double standard_uncertainty, double degrees_of_freedom) {
  InputQuantity input;
  input.estimate = value;
  input.standard_uncertainty = standard_uncertainty;
  input.degrees_of_freedom = degrees_of_freedom;
  input.distribution = std::isinf(degrees_of_freedom) ? Distribution::normal : Distribution::student_t;
  return input;
}

void check_shape(double shape) {
  if (!(shape >= 0 && shape <= 1)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the shape of a trapezoidal distribution is {}: expected top width over base width, 0 to 1")),
        shape));
  }
}

// Standard uncertainty of a distribution with half-width 1.
double relative_standard_uncertainty(Distribution distribution, double shape) {
  switch (distribution) {
    case Distribution::rectangular:
      return 1 / std::sqrt(3.0);
    case Distribution::triangular:
      return 1 / std::sqrt(6.0);
    case Distribution::arcsine:
      return 1 / std::sqrt(2.0);
    case Distribution::trapezoidal:
      return std::sqrt((1 + shape * shape) / 6.0);
    case Distribution::constant:
    case Distribution::normal:
    case Distribution::student_t:
    case Distribution::curvilinear_trapezoidal:
    case Distribution::exponential:
    case Distribution::gamma:
      break;
  }
  throw base::InputError(fmt::format(
      fmt::runtime(tr("a {} distribution has no limits: expected rectangular, triangular, arcsine or trapezoidal")),
      to_string(distribution)));
}

void check_limit_uncertainty(double half_width, double limit_uncertainty) {
  if (limit_uncertainty != 0 && !(limit_uncertainty > 0 && limit_uncertainty < half_width)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the limits' uncertainty is {}: expected 0 or more, and less than the half-width {}")),
        limit_uncertainty, half_width));
  }
}

}  // namespace

double standard_uncertainty(const Components& components) {
  double scale = 0;
  for (const auto& [identity, part] : components)
    scale = std::max(scale, std::fabs(part.contribution));
  if (scale == 0) return 0;
  if (std::isfinite(scale)) scale = std::ldexp(1, std::ilogb(scale));  // no digit is lost by it
  double squares = 0;
  for (const auto& [identity, part] : components)
    squares += (part.contribution / scale) * (part.contribution / scale);
  return scale * std::sqrt(squares);
}

double effective_degrees_of_freedom(const Components& components) {
  const double u = standard_uncertainty(components);
  struct Part {
    double share = 0;  // of u^2
    double degrees_of_freedom = infinite;
  };
  std::map<std::string, Part> ensembles;
  double sum = 0;
  for (const auto& [identity, part] : components) {
    if (part.contribution == 0) continue;
    const double share = (part.contribution / u) * (part.contribution / u);
    if (part.ensemble.empty()) {
      sum += share * share / part.degrees_of_freedom;
      continue;
    }
    Part& ensemble = ensembles[part.ensemble];
    ensemble.share += share;
    ensemble.degrees_of_freedom = std::min(ensemble.degrees_of_freedom, part.degrees_of_freedom);
  }
  for (const auto& [name, part] : ensembles)
    sum += part.share * part.share / part.degrees_of_freedom;
  return sum > 0 ? 1 / sum : infinite;
}

std::string to_string(Distribution distribution) {
  for (const auto& [value, name] : distribution_names) {
    if (value == distribution) return name;
  }
  throw std::logic_error("a distribution without a name");
}

Distribution parse_distribution(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [value, known_name] : distribution_names) {
    if (name == known_name) return value;
    known.emplace_back(known_name);
  }
  const std::string nearest = base::nearest_word(name, known);
  throw base::InputError(fmt::format(
      fmt::runtime(nearest.empty() ? tr("unknown distribution '{0}': expected one of {2}")
                                   : tr("unknown distribution '{0}' (did you mean '{1}'?): expected one of {2}")),
      name, nearest, fmt::join(known, ", ")));
}

InputQuantity from_readings(const std::vector<double>& readings) {
  const Summary summary = summarise(readings);
  const auto count = static_cast<double>(summary.count);
  InputQuantity input = normal_or_t(summary.mean, summary.standard_deviation / std::sqrt(count), count - 1);
  return input;
}

InputQuantity from_readings(const std::vector<double>& readings, double pooled_standard_deviation,
                            double degrees_of_freedom) {
  check_not_negative(message_id("pooled standard deviation"), pooled_standard_deviation);
  check_degrees_of_freedom(degrees_of_freedom);
  const double estimate = mean(readings);
  return normal_or_t(estimate, pooled_standard_deviation / std::sqrt(static_cast<double>(readings.size())),
                     degrees_of_freedom);
}

InputQuantity from_standard_uncertainty(double value, double standard_uncertainty, double degrees_of_freedom) {
  check_finite(message_id("value"), value);
  check_not_negative(message_id("standard uncertainty"), standard_uncertainty);
  check_degrees_of_freedom(degrees_of_freedom);
  return normal_or_t(value, standard_uncertainty, degrees_of_freedom);
}

InputQuantity from_certificate(double value, double expanded_uncertainty, CoverageFactor coverage,
                               double degrees_of_freedom) {
  check_finite(message_id("value"), value);
  check_not_negative(message_id("expanded uncertainty"), expanded_uncertainty);
  check_degrees_of_freedom(degrees_of_freedom);
  if (!(coverage.k > 0) || std::isinf(coverage.k)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the coverage factor is {}: expected a positive number, such as 2")), coverage.k));
  }
  return normal_or_t(value, expanded_uncertainty / coverage.k, degrees_of_freedom);
}

InputQuantity from_certificate(double value, double expanded_uncertainty, CoverageProbability coverage,
                               double degrees_of_freedom) {
  check_finite(message_id("value"), value);
  check_not_negative(message_id("expanded uncertainty"), expanded_uncertainty);
  check_degrees_of_freedom(degrees_of_freedom);
  return normal_or_t(value, expanded_uncertainty / two_sided_student_t(coverage.p, degrees_of_freedom),
                     degrees_of_freedom);
}

InputQuantity from_limits(double value, double half_width, Distribution distribution, double shape,
                          double degrees_of_freedom) {
  check_finite(message_id("value"), value);
  check_not_negative(message_id("half-width"), half_width);
  check_degrees_of_freedom(degrees_of_freedom);
  if (distribution == Distribution::trapezoidal) {
    check_shape(shape);
  } else if (shape != 0) {
    throw base::InputError(fmt::format(fmt::runtime(tr("a {} distribution has no shape: only a trapezoidal one has")),
                                       to_string(distribution)));
  }
  InputQuantity input;
  input.estimate = value;
  input.standard_uncertainty = half_width * relative_standard_uncertainty(distribution, shape);
  input.degrees_of_freedom = degrees_of_freedom;
  input.distribution = distribution;
  input.shape = shape;
  return input;
}

InputQuantity from_bounds(double lower, double upper, Distribution distribution, double shape,
                          double degrees_of_freedom) {
  check_finite(message_id("lower limit"), lower);
  check_finite(message_id("upper limit"), upper);
  if (lower > upper) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the lower limit {} lies above the upper limit {}: expected the smaller one first")), lower,
        upper));
  }
  return from_limits(lower / 2 + upper / 2, upper / 2 - lower / 2, distribution, shape, degrees_of_freedom);
}

InputQuantity from_uncertain_limits(double value, double half_width, double limit_uncertainty,
                                    double degrees_of_freedom) {
  check_finite(message_id("value"), value);
  check_not_negative(message_id("half-width"), half_width);
  check_degrees_of_freedom(degrees_of_freedom);
  check_limit_uncertainty(half_width, limit_uncertainty);
  InputQuantity input;
  input.estimate = value;
  input.standard_uncertainty = std::sqrt(half_width * half_width / 3 + limit_uncertainty * limit_uncertainty / 9);
  input.degrees_of_freedom = degrees_of_freedom;
  input.distribution = Distribution::curvilinear_trapezoidal;
  input.limit_uncertainty = limit_uncertainty;
  return input;
}

InputQuantity from_positive_estimate(double value) {
  if (!(value > 0) || std::isinf(value)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the estimate of a quantity with a {} distribution is {}: expected a positive number")),
        to_string(Distribution::exponential), value));
  }
  InputQuantity input;
  input.estimate = value;
  input.standard_uncertainty = value;
  input.distribution = Distribution::exponential;
  return input;
}

InputQuantity from_counts(double count, int observations) {
  if (!(count >= 0 && count <= 1e15) || count != std::floor(count)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the count is {}: expected a whole number, 0 or more")), count));
  }
  if (observations < 1) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} intervals of counting: expected at least one")), observations));
  }
  InputQuantity input;
  input.estimate = (1 + count) / observations;
  input.standard_uncertainty = std::sqrt(1 + count) / observations;
  input.distribution = Distribution::gamma;
  return input;
}

InputQuantity constant(double value) {
  check_finite(message_id("value"), value);
  InputQuantity input;
  input.estimate = value;
  return input;
}

InputQuantity from_components(double value, const Components& components) {
  check_finite(message_id("value"), value);
  const double u = standard_uncertainty(components);
  if (u == 0) return constant(value);
  InputQuantity input = normal_or_t(value, u, effective_degrees_of_freedom(components));
  input.components = components;
  std::erase_if(input.components, [](const auto& entry) { return entry.second.contribution == 0; });
  return input;
}

double degrees_of_freedom_of_reliability(double relative_uncertainty) {
  if (!(relative_uncertainty > 0) || std::isinf(relative_uncertainty)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the relative uncertainty of an uncertainty is {}: expected a positive number")),
                    relative_uncertainty));
  }
  return 1 / (2 * relative_uncertainty * relative_uncertainty);
}

double half_width(const InputQuantity& input) {
  if (input.distribution == Distribution::curvilinear_trapezoidal) {
    const double u = input.standard_uncertainty;
    const double d = input.limit_uncertainty / 3;
    return std::sqrt(3 * (u - d) * (u + d));
  }
  return input.standard_uncertainty / relative_standard_uncertainty(input.distribution, input.shape);
}

void check(const InputQuantity& input) {
  try {
    check_finite(message_id("estimate"), input.estimate);
    check_not_negative(message_id("standard uncertainty"), input.standard_uncertainty);
    check_degrees_of_freedom(input.degrees_of_freedom);
    for (const auto& [identity, part] : input.components) {
      check_finite(message_id("contribution"), part.contribution);
      check_degrees_of_freedom(part.degrees_of_freedom);
    }
    if (input.distribution == Distribution::trapezoidal) check_shape(input.shape);
    if (input.distribution == Distribution::curvilinear_trapezoidal && input.standard_uncertainty > 0) {
      // u^2 = a^2/3 + d^2/9 with d < a means d < 1.5 u.
      check_not_negative(message_id("limits' uncertainty"), input.limit_uncertainty);
      if (3 * input.standard_uncertainty > input.limit_uncertainty)
        check_limit_uncertainty(half_width(input), input.limit_uncertainty);
      else
        check_limit_uncertainty(0, input.limit_uncertainty);
    }
    if ((input.distribution == Distribution::exponential || input.distribution == Distribution::gamma) &&
        input.standard_uncertainty > 0 && !(input.estimate > 0)) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the estimate of a quantity with a {} distribution is {}: "
                                                         "expected a positive number")),
                                         to_string(input.distribution), input.estimate));
    }
    if (input.distribution == Distribution::constant && input.standard_uncertainty != 0) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("a constant has no uncertainty, but {} is given")), input.standard_uncertainty));
    }
  } catch (const base::InputError& error) {
    throw base::InputError(fmt::format(fmt::runtime(tr("input '{}': {}")), input.name, error.what()));
  }
}

}  // namespace etalon::calibration
