#include "calibration/uncertainty/input_correlation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Eigen::Index;

bool same_shape(const InputQuantity& a, const InputQuantity& b) {
  return a.distribution == b.distribution && a.shape == b.shape && a.degrees_of_freedom == b.degrees_of_freedom;
}

Index at(std::size_t i) {
  return static_cast<Index>(i);
}

// The correlation between quantities: what was given, and 1 between those of one identity.
Eigen::MatrixXd full_correlation(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  const Index n = at(inputs.size());
  Eigen::MatrixXd r = Eigen::MatrixXd::Identity(n, n);
  if (given.size() != 0) r = given;
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

// Of inputs from the quantities behind them, by their shares of u (GUM F.1.2.3, equation (F.1)).
Eigen::MatrixXd correlation_of_inputs(const std::vector<InputQuantity>& inputs, const QuantitiesBehind& behind,
                                      const Eigen::MatrixXd& of_quantities) {
  const Index n = at(inputs.size());
  Eigen::MatrixXd shares = Eigen::MatrixXd::Zero(n, of_quantities.rows());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto quantity = behind.of_input[i].begin();
    if (inputs[i].components.empty()) shares(at(i), at(*quantity)) = 1;
    for (const auto& [identity, part] : inputs[i].components)
      shares(at(i), at(*quantity++)) = part.contribution / inputs[i].standard_uncertainty;
  }
  Eigen::MatrixXd r = shares * of_quantities * shares.transpose();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < i; ++j)
      r(i, j) = r(j, i) = std::clamp(r(i, j), -1.0, 1.0);
    r(i, i) = 1;
  }
  return r;
}

// The names of ensembles: quantities of a group of several count together when any has finite degrees of freedom.
std::vector<std::string> ensembles_of(const InputCorrelation& relation) {
  const std::vector<InputQuantity>& quantities = relation.behind.quantities;
  std::vector<std::string> names(quantities.size());
  for (std::size_t group = 0; group < quantities.size(); ++group) {
    if (relation.groups[group] != group) continue;
    bool several = false;
    bool finite = false;
    std::string name;
    for (std::size_t j = group; j < quantities.size(); ++j) {
      if (relation.groups[j] != group) continue;
      several = several || quantities[j].identity != quantities[group].identity;
      finite = finite || !std::isinf(quantities[j].degrees_of_freedom);
      if (name.empty()) name = relation.behind.ensemble_names[j];
    }
    if (name.empty() && (!several || !finite)) continue;  // one alone keeps its ensemble: the others may come later
    if (name.empty()) name = quantities[group].identity;
    for (std::size_t j = group; j < quantities.size(); ++j) {
      if (relation.groups[j] == group) names[j] = name;
    }
  }
  return names;
}

}  // namespace

void check_coefficients(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  const Index n = at(inputs.size());
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
}

InputCorrelation relate_inputs(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  InputCorrelation result;
  result.behind = quantities_behind(inputs, given);
  const std::vector<InputQuantity>& quantities = result.behind.quantities;
  const Eigen::MatrixXd correlation = full_correlation(quantities, result.behind.correlation);
  const bool own =
      std::all_of(inputs.begin(), inputs.end(), [](const auto& input) { return input.components.empty(); });
  result.matrix = own ? correlation : correlation_of_inputs(inputs, result.behind, correlation);
  result.independent = own && correlation.isIdentity(0);
  result.factor = correlation.isIdentity(0) ? correlation : semidefinite_cholesky(correlation, quantities);
  result.groups = correlated_groups(correlation);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    std::vector<std::string> before;
    for (std::size_t j = 0; j < i; ++j) {
      if (result.groups[j] != result.groups[i]) continue;
      // Of another coefficient it is another part.
      const std::string one = fmt::format("{} (r = {:.12g})", quantities[j].identity, correlation(at(i), at(j)));
      if (std::find(before.begin(), before.end(), one) == before.end()) before.push_back(one);
    }
    result.part_names.push_back(before.empty() ? quantities[i].identity : part_name(quantities[i].identity, before));
  }
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    const std::size_t first = result.behind.ensembles[i];
    if (first == i || result.groups[first] == result.groups[i]) continue;
    const std::size_t from = std::max(result.groups[first], result.groups[i]);
    const std::size_t to = std::min(result.groups[first], result.groups[i]);
    std::replace(result.groups.begin(), result.groups.end(), from, to);
  }
  result.ensembles = ensembles_of(result);
  return result;
}

}  // namespace etalon::calibration
