// ExpressionGraph::derivatives: the chain rule on the graph.
#include <numbers>
#include <optional>
#include <unordered_map>

#include "calibration/model/expression_graph.h"

namespace etalon::calibration {

Node ExpressionGraph::times(Node first, Node second) {
  if (is_number(first, 0) || is_number(second, 0)) return number(0);
  return binary(Operation::multiply, first, second);
}
Node ExpressionGraph::plus(Node first, Node second) {
  return binary(Operation::add, first, second);
}
Node ExpressionGraph::over(Node first, Node second) {
  if (is_number(first, 0)) return first;
  return binary(Operation::divide, first, second);
}
Node ExpressionGraph::negated(Node node) {
  return unary(Operation::negate, node);
}

std::vector<Node> ExpressionGraph::derivatives(Node root, const std::vector<std::uint32_t>& inputs) {
  const std::vector<Node> order = needed_by({root});
  // Only what depends on a wanted input is followed: t^n needs no logarithm for a constant n.
  std::unordered_map<Node, bool> varies;
  for (const Node node : order) {
    const Entry& entry = entries_[node];
    bool wanted = false;
    if (entry.operation == Operation::input) {
      for (const std::uint32_t index : inputs)
        wanted = wanted || index == entry.first;
    } else if (entry.operation == Operation::solve) {
      for (const std::uint32_t own : inputs_of(node)) {
        for (const std::uint32_t index : inputs)
          wanted = wanted || index == own;
      }
    } else if (entry.operation != Operation::number) {
      wanted = varies.at(entry.first) || varies.at(entry.second);
    }
    varies[node] = wanted;
  }

  std::unordered_map<Node, Node> adjoint;  // d root / d node
  adjoint[root] = number(1);
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const Node node = *place;
    const auto found = adjoint.find(node);
    if (found == adjoint.end() || !varies.at(node)) continue;
    const Node outer = found->second;
    const Entry entry = entries_[node];
    const Node a = entry.first;
    const Node b = entry.second;
    // adds outer * partial to an operand's adjoint; `partial` is made only when it is wanted.
    const auto pass = [&](Node operand, auto partial) {
      if (!varies.at(operand)) return;
      const Node part = times(outer, partial());
      const auto [old, is_new] = adjoint.emplace(operand, part);
      if (!is_new) old->second = plus(old->second, part);
    };
    switch (entry.operation) {
      case Operation::number:
      case Operation::input:
      case Operation::sign:
      case Operation::less:
        break;
      case Operation::negate:
        pass(a, [&] { return number(-1); });
        break;
      case Operation::add:
        pass(a, [&] { return number(1); });
        pass(b, [&] { return number(1); });
        break;
      case Operation::subtract:
        pass(a, [&] { return number(1); });
        pass(b, [&] { return number(-1); });
        break;
      case Operation::multiply:
        pass(a, [&] { return b; });
        pass(b, [&] { return a; });
        break;
      case Operation::divide:
        pass(a, [&] { return over(number(1), b); });
        pass(b, [&] { return negated(over(node, b)); });
        break;
      case Operation::power:
        pass(a, [&] { return times(b, binary(Operation::power, a, binary(Operation::subtract, b, number(1)))); });
        pass(b, [&] { return times(node, unary(Operation::logarithm, a)); });
        break;
      case Operation::square_root:
        pass(a, [&] { return over(number(0.5), node); });
        break;
      case Operation::exponential:
        pass(a, [&] { return node; });
        break;
      case Operation::logarithm:
        pass(a, [&] { return over(number(1), a); });
        break;
      case Operation::logarithm10:
        pass(a, [&] { return over(number(1), times(a, number(std::numbers::ln10))); });
        break;
      case Operation::sine:
        pass(a, [&] { return unary(Operation::cosine, a); });
        break;
      case Operation::cosine:
        pass(a, [&] { return negated(unary(Operation::sine, a)); });
        break;
      case Operation::tangent:
        pass(a, [&] { return plus(number(1), times(node, node)); });
        break;
      case Operation::arc_sine:
      case Operation::arc_cosine:
        // (1 - a)(1 + a) keeps its digits near the ends, where 1 - a^2 does not.
        pass(a, [&] {
          const Node part = times(binary(Operation::subtract, number(1), a), plus(number(1), a));
          return over(number(entry.operation == Operation::arc_sine ? 1 : -1), unary(Operation::square_root, part));
        });
        break;
      case Operation::arc_tangent:
        pass(a, [&] { return over(number(1), plus(number(1), times(a, a))); });
        break;
      case Operation::hyperbolic_sine:
        pass(a, [&] { return unary(Operation::hyperbolic_cosine, a); });
        break;
      case Operation::hyperbolic_cosine:
        pass(a, [&] { return unary(Operation::hyperbolic_sine, a); });
        break;
      case Operation::hyperbolic_tangent:
        pass(a, [&] {
          const Node inverse = over(number(1), unary(Operation::hyperbolic_cosine, a));
          return times(inverse, inverse);
        });
        break;
      case Operation::absolute:
        pass(a, [&] { return unary(Operation::sign, a); });
        break;
      case Operation::arc_tangent2: {
        const auto squared = [&] { return plus(times(a, a), times(b, b)); };
        pass(a, [&] { return over(b, squared()); });
        pass(b, [&] { return negated(over(a, squared())); });
        break;
      }
      case Operation::hypotenuse:
        pass(a, [&] { return over(a, node); });
        pass(b, [&] { return over(b, node); });
        break;
      case Operation::minimum:
      case Operation::maximum: {
        if (a == b) {
          pass(a, [&] { return number(1); });
          break;
        }
        const bool smaller = entry.operation == Operation::minimum;
        pass(a, [&] { return smaller ? binary(Operation::less, a, b) : binary(Operation::less, b, a); });
        pass(b, [&] { return smaller ? binary(Operation::less, b, a) : binary(Operation::less, a, b); });
        break;
      }
      case Operation::solve: {
        const Equation equation = equations_[entry.first];
        std::vector<std::uint32_t> own = inputs_of(equation.residual);
        std::erase(own, equation.unknown);
        const Node by_unknown =
            substituted(derivatives(equation.residual, {equation.unknown}).front(), equation.unknown, node);
        const std::vector<Node> by_inputs = derivatives(equation.residual, own);
        for (std::size_t i = 0; i < own.size(); ++i) {
          const Node leaf = input(own[i]);
          if (varies.find(leaf) == varies.end()) continue;
          pass(leaf, [&] { return negated(over(substituted(by_inputs[i], equation.unknown, node), by_unknown)); });
        }
        break;
      }
    }
  }

  std::vector<Node> result;
  for (const std::uint32_t index : inputs) {
    const auto found = adjoint.find(input(index));
    result.push_back(found == adjoint.end() ? number(0) : found->second);
  }
  return result;
}

}  // namespace etalon::calibration
