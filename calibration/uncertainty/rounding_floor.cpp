#include "calibration/uncertainty/rounding_floor.h"

#include <cmath>
#include <limits>

namespace etalon::calibration {

std::vector<double> rounding_floors(const InstructionList& list, const std::vector<InputQuantity>& inputs) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  // Steps are made this much larger than the errors, so that they are not rounded themselves.
  constexpr double magnified = 0x1p10;
  std::vector<double> registers(list.registers);
  std::vector<double> errors(list.registers, 0);
  prepare(list, registers.data());
  for (std::size_t i = 0; i < list.inputs; ++i) {
    registers[i] = inputs[i].estimate;
    if (inputs[i].standard_uncertainty > 0)
      errors[i] = eps * (std::fabs(inputs[i].estimate) + 3 * inputs[i].standard_uncertainty);
  }
  InstructionList one = list;  // one instruction at a time
  one.instructions.resize(1);
  for (const Instruction& instruction : list.instructions) {
    one.instructions[0] = instruction;
    const double before = registers[instruction.target];
    run(one, registers.data());
    const double value = registers[instruction.target];
    registers[instruction.target] = before;
    double error = eps * std::fabs(value);
    const auto carry = [&](std::uint32_t operand) {
      if (errors[operand] == 0) return;
      const double own = registers[operand];
      registers[operand] = own + magnified * errors[operand];
      run(one, registers.data());
      const double moved = std::fabs(registers[instruction.target] - value) / magnified;
      registers[instruction.target] = before;
      registers[operand] = own;
      if (std::isfinite(moved)) error += moved;
    };
    if (instruction.operation == Operation::solve) {
      for (const std::uint32_t argument : list.equations[instruction.first].arguments)
        carry(argument);
    } else {
      carry(instruction.first);
      if (instruction.second != instruction.first) carry(instruction.second);
    }
    registers[instruction.target] = value;
    errors[instruction.target] = error;
  }
  std::vector<double> floors;
  for (const std::uint32_t output : list.outputs)
    floors.push_back(8 * errors[output]);
  return floors;
}

}  // namespace etalon::calibration
