#include "calibration/uncertainty/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Eigen::Index;

Index at(std::size_t i) {
  return static_cast<Index>(i);
}

// The given inputs in the order of the model's.
std::vector<std::size_t> match(const MeasurementModel& model, const std::vector<InputQuantity>& inputs) {
  std::vector<std::string> given;
  for (const InputQuantity& input : inputs)
    given.push_back(input.name);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(inputs[i]);
    if (inputs[i].identity.empty()) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("input '{}' has no identity: expected a text that says which physical quantity it is")),
          inputs[i].name));
    }
    if (std::find(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i), given[i]) !=
        given.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw base::InputError(fmt::format(fmt::runtime(tr("input '{}' is given twice")), given[i]));
    }
    if (std::find(model.inputs().begin(), model.inputs().end(), given[i]) == model.inputs().end()) {
      throw base::InputError(fmt::format(fmt::runtime(tr("input '{}' is not an input of the model: expected {}")),
                                         given[i], fmt::join(model.inputs(), ", ")));
    }
  }
  std::vector<std::size_t> order;
  for (const std::string& name : model.inputs()) {
    const auto place = std::find(given.begin(), given.end(), name);
    if (place == given.end()) {
      const std::string nearest = base::nearest_word(name, given);
      throw base::InputError(
          fmt::format(fmt::runtime(nearest.empty() ? tr("the model's input '{0}' is not given")
                                                   : tr("the model's input '{0}' is not given ('{1}' is)")),
                      name, nearest));
    }
    order.push_back(static_cast<std::size_t>(place - given.begin()));
  }
  return order;
}

bool same_shape(const InputQuantity& a, const InputQuantity& b) {
  return a.distribution == b.distribution && a.shape == b.shape && a.degrees_of_freedom == b.degrees_of_freedom;
}

// The correlation between inputs: what was given, and 1 between inputs of one identity.
Eigen::MatrixXd full_correlation(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  const Index n = at(inputs.size());
  Eigen::MatrixXd r = Eigen::MatrixXd::Identity(n, n);
  if (given.size() != 0) {
    if (given.rows() != n || given.cols() != n) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the correlation matrix is {} x {}: expected {} x {}, one row for each input")),
                      given.rows(), given.cols(), n, n));
    }
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        const double value = given(i, j);
        if (!(std::fabs(value) <= 1) || given(i, j) != given(j, i) || (i == j && value != 1)) {
          throw base::InputError(fmt::format(fmt::runtime(tr("the correlation of '{}' and '{}' is {} and {}: expected "
                                                             "the same number from -1 to 1, and 1 of an input "
                                                             "with itself")),
                                             inputs[static_cast<std::size_t>(i)].name,
                                             inputs[static_cast<std::size_t>(j)].name, value, given(j, i)));
        }
      }
    }
    r = given;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (inputs[i].identity != inputs[j].identity) continue;
      if (!same_shape(inputs[i], inputs[j])) {
        throw base::InputError(fmt::format(
            fmt::runtime(
                tr("inputs '{}' and '{}' have the identity '{}' but differ in distribution or degrees of freedom: "
                   "one quantity "
                   "has one of each")),
            inputs[j].name, inputs[i].name, inputs[i].identity));
      }
      if (r(at(i), at(j)) != 0 && r(at(i), at(j)) != 1) {
        throw base::InputError(
            fmt::format(fmt::runtime(tr("inputs '{}' and '{}' have the identity '{}' but the correlation {}: the "
                                        "same quantity has 1")),
                        inputs[j].name, inputs[i].name, inputs[i].identity, r(at(i), at(j))));
      }
      r(at(i), at(j)) = r(at(j), at(i)) = 1;
    }
  }
  return r;
}

