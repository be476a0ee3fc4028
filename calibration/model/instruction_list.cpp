#include "calibration/model/instruction_list.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace etalon::calibration {

void prepare(const InstructionList& list, double* registers) {
  std::copy(list.constants.begin(), list.constants.end(), registers + list.inputs);
}

void run(const InstructionList& list, double* registers) {
  for (const Instruction& step : list.instructions) {
    double& target = registers[step.target];
    if (step.operation == Operation::solve) {
      const ImplicitEquation& equation = list.equations[step.first];
      std::vector<double> arguments;
      arguments.reserve(equation.arguments.size());
      for (const std::uint32_t argument : equation.arguments)
        arguments.push_back(registers[argument]);
      target = solve(equation, arguments.data(), registers[equation.start]);
      continue;
    }
    const double a = registers[step.first];
    const double b = registers[step.second];
    // The usual ones here, without a call.
    switch (step.operation) {
      case Operation::add:
        target = a + b;
        break;
      case Operation::subtract:
        target = a - b;
        break;
      case Operation::multiply:
        target = a * b;
        break;
      case Operation::divide:
        target = a / b;
        break;
      case Operation::negate:
        target = -a;
        break;
      default:
        target = apply(step.operation, a, b);
    }
  }
}

double solve(const ImplicitEquation& equation, const double* arguments, double start) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  constexpr int most_steps = 200;
  const InstructionList& residual = equation.residual;
  std::vector<double> registers(residual.registers);
  prepare(residual, registers.data());
  std::copy(arguments, arguments + equation.arguments.size(), registers.begin() + 1);
  const auto evaluate = [&](double x) {
    registers[0] = x;
    run(residual, registers.data());
    return std::pair(registers[residual.outputs[0]], registers[residual.outputs[1]]);
  };

  double x = start;
  auto [value, slope] = evaluate(x);
  if (!std::isfinite(value)) return undefined;
  // Two points between which the residual changes its sign, once they are known.
  double below = undefined;  // residual < 0
  double above = undefined;  // residual > 0
  double last_step = std::numeric_limits<double>::infinity();
  for (int step = 0; step < most_steps; ++step) {
    if (value == 0) return x;
    (value < 0 ? below : above) = x;
    const bool bracketed = !std::isnan(below) && !std::isnan(above);
    double next = std::isfinite(slope) && slope != 0 ? x - value / slope : undefined;
    if (bracketed) {
      const double low = std::min(below, above);
      const double high = std::max(below, above);
      if (!(next > low && next < high)) next = low + (high - low) / 2;
      if (next <= low || next >= high) return x;  // no number lies between
    } else if (!std::isfinite(next)) {
      return undefined;
    }
    auto [next_value, next_slope] = evaluate(next);
    // A step into where the residual does not exist is taken back by halves.
    for (int halving = 0; halving < 60 && !std::isfinite(next_value); ++halving) {
      next = x + (next - x) / 2;
      std::tie(next_value, next_slope) = evaluate(next);
    }
    if (!std::isfinite(next_value)) return undefined;
    const double moved = std::fabs(next - x);
    const bool settled = moved <= 4 * std::numeric_limits<double>::epsilon() * std::fabs(next) ||
                         (moved <= 1e-12 * std::fabs(next) && moved >= last_step);
    x = next;
    value = next_value;
    slope = next_slope;
    last_step = moved;
    if (settled) return x;
  }
  return undefined;
}

}  // namespace etalon::calibration
