#include "calibration/curve/polynomial_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/covariance_factor.h"
#include "calibration/curve/exact_least_squares.h"
#include "calibration/curve/gauss_markov_fit.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The free part of the polynomial: sum of c_k x^origin T_k(t) with t = (x - centre)/half, or, when free and fixed
// powers alternate, of c_k (x/scale)^power_k. x^origin is taken as (x/scale)^origin.
struct Basis {
  std::vector<int> powers;  // free
  bool chebyshev = true;
  int origin = 0;
  double centre = 0;
  double half = 1;
  double scale = 1;
};

Basis basis_of(const PolynomialChoice& choice, double smallest, double largest) {
  Basis basis;
  for (int k = 0; k <= choice.degree; ++k) {
    if (choice.fixed.count(k) == 0) basis.powers.push_back(k);
  }
  if (basis.powers.empty())
    throw InputError(tr("all coefficients of the polynomial are fixed: nothing is left to fit"));
  basis.origin = basis.powers.front();
  basis.chebyshev = basis.powers.back() - basis.origin + 1 == static_cast<int>(basis.powers.size());
  basis.centre = smallest / 2 + largest / 2;
  basis.half = largest / 2 - smallest / 2;
  if (!(basis.half > 0)) basis.half = 1;
  basis.scale = std::max(std::fabs(smallest), std::fabs(largest));
  if (!(basis.scale > 0)) basis.scale = 1;
  return basis;
}

// Values of the basis functions at x, in double or double-double.
template <typename Number>
void basis_values(const Basis& basis, const Number& x, Number* values) {
  const Number scaled = x / Number(basis.scale);
  if (!basis.chebyshev) {
    Number power(1);
    int at = 0;
    for (std::size_t k = 0; k < basis.powers.size(); ++k) {
      for (; at < basis.powers[k]; ++at)
        power = power * scaled;
      values[k] = power;
    }
    return;
  }
  Number factor(1);
  for (int i = 0; i < basis.origin; ++i)
    factor = factor * scaled;
  const Number t = (x - Number(basis.centre)) / Number(basis.half);
  const std::size_t count = basis.powers.size();
  values[0] = factor;
  if (count > 1) values[1] = factor * t;
  for (std::size_t k = 2; k < count; ++k)
    values[k] = Number(2) * t * values[k - 1] - values[k - 2];
}

// Derivatives with x of the basis functions, in double.
void basis_slopes(const Basis& basis, double x, double* slopes) {
  const double scaled = x / basis.scale;
  if (!basis.chebyshev) {
    for (std::size_t k = 0; k < basis.powers.size(); ++k) {
      const int power = basis.powers[k];
      slopes[k] = power == 0 ? 0 : power * std::pow(scaled, power - 1) / basis.scale;
    }
    return;
  }
  const double factor = std::pow(scaled, basis.origin);
  const double factor_slope = basis.origin == 0 ? 0 : basis.origin * std::pow(scaled, basis.origin - 1) / basis.scale;
  const double t = (x - basis.centre) / basis.half;
  double value = 1, value_before = 0, slope = 0, slope_before = 0;  // T_k, T_k-1 and their derivatives with t
  for (std::size_t k = 0; k < basis.powers.size(); ++k) {
    slopes[k] = factor_slope * value + factor * slope / basis.half;
    const double next = k == 0 ? t : 2 * t * value - value_before;
    const double next_slope = k == 0 ? 1 : 2 * value + 2 * t * slope - slope_before;
    value_before = value;
    slope_before = slope;
    value = next;
    slope = next_slope;
  }
}

// Column k: the coefficients of basis function k in the plain powers basis.powers.
ExactColumns to_powers(const Basis& basis) {
  const std::size_t count = basis.powers.size();
  ExactColumns result(count, std::vector<DoubleDouble>(count));
  const auto inverse_power = [&](int power) {
    DoubleDouble value(1);
    for (int i = 0; i < power; ++i)
      value = value / DoubleDouble(basis.scale);
    return value;
  };
  if (!basis.chebyshev) {
    for (std::size_t k = 0; k < count; ++k)
      result[k][k] = inverse_power(basis.powers[k]);
    return result;
  }
  const DoubleDouble a = DoubleDouble(1) / DoubleDouble(basis.half);
  const DoubleDouble b = -(DoubleDouble(basis.centre) / DoubleDouble(basis.half));  // t = a x + b
  result[0][0] = inverse_power(basis.origin);
  const auto times_t = [&](const std::vector<DoubleDouble>& column) {
    std::vector<DoubleDouble> product(count);
    for (std::size_t i = 0; i < count; ++i) {
      product[i] += b * column[i];
      if (i + 1 < count) product[i + 1] += a * column[i];
    }
    return product;
  };
  if (count > 1) result[1] = times_t(result[0]);
  for (std::size_t k = 2; k < count; ++k) {
    result[k] = times_t(result[k - 1]);
    for (std::size_t i = 0; i < count; ++i)
      result[k][i] = DoubleDouble(2) * result[k][i] - result[k - 2][i];
  }
  return result;
}

