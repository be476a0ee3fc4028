#include "calibration/statistics/weighing_design.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

// Four artefacts, all six differences; the first is the standard.
WeighingDesign six_differences(double drift) {
  WeighingDesign d;
  d.design.resize(6, 4);
  d.design << 1, -1, 0, 0,  //
      1, 0, -1, 0,          //
      1, 0, 0, -1,          //
      0, 1, -1, 0,          //
      0, 1, 0, -1,          //
      0, 0, 1, -1;
  Eigen::VectorXd truth(4);
  truth << 1000, 1000.000002, 999.999997, 1000.000005;
  d.observations = d.design * truth;
  for (int i = 0; i < 6; ++i)
    d.observations(i) += drift * (i - 2.5);
  d.restraint.resize(1, 4);
  d.restraint << 1, 0, 0, 0;
  d.restraint_values.resize(1);
  d.restraint_values << 1000;
  return d;
}

}  // namespace

TEST_CASE("a drift is found, and does not enter the values") {
  WeighingDesign d = six_differences(3e-6);
  d.drift_degree = 1;
  const WeighingResult with = solve(d);
  CHECK(with.values(1) == Approx(1000.000002).margin(1e-11));
  CHECK(with.values(3) == Approx(1000.000005).margin(1e-11));
  CHECK(with.drift(0) == Approx(3e-6).margin(1e-11));
  CHECK(with.degrees_of_freedom == 2);
  CHECK(with.standard_deviation < 1e-12);
  d.drift_degree = 0;
  const WeighingResult without = solve(d);
  CHECK(without.degrees_of_freedom == 3);
  CHECK(std::fabs(without.values(3) - 1000.000005) > 5e-7);
  CHECK(without.standard_deviation > 1e-6);
}

TEST_CASE("the restraint's uncertainty goes into every artefact, the repeatability not into the standard") {
  WeighingDesign d = six_differences(0);
  d.process_standard_deviation = 2e-6;
  d.restraint_covariance.resize(1, 1);
  d.restraint_covariance << 25e-12;
  const WeighingResult r = solve(d);
  CHECK(r.type_a_covariance(0, 0) == Approx(0).margin(1e-26));
  // Each unknown against a standard, all differences: variance s^2/2, covariance s^2/4.
  CHECK(r.type_a_covariance(1, 1) == Approx(2e-12).epsilon(1e-12));
  CHECK(r.type_a_covariance(1, 2) == Approx(1e-12).epsilon(1e-12));
  for (int i = 0; i < 4; ++i) {
    CHECK(r.of_restraint(i, 0) == Approx(1).epsilon(1e-13));
    for (int j = 0; j < 4; ++j)
      CHECK(r.type_b_covariance(i, j) == Approx(25e-12).epsilon(1e-12));
  }
  CHECK(r.covariance(1, 1) == Approx(27e-12).epsilon(1e-12));
  // Derivatives are derivatives.
  d.restraint_values(0) += 1e-3;
  d.observations(0) += 1e-3;
  const WeighingResult moved = solve(d);
  for (int i = 0; i < 4; ++i)
    CHECK(moved.values(i) - r.values(i) == Approx(1e-3 * (1 + r.of_observations(i, 0))).margin(1e-12));
}

TEST_CASE("the order of artefacts and observations does not matter") {
  WeighingDesign d = six_differences(0);
  d.observations(2) += 1e-5;
  d.sigma.resize(6);
  d.sigma << 1, 2, 1, 3, 1, 2;
  const WeighingResult r = solve(d);
  Eigen::PermutationMatrix<4> columns;
  columns.indices() << 2, 0, 3, 1;
  Eigen::PermutationMatrix<6> rows;
  rows.indices() << 5, 1, 0, 4, 2, 3;
  WeighingDesign p = d;
  p.design = rows * d.design * columns.transpose();
  p.observations = rows * d.observations;
  p.sigma = rows * d.sigma;
  p.restraint = d.restraint * columns.transpose();
  const WeighingResult q = solve(p);
  CHECK((q.values - columns * r.values).cwiseAbs().maxCoeff() < 1e-11);
  CHECK(q.standard_deviation == Approx(r.standard_deviation).epsilon(1e-6));
}

TEST_CASE("a design that does not determine its artefacts is refused by name") {
  WeighingDesign d = six_differences(0);
  WeighingDesign open = d;
  open.restraint.resize(0, 0);
  open.restraint_values.resize(0);
  CHECK_THROWS_AS(solve(open), InputError);
  WeighingDesign lonely = d;
  lonely.design.col(3).setZero();  // the fourth was never weighed
  try {
    solve(lonely);
    FAIL("accepted");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()).find("undetermined: 4)") != std::string::npos);
  }
  WeighingDesign twice = d;
  twice.restraint.resize(2, 4);
  twice.restraint << 1, 0, 0, 0, 2, 0, 0, 0;
  twice.restraint_values.resize(2);
  twice.restraint_values << 1000, 2000;
  CHECK_THROWS_AS(solve(twice), InputError);
  WeighingDesign few = d;
  few.design.conservativeResize(3, 4);
  few.observations.conservativeResize(3);
  CHECK_THROWS_AS(solve(few), InputError);  // no degrees of freedom
  few.process_standard_deviation = 1e-6;
  CHECK(solve(few).values(3) == Approx(1000.000005).margin(1e-11));
  WeighingDesign wrong = d;
  wrong.observations(3) = std::nan("");
  CHECK_THROWS_AS(solve(wrong), InputError);
  wrong = d;
  wrong.sigma = Eigen::VectorXd::Zero(6);
  CHECK_THROWS_AS(solve(wrong), InputError);
  wrong = d;
  wrong.restraint_covariance.resize(1, 1);
  wrong.restraint_covariance << -1;
  CHECK_THROWS_AS(solve(wrong), InputError);
  wrong = d;
  wrong.observation_covariance = Eigen::MatrixXd::Identity(5, 5);
  CHECK_THROWS_AS(solve(wrong), InputError);
  wrong = d;
  wrong.drift_degree = 3;
  CHECK_THROWS_AS(solve(wrong), InputError);
}
