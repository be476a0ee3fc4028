// Expressions of a model as one graph, in which each sub-expression stands once (hash consing), constants are folded,
// and derivatives are further nodes of the same graph.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "calibration/model/operation.h"

namespace etalon::calibration {

using Node = std::uint32_t;

class ExpressionGraph {
 public:
  struct Entry {
    Operation operation = Operation::number;
    Node first = 0;   // operand; index of the input; index of the equation of a `solve`
    Node second = 0;  // equal to `first` for one operand
    double number = 0;
  };
  // 0 = residual, solved for the input `unknown` (a number of its own, beyond the model's inputs), starting at `start`.
  struct Equation {
    Node residual = 0;
    std::uint32_t unknown = 0;
    Node start = 0;
  };

  Node number(double value);
  Node input(std::uint32_t index);
  Node unary(Operation operation, Node operand);
  // Powers with whole exponents up to 4, and of one half, become products and roots; operands of + and * are put in
  // order, so that a+b and b+a are one.
  Node binary(Operation operation, Node first, Node second);
  Node solve(Node residual, std::uint32_t unknown, Node start);

  const Entry& operator[](Node node) const { return entries_[node]; }
  const Equation& equation(const Entry& solve) const { return equations_[solve.first]; }
  std::size_t size() const { return entries_.size(); }
  bool is_number(Node node, double value) const;

  // Nodes that `roots` need, operands before what uses them. What an equation needs inside is not listed; the inputs
  // that it needs, and its start, are.
  std::vector<Node> needed_by(const std::vector<Node>& roots) const;
  // The inputs (also unknowns) that a node depends on, ascending; the unknown of an equation only inside it.
  std::vector<std::uint32_t> inputs_of(Node node) const;
  // The node with the input `index` replaced by `by`.
  Node substituted(Node node, std::uint32_t index, Node by);

  // d node / d input for each of `inputs`, by the chain rule from the node down; exact. A derivative that does not
  // exist at a place evaluates there to something that is not finite. A root of an equation is derived by the implicit
  // function theorem: dx/dp = -(dF/dp)/(dF/dx) at the root (JCGM 102:2011 6.3.1, formula (7)).
  std::vector<Node> derivatives(Node node, const std::vector<std::uint32_t>& inputs);

 private:
  struct Key {
    Operation operation;
    Node first;
    Node second;
    std::uint64_t bits;  // of the number
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  Node add_entry(Operation operation, Node first, Node second, double number);
  // Products and sums of derivatives, where a structural zero means "does not depend".
  Node times(Node first, Node second);
  Node plus(Node first, Node second);
  Node over(Node first, Node second);
  Node negated(Node node);

  std::vector<Entry> entries_;
  std::vector<Equation> equations_;
  std::unordered_map<Key, Node, KeyHash> known_;
};

}  // namespace etalon::calibration
