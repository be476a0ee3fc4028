#include "calibration/curve/fit_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "calibration/curve/callendar_van_dusen.h"
#include "calibration/curve/gauss_markov_fit.h"
#include "calibration/curve/its90.h"
#include "calibration/curve/named_curves.h"
#include "calibration/curve/natural_spline.h"
#include "calibration/curve/polynomial_fit.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

const std::vector<std::pair<std::string, CurveKind>>& simple_names() {
  static const std::vector<std::pair<std::string, CurveKind>> names{
      {"line", CurveKind::line},
      {"line-through-origin", CurveKind::line_through_origin},
      {"power", CurveKind::power},
      {"exponential", CurveKind::exponential},
      {"callendar-van-dusen", CurveKind::callendar_van_dusen},
      {"steinhart-hart", CurveKind::steinhart_hart},
      {"iso-376", CurveKind::iso_376},
      {"spline", CurveKind::natural_spline}};
  return names;
}

int degree_of(const std::string& text, const std::string& whole) {
  int degree = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), degree);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size() || degree < 0 || degree > 30)
    throw InputError(
        fmt::format(fmt::runtime(tr("the curve '{}': expected a degree from 0 to 30 after the colon")), whole));
  return degree;
}

// Fixed parameters by their names, as powers.
std::map<int, double> fixed_powers(const CurveChoice& choice, int degree) {
  std::map<int, double> powers;
  for (const auto& [name, value] : choice.fixed) {
    int power = -1;
    if (name.size() > 1 && name[0] == 'b') {
      const auto result = std::from_chars(name.data() + 1, name.data() + name.size(), power);
      if (result.ec != std::errc() || result.ptr != name.data() + name.size()) power = -1;
    }
    if (power < 0 || power > degree) {
      throw InputError(
          fmt::format(fmt::runtime(tr("there is no parameter {} to fix: expected b0 to b{}")), name, degree));
    }
    powers.emplace(power, value);
  }
  return powers;
}

// How a curve that is not linear in its parameters was fitted.
FitMethod nonlinear_method(const CurveData& data) {
  return data.has_uncertainty_x() ? FitMethod::generalised_gauss_markov : FitMethod::nonlinear_least_squares;
}

// Start values given for all parameters, or none.
std::optional<VectorXd> given_start(const CurveChoice& choice, const std::vector<std::string>& parameters) {
  for (const auto& [name, value] : choice.start) {
    if (std::find(parameters.begin(), parameters.end(), name) == parameters.end()) {
      const std::string nearest = base::nearest_word(name, parameters);
      throw InputError(
          fmt::format(fmt::runtime(tr("there is no parameter {} to start from{}")), name,
                      nearest.empty() ? "" : "; " + fmt::format(fmt::runtime(tr("did you mean {}?")), nearest)));
    }
  }
  if (choice.start.empty()) return std::nullopt;
  VectorXd start(static_cast<Index>(parameters.size()));
  std::string missing;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto value = choice.start.find(parameters[k]);
    if (value == choice.start.end()) {
      missing += (missing.empty() ? "" : ", ") + parameters[k];
    } else {
      start(static_cast<Index>(k)) = value->second;
    }
  }
  if (!missing.empty()) throw InputError(fmt::format(fmt::runtime(tr("start values are missing for {}")), missing));
  return start;
}

// Power and exponential: for each b2 of a scan the best b0 and b1 (linear); the best of all is the start.
VectorXd scanned_start(const Curve& curve, const CurveData& data, const std::vector<double>& exponents) {
  const Index n = data.x.size();
  double best = INFINITY;
  VectorXd start(3);
  for (const double b2 : exponents) {
    MatrixXd design(n, 2);
    const double p[3] = {0, 1, b2};
    for (Index i = 0; i < n; ++i) {
      design(i, 0) = 1;
      design(i, 1) = curve.evaluate(data.x(i), p, nullptr, nullptr);
    }
    if (!design.allFinite()) continue;
    const Eigen::ColPivHouseholderQR<MatrixXd> qr(design);
    if (qr.rank() < 2) continue;
    const VectorXd b = qr.solve(data.y);
    const double sum = (data.y - design * b).squaredNorm();
    if (sum < best) {
      best = sum;
      start << b(0), b(1), b2;
    }
  }
  if (!std::isfinite(best)) throw InputError(tr("no start values found for this curve: the points do not suit it"));
  return start;
}

