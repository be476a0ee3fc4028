#include "calibration/model/measurement_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/language.h"
#include "calibration/model/branches.h"
#include "calibration/model/compile.h"

namespace etalon::calibration {

using base::tr;
namespace {

constexpr std::size_t most_definitions = 1000;

void check_name(const std::string& what, const std::string& name) {
  if (!is_name(name)) {
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("{} cannot have the name '{}': expected ASCII letters, digits and '_', not starting with a digit, "
               "and neither 'pi' nor a function's name")),
        what, name));
  }
}

}  // namespace

MeasurementModel::MeasurementModel(const std::vector<Definition>& outputs, const std::vector<std::string>& inputs,
                                   const std::vector<Definition>& intermediates, const ModelUnits& units)
    : inputs_(inputs) {
  if (outputs.empty())
    throw base::InputError(tr("the model has no output: expected at least one, such as y = \"a + b\""));
  if (outputs.size() + intermediates.size() > most_definitions) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the model has {} definitions: more than the {} that are allowed")),
                    outputs.size() + intermediates.size(), most_definitions));
  }

  // Every name once, and what it is.
  std::map<std::string, std::string> kinds;
  std::vector<std::string> known;
  const auto declare = [&](const std::string& kind, const std::string& name) {
    check_name(kind, name);
    const auto [place, is_new] = kinds.emplace(name, kind);
    if (!is_new) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("'{}' stands twice in the model: as {} and as {}")), name, place->second, kind));
    }
    known.push_back(name);
  };
  std::map<std::string, std::size_t> input_index;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    declare(tr("an input"), inputs[i]);
    input_index[inputs[i]] = i;
  }
  std::vector<Step> definitions;  // outputs first, then intermediates
  std::map<std::string, std::size_t> definition_index;
  const auto add = [&](bool is_output, const Definition& definition) {
    declare(is_output ? tr("an output") : tr("an intermediate"), definition.name);
    Step step;
    step.name = definition.name;
    step.what = fmt::format(fmt::runtime(is_output ? tr("output '{}'") : tr("intermediate '{}'")), definition.name);
    try {
      step.expression = Expression::parse(definition.expression);
    } catch (const base::InputError& error) {
      throw DefinitionError(step.name, fmt::format("{}: {}", step.what, error.what()));
    }
    definition_index[definition.name] = definitions.size();
    definitions.push_back(std::move(step));
  };
  for (const Definition& output : outputs) {
    add(true, output);
    outputs_.push_back(output.name);
  }
  for (const Definition& intermediate : intermediates)
    add(false, intermediate);

  for (std::size_t i = 0; i < definitions.size(); ++i) {
    Step& step = definitions[i];
    try {
      step.expression.check_names(known);
    } catch (const base::InputError& error) {
      throw DefinitionError(step.name, fmt::format("{}: {}", step.what, error.what()));
    }
    for (const std::string& name : step.expression.names()) {
      const auto input = input_index.find(name);
      const bool is_input = input != input_index.end();
      const std::size_t index = is_input ? input->second : definition_index.at(name);
      if (!is_input && i < outputs.size() && index < outputs.size() && index > i) {
        throw DefinitionError(
            step.name,
            fmt::format(
                fmt::runtime(
                    tr("{} uses output '{}', which comes after it: an output may use earlier ones; move '{}' up or "
                       "make it an intermediate")),
                step.what, name, name));
      }
      step.sources.emplace_back(is_input, index);
    }
  }

  // Depth first over the definitions, with the path kept to show a circle.
  enum class Mark { untouched, on_path, done };
  std::vector<Mark> marks(definitions.size(), Mark::untouched);
  std::vector<std::size_t> place(definitions.size());     // where a definition stands in steps_
  std::vector<std::pair<std::size_t, std::size_t>> path;  // (definition, next source to look at)
  for (std::size_t root = 0; root < definitions.size(); ++root) {
    if (marks[root] != Mark::untouched) continue;
    path.emplace_back(root, 0);
    marks[root] = Mark::on_path;
    while (!path.empty()) {
      const std::size_t current = path.back().first;
      Step& step = definitions[current];
      if (path.back().second < step.sources.size()) {
        const auto [is_input, index] = step.sources[path.back().second++];
        if (is_input || marks[index] == Mark::done) continue;
        if (marks[index] == Mark::on_path) {
          const auto name = [&](std::size_t i) {
            return i < outputs.size() ? outputs[i].name : intermediates[i - outputs.size()].name;
          };
          std::string circle;
          bool inside = false;
          for (const auto& [definition, next] : path) {
            inside = inside || definition == index;
            if (inside) circle += name(definition) + " -> ";
          }
          throw DefinitionError(name(index), fmt::format(fmt::runtime(tr("{} is defined through itself: {}")),
                                                         definitions[index].what, circle + name(index)));
        }
        marks[index] = Mark::on_path;
        path.emplace_back(index, 0);
        continue;
      }
      for (auto& [is_input, index] : step.sources) {
        if (!is_input) index = place[index];
      }
      place[current] = steps_.size();
      steps_.push_back(step);
      marks[current] = Mark::done;
      path.pop_back();
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    output_steps_.push_back(place[i]);

  check_units(outputs, units);
  build_graph();
  // An input is used when an output needs it, directly or through definitions.
  std::vector<bool> needed(steps_.size(), false);
  std::vector<bool> used(inputs_.size(), false);
  for (std::size_t i : output_steps_)
    needed[i] = true;
  for (std::size_t i = steps_.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const auto& [is_input, index] : steps_[i].sources) {
      if (is_input) {
        used[index] = true;
      } else {
        needed[index] = true;
      }
    }
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!used[i]) unused_inputs_.push_back(inputs_[i]);
  }
}

