// An error that all points of a curve share, against computations that know the error itself.
#include "calibration/curve/common_error.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "calibration/curve/fit_curve.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/budget.h"

using namespace etalon;
using namespace etalon::calibration;
using Catch::Matchers::Contains;
using Eigen::VectorXd;

namespace {

CurveData points_of(const std::function<double(double)>& curve, double u_x, double u_y) {
  CurveData data;
  data.x.resize(7);
  data.x << 1, 2, 3.5, 5, 6, 8, 9;
  data.y = data.x.unaryExpr(curve);
  if (u_x > 0) data.standard_uncertainty_x = VectorXd::Constant(7, u_x);
  data.standard_uncertainty_y = VectorXd::Constant(7, u_y);
  return data;
}

// Everything once more, the common errors as input quantities of their own: each is given a small change, and points
// and new value are moved by it alike. `used`: from points and the new x (or y) to the result.
double standard_uncertainty_by_changes(const CurveData& data, const CommonErrors& common, double u_new, bool inverse,
                                       double at, const std::function<double(const CurveData& data, double at)>& used) {
  const auto changed = [&](const std::function<void(CurveData&, double&, double)>& change) {
    const auto moved = [&](double by) {
      CurveData other = data;
      double other_at = at;
      change(other, other_at, by);
      return used(other, other_at);
    };
    return (moved(1e-4) - moved(-1e-4)) / 2e-4;  // the change is 1e-4 of a standard uncertainty
  };
  double squares = 0;
  const auto add = [&](const std::function<void(CurveData&, double&, double)>& change) {
    squares += std::pow(changed(change), 2);
  };
  for (Eigen::Index i = 0; i < data.x.size(); ++i) {
    add([&](CurveData& d, double&, double by) { d.y(i) += by * std::sqrt(data.variance_y()(i)); });
    add([&](CurveData& d, double&, double by) { d.x(i) += by * std::sqrt(data.variance_x()(i)); });
  }
  add([&](CurveData& d, double& x, double by) {
    for (Eigen::Index i = 0; i < data.x.size(); ++i)
      d.x(i) += by * common.x.at(data.x(i));
    if (!inverse) x += by * common.x.at(at);
  });
  add([&](CurveData& d, double& y, double by) {
    for (Eigen::Index i = 0; i < data.x.size(); ++i)
      d.y(i) += by * common.y.at(data.y(i));
    if (inverse) y += by * common.y.at(at);
  });
  add([&](CurveData&, double& value, double by) { value += by * u_new; });
  return std::sqrt(squares);
}

}  // namespace

