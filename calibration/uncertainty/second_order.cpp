#include "calibration/uncertainty/second_order.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
using Eigen::Index;

namespace {

// Squares of uncertainties from here to its reciprocal keep their digits.
constexpr double smallest = 1e-140;

}  // namespace

std::vector<SecondOrderResult> second_order(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                            const Eigen::MatrixXd& correlation) {
  // Inputs without uncertainty take no part.
  std::vector<bool> constant;
  for (const InputQuantity& input : inputs)
    constant.push_back(input.standard_uncertainty == 0);
  std::vector<std::size_t> varying;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!constant[i]) varying.push_back(i);
  }
  const auto n = static_cast<Index>(varying.size());
  Eigen::MatrixXd covariance(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      const std::size_t a = varying[static_cast<std::size_t>(i)];
      const std::size_t b = varying[static_cast<std::size_t>(j)];
      covariance(i, j) = correlation(static_cast<Index>(a), static_cast<Index>(b)) * inputs[a].standard_uncertainty *
                         inputs[b].standard_uncertainty;
    }
  }

  // Squares must neither vanish nor overflow: a 0 would be believed.
  for (const std::size_t i : varying) {
    const double u = inputs[i].standard_uncertainty;
    if (u < smallest || u > 1 / smallest) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("input '{}': the square of its uncertainty {:.3g} is out of the range of double precision: "
                          "choose another unit")),
          inputs[i].name, u));
    }
  }

  const CompiledModel compiled = model.compile_with_curvature(constant, covariance);
  std::vector<double> registers(compiled.list.registers);
  prepare(compiled.list, registers.data());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    registers[i] = inputs[i].estimate;
  run(compiled.list, registers.data());

  std::size_t next = 0;
  const auto take = [&](const std::string& output) {
    const double value = registers[compiled.list.outputs[next++]];
    if (!std::isfinite(value)) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("output '{}': a second or third derivative does not exist at the estimates")), output));
    }
    return value;
  };
  std::vector<SecondOrderResult> results(model.outputs().size());
  for (std::size_t k = 0; k < results.size(); ++k)
    results[k].value = take(model.outputs()[k]);
  std::vector<Eigen::VectorXd> gradients;
  for (std::size_t k = 0; k < results.size(); ++k) {
    Eigen::VectorXd gradient(n);
    for (Index i = 0; i < n; ++i)
      gradient(i) = take(model.outputs()[k]);
    gradients.push_back(gradient);
  }
  std::vector<Eigen::MatrixXd> hessians;
  for (std::size_t k = 0; k < results.size(); ++k) {
    Eigen::MatrixXd hessian(n, n);
    for (Index i = 0; i < n; ++i) {
      for (Index j = i; j < n; ++j)
        hessian(i, j) = hessian(j, i) = take(model.outputs()[k]);
    }
    hessians.push_back(hessian);
  }
  for (std::size_t k = 0; k < results.size(); ++k) {
    Eigen::VectorXd curvature_gradient(n);  // of trace(H V)
    for (Index i = 0; i < n; ++i)
      curvature_gradient(i) = take(model.outputs()[k]);
    const Eigen::MatrixXd curvature = hessians[k] * covariance;
    double first = gradients[k].dot(covariance * gradients[k]);
    // What cancels in first order leaves a rest of rounding, whose root would look like an uncertainty.
    const Eigen::VectorXd sizes = gradients[k].cwiseAbs();
    const double size = sizes.dot(covariance.cwiseAbs() * sizes);
    if (std::fabs(first) <= 8 * std::numeric_limits<double>::epsilon() * size) first = 0;
    for (Index i = 0; i < n; ++i) {
      const double contribution =
          std::fabs(gradients[k](i)) * inputs[varying[static_cast<std::size_t>(i)]].standard_uncertainty;
      if ((contribution > 0 && contribution < smallest) || contribution > 1 / smallest) {
        throw base::InputError(
            fmt::format(fmt::runtime(tr("output '{}': the square of its uncertainty is out of the range of double "
                                        "precision: choose another unit")),
                        model.outputs()[k]));
      }
    }
    const double second = (curvature * curvature).trace() / 2 + gradients[k].dot(covariance * curvature_gradient);
    results[k].bias = curvature.trace() / 2;
    results[k].second_order_part = std::copysign(std::sqrt(std::fabs(second)), second);
    // With a strongly bent model the series may even turn negative: then it says nothing.
    if (first + second < 0) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("output '{}': the second-order terms exceed the first-order ones and are "
                                      "negative: use the Monte Carlo method")),
                      model.outputs()[k]));
    }
    results[k].standard_uncertainty = std::sqrt(first + second);
  }
  return results;
}

}  // namespace etalon::calibration
