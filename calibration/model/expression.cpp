#include "calibration/model/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/language.h"
#include "calibration/model/compile.h"
#include "calibration/model/expression_text.h"
#include "calibration/model/near_name.h"

namespace etalon::calibration {

using base::tr;

Expression Expression::parse(std::string_view text) {
  Expression result;
  result.syntax_ = parse_syntax(text);
  return result;
}

void Expression::check_names(const std::vector<std::string>& known) const {
  for (std::size_t i = 0; i < syntax_.names.size(); ++i) {
    if (std::find(known.begin(), known.end(), syntax_.names[i]) != known.end()) continue;
    std::vector<std::string> candidates{"pi"};
    candidates.insert(candidates.end(), known.begin(), known.end());
    const std::string nearest = near_name(syntax_.names[i], candidates);
    std::string what;
    if (!nearest.empty()) {
      what = fmt::format(fmt::runtime(tr("unknown name '{}': did you mean '{}'?")), syntax_.names[i], nearest);
    } else if (!known.empty() && known.size() <= 20) {
      what = fmt::format(fmt::runtime(tr("unknown name '{}': expected one of {}")), syntax_.names[i],
                         fmt::join(known, ", "));
    } else {
      what = fmt::format(fmt::runtime(tr("unknown name '{}'")), syntax_.names[i]);
    }
    throw base::InputError(with_caret(syntax_.text, syntax_.name_places[i], what));
  }
  for (const SyntaxEquation& equation : syntax_.equations) {
    if (std::find(known.begin(), known.end(), equation.unknown) == known.end()) continue;
    throw base::InputError(with_caret(
        syntax_.text, equation.unknown_place,
        fmt::format(fmt::runtime(tr("the unknown '{}' is also a name of the model: give the unknown another name")),
                    equation.unknown)));
  }
}

void Expression::fail(const SyntaxStep& step, const std::string& what, const std::vector<double>& values) const {
  const std::string_view part = std::string_view(syntax_.text).substr(step.begin, step.end - step.begin);
  std::string given;
  for (std::size_t i = 0; i < syntax_.names.size() && i < values.size(); ++i) {
    // Only the names that stand in the sub-expression explain it.
    bool inside = false;
    for (const SyntaxStep& other : syntax_.steps) {
      inside = inside || (other.operation == Operation::input && !other.is_unknown && other.first == i &&
                          other.begin >= step.begin && other.end <= step.end);
    }
    if (inside) given += fmt::format("{}{} = {}", given.empty() ? "" : ", ", syntax_.names[i], values[i]);
  }
  const std::string text = given.empty() ? fmt::format("{} {}", quoted(part), what)
                                         : fmt::format(fmt::runtime(tr("{} {} with {}")), quoted(part), what, given);
  throw base::InputError(with_caret(syntax_.text, step.begin, text));
}

void Expression::check_count(const std::vector<double>& values) const {
  if (values.size() != syntax_.names.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the expression '{}' uses {} names but {} values were given")),
                                       syntax_.text, syntax_.names.size(), values.size()));
  }
}

// The value of each step; not for expressions with an equation.
std::vector<double> Expression::run(const std::vector<double>& values) const {
  check_count(values);
  std::vector<double> results(syntax_.steps.size());
  for (std::size_t i = 0; i < syntax_.steps.size(); ++i) {
    const SyntaxStep& step = syntax_.steps[i];
    results[i] = step.operation == Operation::number ? step.number
                 : step.operation == Operation::input
                     ? values[step.first]
                     : apply(step.operation, results[step.first], results[step.second]);
    if (!std::isfinite(results[i])) {
      fail(step, std::isnan(results[i]) ? tr("has no real value") : tr("is infinite or too large"), values);
    }
  }
  return results;
}

double Expression::value(const std::vector<double>& values) const {
  if (!syntax_.equations.empty()) {
    return evaluate_on_graph(values, std::vector<bool>(values.size(), true)).value;
  }
  return run(values).back();
}

ExpressionUnit Expression::convert_units(const std::vector<ExpressionUnit>& units,
                                         const std::optional<std::string>& wanted, UnitPurpose purpose) {
  CheckedSyntax checked = check_units(syntax_, units, wanted, purpose);
  syntax_ = std::move(checked.syntax);
  return checked.unit;
}

