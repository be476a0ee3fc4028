// Milliseconds of a Monte Carlo evaluation: sampling, model, mean, standard uncertainty, both coverage intervals.
// Prints one number; `memory` prints megabytes at the highest, `check` the results themselves.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "benchmarks/monte_carlo_by_hand.h"
#include "benchmarks/monte_carlo_models.h"
#include "benchmarks/stopwatch.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/monte_carlo/fixed_trials.h"
#include "calibration/uncertainty/monte_carlo/monte_carlo.h"
#include "calibration/uncertainty/monte_carlo/simulation.h"

using namespace etalon;
using namespace etalon::calibration;

int main(int count, char** values) {
  if (count < 5) {
    std::fprintf(stderr,
                 "usage: benchmark_monte_carlo mass|gauge-block|pressure etalon|by-hand TRIALS THREADS "
                 "[sse2|avx2|avx512|best [time|memory|check]]\n");
    return 2;
  }
  const std::string name = values[1];
  const bool by_hand = std::strcmp(values[2], "by-hand") == 0;
  MonteCarloOptions options;
  options.trials = std::strtoull(values[3], nullptr, 10);
  options.threads = std::atoi(values[4]);
  options.density_bins = 0;
  const std::string set = count > 5 ? values[5] : "best";
  const std::string what = count > 6 ? values[6] : "time";
  if (set == "sse2") options.instruction_set = InstructionSet::sse2;
  if (set == "avx2") options.instruction_set = InstructionSet::avx2;
  if (set == "avx512") options.instruction_set = InstructionSet::avx512;
  if (options.instruction_set && !is_available(*options.instruction_set)) return 1;

  const BenchmarkModel model = benchmark_model(name);
  options.coverage_probability = model.coverage_probability;
  std::vector<std::string> names;
  for (const InputQuantity& input : model.inputs)
    names.push_back(input.name);
  const MeasurementModel measurement({{"y", model.expression}}, names);
  const CompiledModel compiled = measurement.compile(0);
  const JointInputs joint{model.inputs, {}, {}};
  LaneKernels kernels = lane_kernels_for(options.instruction_set.value_or(best_instruction_set()));
  if (by_hand) {
    const bool wide = options.instruction_set.value_or(best_instruction_set()) == InstructionSet::avx512;
    kernels.simulate = wide ? by_hand_avx512(name) : by_hand_avx2(name);
    options.output_names = {"y"};
  }
  const auto evaluate = [&] {
    if (!by_hand) return propagate_distributions(compiled.list, joint, options).outputs[0];
    MonteCarloResult result;
    evaluate_trials(Simulation(compiled.list, joint, options.seed, kernels), joint, options, options.trials, result);
    return result.outputs[0];
  };
  const bool once = what != "time" || options.trials > 20'000'000;
  if (!once) evaluate();  // the first one also wakes the processor's wide units and the memory up
  std::vector<double> times;
  MonteCarloOutput output;
  for (int i = 0; i < (once ? 1 : 5); ++i) {
    const Stopwatch watch;
    output = evaluate();
    times.push_back(watch.seconds() * 1000);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  if (what == "memory") {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%.1f\n", static_cast<double>(usage.ru_maxrss) / 1024);
  } else if (what == "check") {
    std::printf("%.15g %.15g [%.15g, %.15g] [%.15g, %.15g] %.3g\n", output.mean, output.standard_uncertainty,
                output.symmetric.lower, output.symmetric.upper, output.shortest.lower, output.shortest.upper,
                output.interval_resolution);
  } else {
    std::printf("%.3f\n", times[times.size() / 2]);
  }
  return 0;
}
