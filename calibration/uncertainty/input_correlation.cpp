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

// The correlation between inputs: what was given, and 1 between inputs of one identity.
Eigen::MatrixXd full_correlation(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  const Index n = at(inputs.size());
  Eigen::MatrixXd r = Eigen::MatrixXd::Identity(n, n);
  if (given.size() != 0) {
    check_coefficients(inputs, given);
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
  result.matrix = full_correlation(inputs, given);
  result.independent = result.matrix.isIdentity(0);
  result.factor = result.independent ? result.matrix : semidefinite_cholesky(result.matrix, inputs);
  result.groups = correlated_groups(result.matrix);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<std::string> before;
    for (std::size_t j = 0; j < i; ++j) {
      if (result.groups[j] == result.groups[i] &&
          std::find(before.begin(), before.end(), inputs[j].identity) == before.end()) {
        before.push_back(inputs[j].identity);
      }
    }
    result.part_names.push_back(
        before.empty() ? inputs[i].identity
                       : fmt::format("{}, part independent of {}", inputs[i].identity, fmt::join(before, "; ")));
  }
  return result;
}

}  // namespace etalon::calibration
