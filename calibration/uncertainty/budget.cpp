#include "calibration/uncertainty/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"

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
    if (inputs[i].identity.empty() && inputs[i].components.empty()) {
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

}  // namespace

BudgetEvaluator::BudgetEvaluator(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                 const BudgetOptions& options)
    : model_(model), inputs_(inputs), options_(options), factors_(options.coverage_probability) {
  if (!(options.coverage_probability > 0 && options.coverage_probability < 1)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the coverage probability is {}: expected a number between 0 and 1, such as 0.95")),
                    options.coverage_probability));
  }
  order_ = match(model, inputs);
  correlation_ = relate_inputs(inputs, options.correlation);
  for (const std::size_t i : order_)
    constants_.push_back(inputs[i].distribution == Distribution::constant);
  compiled_ = model.compile(1, constants_);
  registers_.resize(compiled_.list.registers);
  prepare(compiled_.list, registers_.data());

  const std::size_t n = inputs.size();
  sensitivities_.resize(n);
  contributions_.resize(n);
  with_others_.resize(n);
  of_quantities_.resize(correlation_.behind.quantities.size());
  sizes_.resize(correlation_.behind.quantities.size());
  independent_.resize(correlation_.behind.quantities.size());
  for (std::size_t k = 0; k < model.outputs().size(); ++k) {
    BudgetResult result;
    result.output = model.outputs()[k];
    result.coverage_probability = options.coverage_probability;
    for (const InputQuantity& input : inputs) {
      BudgetLine line;
      line.input = input.name;
      line.identity = input.identity;
      line.unit = input.unit;
      line.distribution = input.distribution;
      result.lines.push_back(line);
    }
    results_.push_back(std::move(result));
  }
}

void BudgetEvaluator::set_input(std::size_t index, double estimate, double standard_uncertainty) {
  InputQuantity& input = inputs_.at(index);
  if (input.distribution == Distribution::constant && standard_uncertainty != 0) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("input '{}' is a constant: it cannot have an uncertainty")), input.name));
  }
  if (!input.components.empty() && standard_uncertainty != input.standard_uncertainty)
    throw std::logic_error("an input with components has their uncertainty");
  input.estimate = estimate;
  input.standard_uncertainty = standard_uncertainty;
  check(input);
}

const std::vector<BudgetResult>& BudgetEvaluator::evaluate() {
  for (std::size_t j = 0; j < order_.size(); ++j)
    registers_[j] = inputs_[order_[j]].estimate;
  run(compiled_.list, registers_.data());
  bool finite = true;
  for (const std::uint32_t output : compiled_.list.outputs)
    finite = finite && std::isfinite(registers_[output]);
  const std::size_t outputs = results_.size();
  const std::size_t varying = compiled_.varying.size();
  if (finite) {
    for (std::size_t k = 0; k < outputs; ++k) {
      std::fill(sensitivities_.begin(), sensitivities_.end(), 0);
      for (std::size_t v = 0; v < varying; ++v) {
        sensitivities_[order_[compiled_.varying[v]]] = registers_[compiled_.list.outputs[outputs + k * varying + v]];
      }
      fill(results_[k], registers_[compiled_.list.outputs[k]]);
    }
    return results_;
  }
  // The slow way says what is wrong, and knows the limits that the compiled list has not (0^0, x*log(x) at 0).
  std::vector<double> estimates;
  for (const std::size_t i : order_)
    estimates.push_back(inputs_[i].estimate);
  const ModelEvaluation evaluation = model_.evaluate(estimates, constants_);
  for (std::size_t k = 0; k < outputs; ++k) {
    for (std::size_t j = 0; j < order_.size(); ++j)
      sensitivities_[order_[j]] = evaluation.jacobian(at(k), at(j));
    fill(results_[k], evaluation.values(at(k)));
  }
  return results_;
}

