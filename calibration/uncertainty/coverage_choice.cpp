#include "calibration/uncertainty/coverage_choice.h"

#include <algorithm>
#include <cmath>

namespace etalon::calibration {

// A trapezoid of half-base B and ratio beta is the sum of two rectangles: (1 + beta)/2*B and (1 - beta)/2*B.
void set_shape(UncertaintyPart& part, const InputQuantity& input) {
  const bool has_shape = input.distribution == Distribution::rectangular ||
                         input.distribution == Distribution::triangular ||
                         input.distribution == Distribution::trapezoidal;
  // A half-width that is itself uncertain has no sharp shape; t with its degrees of freedom is used then.
  if (!has_shape || !std::isinf(input.degrees_of_freedom)) return;
  const double beta = input.distribution == Distribution::rectangular  ? 1
                      : input.distribution == Distribution::triangular ? 0
                                                                       : input.shape;
  const double half_base = part.standard_uncertainty * std::sqrt(6 / (1 + beta * beta));
  part.first_half_width = half_base * (1 + beta) / 2;
  part.second_half_width = half_base * (1 - beta) / 2;
}

Coverage choose_coverage(std::vector<UncertaintyPart> parts, double standard_uncertainty,
                         double effective_degrees_of_freedom, CoverageFactors& factors, DominanceRule dominance) {
  if (standard_uncertainty == 0) return {};
  std::stable_sort(parts.begin(), parts.end(), [](const UncertaintyPart& a, const UncertaintyPart& b) {
    return a.standard_uncertainty > b.standard_uncertainty;
  });
  // The rest is summed up afresh: as a difference of squares it would lose its digits.
  const auto rest_after = [&](std::size_t count) {
    double sum = 0;
    for (std::size_t i = count; i < parts.size(); ++i)
      sum = std::hypot(sum, parts[i].standard_uncertainty);
    return sum;
  };
  // As far as a part reaches: its u widened for few degrees of freedom.
  const auto reach_after = [&](std::size_t count) {
    double sum = 0;
    for (std::size_t i = count; i < parts.size(); ++i) {
      const UncertaintyPart& part = parts[i];
      if (part.standard_uncertainty == 0) continue;
      const double wider = std::isinf(part.degrees_of_freedom)
                               ? 1
                               : coverage_factor(0.95, part.degrees_of_freedom) / coverage_factor(0.95, infinite);
      sum = std::hypot(sum, wider * part.standard_uncertainty);
    }
    return sum;
  };
  // Quantiles of t only where plain u would do.
  const auto is_small_after = [&](std::size_t count, double dominant) {
    return rest_after(count) <= dominance_limit * dominant && reach_after(count) <= dominance_limit * dominant;
  };
  const auto is_rectangle = [&](std::size_t i) {
    return i < parts.size() && parts[i].first_half_width > 0 && parts[i].second_half_width == 0;
  };
  // The shape of the first `count` parts, which dominate: the sum of rectangles a >= b.
  const auto dominated = [&](double a, double b, std::size_t count) -> Coverage {
    const CoverageFactorOrigin origin =
        b == 0 ? CoverageFactorOrigin::dominant_rectangular : CoverageFactorOrigin::dominant_trapezoidal;
    if (dominance == DominanceRule::ea_4_02) {
      return {coverage_factor_of_trapezoid(factors.coverage_probability(), (a - b) / (a + b)), origin};
    }
    // A rectangle next in size is taken as what it is; only what is smaller still counts as normal.
    if (b == 0 && is_rectangle(count)) b = parts[count++].first_half_width;
    return {coverage_factor_of_convolution(factors.coverage_probability(), a, b, rest_after(count)), origin};
  };
  if (dominance != DominanceRule::none) {
    const UncertaintyPart& largest = parts[0];
    if (largest.first_half_width > 0 && is_small_after(1, largest.standard_uncertainty)) {
      return dominated(largest.first_half_width, largest.second_half_width, 1);
    }
    if (is_rectangle(0) && is_rectangle(1)) {
      const double both = std::hypot(largest.standard_uncertainty, parts[1].standard_uncertainty);
      if (is_small_after(2, both)) {
        return dominated(largest.first_half_width, parts[1].first_half_width, 2);
      }
    }
  }
  return {factors.at(effective_degrees_of_freedom),
          std::isinf(effective_degrees_of_freedom) ? CoverageFactorOrigin::normal : CoverageFactorOrigin::student_t};
}

}  // namespace etalon::calibration