// Lower factor L with L*L' = r, for a positive semi-definite r: a column of zeros where an input adds nothing new.
Eigen::MatrixXd semidefinite_cholesky(const Eigen::MatrixXd& r, const std::vector<InputQuantity>& inputs) {
  constexpr double tolerance = 1e-10;
  const Index n = r.rows();
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(n, n);
  for (Index j = 0; j < n; ++j) {
    const double pivot = r(j, j) - factor.row(j).head(j).squaredNorm();
    const bool nothing_new = pivot <= tolerance;
    bool impossible = pivot < -tolerance;
    for (Index i = j + 1; i < n; ++i) {
      const double rest = r(i, j) - factor.row(i).head(j).dot(factor.row(j).head(j));
      if (!nothing_new) factor(i, j) = rest / std::sqrt(pivot);
      impossible = impossible || (nothing_new && std::fabs(rest) > std::sqrt(tolerance));
    }
    if (impossible) {
      throw base::InputError(fmt::format(
          fmt::runtime(
              tr("the correlations with '{}' contradict each other: the matrix is not positive semi-definite")),
          inputs[static_cast<std::size_t>(j)].name));
    }
    if (!nothing_new) factor(j, j) = std::sqrt(pivot);
  }
  return factor;
}

// Group number of each input: inputs that are correlated, directly or through others, share one.
std::vector<std::size_t> correlated_groups(const Eigen::MatrixXd& r) {
  const auto n = static_cast<std::size_t>(r.rows());
  std::vector<std::size_t> group(n);
  for (std::size_t i = 0; i < n; ++i)
    group[i] = i;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (r(at(i), at(j)) == 0 || group[i] == group[j]) continue;
      const std::size_t from = std::max(group[i], group[j]);
      const std::size_t to = std::min(group[i], group[j]);
      std::replace(group.begin(), group.end(), from, to);
    }
  }
  return group;
}

// An independent part of the output's uncertainty: one quantity, or several that are correlated.
struct Part {
  double standard_uncertainty = 0;
  double degrees_of_freedom = infinite;
  // Of a single quantity with limits: half-widths of the two rectangles whose sum has its shape (the second 0 for a
  // rectangle); both 0 for any other.
  double first_half_width = 0;
  double second_half_width = 0;
};

// A trapezoid of half-base B and ratio beta is the sum of two rectangles: (1 + beta)/2*B and (1 - beta)/2*B.
void set_shape(Part& part, const InputQuantity& input) {
  const bool has_shape = input.distribution == Distribution::rectangular ||
                         input.distribution == Distribution::triangular ||
                         input.distribution == Distribution::trapezoidal;
  // A half-width that is itself uncertain has no sharp shape; t with its degrees of freedom is used then.
  if (!has_shape || !std::isinf(input.degrees_of_freedom)) return;
  const double beta = input.distribution == Distribution::rectangular  ? 1
                      : input.distribution == Distribution::triangular ? 0
                                                                       : input.shape;
  const double half_base = part.standard_uncertainty * std::sqrt(6 / (1 + beta * beta));
  part.first_half_width = half_base * (1 + beta) / 2;
  part.second_half_width = half_base * (1 - beta) / 2;
}

struct Coverage {
  double factor = 0;
  CoverageFactorOrigin origin = CoverageFactorOrigin::none;
};

