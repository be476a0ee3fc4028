// A compiled model: a flat list of instructions on numbered registers. Two executors run it: `run` below on single
// numbers (GUM), and the one of uncertainty/monte_carlo on blocks of trials.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "calibration/model/operation.h"

namespace etalon::calibration {

// target = operation(first, second). For `solve`, `first` is an index into InstructionList::equations.
struct Instruction {
  Operation operation = Operation::number;
  std::uint32_t target = 0;
  std::uint32_t first = 0;
  std::uint32_t second = 0;  // equal to `first` for operations with one operand
};

struct ImplicitEquation;

struct InstructionList {
  // Registers 0 … inputs-1 hold the inputs and the next constants.size() the constants; neither is ever written.
  // The rest hold intermediate results, each used for several in turn.
  std::size_t inputs = 0;
  std::vector<double> constants;
  std::size_t registers = 0;
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> outputs;  // where each output stands at the end (may be an input or a constant)
  std::vector<ImplicitEquation> equations;
};

// 0 = residual(x, arguments), solved for x by Newton's method from `start`, kept within a bracket as soon as the sign
// of the residual has changed.
struct ImplicitEquation {
  InstructionList residual;              // inputs: x first, then the arguments; outputs: residual, d residual / d x
  std::vector<std::uint32_t> arguments;  // registers of the list that holds the equation
  std::uint32_t start = 0;               // register with the first guess
};

// The root for one set of arguments; not a number when there is none to be found.
double solve(const ImplicitEquation& equation, const double* arguments, double start);

// Runs the list. `registers` has list.registers places; the first list.inputs hold the inputs. Constants are put in
// place by prepare() once. Results stand in the registers of list.outputs; what is not finite is left so.
void prepare(const InstructionList& list, double* registers);
void run(const InstructionList& list, double* registers);

}  // namespace etalon::calibration
