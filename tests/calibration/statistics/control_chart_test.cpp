#include "calibration/statistics/control_chart.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "calibration/statistics/run_rules.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

const ControlLimits unit{0, -3, 3};  // zones end at 1, 2, 3

std::vector<std::size_t> points_of(const std::vector<double>& points, RunTest test) {
  const auto violations = run_violations(points, unit, {test});
  REQUIRE(violations.size() <= 1);
  return violations.empty() ? std::vector<std::size_t>{} : violations[0].points;
}

std::vector<std::size_t> from_to(std::size_t first, std::size_t last) {
  std::vector<std::size_t> result;
  for (std::size_t i = first; i <= last; ++i)
    result.push_back(i);
  return result;
}

}  // namespace

TEST_CASE("limits of the three charts") {
  const std::vector<std::vector<double>> groups{{1, 2, 3, 2, 2}, {2, 3, 4, 3, 3}, {1, 1, 4, 2, 2}};
  const ControlChart ranges = mean_range_chart(groups);
  const double mean = (2 + 3 + 2) / 3.0;
  const double range = (2 + 2 + 3) / 3.0;
  CHECK(ranges.location.centre == Approx(mean).epsilon(1e-14));
  CHECK(ranges.scatter.centre == Approx(range).epsilon(1e-14));
  CHECK(ranges.location.upper == Approx(mean + 0.5768193340850857 * range).epsilon(1e-12));
  CHECK(ranges.scatter.upper == Approx(2.114 * range).epsilon(3e-4));  // D4 of the table for n = 5
  CHECK(ranges.scatter.lower == 0);
  CHECK(ranges.standard_deviation == Approx(range / 2.3259289472810396).epsilon(1e-12));
  CHECK(ranges.location_points == std::vector<double>{2, 3, 2});

  const ControlChart deviations = mean_standard_deviation_chart(groups);
  const double s = (std::sqrt(0.5) + std::sqrt(0.5) + std::sqrt(1.5)) / 3;
  CHECK(deviations.scatter.centre == Approx(s).epsilon(1e-14));
  CHECK(deviations.location.lower == Approx(mean - 1.4272992929222166 * s).epsilon(1e-12));
  CHECK(deviations.scatter.upper == Approx(2.0889978686302837 * s).epsilon(1e-12));

  const ControlChart single = individuals_chart({10, 12, 11, 13});
  CHECK(single.location.centre == 11.5);
  CHECK(single.scatter.centre == Approx(5 / 3.0).epsilon(1e-14));
  CHECK(single.location.upper == Approx(11.5 + 2.660 * 5 / 3.0).epsilon(1e-3));  // E2 = 2.660, of the rounded d2 1.128
  CHECK(single.scatter.upper == Approx(3.267 * 5 / 3.0).epsilon(2e-4));          // D4 = 3.267
  CHECK(single.scatter_points == std::vector<double>{2, 1, 2});

  const ControlLimits given = location_limits(10, 0.4, 4);
  CHECK(given.lower == Approx(9.4).epsilon(1e-14));

  CHECK_THROWS_AS(mean_range_chart({{1, 2}}), InputError);
  CHECK_THROWS_AS(mean_range_chart({{1, 2}, {1, 2, 3}}), InputError);
  CHECK_THROWS_AS(mean_standard_deviation_chart({{1}, {2}}), InputError);
  CHECK_THROWS_AS(individuals_chart({1}), InputError);
  CHECK_THROWS_AS(location_limits(0, 0, 1), InputError);
}