CurveFit fit_nonlinear(const CurveData& data, const Curve& curve, const VectorXd& start, const std::string& name,
                       const std::string& formula, std::optional<CovarianceConvention> convention) {
  check_determined(data, static_cast<int>(curve.parameters.size()), name);
  CurveFit fit = fit_gauss_markov(curve, data, start);
  fit.name = name;
  fit.formula = formula;
  fit.method = nonlinear_method(data);
  apply_convention(fit, data, convention);
  return fit;
}

CurveFit fit_straight_line(const CurveData& data, std::optional<CovarianceConvention> convention) {
  check_data(data);
  check_determined(data, 2, "line");
  const bool general = data.covariance_x.size() > 0 || data.covariance_xy.size() > 0 ||
                       (data.has_uncertainty_x() && data.covariance_y.size() > 0);
  if (general) {
    CurveFit fit = fit_polynomial(data, {1, {}}, convention);
    fit.name = "line";
    return fit;
  }
  CurveFit fit;
  const VectorXd none = VectorXd::Zero(data.x.size());
  if (data.has_uncertainty_x()) {
    fit = curve_of(fit_line_distance(data.x, data.y, data.standard_uncertainty_x,
                                     data.has_uncertainty_y() ? data.standard_uncertainty_y : none),
                   data);
  } else if (data.covariance_y.size() > 0) {
    fit = curve_of(fit_line_generalised(data.x, data.y, data.covariance_y), data);
  } else if (data.has_uncertainty_y()) {
    fit = curve_of(fit_line_weighted(data.x, data.y, data.standard_uncertainty_y), data);
  } else {
    // From u = 1, so that one place applies the conventions.
    fit = curve_of(fit_line_weighted(data.x, data.y, VectorXd::Ones(data.x.size())), data);
    fit.method = FitMethod::ordinary_least_squares;
  }
  apply_convention(fit, data, convention);
  return fit;
}

CurveFit fit_power_or_exponential(const CurveData& data, const CurveChoice& choice,
                                  std::optional<CovarianceConvention> convention) {
  const bool power = choice.kind == CurveKind::power;
  const Curve curve = power ? power_curve() : exponential_curve();
  const std::string name = power ? "power" : "exponential";
  check_determined(data, 3, name);
  if (power && (data.x.array() < 0).any())
    throw InputError(tr("the power curve has no value for x below 0: leave such points out or shift x"));
  std::vector<double> exponents;
  if (power) {
    for (double b2 = -4; b2 <= 6; b2 += 0.0625)
      if (std::fabs(1 + b2) > 0.03) exponents.push_back(b2);
  } else {
    const double range = data.x.maxCoeff() - data.x.minCoeff();
    for (double size = 0.01; size <= 50; size *= 1.2) {
      exponents.push_back(size / range);
      exponents.push_back(-size / range);
    }
  }
  const auto given = given_start(choice, curve.parameters);
  const VectorXd start = given ? *given : scanned_start(curve, data, exponents);
  return fit_nonlinear(data, curve, start, name, power ? "y = b0 + b1*x^(1 + b2)" : "y = b0 + b1*exp(b2*x)",
                       convention);
}

CurveFit fit_steinhart_hart(const CurveData& data, const CurveChoice& choice,
                            std::optional<CovarianceConvention> convention) {
  const Curve curve = steinhart_hart_curve();
  check_determined(data, 3, "steinhart-hart");
  if (!(data.x.array() > 0).all() || !(data.y.array() > 0).all())
    throw InputError(tr("steinhart-hart needs resistances above 0 (x) and temperatures in kelvin above 0 (y)"));
  auto start = given_start(choice, curve.parameters);
  if (!start) {  // linear in 1/T
    MatrixXd design(data.x.size(), 3);
    const VectorXd l = data.x.array().log();
    design << VectorXd::Ones(l.size()), l, l.array().cube();
    start = design.colPivHouseholderQr().solve(VectorXd(data.y.cwiseInverse()));
  }
  return fit_nonlinear(data, curve, *start, "steinhart-hart", "T = 1/(b0 + b1*ln x + b2*(ln x)^3)", convention);
}