Node Expression::lower(ExpressionGraph& graph, const std::vector<Node>& nodes, std::uint32_t& first_unknown) const {
  const std::uint32_t unknowns = first_unknown;
  first_unknown += static_cast<std::uint32_t>(syntax_.equations.size());
  std::vector<Node> lowered(syntax_.steps.size());
  for (std::size_t i = 0; i < syntax_.steps.size(); ++i) {
    const SyntaxStep& step = syntax_.steps[i];
    const auto unknown = [&](std::size_t equation) { return unknowns + static_cast<std::uint32_t>(equation); };
    Node node = 0;
    if (step.operation == Operation::number) {
      node = graph.number(step.number);
    } else if (step.is_unknown) {
      node = graph.input(unknown(step.first));
    } else if (step.operation == Operation::input) {
      node = nodes[step.first];
    } else if (step.operation == Operation::solve) {
      const SyntaxEquation& equation = syntax_.equations[step.first];
      node = graph.solve(lowered[equation.residual], unknown(step.first), lowered[equation.start]);
    } else if (takes_one(step.operation)) {
      node = graph.unary(step.operation, lowered[step.first]);
    } else {
      node = graph.binary(step.operation, lowered[step.first], lowered[step.second]);
    }
    lowered[i] = node;
  }
  return lowered.back();
}

// Value and derivatives of an expression with equations, from the compiled graph.
ExpressionValue Expression::evaluate_on_graph(const std::vector<double>& values,
                                              const std::vector<bool>& constant) const {
  check_count(values);
  const auto width = static_cast<std::uint32_t>(values.size());
  ExpressionGraph graph;
  std::vector<Node> nodes;
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < width; ++i) {
    nodes.push_back(graph.input(i));
    if (constant.empty() || !constant[i]) wanted.push_back(i);
  }
  std::uint32_t unknowns = width;
  const Node root = lower(graph, nodes, unknowns);
  std::vector<Node> outputs = graph.derivatives(root, wanted);
  outputs.push_back(root);
  const InstructionList list = compile(graph, outputs, width);
  std::vector<double> registers(list.registers);
  prepare(list, registers.data());
  std::copy(values.begin(), values.end(), registers.begin());
  calibration::run(list, registers.data());

  const auto equation = std::find_if(syntax_.steps.begin(), syntax_.steps.end(),
                                     [](const SyntaxStep& step) { return step.operation == Operation::solve; });
  ExpressionValue result;
  result.value = registers[list.outputs.back()];
  if (!std::isfinite(result.value)) fail(*equation, tr("has no root that can be found from its start"), values);
  result.derivatives.assign(width, 0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double derivative = registers[list.outputs[i]];
    if (!std::isfinite(derivative)) fail(*equation, tr("has no finite derivative"), values);
    result.derivatives[wanted[i]] = derivative;
  }
  return result;
}