TEST_CASE("the uncertainty with common errors is that of the whole problem as one model") {
  const auto line = [](double x) { return 0.7 + 1.9 * x; };
  const auto parabola = [](double x) { return 0.7 + 1.9 * x + 0.05 * x * x; };
  const std::vector<CommonErrors> all{
      {{0.2, false}, {}}, {{}, {0.3, false}}, {{0.05, true}, {}}, {{}, {0.04, true}}, {{0.2, false}, {0.04, true}}};
  for (const bool bent : {false, true}) {
    for (const double u_x : {0.0, 0.08}) {
      for (const CommonErrors& common : all) {
        INFO("bent " << bent << ", u(x) = " << u_x << ", common " << common.x.standard_uncertainty << " "
                     << common.y.standard_uncertainty << " " << common.x.of_the_value << common.y.of_the_value);
        const CurveChoice choice = parse_curve(bent ? "polynomial:2" : "line");
        // Exact points: then the weights, and with them the sensitivities, do not change with the errors.
        const CurveData data = points_of(bent ? std::function<double(double)>(parabola) : line, u_x, 0.1);
        const CurveData points = with_common_errors(data, common);
        const CurveFit fit = fit_curve(points, choice);
        const auto with_same_weights = [&](const CurveData& moved) {
          CurveData again = points;
          again.x = moved.x;
          again.y = moved.y;
          return fit_curve(again, choice);
        };
        const double x = 4.2;
        const CurvePrediction predicted = predict_with_common_error(fit, points, common, x, 0.03);
        CHECK(predicted.standard_uncertainty ==
              Approx(standard_uncertainty_by_changes(data, common, 0.03, false, x, [&](const CurveData& d, double at) {
                return predict(with_same_weights(d), at).y;
              })).epsilon(1e-5));
        const double y = 7.1;
        const CurvePrediction inverse = invert_with_common_error(fit, points, common, y, 0.05);
        CHECK(inverse.standard_uncertainty ==
              Approx(standard_uncertainty_by_changes(data, common, 0.05, true, y, [&](const CurveData& d, double at) {
                return invert(with_same_weights(d), at).x;
              })).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("a common offset of the reference cancels where the same reference is used again") {
  const CurveData data = points_of([](double x) { return 0.7 + 1.9 * x; }, 0, 0.1);
  const CurveFit plain = fit_curve(data, parse_curve("line"));
  const CommonErrors offset{{0.5, false}, {}};
  const CurveData points = with_common_errors(data, offset);
  const CurveFit fit = fit_curve(points, parse_curve("line"));
  CHECK(fit.parameters(1) == Approx(plain.parameters(1)).epsilon(1e-12));
  CHECK(fit.covariance(1, 1) == Approx(plain.covariance(1, 1)).epsilon(1e-9));
  CHECK(fit.covariance(0, 0) == Approx(plain.covariance(0, 0) + std::pow(1.9 * 0.5, 2)).epsilon(1e-9));
  CHECK(predict_with_common_error(fit, points, offset, 4, 0.2).standard_uncertainty ==
        Approx(predict(plain, 4, 0.2).standard_uncertainty).epsilon(1e-9));
  // Read off against the reference's scale it stays.
  CHECK(invert_with_common_error(fit, points, offset, 7, 0.1).standard_uncertainty ==
        Approx(std::hypot(invert(plain, 7, 0.1).standard_uncertainty, 0.5)).epsilon(1e-9));
  // As independent of the points it would be counted twice.
  CHECK(predict(fit, 4, std::hypot(0.2, 0.5)).standard_uncertainty >
        1.5 * predict_with_common_error(fit, points, offset, 4, 0.2).standard_uncertainty);
}

TEST_CASE("a common share of the value cancels too") {
  const CurveData data = points_of([](double x) { return 1.9 * x; }, 0, 0.1);
  const CurveFit plain = fit_curve(data, parse_curve("line"));
  const CommonErrors gain{{}, {0.02, true}};
  const CurveData points = with_common_errors(data, gain);
  const CurveFit fit = fit_curve(points, parse_curve("line"));
  CHECK(std::sqrt(fit.covariance(1, 1)) == Approx(std::hypot(std::sqrt(plain.covariance(1, 1)), 1.9 * 0.02)));
  CHECK(invert_with_common_error(fit, points, gain, 7, 0).standard_uncertainty ==
        Approx(invert(plain, 7).standard_uncertainty).epsilon(1e-9));
}

TEST_CASE("the same as a measurement model: a line through two points") {
  // y = y_1 + (y_2 - y_1)(x - x_1)/(x_2 - x_1), with x_i = X_i + e and x = X + e.
  CurveData data;
  data.x = Eigen::Vector2d(10, 20);
  data.y = Eigen::Vector2d(1.2, 2.9);
  data.standard_uncertainty_x = Eigen::Vector2d(0.1, 0.2);
  data.standard_uncertainty_y = Eigen::Vector2d(0.03, 0.04);
  const MeasurementModel model({{"y", "y1 + (y2 - y1)*(x + e*x - x1 - e*x1)/(x2 + e*x2 - x1 - e*x1)"},
                                {"z", "y1 + (y2 - y1)*(x + d - x1 - d)/(x2 + d - x1 - d)"}},
                               {"x1", "x2", "y1", "y2", "x", "e", "d"});
  const auto input = [](const char* name, double value, double u) {
    InputQuantity quantity = from_standard_uncertainty(value, u);
    quantity.name = quantity.identity = name;
    return quantity;
  };
  const std::vector<BudgetResult> expected =
      evaluate_budget(model, {input("x1", 10, 0.1), input("x2", 20, 0.2), input("y1", 1.2, 0.03),
                              input("y2", 2.9, 0.04), input("x", 24, 0.05), input("e", 0, 0.01), input("d", 0, 0.3)});
  for (const bool of_the_value : {true, false}) {
    const CommonErrors common{{of_the_value ? 0.01 : 0.3, of_the_value}, {}};
    const CurveData points = with_common_errors(data, common);
    const CurvePrediction predicted =
        predict_with_common_error(fit_curve(points, parse_curve("line")), points, common, 24, 0.05);
    CHECK(predicted.y == Approx(expected[of_the_value ? 0 : 1].value));
    CHECK(predicted.standard_uncertainty == Approx(expected[of_the_value ? 0 : 1].standard_uncertainty).epsilon(1e-6));
  }
}

TEST_CASE("common errors that cannot be used") {
  CurveData data = points_of([](double x) { return 2 * x; }, 0, 0.1);
  CHECK_THROWS_WITH(with_common_errors(data, {{-0.1, false}, {}}), Contains("not negative"));
  CHECK_THROWS_WITH(with_common_errors(data, {{}, {INFINITY, false}}), Contains("finite"));
  data.standard_uncertainty_y.resize(0);
  CHECK_THROWS_WITH(with_common_errors(data, {{}, {0.1, false}}), Contains("scatter"));
  CHECK_THROWS_WITH(with_common_errors(data, {{0.1, false}, {}}), Contains("scatter"));
  data.standard_uncertainty_x = VectorXd::Constant(7, 0.1);
  CHECK_NOTHROW(with_common_errors(data, {{0.1, false}, {}}));
}