CurveFit fit_spline(const CurveData& data, std::optional<CovarianceConvention> convention) {
  if (!data.has_uncertainty_y() || data.has_uncertainty_x()) {
    throw InputError(
        tr("a spline goes through every point and leaves no residuals: it needs u(y), and u(x) has to be brought into "
           "it"));
  }
  CurveFit fit;
  fit.name = "spline";
  fit.formula = tr("natural cubic spline through the points");
  fit.method = FitMethod::interpolation;
  fit.working = natural_spline_curve(data.x);
  fit.working_parameters = data.y;
  fit.working_covariance = data.covariance_y.size() > 0 ? data.covariance_y : MatrixXd(data.variance_y().asDiagonal());
  fit.sensitivities_y = MatrixXd::Identity(data.x.size(), data.x.size());
  fit.parameter_names = fit.working.parameters;
  fit.parameters = fit.working_parameters;
  fit.covariance = fit.working_covariance;
  set_residuals(fit, data);
  fit.residuals.setZero();
  fit.chi_squared = 0;
  apply_convention(fit, data, convention);
  return fit;
}

CurveFit fit_its90_deviation(const CurveData& data, const CurveChoice& choice,
                             std::optional<CovarianceConvention> convention) {
  const Curve curve = its90_deviation_curve(choice.degree);
  const auto count = static_cast<Index>(curve.parameters.size());
  CurveFit fit = fit_nonlinear(data, curve, VectorXd::Zero(count), fmt::format("its-90-deviation:{}", choice.degree),
                               choice.degree == 4 ? "W - Wr = a*(W - 1) + b*(W - 1)*ln W"
                               : count == 1       ? "W - Wr = a*(W - 1)"
                               : count == 2       ? "W - Wr = a*(W - 1) + b*(W - 1)^2"
                                                  : "W - Wr = a*(W - 1) + b*(W - 1)^2 + c*(W - 1)^3",
                               convention);
  if (!data.has_uncertainty_x()) {  // linear in its parameters
    fit.method = data.covariance_y.size() > 0 ? FitMethod::generalised_least_squares
                 : data.has_uncertainty_y()   ? FitMethod::weighted_least_squares
                                              : FitMethod::ordinary_least_squares;
  }
  return fit;
}

CurveFit fit_formula(const CurveData& data, const CurveChoice& choice, std::optional<CovarianceConvention> convention) {
  const Curve curve = formula_curve(choice.formula, choice.fixed);
  const auto given = given_start(choice, curve.parameters);
  const VectorXd start = given ? *given : VectorXd::Ones(static_cast<Index>(curve.parameters.size()));
  CurveFit fit =
      fit_nonlinear(data, curve, start, "expression: " + choice.formula, "y = " + choice.formula, convention);
  if (!given) {
    fit.notes.push_back(tr(
        "no start values were given: each parameter began at 1; look at the residuals, another start may fit better"));
  }
  return fit;
}

CurveFit fit_power_series(const CurveData& data, const CurveChoice& choice,
                          std::optional<CovarianceConvention> convention) {
  PolynomialChoice polynomial{choice.degree, {}};
  std::string note;
  if (choice.choose_degree) {
    const DegreeChoice chosen = choose_degree(data, choice.degree, fixed_powers(choice, choice.degree));
    polynomial.degree = chosen.degree;
    note = chosen.reason;
  }
  for (const auto& [power, value] : fixed_powers(choice, choice.degree)) {
    if (power <= polynomial.degree) polynomial.fixed.emplace(power, value);
  }
  CurveFit fit = fit_polynomial(data, polynomial, convention);
  if (!note.empty()) fit.notes.push_back(note);
  return fit;
}

}  // namespace

