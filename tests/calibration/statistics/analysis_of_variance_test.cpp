#include "calibration/statistics/analysis_of_variance.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "calibration/statistics/statistics.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("groups of different sizes") {
  // F and its probability: scipy.stats.f_oneway 1.10.1; the rest from the formulas of the header with numpy.
  const std::vector<std::vector<double>> groups{{10.1, 10.3, 10.2}, {10.6, 10.5}, {10.2, 10.4, 10.1, 10.3}};
  const AnalysisOfVariance a = analysis_of_variance(groups);
  CHECK(a.count == 9);
  CHECK(a.mean == Approx(10.3).epsilon(1e-14));
  CHECK(a.f == Approx(6.6).epsilon(1e-12));
  CHECK(a.probability == Approx(0.0305175781250).epsilon(1e-11));
  CHECK(a.between_sum_of_squares == Approx(0.165).epsilon(1e-12));
  CHECK(a.within_sum_of_squares == Approx(0.075).epsilon(1e-12));
  CHECK(a.between_standard_deviation == Approx(0.15566235649883178).epsilon(1e-12));
  CHECK(a.uncertainty_with_groups == Approx(0.10032000081789588).epsilon(1e-12));
  CHECK(a.degrees_of_freedom_with_groups == Approx(1.9376367471536933).epsilon(1e-11));
  CHECK(a.uncertainty_pooled == Approx(std::sqrt(0.24 / 8 / 9)).epsilon(1e-12));

  // The same from summaries, and with the groups in another order.
  std::vector<GroupSummary> summaries;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    const Summary summary = summarise(*group);
    summaries.push_back({summary.count, summary.mean, summary.standard_deviation});
  }
  const AnalysisOfVariance b = analysis_of_variance(summaries);
  CHECK(b.f == Approx(a.f).epsilon(1e-11));
  CHECK(b.uncertainty_with_groups == Approx(a.uncertainty_with_groups).epsilon(1e-11));
  CHECK(b.mean == Approx(a.mean).epsilon(1e-15));
}

TEST_CASE("groups that do not differ") {
  const AnalysisOfVariance a = analysis_of_variance(std::vector<std::vector<double>>{{1, 3}, {2, 2}, {3, 1}});
  CHECK(a.f == 0);
  CHECK(a.probability == 1);
  CHECK(a.between_standard_deviation == 0);
  CHECK(a.uncertainty_with_groups == Approx(std::sqrt(4.0 / 3 / 6)).epsilon(1e-14));
  CHECK(a.degrees_of_freedom_with_groups == 3);
  const AnalysisOfVariance exact = analysis_of_variance(std::vector<std::vector<double>>{{1, 1}, {2, 2}});
  CHECK(std::isinf(exact.f));
  CHECK(exact.probability == 0);
}

TEST_CASE("an analysis of variance that cannot be made is refused") {
  using Groups = std::vector<std::vector<double>>;
  CHECK_THROWS_AS(analysis_of_variance(Groups{}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{1, 2}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{1}, {2}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{1, 2}, {}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{1, 1}, {1, 1}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{1, 2}, {1, std::numeric_limits<double>::infinity()}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(Groups{{-1e308, 1e308}, {1e308, -1e308}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(std::vector<GroupSummary>{{1, 0, 0.1}, {3, 1, 0.1}}), InputError);
  CHECK_THROWS_AS(analysis_of_variance(std::vector<GroupSummary>{{2, 0, -0.1}, {3, 1, 0.1}}), InputError);
  CHECK_THROWS_AS(f_quantile(0, 1, 1), InputError);
  CHECK_THROWS_AS(f_quantile(0.5, 0, 1), InputError);
}
