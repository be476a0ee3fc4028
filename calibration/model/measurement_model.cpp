#include "calibration/model/measurement_model.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

constexpr std::size_t most_definitions = 1000;

void check_name(const std::string& what, const std::string& name) {
  if (!Expression::is_name(name)) {
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("{} cannot have the name '{}': expected ASCII letters, digits and '_', not starting with a digit, "
               "and neither 'pi' nor a function's name")),
        what, name));
  }
}

}  // namespace

MeasurementModel::MeasurementModel(const std::vector<Definition>& outputs, const std::vector<std::string>& inputs,
                                   const std::vector<Definition>& intermediates)
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
    step.what = fmt::format(fmt::runtime(is_output ? tr("output '{}'") : tr("intermediate '{}'")), definition.name);
    try {
      step.expression = Expression::parse(definition.expression);
    } catch (const base::InputError& error) {
      throw base::InputError(fmt::format("{}: {}", step.what, error.what()));
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
      throw base::InputError(fmt::format("{}: {}", step.what, error.what()));
    }
    for (const std::string& name : step.expression.names()) {
      const auto input = input_index.find(name);
      const bool is_input = input != input_index.end();
      const std::size_t index = is_input ? input->second : definition_index.at(name);
      if (!is_input && i < outputs.size() && index < outputs.size() && index > i) {
        throw base::InputError(fmt::format(
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
          throw base::InputError(fmt::format(fmt::runtime(tr("{} is defined through itself: {}")),
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
      throw base::InputError(fmt::format("{}: {}", step.what, error.what()));
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
