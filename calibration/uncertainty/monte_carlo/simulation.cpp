#include "calibration/uncertainty/monte_carlo/simulation.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace etalon::calibration {
namespace {

// Registers of a thread together should stay in the first-level cache.
constexpr std::size_t cache_for_registers = 24 * 1024;

}  // namespace

Simulation::Simulation(const InstructionList& list, const JointInputs& joint, std::uint64_t seed,
                       const LaneKernels& kernels)
    : list_(list), kernels_(kernels), plan_(make_sampling_plan(joint, list.registers)) {
  if (joint.inputs.size() != list.inputs) throw std::logic_error("a model with another number of inputs");
  program_.seed = seed;
  program_.block = 256;
  while (program_.block > 16 && plan_.registers * program_.block * sizeof(double) > cache_for_registers)
    program_.block /= 2;
  program_.draws = plan_.draws.data();
  program_.draw_count = plan_.draws.size();
  program_.terms = plan_.terms.data();
  program_.instructions = list.instructions.data();
  program_.instruction_count = list.instructions.size();
  program_.outputs = list.outputs.data();
  program_.output_count = list.outputs.size();
  program_.context = this;
  program_.quantile = [](const void* context, std::uint32_t which, double* values, std::size_t count) {
    const InputQuantity& input = static_cast<const Simulation*>(context)->plan_.quantiles[which];
    for (std::size_t i = 0; i < count; ++i)
      values[i] = quantile_at_score(input, values[i]);
  };
  program_.solve = [](const void* context, std::uint32_t which, std::uint32_t target, double* registers,
                      std::size_t block) {
    const ImplicitEquation& equation = static_cast<const Simulation*>(context)->list_.equations[which];
    std::vector<double> arguments(equation.arguments.size());
    for (std::size_t i = 0; i < block; ++i) {
      for (std::size_t k = 0; k < arguments.size(); ++k)
        arguments[k] = registers[equation.arguments[k] * block + i];
      registers[target * block + i] =
          calibration::solve(equation, arguments.data(), registers[equation.start * block + i]);
    }
  };
  find_dependencies();
}

AlignedNumbers Simulation::registers() const {
  AlignedNumbers registers(plan_.registers * program_.block);
  const auto set = [&](std::size_t place, double value) {
    std::fill_n(registers.data() + place * program_.block, program_.block, value);
  };
  for (std::size_t i = 0; i < plan_.registers; ++i)
    set(i, std::numeric_limits<double>::quiet_NaN());
  for (const auto& [place, value] : plan_.constants)
    set(place, value);
  for (std::size_t i = 0; i < list_.constants.size(); ++i)
    set(list_.inputs + i, list_.constants[i]);
  return registers;
}

std::vector<double> Simulation::inputs_in(std::uint64_t trial) const {
  AlignedNumbers numbers = registers();
  std::vector<AlignedNumbers> values;
  std::vector<double*> outputs;
  for (std::size_t i = 0; i < list_.outputs.size(); ++i) {
    values.emplace_back(block());
    outputs.push_back(values.back().data());
  }
  run(trial / block() * block(), block(), numbers, outputs.data());
  std::vector<double> inputs;
  for (std::size_t i = 0; i < list_.inputs; ++i)
    inputs.push_back(numbers.data()[i * block() + trial % block()]);
  return inputs;
}

void Simulation::find_dependencies() {
  const std::vector<bool> none(list_.inputs, false);
  std::vector<std::vector<bool>> of_register(list_.registers, none);
  for (std::size_t i = 0; i < list_.inputs; ++i)
    of_register[i][i] = true;
  for (const Instruction& step : list_.instructions) {
    std::vector<bool> sum = none;
    const auto add = [&](std::uint32_t source) {
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] = sum[i] || of_register[source][i];
    };
    if (step.operation == Operation::solve) {
      for (const std::uint32_t argument : list_.equations[step.first].arguments)
        add(argument);
    } else {
      add(step.first);
      add(step.second);
    }
    of_register[step.target] = sum;
  }
  for (const std::uint32_t output : list_.outputs)
    depends_.push_back(of_register[output]);
}

}  // namespace etalon::calibration
