#include "calibration/statistics/equivalent_degrees_of_freedom.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

constexpr double continuous = INFINITY;  // filter factor of continuous time
constexpr std::size_t largest_filtered_span = 100;
constexpr std::size_t largest_stride = 10000;

int order_of(StabilityKind kind) {
  return kind == StabilityKind::hadamard || kind == StabilityKind::overlapping_hadamard ? 3 : 2;
}
bool is_modified(StabilityKind kind) {
  return kind == StabilityKind::modified_allan || kind == StabilityKind::time;
}
bool overlaps(StabilityKind kind) {
  return kind != StabilityKind::allan && kind != StabilityKind::hadamard;
}

// Generalised autocovariance of phase noise of exponent alpha - 2, times in units of tau: odd powers for even alpha,
// with a logarithm for odd alpha.
double covariance_of_phase(double t, int alpha) {
  const double distance = std::fabs(t);
  if (distance == 0) return 0;
  const double power = std::pow(distance, 3 - alpha);
  const int sign = (alpha % 2 == 0 ? alpha / 2 : (alpha + 1) / 2) % 2 == 0 ? 1 : -1;
  // alpha   2    1         0     -1          -2     -3        -4
  //        -|t|  t^2 ln|t| |t|^3 -t^4 ln|t|  -|t|^5 t^6 ln|t| |t|^7
  if (alpha % 2 == 0) return sign * power;
  return -sign * power * std::log(distance);
}

// Of the phase averaged over tau/filter.
double covariance_of_average(double t, double filter, int alpha) {
  if (filter == continuous) return covariance_of_phase(t, alpha + 2);
  if (alpha == 1 && std::fabs(t) * filter > 100) {  // the differences below would lose their digits
    return -(2 * std::log(std::fabs(t)) + 3) + 1 / (6 * t * t * filter * filter);
  }
  return filter * filter *
         (2 * covariance_of_phase(t, alpha) - covariance_of_phase(t - 1 / filter, alpha) -
          covariance_of_phase(t + 1 / filter, alpha));
}

// Of its d-th differences over tau.
double covariance_of_difference(double t, double filter, int alpha, int d) {
  const auto at = [&](double shift) { return covariance_of_average(t + shift, filter, alpha); };
  if (d == 2) return 6 * at(0) - 4 * (at(-1) + at(1)) + (at(-2) + at(2));
  return 20 * at(0) - 15 * (at(-1) + at(1)) + 6 * (at(-2) + at(2)) - (at(-3) + at(3));
}

// White phase noise, differences of order d without averaging: correlated at whole multiples of tau only.
double degrees_for_white_phase(double terms, double stride, int d) {
  double sum = 1;
  double ratio = 1;  // of binomials, binom(2d, d - k)/binom(2d, d)
  for (int k = 1; k <= d; ++k) {
    ratio *= static_cast<double>(d - k + 1) / (d + k);
    const double share = 1 - k * stride / terms;
    if (share <= 0) break;
    sum += 2 * share * ratio * ratio;
  }
  return terms / sum;
}

}  // namespace

double equivalent_degrees_of_freedom(StabilityKind kind, PowerLawNoise noise, std::size_t phases, std::size_t m) {
  const int d = order_of(kind);
  const int alpha = exponent(noise);
  if (alpha + 2 * d <= 1) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the {} deviation has no limit for {} noise: take a Hadamard "
                                                       "deviation")),
                                       to_string(kind), to_string(noise)));
  }
  const bool modified = is_modified(kind);
  const auto order = static_cast<std::size_t>(d);
  if (m == 0 || phases == 0 || m > (phases - (modified ? 0 : 1)) / (order + (modified ? 1 : 0))) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} phases at averaging factor {} are too few for degrees of freedom")), phases, m));
  }
  const std::size_t span = order * m + (modified ? m : 1);  // phases in one difference
  const double stride = overlaps(kind) ? static_cast<double>(std::min(m, largest_stride)) : 1;
  const double terms = 1 + std::floor(stride * static_cast<double>(phases - span) / static_cast<double>(m));
  if (alpha == 2 && !modified) {
    const auto all = 1 + std::floor(static_cast<double>(phases - span) / (overlaps(kind) ? 1 : static_cast<double>(m)));
    return degrees_for_white_phase(all, overlaps(kind) ? static_cast<double>(m) : 1, d);
  }
  double filter = modified ? 1 : static_cast<double>(m);
  if (!modified && m > largest_filtered_span / (order + 1) && alpha <= 0) filter = continuous;
  const double lags = std::min(terms, (d + 1) * stride);
  const double variance = covariance_of_difference(0, filter, alpha, d);
  const auto squared = [&](double lag) {
    const double correlation = covariance_of_difference(lag / stride, filter, alpha, d) / variance;
    return correlation * correlation;
  };
  double sum = 1 + (1 - lags / terms) * squared(lags);
  for (double lag = 1; lag < lags; ++lag)
    sum += 2 * (1 - lag / terms) * squared(lag);
  return terms / sum;
}

StabilityInterval stability_with_interval(StabilityKind kind, const std::vector<double>& phase, double tau0,
                                          std::size_t m, double coverage_probability) {
  StabilityInterval result;
  result.stability = stability_of_phase(kind, phase, tau0, m);
  const std::size_t most = (phase.size() - 1) / (least_phases_for_identification - 1);
  result.identified_at = std::max<std::size_t>(1, std::min(m, most));
  result.noise = identify_noise(phase, result.identified_at, order_of(kind));
  result.equivalent_degrees_of_freedom = equivalent_degrees_of_freedom(kind, result.noise.noise, phase.size(), m);
  result.interval =
      deviation_interval(result.stability.deviation, result.equivalent_degrees_of_freedom, coverage_probability);
  return result;
}

}  // namespace etalon::calibration
