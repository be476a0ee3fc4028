#include "calibration/model/compile.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

namespace etalon::calibration {

namespace {

// `input_register` says where the inputs of the graph stand; inputs that are not in it cannot be used.
InstructionList compile_with(ExpressionGraph& graph, const std::vector<Node>& outputs, std::size_t inputs,
                             const std::unordered_map<std::uint32_t, std::uint32_t>& input_register);

ImplicitEquation compile_equation(ExpressionGraph& graph, const ExpressionGraph::Equation& equation,
                                  const std::vector<std::uint32_t>& arguments) {
  ImplicitEquation result;
  const Node slope = graph.derivatives(equation.residual, {equation.unknown}).front();
  std::unordered_map<std::uint32_t, std::uint32_t> places{{equation.unknown, 0}};
  for (std::size_t i = 0; i < arguments.size(); ++i)
    places.emplace(arguments[i], static_cast<std::uint32_t>(i + 1));
  result.residual = compile_with(graph, {equation.residual, slope}, arguments.size() + 1, places);
  return result;
}

InstructionList compile_with(ExpressionGraph& graph, const std::vector<Node>& outputs, std::size_t inputs,
                             const std::unordered_map<std::uint32_t, std::uint32_t>& input_register) {
  InstructionList list;
  list.inputs = inputs;
  const std::vector<Node> order = graph.needed_by(outputs);
  std::unordered_map<Node, std::uint32_t> place;
  for (const Node node : order) {
    if (graph[node].operation == Operation::number) {
      place[node] = static_cast<std::uint32_t>(inputs + list.constants.size());
      list.constants.push_back(graph[node].number);
    } else if (graph[node].operation == Operation::input) {
      place[node] = input_register.at(graph[node].first);
    }
  }

  // The last node that needs each node; outputs are needed to the end.
  std::unordered_map<Node, Node> last_use;
  for (const Node node : order) {
    const auto& entry = graph[node];
    if (takes_one(entry.operation) || takes_two(entry.operation)) {
      last_use[entry.first] = node;
      last_use[entry.second] = node;
    } else if (entry.operation == Operation::solve) {
      last_use[graph.equation(entry).start] = node;
    }
  }
  for (const Node node : outputs)
    last_use[node] = static_cast<Node>(graph.size());

  std::uint32_t registers = static_cast<std::uint32_t>(inputs + list.constants.size());
  std::vector<std::uint32_t> free;
  const auto release = [&](Node operand, Node user) {
    const Operation operation = graph[operand].operation;
    if (operation == Operation::number || operation == Operation::input) return;
    const auto use = last_use.find(operand);
    if (use == last_use.end() || use->second != user) return;
    free.push_back(place.at(operand));
    last_use.erase(use);
  };
  for (const Node node : order) {
    const ExpressionGraph::Entry entry = graph[node];
    if (entry.operation == Operation::number || entry.operation == Operation::input) continue;
    Instruction step;
    step.operation = entry.operation;
    if (entry.operation == Operation::solve) {
      const ExpressionGraph::Equation equation = graph.equation(entry);
      std::vector<std::uint32_t> arguments = graph.inputs_of(equation.residual);
      std::erase(arguments, equation.unknown);
      ImplicitEquation compiled = compile_equation(graph, equation, arguments);
      for (const std::uint32_t argument : arguments)
        compiled.arguments.push_back(input_register.at(argument));
      compiled.start = place.at(equation.start);
      step.first = step.second = static_cast<std::uint32_t>(list.equations.size());
      list.equations.push_back(std::move(compiled));
      release(equation.start, node);
    } else {
      step.first = place.at(entry.first);
      step.second = place.at(entry.second);
      release(entry.first, node);
      if (entry.second != entry.first) release(entry.second, node);
    }
    if (free.empty()) free.push_back(registers++);
    step.target = free.back();
    free.pop_back();
    place[node] = step.target;
    list.instructions.push_back(step);
  }
  list.registers = registers;
  for (const Node node : outputs)
    list.outputs.push_back(place.at(node));
  return list;
}

}  // namespace

InstructionList compile(ExpressionGraph& graph, const std::vector<Node>& outputs, std::size_t inputs) {
  std::unordered_map<std::uint32_t, std::uint32_t> places;
  for (std::uint32_t i = 0; i < inputs; ++i)
    places.emplace(i, i);
  return compile_with(graph, outputs, inputs, places);
}

}  // namespace etalon::calibration