CurveChoice parse_curve(const std::string& text) {
  CurveChoice choice;
  for (const auto& [name, kind] : simple_names()) {
    if (text == name) {
      choice.kind = kind;
      return choice;
    }
  }
  if (text.starts_with("polynomial:")) {
    choice.kind = CurveKind::polynomial;
    std::string degree = text.substr(11);
    if (degree.starts_with("auto:")) {
      choice.choose_degree = true;
      degree = degree.substr(5);
    }
    choice.degree = degree_of(degree, text);
    if (choice.choose_degree && choice.degree < 1)
      throw InputError(fmt::format(fmt::runtime(tr("the curve '{}': expected a largest degree from 1 to 30")), text));
    return choice;
  }
  if (text.starts_with("its-90-deviation:")) {
    choice.kind = CurveKind::its90_deviation;
    choice.degree = degree_of(text.substr(17), text);
    return choice;
  }
  if (text.starts_with("expression:")) {
    choice.kind = CurveKind::formula;
    choice.formula = text.substr(11);
    choice.formula.erase(0, choice.formula.find_first_not_of(' '));
    return choice;
  }
  std::vector<std::string> names{"polynomial:3", "polynomial:auto:5", "expression: b0 + b1*x"};
  std::string list;
  for (const auto& [name, kind] : simple_names()) {
    names.push_back(name);
    list += name + ", ";
  }
  const std::string nearest = base::nearest_word(text, names);
  throw InputError(fmt::format(
      fmt::runtime(tr("there is no curve '{}'{}; expected one of {}polynomial:N, "
                      "polynomial:auto:MAX, \"expression: FORMULA\"")),
      text, nearest.empty() ? "" : "; " + fmt::format(fmt::runtime(tr("did you mean {}?")), nearest), list));
}

CurveFit fit_curve(const CurveData& data, const CurveChoice& choice, std::optional<CovarianceConvention> convention) {
  check_data(data);
  if (data.x.size() == 0) throw InputError(tr("there are no points"));
  const bool can_fix = choice.kind == CurveKind::line || choice.kind == CurveKind::polynomial ||
                       choice.kind == CurveKind::formula || choice.kind == CurveKind::iso_376;
  if (!choice.fixed.empty() && !can_fix)
    throw InputError(tr("parameters can be fixed for a line, a polynomial or an expression"));
  switch (choice.kind) {
    case CurveKind::line:
      if (!choice.fixed.empty()) {
        CurveFit fit = fit_polynomial(data, {1, fixed_powers(choice, 1)}, convention);
        fit.name = "line";
        return fit;
      }
      return fit_straight_line(data, convention);
    case CurveKind::line_through_origin: {
      CurveFit fit = fit_polynomial(data, {1, {{0, 0.0}}}, convention);
      fit.name = "line-through-origin";
      if (data.has_uncertainty_x() && !data.has_covariances()) fit.method = FitMethod::generalised_distance;
      return fit;
    }
    case CurveKind::iso_376: {
      CurveChoice cubic = choice;
      cubic.fixed.emplace("b0", 0.0);
      CurveFit fit = fit_polynomial(data, {3, fixed_powers(cubic, 3)}, convention);
      fit.name = "iso-376";
      return fit;
    }
    case CurveKind::polynomial:
      return fit_power_series(data, choice, convention);
    case CurveKind::power:
    case CurveKind::exponential:
      return fit_power_or_exponential(data, choice, convention);
    case CurveKind::callendar_van_dusen:
      return fit_callendar_van_dusen(data, convention);
    case CurveKind::steinhart_hart:
      return fit_steinhart_hart(data, choice, convention);
    case CurveKind::natural_spline:
      return fit_spline(data, convention);
    case CurveKind::its90_deviation:
      return fit_its90_deviation(data, choice, convention);
    case CurveKind::formula:
      return fit_formula(data, choice, convention);
  }
  throw std::logic_error("a curve that is not fitted");
}

}  // namespace etalon::calibration
