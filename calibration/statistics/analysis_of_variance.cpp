#include "calibration/statistics/analysis_of_variance.h"

#include <fmt/format.h>

#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/double_double.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

struct ExactGroup {
  double count = 0;
  DoubleDouble mean;  // less the pivot
  DoubleDouble squares;
};

AnalysisOfVariance analyse(const std::vector<ExactGroup>& groups, double pivot) {
  AnalysisOfVariance result;
  result.groups = groups.size();
  if (groups.size() < 2) throw base::InputError(tr("an analysis of variance needs at least two groups"));
  DoubleDouble total;
  double n = 0;
  double squared_counts = 0;
  bool balanced = true;
  for (const ExactGroup& group : groups) {
    total += DoubleDouble(group.count) * group.mean;
    n += group.count;
    squared_counts += group.count * group.count;
    balanced = balanced && group.count == groups.front().count;
  }
  const DoubleDouble grand = total / DoubleDouble(n);
  DoubleDouble between;
  DoubleDouble within;
  for (const ExactGroup& group : groups) {
    const DoubleDouble deviation = group.mean - grand;
    between += DoubleDouble(group.count) * deviation * deviation;
    within += group.squares;
  }
  const auto j = static_cast<double>(groups.size());
  result.count = static_cast<std::size_t>(n);
  result.mean = static_cast<double>(grand + DoubleDouble(pivot));
  result.between_sum_of_squares = static_cast<double>(between);
  result.within_sum_of_squares = static_cast<double>(within);
  result.between_degrees_of_freedom = j - 1;
  result.within_degrees_of_freedom = n - j;
  if (!(n > j)) throw base::InputError(tr("an analysis of variance needs at least two readings in one of its groups"));
  const DoubleDouble sum = between + within;
  if (!std::isfinite(static_cast<double>(sum)) || !(static_cast<double>(sum) > 0)) {
    throw base::InputError(
        tr("the readings are all equal (or their scatter is not finite): there is no variance to "
           "analyse"));
  }
  const DoubleDouble between_square = between / DoubleDouble(j - 1);
  const DoubleDouble within_square = within / DoubleDouble(n - j);
  result.between_mean_square = static_cast<double>(between_square);
  result.within_mean_square = static_cast<double>(within_square);
  result.r_squared = static_cast<double>(between / sum);
  if (result.within_mean_square > 0) {
    result.f = static_cast<double>(between_square / within_square);
    result.probability = boost::math::cdf(boost::math::complement(boost::math::fisher_f(j - 1, n - j), result.f));
  } else {
    result.f = std::numeric_limits<double>::infinity();
    result.probability = 0;
  }
  result.within_standard_deviation = std::sqrt(result.within_mean_square);

  const double effective_size = (n - squared_counts / n) / (j - 1);
  const double between_variance = static_cast<double>((between_square - within_square) / DoubleDouble(effective_size));
  const double share = squared_counts / (n * n);
  if (between_variance > 0) {
    result.between_standard_deviation = std::sqrt(between_variance);
    if (balanced) {
      result.uncertainty_with_groups = std::sqrt(result.between_mean_square / n);
      result.degrees_of_freedom_with_groups = j - 1;
    } else {
      const double first = share / effective_size * result.between_mean_square;
      const double second = (1 / n - share / effective_size) * result.within_mean_square;
      const double variance = first + second;
      result.uncertainty_with_groups = std::sqrt(variance);
      result.degrees_of_freedom_with_groups =
          variance * variance / (first * first / (j - 1) + second * second / (n - j));
    }
  } else {
    result.uncertainty_with_groups = std::sqrt(result.within_mean_square / n);
    result.degrees_of_freedom_with_groups = n - j;
  }
  result.degrees_of_freedom_pooled = n - 1;
  result.uncertainty_pooled = std::sqrt(static_cast<double>(sum) / (n - 1) / n);
  return result;
}

}  // namespace

AnalysisOfVariance analysis_of_variance(const std::vector<std::vector<double>>& groups) {
  for (std::size_t j = 0; j < groups.size(); ++j) {
    if (groups[j].empty()) throw base::InputError(fmt::format(fmt::runtime(tr("group {} has no readings")), j + 1));
    check_readings(groups[j], 1);
  }
  const double pivot = groups.empty() ? 0 : groups.front().front();
  std::vector<ExactGroup> exact;
  for (const auto& readings : groups) {
    ExactGroup group;
    group.count = static_cast<double>(readings.size());
    DoubleDouble sum;
    for (double reading : readings)
      sum += two_sum(reading, -pivot);
    group.mean = sum / DoubleDouble(group.count);
    for (double reading : readings) {
      const DoubleDouble deviation = two_sum(reading, -pivot) - group.mean;
      group.squares += deviation * deviation;
    }
    exact.push_back(group);
  }
  return analyse(exact, pivot);
}

AnalysisOfVariance analysis_of_variance(const std::vector<GroupSummary>& groups) {
  std::vector<ExactGroup> exact;
  for (std::size_t j = 0; j < groups.size(); ++j) {
    const GroupSummary& group = groups[j];
    const double s = group.standard_deviation;
    if (group.count < 1 || !std::isfinite(group.mean) || !(s >= 0) || std::isinf(s) || (group.count == 1 && s > 0)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("group {} has {} readings, mean {}, standard deviation {}: expected at least one "
                                      "reading and finite numbers, the standard deviation not negative and 0 for one "
                                      "reading")),
                      j + 1, group.count, group.mean, s));
    }
    const auto n = static_cast<double>(group.count);
    exact.push_back({n, two_sum(group.mean, -groups.front().mean), DoubleDouble(n - 1) * two_product(s, s)});
  }
  return analyse(exact, groups.empty() ? 0 : groups.front().mean);
}

double f_quantile(double probability, double numerator_degrees_of_freedom, double denominator_degrees_of_freedom) {
  if (!(probability > 0 && probability < 1) || !(numerator_degrees_of_freedom > 0) ||
      !(denominator_degrees_of_freedom > 0) || std::isinf(numerator_degrees_of_freedom) ||
      std::isinf(denominator_degrees_of_freedom)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("no F quantile for probability {} and {} and {} degrees of "
                                                       "freedom: expected a probability between 0 and 1 and positive "
                                                       "finite degrees of freedom")),
                                       probability, numerator_degrees_of_freedom, denominator_degrees_of_freedom));
  }
  return boost::math::quantile(boost::math::fisher_f(numerator_degrees_of_freedom, denominator_degrees_of_freedom),
                               probability);
}

}  // namespace etalon::calibration
