// A certified nonlinear fit of NIST StRD (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml) and its test.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "calibration/curve/fit_curve.h"

namespace etalon::calibration {

// Certified to 11 digits, so that ten agree where the value is right; what is less than ten says why at the set.
struct DigitsDemanded {
  int parameters;
  int standard_deviations;
  int sum_of_squares;
};

struct CertifiedFit {
  std::string name;
  std::string formula;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> first_start;  // the far one
  std::vector<double> second_start;
  std::vector<double> parameters;
  std::vector<double> standard_deviations;
  double sum_of_squares;
  DigitsDemanded digits;
};

// first/divisor, (first + 1)/divisor, …
inline std::vector<double> sequence(int first, int count, int divisor) {
  std::vector<double> values;
  for (int i = first; i < first + count; ++i)
    values.push_back(static_cast<double>(i) / divisor);
  return values;
}

inline double agreeing_digits(double value, double certified) {
  return value == certified ? 16 : -std::log10(std::fabs(value / certified - 1));
}

inline CurveFit fit_from(const CertifiedFit& set, const std::vector<double>& start) {
  const auto vector = [](const std::vector<double>& values) {
    return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  };
  CurveChoice choice = parse_curve("expression: " + set.formula);
  for (std::size_t k = 0; k < start.size(); ++k)
    choice.start["b" + std::to_string(k + 1)] = start[k];
  CurveData data;
  data.x = vector(set.x);
  data.y = vector(set.y);
  return fit_curve(data, choice);
}

inline void check(const CertifiedFit& set, const std::vector<double>& start) {
  INFO(set.name << ": " << set.formula);
  const CurveFit fit = fit_from(set, start);
  REQUIRE(fit.parameter_names.size() == set.parameters.size());
  for (std::size_t k = 0; k < set.parameters.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    const double deviation = std::sqrt(fit.covariance(at, at));
    INFO(fit.parameter_names[k] << " = " << fit.parameters(at) << ", certified " << set.parameters[k]);
    INFO("standard deviation " << deviation << ", certified " << set.standard_deviations[k]);
    CHECK(agreeing_digits(fit.parameters(at), set.parameters[k]) > set.digits.parameters);
    CHECK(agreeing_digits(deviation, set.standard_deviations[k]) > set.digits.standard_deviations);
  }
  CHECK(agreeing_digits(fit.residuals.squaredNorm(), set.sum_of_squares) > set.digits.sum_of_squares);
  CHECK(to_string(fit.method) == "nonlinear");
  CHECK(fit.covariance_convention == CovarianceConvention::scaled_by_residuals);
}

}  // namespace etalon::calibration
