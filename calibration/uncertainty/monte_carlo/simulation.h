// A model and its inputs made ready for the block executor.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "calibration/model/instruction_list.h"
#include "calibration/uncertainty/monte_carlo/lane_program.h"
#include "calibration/uncertainty/monte_carlo/sampling_plan.h"

namespace etalon::calibration {

// Numbers at the start of a cache line.
class AlignedNumbers {
 public:
  explicit AlignedNumbers(std::size_t count)
      : numbers_(static_cast<double*>(::operator new (count * sizeof(double) + 64, std::align_val_t{64}))) {}
  double* data() { return numbers_.get(); }
  const double* data() const { return numbers_.get(); }

 private:
  struct Delete {
    void operator()(double* numbers) const { ::operator delete (numbers, std::align_val_t{64}); }
  };
  std::unique_ptr<double, Delete> numbers_;
};

class Simulation {
 public:
  // Keeps references to the list and the kernels. InputError as make_sampling_plan.
  Simulation(const InstructionList& list, const JointInputs& joint, std::uint64_t seed, const LaneKernels& kernels);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Registers for one thread, constants in place.
  AlignedNumbers registers() const;
  // Trials first … first+count-1, both multiples of block(); output k goes to outputs[k]. Thread-safe.
  void run(std::uint64_t first, std::size_t count, AlignedNumbers& registers, double* const* outputs) const {
    kernels_.simulate(program_, first, count, registers.data(), outputs);
  }
  std::size_t block() const { return program_.block; }
  const LaneKernels& kernels() const { return kernels_; }
  const SamplingPlan& plan() const { return plan_; }
  // The inputs' values in one trial.
  std::vector<double> inputs_in(std::uint64_t trial) const;
  // Whether an output's value is computed from an input.
  bool depends(std::size_t output, std::size_t input) const { return depends_[output][input]; }

 private:
  void find_dependencies();

  const InstructionList& list_;
  const LaneKernels& kernels_;
  SamplingPlan plan_;
  LaneProgram program_;
  std::vector<std::vector<bool>> depends_;
};

}  // namespace etalon::calibration
