#include "calibration/model/branches.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "calibration/model/compile.h"

namespace etalon::calibration {

namespace {

class Rewriter {
 public:
  Rewriter(ExpressionGraph& graph, const std::vector<double>& estimates, const std::vector<bool>& constant)
      : graph_(graph), estimates_(estimates), constant_(constant) {}

  Node rewrite(Node root) {
    std::unordered_map<Node, Node> replaced;
    for (const Node node : graph_.needed_by({root})) {
      const ExpressionGraph::Entry entry = graph_[node];
      Node result = node;
      if (takes_one(entry.operation)) {
        const Node operand = replaced.at(entry.first);
        const ExpressionGraph::Entry inner = graph_[entry.first];
        std::optional<Node> angle;
        if (entry.operation == Operation::arc_tangent && inner.operation == Operation::divide) {
          const Node y = replaced.at(inner.first);
          const Node x = replaced.at(inner.second);
          angle = rotated({inner.first, inner.second}, y, x, true);
        }
        if (angle) {
          result = *angle;
        } else if (operand != entry.first) {
          result = graph_.unary(entry.operation, operand);
        }
      } else if (takes_two(entry.operation)) {
        const Node first = replaced.at(entry.first);
        const Node second = replaced.at(entry.second);
        std::optional<Node> angle;
        if (entry.operation == Operation::arc_tangent2)
          angle = rotated({entry.first, entry.second}, first, second, false);
        if (angle) {
          result = *angle;
        } else if (first != entry.first || second != entry.second) {
          result = graph_.binary(entry.operation, first, second);
        }
      } else if (entry.operation == Operation::solve) {
        result = rewrite_equation(node, replaced.at(graph_.equation(entry).start));
      }
      replaced.emplace(node, result);
    }
    return replaced.at(root);
  }

  std::vector<Branches::Angle> take_angles() { return std::exchange(angles_, {}); }

 private:
  // Unknowns of the equations around have the value of their root.
  std::vector<double> values_of(std::vector<Node> nodes) {
    for (Node& node : nodes) {
      for (const auto& [unknown, root] : roots_)
        node = graph_.substituted(node, unknown, graph_.number(root));
    }
    const InstructionList list = compile(graph_, nodes, estimates_.size());
    std::vector<double> registers(list.registers);
    prepare(list, registers.data());
    std::copy(estimates_.begin(), estimates_.end(), registers.begin());
    run(list, registers.data());
    std::vector<double> values;
    for (const std::uint32_t output : list.outputs)
      values.push_back(registers[output]);
    return values;
  }

  bool varies(Node node) const {
    const std::vector<std::uint32_t> inputs = graph_.inputs_of(node);
    return std::any_of(inputs.begin(), inputs.end(), [&](std::uint32_t input) {
      return input >= estimates_.size() || constant_.empty() || !constant_[input];
    });
  }

  // The angle of (y, x), which stand for `arguments` of the formula; of the line through it and the origin for a ratio.
  // Empty: it stays as it is.
  std::optional<Node> rotated(std::vector<Node> arguments, Node y, Node x, bool ratio) {
    // A quotient jumps where its denominator crosses zero.
    if (!varies(arguments[1]) && (ratio || !varies(arguments[0]))) return std::nullopt;
    const std::vector<double> values = values_of(std::move(arguments));
    double y0 = values[0];
    double x0 = values[1];
    if (!std::isfinite(y0) || !std::isfinite(x0)) return std::nullopt;
    if (ratio && x0 < 0) {
      y0 = -y0;
      x0 = -x0;
      y = graph_.unary(Operation::negate, y);
      x = graph_.unary(Operation::negate, x);
    }
    Branches::Angle angle;
    angle.at_origin = y0 == 0 && x0 == 0;
    const double estimate = std::atan2(y0, x0);
    // Turned back by the estimate; along the axes without a rounding.
    Node turned_y = y;
    Node turned_x = x;
    if (y0 == 0 && x0 < 0) {
      turned_y = graph_.unary(Operation::negate, y);
      turned_x = graph_.unary(Operation::negate, x);
    } else if (x0 == 0 && y0 != 0) {
      turned_y = y0 > 0 ? graph_.unary(Operation::negate, x) : x;
      turned_x = y0 > 0 ? y : graph_.unary(Operation::negate, y);
    } else if (estimate != 0) {
      const Node c = graph_.number(std::cos(estimate));
      const Node s = graph_.number(std::sin(estimate));
      const auto times = [&](Node a, Node b) { return graph_.binary(Operation::multiply, a, b); };
      turned_y = graph_.binary(Operation::subtract, times(y, c), times(x, s));
      turned_x = graph_.binary(Operation::add, times(x, c), times(y, s));
    }
    angle.deviation = graph_.binary(Operation::arc_tangent2, turned_y, turned_x);
    angles_.push_back(angle);
    return graph_.binary(Operation::add, graph_.number(estimate), angle.deviation);
  }

  Node rewrite_equation(Node node, Node start) {
    const ExpressionGraph::Equation equation = graph_.equation(graph_[node]);
    const double root = values_of({node})[0];
    if (!std::isfinite(root)) return node;
    const std::size_t before = angles_.size();
    roots_.emplace_back(equation.unknown, root);
    const Node residual = rewrite(equation.residual);
    roots_.pop_back();
    if (residual == equation.residual && start == equation.start) return node;
    const Node result = graph_.solve(residual, equation.unknown, start);
    for (std::size_t i = before; i < angles_.size(); ++i)
      angles_[i].deviation = graph_.substituted(angles_[i].deviation, equation.unknown, result);
    return result;
  }

  ExpressionGraph& graph_;
  const std::vector<double>& estimates_;
  const std::vector<bool>& constant_;
  std::vector<std::pair<std::uint32_t, double>> roots_;
  std::vector<Branches::Angle> angles_;
};

}  // namespace

Branches on_branches_of_estimates(ExpressionGraph& graph, const std::vector<Node>& outputs,
                                  const std::vector<double>& estimates, const std::vector<bool>& constant) {
  Branches result;
  Rewriter rewriter(graph, estimates, constant);
  for (const Node output : outputs) {
    result.outputs.push_back(rewriter.rewrite(output));
    std::vector<std::size_t> own;
    for (const Branches::Angle& angle : rewriter.take_angles()) {
      const auto known = std::find_if(result.angles.begin(), result.angles.end(),
                                      [&](const auto& other) { return other.deviation == angle.deviation; });
      own.push_back(static_cast<std::size_t>(known - result.angles.begin()));
      if (known == result.angles.end()) result.angles.push_back(angle);
    }
    result.of_outputs.push_back(own);
  }
  return result;
}

}  // namespace etalon::calibration