Coverage choose_coverage(std::vector<Part> parts, double standard_uncertainty, double effective_degrees_of_freedom,
                         const BudgetOptions& options) {
  if (standard_uncertainty == 0) return {};
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.standard_uncertainty > b.standard_uncertainty; });
  // The rest is summed up afresh: as a difference of squares it would lose its digits.
  const auto rest_after = [&](std::size_t count) {
    double sum = 0;
    for (std::size_t i = count; i < parts.size(); ++i)
      sum = std::hypot(sum, parts[i].standard_uncertainty);
    return sum;
  };
  const auto is_rectangle = [&](std::size_t i) {
    return i < parts.size() && parts[i].first_half_width > 0 && parts[i].second_half_width == 0;
  };
  // The shape of the first `count` parts, which dominate: the sum of rectangles a >= b.
  const auto dominated = [&](double a, double b, std::size_t count) -> Coverage {
    const CoverageFactorOrigin origin =
        b == 0 ? CoverageFactorOrigin::dominant_rectangular : CoverageFactorOrigin::dominant_trapezoidal;
    if (options.dominance == DominanceRule::ea_4_02) {
      return {coverage_factor_of_trapezoid(options.coverage_probability, (a - b) / (a + b)), origin};
    }
    // A rectangle next in size is taken as what it is; only what is smaller still counts as normal.
    if (b == 0 && is_rectangle(count)) b = parts[count++].first_half_width;
    return {coverage_factor_of_convolution(options.coverage_probability, a, b, rest_after(count)), origin};
  };
  if (options.dominance != DominanceRule::none) {
    const Part& largest = parts[0];
    if (largest.first_half_width > 0 && rest_after(1) <= dominance_limit * largest.standard_uncertainty) {
      return dominated(largest.first_half_width, largest.second_half_width, 1);
    }
    if (is_rectangle(0) && is_rectangle(1)) {
      const double both = std::hypot(largest.standard_uncertainty, parts[1].standard_uncertainty);
      if (rest_after(2) <= dominance_limit * both) {
        return dominated(largest.first_half_width, parts[1].first_half_width, 2);
      }
    }
  }
  return {coverage_factor(options.coverage_probability, effective_degrees_of_freedom),
          std::isinf(effective_degrees_of_freedom) ? CoverageFactorOrigin::normal : CoverageFactorOrigin::student_t};
}

}  // namespace