template <typename Number>
Number fixed_part(const std::map<int, double>& fixed, const Number& x) {
  Number sum(0);
  for (const auto& [power, coefficient] : fixed) {
    Number term(coefficient);
    for (int i = 0; i < power; ++i)
      term = term * x;
    sum = sum + term;
  }
  return sum;
}

Curve working_curve(const Basis& basis, const std::map<int, double>& fixed) {
  Curve curve;
  for (const int power : basis.powers)
    curve.parameters.push_back("b" + std::to_string(power));
  curve.evaluate = [basis, fixed](double x, const double* p, double* slope, double* gradient) {
    double values[64];
    basis_values(basis, x, values);
    double y = fixed_part(fixed, x);
    for (std::size_t k = 0; k < basis.powers.size(); ++k)
      y += p[k] * values[k];
    if (gradient != nullptr) std::copy_n(values, basis.powers.size(), gradient);
    if (slope != nullptr) {
      basis_slopes(basis, x, values);
      *slope = 0;
      for (std::size_t k = 0; k < basis.powers.size(); ++k)
        *slope += p[k] * values[k];
      for (const auto& [power, coefficient] : fixed) {
        if (power > 0) *slope += coefficient * power * std::pow(x, power - 1);
      }
    }
    return y;
  };
  return curve;
}

// Plain powers from the working parameters, and their covariance from M*half with working covariance half*half'.
void report_powers(CurveFit& fit, const ExactColumns& powers, const std::vector<DoubleDouble>& working,
                   const ExactColumns& half) {
  const std::size_t count = powers.size();
  fit.parameters.resize(static_cast<Index>(count));
  ExactColumns root(half.size(), std::vector<DoubleDouble>(count));  // M*half, by columns
  for (std::size_t k = 0; k < half.size(); ++k) {
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t i = 0; i < count; ++i)
        root[k][i] += powers[j][i] * half[k][j];
    }
  }
  fit.covariance.resize(static_cast<Index>(count), static_cast<Index>(count));
  for (std::size_t i = 0; i < count; ++i) {
    DoubleDouble value;
    for (std::size_t k = 0; k < count; ++k)
      value += powers[k][i] * working[k];
    fit.parameters(static_cast<Index>(i)) = static_cast<double>(value);
    for (std::size_t j = 0; j <= i; ++j) {
      DoubleDouble sum;
      for (const auto& column : root)
        sum += column[i] * column[j];
      fit.covariance(static_cast<Index>(i), static_cast<Index>(j)) = static_cast<double>(sum);
      fit.covariance(static_cast<Index>(j), static_cast<Index>(i)) = static_cast<double>(sum);
    }
  }
}

std::vector<DoubleDouble> exact(const VectorXd& values) {
  return {values.begin(), values.end()};
}

// Least squares in double-double: rows divided by u(y_i), or whitened by forward substitution in the Cholesky factor.
void solve_exactly(CurveFit& fit, const CurveData& data, const Basis& basis, const std::map<int, double>& fixed) {
  const auto n = static_cast<std::size_t>(data.x.size());
  const std::size_t p = basis.powers.size();
  ExactColumns design(p, std::vector<DoubleDouble>(n));
  std::vector<DoubleDouble> right(n);
  std::vector<DoubleDouble> row(p);
  for (std::size_t i = 0; i < n; ++i) {
    const DoubleDouble x(data.x(static_cast<Index>(i)));
    basis_values(basis, x, row.data());
    for (std::size_t k = 0; k < p; ++k)
      design[k][i] = row[k];
    right[i] = DoubleDouble(data.y(static_cast<Index>(i))) - fixed_part(fixed, x);
  }
  MatrixXd factor;
  const auto whiten = [&](std::vector<DoubleDouble>& column) {
    for (std::size_t i = 0; i < n; ++i) {
      if (factor.size() > 0) {
        for (std::size_t j = 0; j < i; ++j)
          column[i] -= DoubleDouble(factor(static_cast<Index>(i), static_cast<Index>(j))) * column[j];
        column[i] = column[i] / DoubleDouble(factor(static_cast<Index>(i), static_cast<Index>(i)));
      } else if (data.has_uncertainty_y()) {
        column[i] = column[i] / DoubleDouble(data.standard_uncertainty_y(static_cast<Index>(i)));
      }
    }
  };
  if (data.covariance_y.size() > 0) factor = covariance_factor(data.covariance_y, data.x, "y");
  for (auto& column : design)
    whiten(column);
  whiten(right);
  const ExactLeastSquares solution = exact_least_squares(design, right);
  if (solution.dependent >= 0) {
    throw InputError(
        fmt::format(fmt::runtime(tr("the coefficient {} is not determined by these points: its power cannot "
                                    "be told apart from the lower ones")),
                    fit.working.parameters[static_cast<std::size_t>(solution.dependent)]));
  }
  report_powers(fit, to_powers(basis), solution.parameters, solution.inverse);
  fit.working_parameters.resize(static_cast<Index>(p));
  fit.working_covariance.setZero(static_cast<Index>(p), static_cast<Index>(p));
  fit.sensitivities_y.resize(static_cast<Index>(p), static_cast<Index>(n));
  for (std::size_t i = 0; i < p; ++i) {
    const auto at = static_cast<Index>(i);
    fit.working_parameters(at) = static_cast<double>(solution.parameters[i]);
    for (std::size_t j = 0; j < p; ++j) {
      DoubleDouble sum;
      for (std::size_t k = std::max(i, j); k < p; ++k)
        sum += solution.inverse[k][i] * solution.inverse[k][j];
      fit.working_covariance(at, static_cast<Index>(j)) = static_cast<double>(sum);
    }
    for (std::size_t r = 0; r < n; ++r)
      fit.sensitivities_y(at, static_cast<Index>(r)) = static_cast<double>(solution.pseudo_inverse[r][i]);
  }
  // Back through the whitening: d/dy = d/d(whitened) * L^-1.
  if (factor.size() > 0) {
    fit.sensitivities_y =
        factor.transpose().triangularView<Eigen::Upper>().solve(fit.sensitivities_y.transpose()).transpose();
  } else if (data.has_uncertainty_y()) {
    fit.sensitivities_y = fit.sensitivities_y * data.standard_uncertainty_y.cwiseInverse().asDiagonal();
  }
  fit.chi_squared = static_cast<double>(solution.sum_of_squares);
}

