#include "calibration/statistics/run_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Runs = std::vector<std::vector<std::size_t>>;

// Maximal runs, at least `length` long, of indices that are `in`.
Runs runs_of(std::size_t count, std::size_t length, const std::function<bool(std::size_t)>& in) {
  Runs result;
  std::vector<std::size_t> run;
  for (std::size_t i = 0; i <= count; ++i) {
    if (i < count && in(i)) {
      run.push_back(i);
      continue;
    }
    if (run.size() >= length) result.push_back(run);
    run.clear();
  }
  return result;
}

// `needed` of `window` points in a row that are `in`; windows that share points are one pattern.
Runs clusters_of(std::size_t count, std::size_t needed, std::size_t window,
                 const std::function<bool(std::size_t)>& in) {
  Runs result;
  for (std::size_t start = 0; start < count; ++start) {
    std::vector<std::size_t> found;
    for (std::size_t i = start; i < std::min(count, start + window); ++i) {
      if (in(i)) found.push_back(i);
    }
    if (found.size() < needed) continue;
    if (!result.empty() && result.back().back() >= found.front()) {
      std::set<std::size_t> joined(result.back().begin(), result.back().end());
      joined.insert(found.begin(), found.end());
      result.back().assign(joined.begin(), joined.end());
    } else {
      result.push_back(found);
    }
  }
  return result;
}

// Runs of at least `points` points between which each step is `step`, given as indices of the steps.
Runs runs_of_steps(std::size_t count, std::size_t points, const std::function<bool(std::size_t)>& step) {
  Runs result = runs_of(count < 1 ? 0 : count - 1, points - 1, step);
  for (auto& run : result)
    run.push_back(run.back() + 1);
  return result;
}

}  // namespace

base::LocalText run_test_text(RunTest test) {
  switch (test) {
    case RunTest::beyond_limits:
      return {"1 point beyond the control limits", "1 个点落在控制限以外"};
    case RunTest::nine_on_one_side:
      return {"9 points in a row on one side of the centre line", "连续 9 点落在中心线同一侧"};
    case RunTest::six_trending:
      return {"6 points in a row steadily rising or falling", "连续 6 点递增或递减"};
    case RunTest::fourteen_alternating:
      return {"14 points in a row alternating up and down", "连续 14 点中相邻点交替上下"};
    case RunTest::two_of_three_in_a:
      return {"2 of 3 points in a row in zone A or beyond, on one side",
              "连续 3 点中有 2 点落在中心线同一侧的 B 区以外"};
    case RunTest::four_of_five_in_b:
      return {"4 of 5 points in a row in zone B or beyond, on one side",
              "连续 5 点中有 4 点落在中心线同一侧的 C 区以外"};
    case RunTest::fifteen_in_c:
      return {"15 points in a row in zone C", "连续 15 点落在中心线两侧的 C 区以内"};
    case RunTest::eight_outside_c:
      return {"8 points in a row with none in zone C", "连续 8 点落在中心线两侧且无一在 C 区内"};
    case RunTest::seven_on_one_side:
      return {"7 points in a row on one side of the centre line", "连续 7 点落在中心线同一侧"};
    case RunTest::seven_trending:
      return {"7 points in a row steadily rising or falling", "连续 7 点递增或递减"};
  }
  throw std::logic_error("a run test without a text");
}

const std::vector<RunTest>& nelson_tests() {
  static const std::vector<RunTest> tests{
      RunTest::beyond_limits,     RunTest::nine_on_one_side,  RunTest::six_trending, RunTest::fourteen_alternating,
      RunTest::two_of_three_in_a, RunTest::four_of_five_in_b, RunTest::fifteen_in_c, RunTest::eight_outside_c};
  return tests;
}

const std::vector<RunTest>& iso_7870_tests() {
  static const std::vector<RunTest> tests{RunTest::beyond_limits, RunTest::seven_on_one_side, RunTest::seven_trending};
  return tests;
}

std::vector<RunViolation> run_violations(const std::vector<double>& points, const ControlLimits& limits,
                                         const std::vector<RunTest>& tests) {
  check_readings(points, 1);
  if (!(limits.lower < limits.centre && limits.centre < limits.upper) || !std::isfinite(limits.lower) ||
      !std::isfinite(limits.upper)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("control limits {}, {}, {}: expected lower, centre and upper in "
                                                       "this order, finite and different")),
                                       limits.lower, limits.centre, limits.upper));
  }
  // Standard deviations of a point from the centre; what rounding alone puts beyond a boundary is on it.
  std::vector<double> z;
  z.reserve(points.size());
  for (double point : points) {
    const double width = point >= limits.centre ? limits.upper - limits.centre : limits.centre - limits.lower;
    z.push_back(3 * (point - limits.centre) / width);
  }
  constexpr double slack = 1e-9;
  const std::size_t n = points.size();
  const auto above = [&](double bound) { return [&z, bound](std::size_t i) { return z[i] > bound + slack; }; };
  const auto under = [&](double bound) { return [&z, bound](std::size_t i) { return z[i] < -bound - slack; }; };
  const auto rising = [&](std::size_t i) { return points[i + 1] > points[i]; };
  const auto falling = [&](std::size_t i) { return points[i + 1] < points[i]; };

  std::vector<RunViolation> result;
  const auto add = [&](RunTest test, const Runs& first, const Runs& second = {}) {
    Runs both = first;
    both.insert(both.end(), second.begin(), second.end());
    std::sort(both.begin(), both.end());
    for (auto& run : both)
      result.push_back({test, std::move(run)});
  };
  for (RunTest test : tests) {
    switch (test) {
      case RunTest::beyond_limits:
        for (std::size_t i = 0; i < n; ++i) {
          if (std::fabs(z[i]) > 3 + slack) result.push_back({test, {i}});
        }
        break;
      case RunTest::nine_on_one_side:
        add(test, runs_of(n, 9, above(0)), runs_of(n, 9, under(0)));
        break;
      case RunTest::seven_on_one_side:
        add(test, runs_of(n, 7, above(0)), runs_of(n, 7, under(0)));
        break;
      case RunTest::six_trending:
        add(test, runs_of_steps(n, 6, rising), runs_of_steps(n, 6, falling));
        break;
      case RunTest::seven_trending:
        add(test, runs_of_steps(n, 7, rising), runs_of_steps(n, 7, falling));
        break;
      case RunTest::fourteen_alternating: {
        // Up at even steps and down at odd ones, or the other way round.
        const auto alternating = [&](bool even_up) {
          return [&, even_up](std::size_t i) { return (i % 2 == 0) == even_up ? rising(i) : falling(i); };
        };
        add(test, runs_of_steps(n, 14, alternating(true)), runs_of_steps(n, 14, alternating(false)));
        break;
      }
      case RunTest::two_of_three_in_a:
        add(test, clusters_of(n, 2, 3, above(2)), clusters_of(n, 2, 3, under(2)));
        break;
      case RunTest::four_of_five_in_b:
        add(test, clusters_of(n, 4, 5, above(1)), clusters_of(n, 4, 5, under(1)));
        break;
      case RunTest::fifteen_in_c:
        add(test, runs_of(n, 15, [&](std::size_t i) { return std::fabs(z[i]) <= 1 + slack; }));
        break;
      case RunTest::eight_outside_c:
        add(test, runs_of(n, 8, [&](std::size_t i) { return std::fabs(z[i]) > 1 + slack; }));
        break;
    }
  }
  return result;
}

}  // namespace etalon::calibration
