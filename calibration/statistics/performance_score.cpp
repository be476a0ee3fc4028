#include "calibration/statistics/performance_score.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

double score(double difference, double a, double b, double correlation) {
  if (!std::isfinite(difference) || !(a >= 0) || !(b >= 0) || std::isinf(a) || std::isinf(b) ||
      !(std::fabs(correlation) <= 1)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("no score for a difference of {} with uncertainties {} and {} and correlation {}: "
                                    "expected finite numbers, uncertainties not negative, correlation from -1 to 1")),
                    difference, a, b, correlation));
  }
  // (a - b)^2 + 2 a b (1 - r) does not cancel when r is close to 1.
  const double denominator = std::sqrt((a - b) * (a - b) + 2 * a * b * (1 - correlation));
  if (!(denominator > 0) || std::isinf(denominator)) {
    throw base::InputError(tr("no score: the uncertainty of the difference is zero or not finite"));
  }
  return difference / denominator;
}

}  // namespace

double normalised_error(double value, double expanded_uncertainty, double reference,
                        double reference_expanded_uncertainty, double correlation) {
  return score(value - reference, expanded_uncertainty, reference_expanded_uncertainty, correlation);
}

double zeta_score(double value, double standard_uncertainty, double reference, double reference_standard_uncertainty) {
  return score(value - reference, standard_uncertainty, reference_standard_uncertainty, 0);
}

double z_score(double value, double reference, double standard_deviation_for_proficiency) {
  return score(value - reference, standard_deviation_for_proficiency, 0, 0);
}

double z_prime_score(double value, double reference, double standard_deviation_for_proficiency,
                     double reference_standard_uncertainty) {
  return score(value - reference, standard_deviation_for_proficiency, reference_standard_uncertainty, 0);
}

}  // namespace etalon::calibration
