#include "calibration/statistics/calibration_interval.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check_counts(int in_tolerance, int calibrations) {
  if (calibrations < 1 || in_tolerance < 0 || in_tolerance > calibrations) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} of {} calibrations in tolerance: expected at least one calibration, and not more in "
                        "tolerance than there are")),
        in_tolerance, calibrations));
  }
}

void check_probability(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("probability {} is not usable: expected a number strictly between 0 and 1")), probability));
  }
}

}  // namespace

TestedInterval test_interval(const IntervalTest& test) {
  check_counts(test.in_tolerance, test.calibrations);
  check_probability(test.target);
  check_probability(test.confidence);
  if (!(test.interval > 0) || std::isinf(test.interval) || !(test.largest_change > 1) ||
      std::isinf(test.largest_change) || !(test.shortest >= 0) || !(test.shortest <= test.longest)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("an interval of {}, at most {} times longer, between {} and {}: expected a "
                                    "positive interval, a factor above 1, and limits in order")),
                    test.interval, test.largest_change, test.shortest, test.longest));
  }
  const double x = test.in_tolerance;
  const double n = test.calibrations;
  TestedInterval result;
  result.observed = x / n;
  const boost::math::binomial binomial(n, test.target);
  const double distance = result.observed - test.target;
  double factor = 1;
  if (distance < 0) {
    result.rejection_confidence = std::max(0.0, 1 - 2 * boost::math::cdf(binomial, x));
    factor = std::pow(10, distance * result.rejection_confidence);
  } else if (distance > 0) {
    // P(X >= x); the distance is positive, so x is.
    const double tail = boost::math::cdf(boost::math::complement(binomial, x - 1));
    result.rejection_confidence = std::max(0.0, 1 - 2 * tail);
    factor = std::pow(10, distance / (1 - result.rejection_confidence));
  }
  factor = std::clamp(factor, 1 / test.largest_change, test.largest_change);
  result.calculated = factor * test.interval;
  const double tail = (1 - test.confidence) / 2;
  result.lower = x > 0 ? boost::math::quantile(boost::math::beta_distribution<>(x, n - x + 1), tail) : 0;
  result.upper =
      x < n ? boost::math::quantile(boost::math::complement(boost::math::beta_distribution<>(x + 1, n - x), tail)) : 1;
  result.changed = result.rejection_confidence > test.confidence;
  result.recommended = std::clamp(result.changed ? result.calculated : test.interval, test.shortest, test.longest);
  return result;
}

std::string to_string(ReliabilityModel model) {
  switch (model) {
    case ReliabilityModel::exponential:
      return "exponential";
    case ReliabilityModel::weibull:
      return "Weibull";
    case ReliabilityModel::mixed_exponential:
      return "mixed exponential";
  }
  throw std::logic_error("a reliability model without a name");
}

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// H = -ln R with its first and second derivatives by the logarithms of the parameters; t in units of a typical
// interval.
struct Hazard {
  double value = 0;
  VectorXd gradient;
  MatrixXd hessian;
};

Hazard hazard(ReliabilityModel model, const VectorXd& log_parameters, double t) {
  Hazard h;
  const Eigen::Index size = log_parameters.size();
  h.gradient = VectorXd::Zero(size);
  h.hessian = MatrixXd::Zero(size, size);
  const double a = std::exp(log_parameters(0)) * t;
  switch (model) {
    case ReliabilityModel::exponential:
      h.value = h.gradient(0) = h.hessian(0, 0) = a;
      return h;
    case ReliabilityModel::weibull: {
      const double b = std::exp(log_parameters(1));
      const double l = b * std::log(a);  // H = exp(l)
      h.value = std::exp(l);
      h.gradient << h.value * b, h.value * l;
      h.hessian << h.value * b * b, h.value * b * (1 + l), h.value * b * (1 + l), h.value * l * (1 + l);
      return h;
    }
    case ReliabilityModel::mixed_exponential: {
      const double b = std::exp(log_parameters(1));
      const double share = a / (1 + a);
      h.value = b * std::log1p(a);
      h.gradient << b * share, h.value;
      h.hessian << b * share * (1 - share), b * share, b * share, h.value;
      return h;
    }
  }
  throw std::logic_error("a reliability model without a formula");
}

struct Likelihood {
  double value = 0;
  VectorXd gradient;
  MatrixXd hessian;
};

// sum g ln R + (n - g) ln(1 - R) with R = exp(-H).
Likelihood likelihood(ReliabilityModel model, const VectorXd& log_parameters, const std::vector<IntervalGroup>& groups,
                      double unit) {
  Likelihood result;
  result.gradient = VectorXd::Zero(log_parameters.size());
  result.hessian = MatrixXd::Zero(log_parameters.size(), log_parameters.size());
  for (const IntervalGroup& group : groups) {
    const Hazard h = hazard(model, log_parameters, group.interval / unit);
    const double good = group.in_tolerance;
    const double bad = group.calibrations - group.in_tolerance;
    result.value -= good * h.value;
    double first = -good;
    double second = 0;
    if (bad > 0) {
      result.value += bad * std::log(-std::expm1(-h.value));
      const double odds = 1 / std::expm1(h.value);  // R/(1-R)
      first += bad * odds;
      second -= bad * odds * (1 + odds);
    }
    result.gradient += first * h.gradient;
    result.hessian += first * h.hessian + second * h.gradient * h.gradient.transpose();
  }
  return result;
}

}  // namespace