// From sensitivities_ to the numbers of one output.
void BudgetEvaluator::fill(BudgetResult& result, double value) {
  const std::size_t n = inputs_.size();
  result.value = value;
  double scale = 0;
  for (std::size_t i = 0; i < n; ++i) {
    contributions_[i] = sensitivities_[i] * inputs_[i].standard_uncertainty;
    scale = std::max(scale, std::fabs(contributions_[i]));
  }
  if (!std::isfinite(scale)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("output '{}': a contribution to its uncertainty is too large")), result.output));
  }

  // u(y) from the independent parts: u^2 = |L' (c u)|^2, equation (13) of GUM 5.2.2.
  if (correlation_.independent) {
    of_quantities_ = contributions_;
    independent_ = contributions_;
    with_others_ = contributions_;
  } else {
    add_up_quantities();
    const std::size_t m = of_quantities_.size();
    const Eigen::Map<const Eigen::VectorXd> contributions(contributions_.data(), at(n));
    const Eigen::Map<const Eigen::VectorXd> of_quantities(of_quantities_.data(), at(m));
    Eigen::Map<Eigen::VectorXd>(independent_.data(), at(m)) = correlation_.factor.transpose() * of_quantities;
    Eigen::Map<Eigen::VectorXd>(with_others_.data(), at(n)) = correlation_.matrix * contributions;
  }
  double squares = 0;
  for (const double part : independent_) {
    const double scaled = scale == 0 ? 0 : part / scale;
    squares += scaled * scaled;
  }
  result.standard_uncertainty = scale * std::sqrt(squares);
  result.zero_uncertainty = result.standard_uncertainty == 0;
  collect_parts(result);

  // GUM G.4.1, equation (G.2b).
  double sum = 0;
  for (const UncertaintyPart& part : parts_) {
    if (result.zero_uncertainty || part.standard_uncertainty == 0) continue;
    const double ratio = part.standard_uncertainty / result.standard_uncertainty;
    sum += ratio * ratio * ratio * ratio / part.degrees_of_freedom;
  }
  result.effective_degrees_of_freedom = sum > 0 ? 1 / sum : infinite;

  const Coverage coverage = choose_coverage(parts_, result.standard_uncertainty, result.effective_degrees_of_freedom,
                                            factors_, options_.dominance);
  result.coverage_factor = coverage.factor;
  result.coverage_factor_origin = coverage.origin;
  result.expanded_uncertainty = coverage.factor * result.standard_uncertainty;

  for (std::size_t i = 0; i < n; ++i) {
    BudgetLine& line = result.lines[i];
    line.estimate = inputs_[i].estimate;
    line.standard_uncertainty = inputs_[i].standard_uncertainty;
    line.degrees_of_freedom = inputs_[i].degrees_of_freedom;
    line.sensitivity = sensitivities_[i];
    line.contribution = contributions_[i];
    line.variance_share = result.zero_uncertainty ? 0
                                                  : (contributions_[i] / result.standard_uncertainty) *
                                                        (with_others_[i] / result.standard_uncertainty);
  }
  for (std::size_t j = 0; j < independent_.size(); ++j) {
    if (independent_[j] == 0) {
      result.components.erase(correlation_.part_names[j]);
      continue;
    }
    Component& component = result.components[correlation_.part_names[j]];
    component.contribution = independent_[j];
    component.degrees_of_freedom = correlation_.behind.quantities[j].degrees_of_freedom;
    component.ensemble = correlation_.ensembles[j];
    component.stated = correlation_.behind.quantities[j].stated;
  }
}

// What each quantity contributes through all inputs that it stands in. Where it cancels, a rest of rounding is none.
void BudgetEvaluator::add_up_quantities() {
  constexpr double rounding = 8 * std::numeric_limits<double>::epsilon();
  std::fill(of_quantities_.begin(), of_quantities_.end(), 0);
  std::fill(sizes_.begin(), sizes_.end(), 0);
  const auto add = [&](std::size_t quantity, double contribution) {
    of_quantities_[quantity] += contribution;
    sizes_[quantity] += std::fabs(contribution);
  };
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    auto quantity = correlation_.behind.of_input[i].begin();
    if (inputs_[i].components.empty()) add(*quantity, contributions_[i]);
    for (const auto& [identity, part] : inputs_[i].components)
      add(*quantity++, sensitivities_[i] * part.contribution);
  }
  for (std::size_t j = 0; j < of_quantities_.size(); ++j) {
    if (std::fabs(of_quantities_[j]) <= rounding * sizes_[j]) of_quantities_[j] = 0;
  }
}

// Groups of correlated quantities are independent of each other: one part each. An ensemble of quantities observed
// together counts once, with the degrees of freedom that all of it has (Willink, Metrologia 44 (2007) 340).
void BudgetEvaluator::collect_parts(BudgetResult& result) {
  const std::vector<InputQuantity>& quantities = correlation_.behind.quantities;
  const std::vector<std::size_t>& groups = correlation_.groups;
  parts_.clear();
  result.correlated_degrees_of_freedom = false;
  for (std::size_t group = 0; group < quantities.size(); ++group) {
    if (groups[group] != group) continue;  // a group's number is its first member
    UncertaintyPart part;
    bool one_quantity = true;
    for (std::size_t j = group; j < quantities.size(); ++j) {
      if (groups[j] != group) continue;
      part.standard_uncertainty = std::hypot(part.standard_uncertainty, independent_[j]);
      if (of_quantities_[j] != 0) {
        part.degrees_of_freedom = std::min(part.degrees_of_freedom, quantities[j].degrees_of_freedom);
      }
      one_quantity = one_quantity && (j == group || quantities[j].identity == quantities[group].identity);
    }
    if (one_quantity) {
      set_shape(part, quantities[group]);
    } else if (!std::isinf(part.degrees_of_freedom)) {
      result.correlated_degrees_of_freedom = true;
    }
    parts_.push_back(part);
  }
}

std::vector<BudgetResult> evaluate_budget(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                          const BudgetOptions& options) {
  return BudgetEvaluator(model, inputs, options).evaluate();
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
