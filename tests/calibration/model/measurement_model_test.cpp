#include "calibration/model/measurement_model.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("outputs use inputs, intermediates in any order, and earlier outputs") {
  const MeasurementModel model({{"a", "x*mid"}, {"b", "a + 2*low"}}, {"x", "y", "spare"},
                               {{"mid", "low + 1"}, {"low", "y^2"}});
  CHECK(model.outputs() == std::vector<std::string>{"a", "b"});
  CHECK(model.unused_inputs() == std::vector<std::string>{"spare"});
  const ModelEvaluation result = model.evaluate({3, 2, 9});
  // a = x (y^2 + 1), b = a + 2 y^2
  CHECK(result.values(0) == 15);
  CHECK(result.values(1) == 23);
  Eigen::MatrixXd expected(2, 3);
  expected << 5, 12, 0, 5, 20, 0;
  CHECK(result.jacobian == expected);
}

TEST_CASE("GUM H.2: resistance and reactance, Jacobian by hand") {
  const MeasurementModel model({{"R", "V/I*cos(phi)"}, {"X", "V/I*sin(phi)"}, {"Z", "hypot(R, X)"}}, {"V", "I", "phi"});
  const double V = 4.999;
  const double I = 19.661e-3;
  const double phi = 1.04446;
  const ModelEvaluation result = model.evaluate({V, I, phi});
  CHECK(result.values(0) == Approx(127.732).margin(0.0005));
  CHECK(result.values(1) == Approx(219.847).margin(0.0006));
  CHECK(result.values(2) == Approx(254.260).margin(0.0005));
  Eigen::Matrix3d expected;
  expected << std::cos(phi) / I, -V / I / I * std::cos(phi), -V / I * std::sin(phi),  //
      std::sin(phi) / I, -V / I / I * std::sin(phi), V / I * std::cos(phi),           //
      1 / I, -V / I / I, 0;
  const Eigen::Matrix3d difference = result.jacobian - expected;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      CHECK(std::fabs(difference(i, j)) <= 1e-13 * std::max(std::fabs(expected(i, j)), V / I));
    }
  }
}

TEST_CASE("wrong definitions are refused with their name") {
  using Catch::Contains;
  CHECK_THROWS_WITH(MeasurementModel({}, {"x"}), Contains("no output"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "x +"}}, {"x"}), Contains("output 'y'") && Contains("ends too early"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "xx"}}, {"x"}), Contains("output 'y'") && Contains("did you mean 'x'"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "x"}, {"y", "x"}}, {"x"}), Contains("'y' stands twice"));
  CHECK_THROWS_WITH(MeasurementModel({{"x", "1"}}, {"x"}), Contains("'x' stands twice"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "x"}}, {"x", "x"}), Contains("'x' stands twice"));
  CHECK_THROWS_WITH(MeasurementModel({{"sin", "x"}}, {"x"}), Contains("cannot have the name 'sin'"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "a"}}, {"a", "pi"}), Contains("cannot have the name 'pi'"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "a"}}, {"x"}, {{"a", "b + x"}, {"b", "c"}, {"c", "a"}}),
                    Contains("defined through itself: a -> b -> c -> a"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "y + x"}}, {"x"}), Contains("y -> y"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "z"}, {"z", "x"}}, {"x"}), Contains("comes after it"));
  CHECK_THROWS_WITH(MeasurementModel(std::vector<Definition>(1001, {"y", "1"}), {}), Contains("1001 definitions"));
}

TEST_CASE("a circle is found among intermediates that no output uses") {
  CHECK_THROWS_AS(MeasurementModel({{"y", "x"}}, {"x"}, {{"a", "b"}, {"b", "a"}}), InputError);
}

TEST_CASE("a long chain of definitions") {
  std::vector<Definition> chain{{"d0", "x"}};
  for (int i = 1; i < 900; ++i)
    chain.push_back({"d" + std::to_string(i), "d" + std::to_string(i - 1) + " + x"});
  std::reverse(chain.begin(), chain.end());
  const MeasurementModel model({{"y", "d899"}}, {"x"}, chain);
  const ModelEvaluation result = model.evaluate({2});
  CHECK(result.values(0) == 1800);
  CHECK(result.jacobian(0, 0) == 900);
}

TEST_CASE("evaluation errors name the definition") {
  const MeasurementModel model({{"y", "1/low"}}, {"x"}, {{"low", "sqrt(x)"}});
  CHECK_THROWS_WITH(model.evaluate({-1}), Catch::Contains("intermediate 'low'") && Catch::Contains("no real value"));
  CHECK_THROWS_WITH(model.evaluate({std::nan("")}), Catch::Contains("estimate of input 'x'"));
  CHECK_THROWS_AS(model.evaluate({1, 2}), InputError);
}

TEST_CASE("a constant input has no column and needs no derivative") {
  const MeasurementModel model({{"y", "t^n + abs(z)"}}, {"t", "n", "z"}, {});
  CHECK_THROWS_AS(model.evaluate({-3, 2, 0}), InputError);
  const ModelEvaluation result = model.evaluate({-3, 2, 0}, {false, true, true});
  CHECK(result.values(0) == 9);
  CHECK(result.jacobian == Eigen::RowVector3d(-6, 0, 0));
}