ReliabilityFit fit_reliability(ReliabilityModel model, const std::vector<IntervalGroup>& groups) {
  const Eigen::Index parameters = model == ReliabilityModel::exponential ? 1 : 2;
  double good = 0;
  double all = 0;
  double time = 0;
  std::vector<double> intervals;
  for (const IntervalGroup& group : groups) {
    check_counts(group.in_tolerance, group.calibrations);
    if (!(group.interval > 0) || std::isinf(group.interval)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("an interval of {}: expected a positive finite number")), group.interval));
    }
    good += group.in_tolerance;
    all += group.calibrations;
    time += group.interval * group.calibrations;
    intervals.push_back(group.interval);
  }
  std::sort(intervals.begin(), intervals.end());
  intervals.erase(std::unique(intervals.begin(), intervals.end()), intervals.end());
  if (static_cast<Eigen::Index>(intervals.size()) < parameters) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the {} model needs calibrations at {} or more different intervals; there are {}")),
                    to_string(model), parameters, intervals.size()));
  }
  if (good == all || good == 0) {
    throw base::InputError(
        tr("all calibrations were in tolerance, or none: they do not determine how the reliability "
           "falls; use the interval test (A3) instead"));
  }
  const double unit = time / all;
  VectorXd p = VectorXd::Zero(parameters);
  p(0) = std::log(-std::log(good / all));
  Likelihood now = likelihood(model, p, groups, unit);
  const auto refuse = [&] {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the {} model cannot be fitted: its likelihood has no maximum for these data; use "
                                    "the exponential model")),
                    to_string(model)));
  };
  // Newton's method uphill with a trust region (Levenberg): the steps are bounded, and only those that climb are taken.
  double damping = 1e-3;
  bool converged = false;
  for (int step = 0; step < 500 && !converged; ++step) {
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(-now.hessian);
    const double shift = std::max(0.0, -eigen.eigenvalues().minCoeff()) * 1.1;
    const double scale = eigen.eigenvalues().cwiseAbs().maxCoeff();
    const MatrixXd matrix = -now.hessian + (shift + damping * scale) * MatrixXd::Identity(parameters, parameters);
    VectorXd change = matrix.ldlt().solve(now.gradient);
    if (!change.allFinite()) refuse();
    if (change.cwiseAbs().maxCoeff() > 1) change /= change.cwiseAbs().maxCoeff();
    const Likelihood next = likelihood(model, p + change, groups, unit);
    if (std::isfinite(next.value) && next.value >= now.value - 1e-15 * std::fabs(now.value)) {
      p += change;
      now = next;
      damping = std::max(damping / 10, 1e-16);
      converged = change.cwiseAbs().maxCoeff() < 1e-13 && damping < 1e-10;
    } else {
      damping = std::max(damping * 10, 1e-12);
      if (damping > 1e12) converged = true;  // no climb left: at the top to rounding, checked below
    }
    if (p.cwiseAbs().maxCoeff() > 30) refuse();
  }
  const MatrixXd information = -now.hessian;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(information);
  if (!(eigen.eigenvalues().minCoeff() > 1e-10 * all) || now.gradient.cwiseAbs().maxCoeff() > 1e-6 * all) refuse();

  ReliabilityFit fit;
  fit.model = model;
  const MatrixXd covariance = information.inverse();
  for (Eigen::Index i = 0; i < parameters; ++i) {
    const double parameter = std::exp(p(i)) / (i == 0 ? unit : 1);
    fit.parameters.push_back(parameter);
    fit.standard_uncertainties.push_back(parameter * std::sqrt(covariance(i, i)));
  }
  fit.log_likelihood = now.value;
  double saturated = 0;
  for (const IntervalGroup& group : groups) {
    const double bad = group.calibrations - group.in_tolerance;
    if (group.in_tolerance > 0)
      saturated += group.in_tolerance * std::log(double(group.in_tolerance) / group.calibrations);
    if (bad > 0) saturated += bad * std::log(bad / group.calibrations);
  }
  fit.deviance = std::max(0.0, 2 * (saturated - now.value));
  fit.degrees_of_freedom = static_cast<double>(groups.size()) - static_cast<double>(parameters);
  fit.probability =
      fit.degrees_of_freedom > 0 ? chi_squared_upper_probability(fit.deviance, fit.degrees_of_freedom) : 1;
  fit.akaike = 2 * static_cast<double>(parameters) - 2 * now.value;
  return fit;
}

double reliability(const ReliabilityFit& fit, double time) {
  if (!(time >= 0)) throw base::InputError(fmt::format(fmt::runtime(tr("a time of {}: expected 0 or more")), time));
  const double a = fit.parameters.at(0) * time;
  switch (fit.model) {
    case ReliabilityModel::exponential:
      return std::exp(-a);
    case ReliabilityModel::weibull:
      return std::exp(-std::pow(a, fit.parameters.at(1)));
    case ReliabilityModel::mixed_exponential:
      return std::pow(1 + a, -fit.parameters.at(1));
  }
  throw std::logic_error("a reliability model without a formula");
}

double interval_for(const ReliabilityFit& fit, double target) {
  check_probability(target);
  const double h = -std::log(target);
  switch (fit.model) {
    case ReliabilityModel::exponential:
      return h / fit.parameters.at(0);
    case ReliabilityModel::weibull:
      return std::pow(h, 1 / fit.parameters.at(1)) / fit.parameters.at(0);
    case ReliabilityModel::mixed_exponential:
      return std::expm1(h / fit.parameters.at(1)) / fit.parameters.at(0);
  }
  throw std::logic_error("a reliability model without a formula");
}

}  // namespace etalon::calibration