ExpressionValue Expression::evaluate(const std::vector<double>& values, const std::vector<bool>& constant) const {
  if (!constant.empty() && constant.size() != syntax_.names.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the expression '{}' uses {} names but {} were marked")),
                                       syntax_.text, syntax_.names.size(), constant.size()));
  }
  if (!syntax_.equations.empty()) return evaluate_on_graph(values, constant);
  const std::vector<double> results = run(values);
  const std::size_t width = syntax_.names.size();

  // Which steps depend on something whose derivative is wanted: only there must the derivative exist.
  std::vector<bool> varies(syntax_.steps.size(), false);
  for (std::size_t i = 0; i < syntax_.steps.size(); ++i) {
    const SyntaxStep& step = syntax_.steps[i];
    if (step.operation == Operation::input) {
      varies[i] = constant.empty() || !constant[step.first];
    } else if (step.operation != Operation::number) {
      varies[i] = varies[step.first] || varies[step.second];
    }
  }

  // Reverse sweep: adjoint[i] is the derivative of the result with respect to step i.
  std::vector<double> adjoint(syntax_.steps.size(), 0.0);
  std::vector<bool> reached(syntax_.steps.size(), false);
  adjoint.back() = 1;
  reached.back() = true;
  ExpressionValue evaluation;
  evaluation.value = results.back();
  evaluation.derivatives.assign(width, 0.0);

  for (std::size_t i = syntax_.steps.size(); i-- > 0;) {
    if (!varies[i] || !reached[i]) continue;
    const SyntaxStep& step = syntax_.steps[i];
    if (step.operation == Operation::input) {
      evaluation.derivatives[step.first] += adjoint[i];
      continue;
    }
    const double a = results[step.first];
    const double b = results[step.second];
    const double y = results[i];
    const auto pass = [&](std::size_t operand, double partial) {
      if (!varies[operand]) return;
      const double part = adjoint[i] * partial;
      if (!std::isfinite(partial) || !std::isfinite(part)) fail(step, tr("has no finite derivative"), values);
      adjoint[operand] += part;
      reached[operand] = true;
    };
    switch (step.operation) {
      case Operation::number:
      case Operation::input:
      case Operation::sign:
      case Operation::less:
      case Operation::solve:  // evaluate_on_graph
        break;
      case Operation::negate:
        pass(step.first, -1);
        break;
      case Operation::add:
        pass(step.first, 1);
        pass(step.second, 1);
        break;
      case Operation::subtract:
        pass(step.first, 1);
        pass(step.second, -1);
        break;
      case Operation::multiply:
        pass(step.first, b);
        pass(step.second, a);
        break;
      case Operation::divide:
        pass(step.first, 1 / b);
        pass(step.second, -y / b);
        break;
      case Operation::power:
        pass(step.first, b == 0 ? 0 : b * std::pow(a, b - 1));
        // d(a^b)/db = a^b ln a; towards a = 0 with b > 0 it goes to 0.
        pass(step.second, a == 0 && b > 0 ? 0 : y * std::log(a));
        break;
      case Operation::square_root:
        pass(step.first, 0.5 / y);
        break;
      case Operation::exponential:
        pass(step.first, y);
        break;
      case Operation::logarithm:
        pass(step.first, 1 / a);
        break;
      case Operation::logarithm10:
        pass(step.first, 1 / (a * std::numbers::ln10));
        break;
      case Operation::sine:
        pass(step.first, std::cos(a));
        break;
      case Operation::cosine:
        pass(step.first, -std::sin(a));
        break;
      case Operation::tangent:
        pass(step.first, 1 + y * y);
        break;
      // (1 - a)(1 + a) keeps its digits near the ends, where 1 - a^2 does not.
      case Operation::arc_sine:
        pass(step.first, 1 / std::sqrt((1 - a) * (1 + a)));
        break;
      case Operation::arc_cosine:
        pass(step.first, -1 / std::sqrt((1 - a) * (1 + a)));
        break;
      case Operation::arc_tangent:
        pass(step.first, 1 / (1 + a * a));
        break;
      case Operation::hyperbolic_sine:
        pass(step.first, std::cosh(a));
        break;
      case Operation::hyperbolic_cosine:
        pass(step.first, std::sinh(a));
        break;
      case Operation::hyperbolic_tangent: {
        const double c = std::cosh(a);
        pass(step.first, std::isfinite(c) ? 1 / c / c : 0);
        break;
      }
      case Operation::absolute:
        if (a == 0 && varies[step.first]) fail(step, tr("has no derivative at 0"), values);
        pass(step.first, a < 0 ? -1 : 1);
        break;
      case Operation::arc_tangent2: {
        const double r = std::hypot(a, b);
        pass(step.first, b / r / r);
        pass(step.second, -a / r / r);
        break;
      }
      case Operation::hypotenuse:
        pass(step.first, a / y);
        pass(step.second, b / y);
        break;
      case Operation::minimum:
      case Operation::maximum: {
        if (a == b && step.first != step.second)
          fail(step, tr("has no derivative where its arguments are equal"), values);
        const bool first = step.operation == Operation::minimum ? a < b : a > b;
        pass(first ? step.first : step.second, 1);
        break;
      }
    }
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (!std::isfinite(evaluation.derivatives[i])) {
      fail(syntax_.steps.back(),
           fmt::format(fmt::runtime(tr("has no finite derivative with respect to {}")), syntax_.names[i]), values);
    }
  }
  return evaluation;
}

}  // namespace etalon::calibration