std::string formula_of(const PolynomialChoice& choice) {
  std::string text = "y =";
  for (int k = 0; k <= choice.degree; ++k) {
    const auto known = choice.fixed.find(k);
    if (known != choice.fixed.end() && known->second == 0) continue;
    const std::string coefficient =
        known != choice.fixed.end() ? fmt::format("{}", known->second) : fmt::format("b{}", k);
    text += fmt::format("{}{}{}", text.size() > 3 ? " + " : " ", coefficient,
                        k == 0   ? ""
                        : k == 1 ? "*x"
                                 : fmt::format("*x^{}", k));
  }
  return text;
}

}  // namespace

CurveFit fit_polynomial(const CurveData& data, const PolynomialChoice& choice,
                        std::optional<CovarianceConvention> convention) {
  if (choice.degree < 0 || choice.degree > 30) {
    throw InputError(
        fmt::format(fmt::runtime(tr("a polynomial of degree {}: expected a degree from 0 to 30")), choice.degree));
  }
  for (const auto& [power, coefficient] : choice.fixed) {
    if (power < 0 || power > choice.degree || !std::isfinite(coefficient)) {
      throw InputError(fmt::format(fmt::runtime(tr("the coefficient b{} = {} cannot be fixed in a polynomial of degree "
                                                   "{}")),
                                   power, coefficient, choice.degree));
    }
  }
  check_data(data);
  if (data.x.size() == 0) throw InputError(tr("there are no points"));
  const Basis basis = basis_of(choice, data.x.minCoeff(), data.x.maxCoeff());
  const std::string name = fmt::format("polynomial:{}", choice.degree);
  check_determined(data, static_cast<int>(basis.powers.size()), name);
  CurveFit fit;
  fit.working = working_curve(basis, choice.fixed);
  if (data.has_uncertainty_x()) {
    CurveData without = data;  // the start: as if y alone were uncertain
    without.standard_uncertainty_x.resize(0);
    without.covariance_x.resize(0, 0);
    without.covariance_xy.resize(0, 0);
    without.covariance_y.resize(0, 0);
    without.standard_uncertainty_y = VectorXd::Ones(data.x.size());
    CurveFit start = fit;
    solve_exactly(start, without, basis, choice.fixed);
    fit = fit_gauss_markov(fit.working, data, start.working_parameters);
    fit.method = FitMethod::generalised_gauss_markov;
    const Eigen::LLT<MatrixXd> half(fit.working_covariance);
    const MatrixXd lower = half.matrixL();
    ExactColumns columns;
    for (Index k = 0; k < lower.cols(); ++k)
      columns.push_back(exact(lower.col(k)));
    report_powers(fit, to_powers(basis), exact(fit.working_parameters), columns);
  } else {
    solve_exactly(fit, data, basis, choice.fixed);
    set_residuals(fit, data);
    fit.method = data.covariance_y.size() > 0 ? FitMethod::generalised_least_squares
                 : data.has_uncertainty_y()   ? FitMethod::weighted_least_squares
                                              : FitMethod::ordinary_least_squares;
  }
  fit.name = name;
  fit.formula = formula_of(choice);
  fit.parameter_names = fit.working.parameters;
  apply_convention(fit, data, convention);
  return fit;
}

}  // namespace etalon::calibration