// In the order of steps_, so that what a definition uses has its unit.
void MeasurementModel::check_units(const std::vector<Definition>& outputs, const ModelUnits& units) {
  const auto stated = [&](const std::string& name) {
    if (units.inputs.empty()) return ExpressionUnit{};
    const auto found = units.inputs.find(name);
    if (found == units.inputs.end()) return known_unit("1");
    if (!found->second.empty()) return known_unit(found->second);
    ExpressionUnit number;
    number.kind = ExpressionUnit::Kind::plain_number;
    const auto constant = units.constants.find(name);
    if (constant != units.constants.end()) number.value = constant->second;
    return number;
  };
  std::vector<ExpressionUnit> found(steps_.size());
  std::vector<std::string> labels(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    std::optional<std::string> wanted;
    UnitPurpose purpose = UnitPurpose::intermediate;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (output_steps_[k] != i) continue;
      purpose = UnitPurpose::output;
      const auto given = units.outputs.find(outputs[k].name);
      if (given != units.outputs.end() && !given->second.empty()) wanted = given->second;
    }
    std::vector<ExpressionUnit> sources;
    for (const auto& [is_input, index] : step.sources)
      sources.push_back(is_input ? stated(inputs_[index]) : found[index]);
    try {
      found[i] = step.expression.convert_units(sources, wanted, purpose);
    } catch (const base::InputError& error) {
      throw DefinitionError(step.name, fmt::format("{}: {}", step.what, error.what()));
    }
    const bool known = found[i].kind == ExpressionUnit::Kind::known;
    labels[i] = wanted ? *wanted : (known ? found[i].text : "");
  }
  for (const std::size_t i : output_steps_)
    output_units_.push_back(labels[i]);
}