std::vector<BudgetResult> evaluate_budget(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                          const BudgetOptions& options) {
  if (!(options.coverage_probability > 0 && options.coverage_probability < 1)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the coverage probability is {}: expected a number between 0 and 1, such as 0.95")),
                    options.coverage_probability));
  }
  const std::vector<std::size_t> order = match(model, inputs);
  const Eigen::MatrixXd correlation = full_correlation(inputs, options.correlation);
  const Eigen::MatrixXd factor = semidefinite_cholesky(correlation, inputs);
  const std::vector<std::size_t> groups = correlated_groups(correlation);
  const std::size_t n = inputs.size();

  std::vector<double> estimates;
  std::vector<bool> constants;
  for (std::size_t i : order) {
    estimates.push_back(inputs[i].estimate);
    constants.push_back(inputs[i].distribution == Distribution::constant);
  }
  const ModelEvaluation evaluation = model.evaluate(estimates, constants);

  // The name of the independent part that an input adds to those before it in its group.
  std::vector<std::string> part_names(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<std::string> before;
    for (std::size_t j = 0; j < i; ++j) {
      if (groups[j] == groups[i] && std::find(before.begin(), before.end(), inputs[j].identity) == before.end()) {
        before.push_back(inputs[j].identity);
      }
    }
    part_names[i] = before.empty()
                        ? inputs[i].identity
                        : fmt::format("{}, part independent of {}", inputs[i].identity, fmt::join(before, "; "));
  }

  std::vector<BudgetResult> results;
  for (std::size_t k = 0; k < model.outputs().size(); ++k) {
    BudgetResult result;
    result.output = model.outputs()[k];
    result.value = evaluation.values(at(k));
    result.coverage_probability = options.coverage_probability;

    Eigen::VectorXd contributions = Eigen::VectorXd::Zero(at(n));
    Eigen::VectorXd sensitivities = Eigen::VectorXd::Zero(at(n));
    for (std::size_t j = 0; j < n; ++j) {
      const std::size_t i = order[j];
      sensitivities(at(i)) = evaluation.jacobian(at(k), at(j));
      contributions(at(i)) = sensitivities(at(i)) * inputs[i].standard_uncertainty;
    }
    const double scale = contributions.size() == 0 ? 0 : contributions.cwiseAbs().maxCoeff();
    if (!std::isfinite(scale)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("output '{}': a contribution to its uncertainty is too large")), result.output));
    }

    // u(y) from the independent parts: u^2 = |L' (c u)|^2, equation (13) of GUM 5.2.2.
    const Eigen::VectorXd independent = factor.transpose() * contributions;
    result.standard_uncertainty = scale == 0 ? 0 : scale * (independent / scale).norm();
    result.zero_uncertainty = result.standard_uncertainty == 0;

    // Groups of correlated inputs are independent of each other.
    std::map<std::size_t, Part> parts;
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < n; ++i)
      members[groups[i]].push_back(i);
    for (const auto& [group, indices] : members) {
      Part part;
      bool one_quantity = true;
      for (std::size_t i : indices) {
        part.standard_uncertainty = std::hypot(part.standard_uncertainty, independent(at(i)));
        if (contributions(at(i)) != 0) {
          part.degrees_of_freedom = std::min(part.degrees_of_freedom, inputs[i].degrees_of_freedom);
        }
        one_quantity = one_quantity && inputs[i].identity == inputs[indices[0]].identity;
      }
      if (one_quantity) {
        set_shape(part, inputs[indices[0]]);
      } else if (!std::isinf(part.degrees_of_freedom)) {
        result.correlated_degrees_of_freedom = true;
      }
      parts[group] = part;
    }

    // GUM G.4.1, equation (G.2b).
    double sum = 0;
    std::vector<Part> part_list;
    for (const auto& [group, part] : parts) {
      part_list.push_back(part);
      if (result.zero_uncertainty || part.standard_uncertainty == 0) continue;
      const double ratio = part.standard_uncertainty / result.standard_uncertainty;
      sum += ratio * ratio * ratio * ratio / part.degrees_of_freedom;
    }
    result.effective_degrees_of_freedom = sum > 0 ? 1 / sum : infinite;

    const Coverage coverage =
        choose_coverage(part_list, result.standard_uncertainty, result.effective_degrees_of_freedom, options);
    result.coverage_factor = coverage.factor;
    result.coverage_factor_origin = coverage.origin;
    result.expanded_uncertainty = coverage.factor * result.standard_uncertainty;

    const Eigen::VectorXd with_others = correlation * contributions;
    for (std::size_t i = 0; i < n; ++i) {
      BudgetLine line;
      line.input = inputs[i].name;
      line.identity = inputs[i].identity;
      line.unit = inputs[i].unit;
      line.estimate = inputs[i].estimate;
      line.standard_uncertainty = inputs[i].standard_uncertainty;
      line.degrees_of_freedom = inputs[i].degrees_of_freedom;
      line.distribution = inputs[i].distribution;
      line.sensitivity = sensitivities(at(i));
      line.contribution = contributions(at(i));
      if (!result.zero_uncertainty) {
        line.variance_share =
            (contributions(at(i)) / result.standard_uncertainty) * (with_others(at(i)) / result.standard_uncertainty);
      }
      result.lines.push_back(line);
      if (independent(at(i)) != 0) {
        result.components[part_names[i]] = {independent(at(i)), parts[groups[i]].degrees_of_freedom};
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

double covariance(const BudgetResult& a, const BudgetResult& b) {
  double sum = 0;
  for (const auto& [identity, component] : a.components) {
    const auto other = b.components.find(identity);
    if (other != b.components.end()) sum += component.contribution * other->second.contribution;
  }
  return sum;
}

Eigen::MatrixXd covariance_matrix(const std::vector<BudgetResult>& results) {
  const Index n = at(results.size());
  Eigen::MatrixXd matrix(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) {
      matrix(i, j) = matrix(j, i) =
          covariance(results[static_cast<std::size_t>(i)], results[static_cast<std::size_t>(j)]);
    }
  }
  return matrix;
}

}  // namespace etalon::calibration
