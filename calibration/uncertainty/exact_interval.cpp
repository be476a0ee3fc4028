#include "calibration/uncertainty/exact_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "calibration/statistics/statistics.h"
#include "calibration/uncertainty/quantities_behind.h"

namespace etalon::calibration {

namespace {

// What each quantity contributes, through all inputs that it stands in; a rest of rounding is none.
std::vector<double> contributions_of_quantities(const std::vector<InputQuantity>& inputs,
                                                const QuantitiesBehind& behind, const BudgetResult& gum) {
  constexpr double rounding = 8 * std::numeric_limits<double>::epsilon();
  std::vector<double> sums(behind.quantities.size(), 0);
  std::vector<double> sizes(behind.quantities.size(), 0);
  const auto add = [&](std::size_t quantity, double contribution) {
    sums[quantity] += contribution;
    sizes[quantity] += std::fabs(contribution);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto quantity = behind.of_input[i].begin();
    if (inputs[i].components.empty()) add(*quantity, gum.lines[i].contribution);
    for (const auto& [identity, part] : inputs[i].components)
      add(*quantity++, gum.lines[i].sensitivity * part.contribution);
  }
  for (std::size_t j = 0; j < sums.size(); ++j) {
    if (std::fabs(sums[j]) <= rounding * sizes[j]) sums[j] = 0;
  }
  return sums;
}

}  // namespace

std::optional<CoverageInterval> exact_interval(const UncertaintyProblem& problem, std::size_t output,
                                               const BudgetResult& gum) {
  if (!(gum.standard_uncertainty > 0)) return std::nullopt;
  const std::vector<InputQuantity>& inputs = problem.joint.inputs;
  std::vector<bool> constant;
  for (const InputQuantity& input : inputs)
    constant.push_back(!(input.standard_uncertainty > 0));
  if (!problem.model.is_linear(output, constant)) return std::nullopt;

  const QuantitiesBehind behind = quantities_behind(inputs, problem.joint.correlation);
  const std::vector<double> contributions = contributions_of_quantities(inputs, behind, gum);
  // Inputs that were read together have a joint t of other degrees of freedom than each alone.
  std::vector<bool> read_together(behind.quantities.size(), false);
  for (const std::vector<std::size_t>& members : problem.joint.observed_together) {
    for (const std::size_t member : members)
      read_together[behind.of_input[member][0]] = true;
  }
  const auto own = static_cast<std::size_t>(
      std::count_if(inputs.begin(), inputs.end(), [](const auto& input) { return input.components.empty(); }));
  const InputQuantity* first = nullptr;
  bool all_normal = true;
  bool one_t = true;
  for (std::size_t j = 0; j < contributions.size(); ++j) {
    if (contributions[j] == 0) continue;
    const InputQuantity& quantity = behind.quantities[j];
    // Of a component from a file mostly nothing is known of the distribution: taking it as normal is no knowledge.
    if (j >= own && (!quantity.stated || quantity.stated->distribution != quantity.distribution)) return std::nullopt;
    if (first == nullptr) first = &quantity;
    all_normal = all_normal && quantity.distribution == Distribution::normal;
    one_t = one_t && quantity.distribution == Distribution::student_t && quantity.identity == first->identity &&
            !read_together[j];
  }
  if (first == nullptr || (!all_normal && !one_t)) return std::nullopt;
  const double p = problem.coverage_probability;
  const double reach =
      (all_normal ? two_sided_normal(p) : two_sided_student_t(p, first->degrees_of_freedom)) * gum.standard_uncertainty;
  return CoverageInterval{gum.value - reach, gum.value + reach};
}

}  // namespace etalon::calibration