void MeasurementModel::build_graph() {
  std::vector<Node> input_nodes;
  for (std::uint32_t i = 0; i < inputs_.size(); ++i)
    input_nodes.push_back(graph_.input(i));
  auto unknowns = static_cast<std::uint32_t>(inputs_.size());
  std::vector<Node> step_nodes;
  for (const Step& step : steps_) {
    std::vector<Node> nodes;
    for (const auto& [is_input, index] : step.sources)
      nodes.push_back(is_input ? input_nodes[index] : step_nodes[index]);
    step_nodes.push_back(step.expression.lower(graph_, nodes, unknowns));
  }
  for (const std::size_t i : output_steps_)
    output_nodes_.push_back(step_nodes[i]);
  for (const Node node : graph_.needed_by(output_nodes_)) {
    const Operation operation = graph_[node].operation;
    if (is_smooth(operation)) continue;
    const std::string name = operation == Operation::absolute ? "abs" : operation == Operation::minimum ? "min" : "max";
    if (std::find(non_smooth_.begin(), non_smooth_.end(), name) == non_smooth_.end()) non_smooth_.push_back(name);
  }
}

CompiledModel MeasurementModel::compile(int order, const std::vector<bool>& constant) const {
  return compile_order(order, constant, nullptr);
}

CompiledModel MeasurementModel::compile_with_curvature(const std::vector<bool>& constant,
                                                       const Eigen::MatrixXd& covariance) const {
  return compile_order(2, constant, &covariance);
}

BranchedModel MeasurementModel::compile_on_branches(const std::vector<double>& estimates,
                                                    const std::vector<bool>& constant) const {
  ExpressionGraph graph = graph_;
  const Branches branches = on_branches_of_estimates(graph, output_nodes_, estimates, constant);
  BranchedModel result;
  result.list = calibration::compile(graph, branches.outputs, inputs_.size());
  std::vector<Node> deviations;
  for (const Branches::Angle& angle : branches.angles) {
    deviations.push_back(angle.deviation);
    result.at_origin.push_back(angle.at_origin);
  }
  result.deviations = calibration::compile(graph, deviations, inputs_.size());
  result.angles = branches.of_outputs;
  return result;
}

MeasurementModel MeasurementModel::restricted_to(const std::vector<std::size_t>& outputs) const {
  MeasurementModel result = *this;
  result.outputs_.clear();
  result.output_units_.clear();
  result.output_nodes_.clear();
  result.output_steps_.clear();
  result.steps_.clear();
  std::vector<bool> needed(steps_.size(), false);
  for (const std::size_t k : outputs)
    needed[output_steps_[k]] = true;
  for (std::size_t i = steps_.size(); i-- > 0;) {
    for (const auto& [is_input, index] : steps_[i].sources)
      if (needed[i] && !is_input) needed[index] = true;
  }
  std::vector<std::size_t> place(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = result.steps_.size();
    result.steps_.push_back(steps_[i]);
    for (auto& [is_input, index] : result.steps_.back().sources)
      if (!is_input) index = place[index];
  }
  for (const std::size_t k : outputs) {
    result.outputs_.push_back(outputs_[k]);
    result.output_units_.push_back(output_units_[k]);
    result.output_nodes_.push_back(output_nodes_[k]);
    result.output_steps_.push_back(place[output_steps_[k]]);
  }
  return result;
}

bool MeasurementModel::is_linear(std::size_t output, const std::vector<bool>& constant) const {
  ExpressionGraph graph = graph_;
  std::vector<std::uint32_t> varying;
  for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
    if (constant.empty() || !constant[i]) varying.push_back(i);
  }
  for (const Node derivative : graph.derivatives(output_nodes_[output], varying)) {
    for (const std::uint32_t input : graph.inputs_of(derivative))
      if (std::find(varying.begin(), varying.end(), input) != varying.end()) return false;
  }
  return true;
}

