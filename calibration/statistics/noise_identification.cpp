#include "calibration/statistics/noise_identification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

// Less the best parabola, in polynomials that are orthogonal over equally spaced points; again for what rounding left.
void remove_parabola(std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const auto position = [&](std::size_t i) { return (2 * static_cast<double>(i) - (n - 1)) / (n - 1); };
  double mean_square = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    mean_square += position(i) * position(i) / n;
  for (int pass = 0; pass < 2; ++pass) {
    double constant = 0, linear = 0, quadratic = 0, norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double t = position(i);
      const double q = t * t - mean_square;
      constant += x[i] / n;
      linear += x[i] * t / (n * mean_square);
      quadratic += x[i] * q;
      norm += q * q;
    }
    quadratic /= norm;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double t = position(i);
      x[i] -= constant + linear * t + quadratic * (t * t - mean_square);
    }
  }
}

}  // namespace

IdentifiedNoise identify_noise(const std::vector<double>& phase, std::size_t m, int largest_order) {
  if (m == 0) throw base::InputError(tr("the averaging factor is 0: expected 1 or more"));
  if (largest_order < 2 || largest_order > 3) throw std::logic_error("an order of differences other than 2 or 3");
  check_readings(phase, 1);
  std::vector<double> x;
  for (std::size_t i = 0; i < phase.size(); i += std::min(m, phase.size() - i))
    x.push_back(phase[i]);
  if (x.size() < least_phases_for_identification) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("every {}th of {} phases is {} phases: at least {} are needed to tell noises "
                                    "apart; measure for longer, or take a shorter averaging time")),
                    m, phase.size(), x.size(), least_phases_for_identification));
  }
  double largest = 0;
  for (double value : x)
    largest = std::max(largest, std::fabs(value));
  remove_parabola(x);
  double scatter = 0;
  for (double value : x)
    scatter = std::max(scatter, std::fabs(value));
  if (!(scatter > 16 * std::numeric_limits<double>::epsilon() * largest) || std::isinf(scatter)) {
    throw base::InputError(tr("the phases do not scatter beyond rounding about a parabola: there is no noise to tell"));
  }
  IdentifiedNoise result;
  result.count = x.size();
  const double doubt = 2 / std::sqrt(static_cast<double>(x.size()));
  for (;; ++result.differences) {
    const double r1 = autocorrelation(x);
    const double delta = r1 / (1 + r1);
    if (delta < 0.25 || result.differences == largest_order) {
      const int steepest = 2 - 2 * largest_order;
      if (delta >= 0.25 && r1 - doubt > 1.0 / 3) {
        throw base::InputError(fmt::format(
            fmt::runtime(tr("the noise is steeper than {} (alpha = {}): the deviation has no limit; find what "
                            "drives it, or take a Hadamard deviation in place of an Allan deviation")),
            to_string(noise_of_exponent(steepest)), steepest));
      }
      if (result.differences == 0 && r1 + doubt < -0.2)
        throw base::InputError(tr("neighbouring phases alternate about their mean: that is no power-law noise"));
      result.alpha = 2 - 2 * (delta + result.differences);
      result.noise = noise_of_exponent(std::clamp(static_cast<int>(std::lround(result.alpha)), steepest, 2));
      return result;
    }
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
      x[i] = x[i + 1] - x[i];
    x.pop_back();
  }
}

}  // namespace etalon::calibration
