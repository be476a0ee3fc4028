#include "calibration/model/expression_graph.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace etalon::calibration {

std::size_t ExpressionGraph::KeyHash::operator()(const Key& key) const {
  std::uint64_t hash = key.bits ^ (static_cast<std::uint64_t>(key.operation) << 56);
  hash = (hash ^ key.first) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29) ^ key.second) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

Node ExpressionGraph::add_entry(Operation operation, Node first, Node second, double number) {
  const Key key{operation, first, second, std::bit_cast<std::uint64_t>(number)};
  const auto [place, is_new] = known_.emplace(key, static_cast<Node>(entries_.size()));
  if (is_new) entries_.push_back({operation, first, second, number});
  return place->second;
}

Node ExpressionGraph::number(double value) {
  return add_entry(Operation::number, 0, 0, value);
}

Node ExpressionGraph::input(std::uint32_t index) {
  return add_entry(Operation::input, index, index, 0);
}

bool ExpressionGraph::is_number(Node node, double value) const {
  return entries_[node].operation == Operation::number && entries_[node].number == value;
}

Node ExpressionGraph::unary(Operation operation, Node operand) {
  const Entry entry = entries_[operand];
  if (entry.operation == Operation::number) {
    // What is not finite is left to the evaluation, which says where it is.
    const double folded = apply(operation, entry.number, entry.number);
    if (std::isfinite(folded)) return number(folded);
  }
  if (operation == Operation::negate && entry.operation == Operation::negate) return entry.first;
  return add_entry(operation, operand, operand, 0);
}

Node ExpressionGraph::binary(Operation operation, Node first, Node second) {
  const Entry a = entries_[first];
  const Entry b = entries_[second];
  if (a.operation == Operation::number && b.operation == Operation::number) {
    const double folded = apply(operation, a.number, b.number);
    if (std::isfinite(folded)) return number(folded);
  }
  if (operation == Operation::power && b.operation == Operation::number) {
    if (b.number == 1) return first;
    if (b.number == 2) return binary(Operation::multiply, first, first);
    if (b.number == 3) return binary(Operation::multiply, binary(Operation::multiply, first, first), first);
    if (b.number == 4) {
      const Node square = binary(Operation::multiply, first, first);
      return binary(Operation::multiply, square, square);
    }
    if (b.number == -1) return binary(Operation::divide, number(1), first);
    if (b.number == 0.5) return unary(Operation::square_root, first);
  }
  switch (operation) {
    case Operation::add:
      if (is_number(first, 0)) return second;
      if (is_number(second, 0)) return first;
      break;
    case Operation::subtract:
      if (is_number(second, 0)) return first;
      if (is_number(first, 0)) return unary(Operation::negate, second);
      break;
    case Operation::multiply:
      if (is_number(first, 1)) return second;
      if (is_number(second, 1)) return first;
      if (is_number(first, -1)) return unary(Operation::negate, second);
      if (is_number(second, -1)) return unary(Operation::negate, first);
      break;
    case Operation::divide:
      if (is_number(second, 1)) return first;
      break;
    default:
      break;
  }
  if ((operation == Operation::add || operation == Operation::multiply) && second < first) std::swap(first, second);
  return add_entry(operation, first, second, 0);
}

Node ExpressionGraph::solve(Node residual, std::uint32_t unknown, Node start) {
  for (std::uint32_t i = 0; i < equations_.size(); ++i) {
    if (equations_[i].residual == residual && equations_[i].unknown == unknown && equations_[i].start == start)
      return add_entry(Operation::solve, i, i, 0);
  }
  equations_.push_back({residual, unknown, start});
  const Node index = static_cast<Node>(equations_.size() - 1);
  return add_entry(Operation::solve, index, index, 0);
}

std::vector<Node> ExpressionGraph::needed_by(const std::vector<Node>& roots) const {
  std::vector<bool> needed(entries_.size(), false);
  std::vector<Node> waiting = roots;
  const auto want = [&](Node node) {
    if (!needed[node]) waiting.push_back(node);
  };
  while (!waiting.empty()) {
    const Node node = waiting.back();
    waiting.pop_back();
    if (needed[node]) continue;
    needed[node] = true;
    const Entry& entry = entries_[node];
    if (takes_one(entry.operation) || takes_two(entry.operation)) {
      want(entry.first);
      want(entry.second);
    } else if (entry.operation == Operation::solve) {
      const Equation& equation = equations_[entry.first];
      want(equation.start);
      for (const std::uint32_t index : inputs_of(node))
        want(known_.at({Operation::input, index, index, 0}));
    }
  }
  // An operand is always older than what uses it.
  std::vector<Node> result;
  for (Node node = 0; node < entries_.size(); ++node) {
    if (needed[node]) result.push_back(node);
  }
  return result;
}

std::vector<std::uint32_t> ExpressionGraph::inputs_of(Node root) const {
  std::vector<bool> seen(entries_.size(), false);
  std::vector<Node> waiting{root};
  std::vector<std::uint32_t> result;
  while (!waiting.empty()) {
    const Node node = waiting.back();
    waiting.pop_back();
    if (seen[node]) continue;
    seen[node] = true;
    const Entry& entry = entries_[node];
    if (entry.operation == Operation::input) {
      result.push_back(entry.first);
    } else if (entry.operation == Operation::solve) {
      const Equation& equation = equations_[entry.first];
      for (const std::uint32_t index : inputs_of(equation.residual)) {
        if (index != equation.unknown) result.push_back(index);
      }
      waiting.push_back(equation.start);
    } else if (entry.operation != Operation::number) {
      waiting.push_back(entry.first);
      waiting.push_back(entry.second);
    }
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

Node ExpressionGraph::substituted(Node root, std::uint32_t index, Node by) {
  std::unordered_map<Node, Node> replaced;
  for (const Node node : needed_by({root})) {
    const Entry entry = entries_[node];
    Node result = node;
    if (entry.operation == Operation::input && entry.first == index) {
      result = by;
    } else if (takes_one(entry.operation)) {
      const Node operand = replaced.at(entry.first);
      if (operand != entry.first) result = unary(entry.operation, operand);
    } else if (takes_two(entry.operation)) {
      const Node first = replaced.at(entry.first);
      const Node second = replaced.at(entry.second);
      if (first != entry.first || second != entry.second) result = binary(entry.operation, first, second);
    } else if (entry.operation == Operation::solve) {
      const Equation equation = equations_[entry.first];
      if (equation.unknown != index) {
        const Node residual = substituted(equation.residual, index, by);
        const Node start = replaced.at(equation.start);
        if (residual != equation.residual || start != equation.start) result = solve(residual, equation.unknown, start);
      }
    }
    replaced.emplace(node, result);
  }
  return replaced.at(root);
}

}  // namespace etalon::calibration
