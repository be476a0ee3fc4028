#include "calibration/statistics/control_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/normal_range.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

int group_size(const std::vector<std::vector<double>>& groups) {
  if (groups.size() < 2) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("a control chart of {} group(s): expected at least two")), groups.size()));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    check_readings(groups[i], 2);
    if (groups[i].size() != groups.front().size()) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("group {} has {} readings, the first has {}: a control chart needs groups of one "
                                      "size")),
                      i + 1, groups[i].size(), groups.front().size()));
    }
  }
  return static_cast<int>(groups.front().size());
}

double range_of(const std::vector<double>& readings) {
  const auto [smallest, largest] = std::minmax_element(readings.begin(), readings.end());
  return *largest - *smallest;
}

ControlChart chart(std::vector<double> locations, std::vector<double> scatters, double width, double lower,
                   double upper, double to_standard_deviation) {
  ControlChart result;
  const double location = mean(locations);
  const double scatter = mean(scatters);
  result.location = {location, location - width * scatter, location + width * scatter};
  result.scatter = {scatter, lower * scatter, upper * scatter};
  result.standard_deviation = scatter / to_standard_deviation;
  result.location_points = std::move(locations);
  result.scatter_points = std::move(scatters);
  return result;
}

}  // namespace

ControlChartConstants control_chart_constants(int n) {
  ControlChartConstants c;
  c.n = n;
  c.d2 = expected_range(n);
  c.d3 = standard_deviation_of_range(n);
  c.c4 = expected_standard_deviation(n);
  c.A2 = 3 / (c.d2 * std::sqrt(n));
  c.A3 = 3 / (c.c4 * std::sqrt(n));
  const double b = 3 * std::sqrt((1 - c.c4) * (1 + c.c4)) / c.c4;
  c.B3 = std::max(0.0, 1 - b);
  c.B4 = 1 + b;
  const double d = 3 * c.d3 / c.d2;
  c.D3 = std::max(0.0, 1 - d);
  c.D4 = 1 + d;
  return c;
}

ControlChart mean_range_chart(const std::vector<std::vector<double>>& groups) {
  const auto c = control_chart_constants(group_size(groups));
  std::vector<double> means;
  std::vector<double> ranges;
  for (const auto& group : groups) {
    means.push_back(mean(group));
    ranges.push_back(range_of(group));
  }
  return chart(std::move(means), std::move(ranges), c.A2, c.D3, c.D4, c.d2);
}

ControlChart mean_standard_deviation_chart(const std::vector<std::vector<double>>& groups) {
  const auto c = control_chart_constants(group_size(groups));
  std::vector<double> means;
  std::vector<double> deviations;
  for (const auto& group : groups) {
    const Summary summary = summarise(group);
    means.push_back(summary.mean);
    deviations.push_back(summary.standard_deviation);
  }
  return chart(std::move(means), std::move(deviations), c.A3, c.B3, c.B4, c.c4);
}

ControlChart individuals_chart(const std::vector<double>& readings) {
  check_readings(readings, 2);
  const auto c = control_chart_constants(2);
  std::vector<double> ranges;
  for (std::size_t i = 1; i < readings.size(); ++i)
    ranges.push_back(std::fabs(readings[i] - readings[i - 1]));
  return chart(readings, std::move(ranges), 3 / c.d2, c.D3, c.D4, c.d2);
}

ControlLimits location_limits(double mean, double standard_deviation, int n) {
  if (!std::isfinite(mean) || !(standard_deviation > 0) || std::isinf(standard_deviation) || n < 1) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("control limits for mean {}, standard deviation {} and groups of {}: expected "
                                    "finite numbers, a positive standard deviation, and at least one reading")),
                    mean, standard_deviation, n));
  }
  const double width = 3 * standard_deviation / std::sqrt(n);
  return {mean, mean - width, mean + width};
}

}  // namespace etalon::calibration