TEST_CASE("each run test finds its pattern and names its points, and one point fewer is none") {
  CHECK(points_of({0, 3.1, 0}, RunTest::beyond_limits) == from_to(1, 1));
  CHECK(points_of({0, 3, -3}, RunTest::beyond_limits).empty());
  CHECK(run_violations({4, 0, -4}, unit, {RunTest::beyond_limits}).size() == 2);

  std::vector<double> side{-0.5};
  for (int i = 0; i < 8; ++i)
    side.push_back(i % 2 == 0 ? 0.3 : 0.6);
  CHECK(points_of(side, RunTest::nine_on_one_side).empty());
  CHECK(points_of(side, RunTest::seven_on_one_side) == from_to(1, 8));
  side.push_back(0.1);
  CHECK(points_of(side, RunTest::nine_on_one_side) == from_to(1, 9));
  side.push_back(0.1);  // goes on: still one violation
  CHECK(points_of(side, RunTest::nine_on_one_side) == from_to(1, 10));
  side[5] = 0;  // on the centre line is on no side
  CHECK(points_of(side, RunTest::nine_on_one_side).empty());

  CHECK(points_of({0.5, 0, 0.1, 0.2, 0.3, 0.4, 0.4}, RunTest::six_trending).empty());
  CHECK(points_of({0.5, 0, 0.1, 0.2, 0.3, 0.4, 0.5}, RunTest::six_trending) == from_to(1, 6));
  CHECK(points_of({0, -0.1, -0.2, -0.3, -0.4, -0.5}, RunTest::six_trending) == from_to(0, 5));
  CHECK(points_of({0.5, 0, 0.1, 0.2, 0.3, 0.4, 0.5}, RunTest::seven_trending).empty());
  CHECK(points_of({0.5, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, RunTest::seven_trending) == from_to(1, 7));

  std::vector<double> zigzag{0.5, 0.4};
  for (int i = 0; i < 12; ++i)
    zigzag.push_back(i % 2 == 0 ? 0.5 : 0.1);
  CHECK(points_of(zigzag, RunTest::fourteen_alternating) == from_to(0, 13));
  zigzag.front() = 0.3;  // rises twice
  CHECK(points_of(zigzag, RunTest::fourteen_alternating).empty());

  CHECK(points_of({0, 2.1, 0, 2.5, 0}, RunTest::two_of_three_in_a) == std::vector<std::size_t>{1, 3});
  CHECK(points_of({0, 2.1, 0, 0, 2.5, 0}, RunTest::two_of_three_in_a).empty());
  CHECK(points_of({0, 2.1, -2.5, 0}, RunTest::two_of_three_in_a).empty());
  CHECK(points_of({0, 2.1, 0, 2.5, 0, 3.5}, RunTest::two_of_three_in_a) == std::vector<std::size_t>{1, 3, 5});

  CHECK(points_of({0, -1.1, -1.2, 0.5, -1.3, -2.5, 0}, RunTest::four_of_five_in_b) ==
        std::vector<std::size_t>{1, 2, 4, 5});
  CHECK(points_of({0, -1.1, -1.2, 0.5, -1.0, -2.5, 0}, RunTest::four_of_five_in_b).empty());

  std::vector<double> calm{1.5};
  for (int i = 0; i < 14; ++i)
    calm.push_back(i % 2 == 0 ? 0.9 : -0.9);
  CHECK(points_of(calm, RunTest::fifteen_in_c).empty());
  calm.push_back(1);
  CHECK(points_of(calm, RunTest::fifteen_in_c) == from_to(1, 15));

  std::vector<double> wild{0};
  for (int i = 0; i < 7; ++i)
    wild.push_back(i % 2 == 0 ? 1.5 : -1.5);
  CHECK(points_of(wild, RunTest::eight_outside_c).empty());
  wild.push_back(1.1);
  CHECK(points_of(wild, RunTest::eight_outside_c) == from_to(1, 8));
}

TEST_CASE("run tests of a whole chart") {
  CHECK(nelson_tests().size() == 8);
  CHECK(run_violations({0.1, -0.5, 0.9, -1.2, 0.3}, unit, nelson_tests()).empty());
  const auto violations = run_violations({1.2, 1.4, 1.6, 1.8, 2.2, 3.4}, unit, nelson_tests());
  std::vector<RunTest> found;
  for (const auto& violation : violations) {
    found.push_back(violation.test);
    CHECK_FALSE(run_test_text(violation.test).en.empty());
    CHECK_FALSE(run_test_text(violation.test).zh.empty());
  }
  CHECK(found == std::vector<RunTest>{RunTest::beyond_limits, RunTest::six_trending, RunTest::two_of_three_in_a,
                                      RunTest::four_of_five_in_b});
  // Scaled and shifted charts say the same.
  const auto scaled = run_violations({101.2, 101.4, 101.6, 101.8, 102.2, 103.4}, {100, 97, 103}, nelson_tests());
  CHECK(scaled.size() == violations.size());
  CHECK(run_violations({1.2, 1.4, 1.6, 1.8, 2.2, 3.4}, unit, iso_7870_tests()).size() == 1);
  CHECK_THROWS_AS(run_violations({}, unit, nelson_tests()), InputError);
  CHECK_THROWS_AS(run_violations({1}, {0, 0, 0}, nelson_tests()), InputError);
  CHECK_THROWS_AS(run_violations({std::nan("")}, unit, nelson_tests()), InputError);
}