CompiledModel MeasurementModel::compile_order(int order, const std::vector<bool>& constant,
                                              const Eigen::MatrixXd* covariance) const {
  CompiledModel compiled;
  compiled.outputs = outputs_.size();
  compiled.order = order;
  for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
    if (constant.empty() || !constant[i]) compiled.varying.push_back(i);
  }
  ExpressionGraph graph = graph_;
  std::vector<Node> nodes = output_nodes_;
  std::vector<std::vector<Node>> gradients;
  if (order >= 1) {
    for (const Node output : output_nodes_) {
      gradients.push_back(graph.derivatives(output, compiled.varying));
      nodes.insert(nodes.end(), gradients.back().begin(), gradients.back().end());
    }
  }
  std::vector<Node> curvatures;
  if (order >= 2) {
    for (const std::vector<Node>& gradient : gradients) {
      Node curvature = graph.number(0);
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        const std::vector<std::uint32_t> rest(compiled.varying.begin() + static_cast<std::ptrdiff_t>(i),
                                              compiled.varying.end());
        const std::vector<Node> second = graph.derivatives(gradient[i], rest);
        nodes.insert(nodes.end(), second.begin(), second.end());
        for (std::size_t j = i; covariance != nullptr && j < gradient.size(); ++j) {
          const double weight =
              (j == i ? 1 : 2) * (*covariance)(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
          if (weight == 0 || graph.is_number(second[j - i], 0)) continue;
          curvature = graph.binary(Operation::add, curvature,
                                   graph.binary(Operation::multiply, graph.number(weight), second[j - i]));
        }
      }
      curvatures.push_back(curvature);
    }
  }
  if (covariance != nullptr) {
    for (const Node curvature : curvatures) {
      const std::vector<Node> third = graph.derivatives(curvature, compiled.varying);
      nodes.insert(nodes.end(), third.begin(), third.end());
    }
  }
  compiled.list = calibration::compile(graph, nodes, inputs_.size());
  return compiled;
}

ModelEvaluation MeasurementModel::evaluate(const std::vector<double>& estimates,
                                           const std::vector<bool>& constant) const {
  if (estimates.size() != inputs_.size() || (!constant.empty() && constant.size() != inputs_.size())) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the model has {} inputs but {} estimates were given")),
                                       inputs_.size(), estimates.size()));
  }
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    if (!std::isfinite(estimates[i])) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the estimate of input '{}' is {}: not a number")), inputs_[i], estimates[i]));
    }
  }
  const auto width = static_cast<Eigen::Index>(inputs_.size());
  std::vector<double> step_values(steps_.size());
  Eigen::MatrixXd step_jacobian = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(steps_.size()), width);
  std::vector<bool> step_constant(steps_.size());

  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    std::vector<double> values;
    std::vector<bool> fixed;
    bool all_fixed = true;
    for (const auto& [is_input, index] : step.sources) {
      values.push_back(is_input ? estimates[index] : step_values[index]);
      fixed.push_back(is_input ? !constant.empty() && constant[index] : step_constant[index]);
      all_fixed = all_fixed && fixed.back();
    }
    step_constant[i] = all_fixed;
    ExpressionValue result;
    try {
      result = step.expression.evaluate(values, fixed);
    } catch (const base::InputError& error) {
      throw DefinitionError(step.name, fmt::format("{}: {}", step.what, error.what()));
    }
    step_values[i] = result.value;
    const auto row = static_cast<Eigen::Index>(i);
    for (std::size_t j = 0; j < step.sources.size(); ++j) {
      if (fixed[j]) continue;
      const auto [is_input, index] = step.sources[j];
      const auto column = static_cast<Eigen::Index>(index);
      if (is_input) {
        step_jacobian(row, column) += result.derivatives[j];
      } else {
        step_jacobian.row(row) += result.derivatives[j] * step_jacobian.row(column);
      }
    }
    if (!step_jacobian.row(row).allFinite()) {
      throw base::InputError(fmt::format(fmt::runtime(tr("{}: its derivatives are too large")), step.what));
    }
  }

  ModelEvaluation evaluation;
  evaluation.values.resize(static_cast<Eigen::Index>(output_steps_.size()));
  evaluation.jacobian.resize(static_cast<Eigen::Index>(output_steps_.size()), width);
  for (std::size_t i = 0; i < output_steps_.size(); ++i) {
    evaluation.values(static_cast<Eigen::Index>(i)) = step_values[output_steps_[i]];
    evaluation.jacobian.row(static_cast<Eigen::Index>(i)) =
        step_jacobian.row(static_cast<Eigen::Index>(output_steps_[i]));
  }
  return evaluation;
}

}  // namespace etalon::calibration
