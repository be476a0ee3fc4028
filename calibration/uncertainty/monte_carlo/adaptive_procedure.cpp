#include "calibration/uncertainty/monte_carlo/adaptive_procedure.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "calibration/uncertainty/monte_carlo/fixed_trials.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"
#include "calibration/uncertainty/monte_carlo/parallel.h"
#include "calibration/uncertainty/monte_carlo/sort.h"

namespace etalon::calibration {
namespace {

// Of one output in one sequence: mean, standard deviation, ends of the symmetric and of the shortest interval.
using Figures = std::array<double, 6>;

constexpr std::uint64_t unsquared_sequences = 100;  // a million values

struct Sequence {
  std::vector<Figures> outputs;
  std::vector<std::uint64_t> not_finite;
  std::vector<std::uint64_t> first_not_finite;
};

Sequence run_sequence(const Simulation& simulation, const MonteCarloOptions& options, std::uint64_t first,
                      std::size_t count, AlignedNumbers& registers) {
  const std::size_t outputs = options.output_names.size();
  const std::size_t block = simulation.block();
  const std::uint64_t start = first / block * block;
  const std::size_t length = static_cast<std::size_t>((first + count - start + block - 1) / block * block);
  std::vector<AlignedNumbers> numbers;
  std::vector<double*> values;
  for (std::size_t k = 0; k < outputs; ++k) {
    numbers.emplace_back(length);
    values.push_back(numbers.back().data());
  }
  simulation.run(start, length, registers, values.data());
  Sequence result;
  for (std::size_t k = 0; k < outputs; ++k) {
    const std::span<double> own(values[k] + (first - start), count);
    std::uint64_t not_finite = 0;
    std::uint64_t first_not_finite = 0;
    for (std::size_t i = count; i-- > 0;) {
      own[i] += 0.0;
      if (!std::isfinite(own[i])) {
        ++not_finite;
        first_not_finite = first + i;
      }
    }
    result.not_finite.push_back(not_finite);
    result.first_not_finite.push_back(first_not_finite);
    if (not_finite > 0) {
      result.outputs.emplace_back();
      continue;
    }
    sort_numbers(own);
    const double shift = own[count / 2];
    double sum = 0;
    double squares = 0;
    for (const double value : own) {
      sum += value - shift;
      squares += (value - shift) * (value - shift);
    }
    const auto n = static_cast<double>(count);
    const CoverageIntervals intervals = coverage_intervals(own, own, count, options.coverage_probability);
    result.outputs.push_back({shift + sum / n, std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))),
                              intervals.symmetric.lower, intervals.symmetric.upper, intervals.shortest.lower,
                              intervals.shortest.upper});
  }
  return result;
}

// Running mean and sum of squared deviations (Welford).
struct Running {
  double mean = 0;
  double squares = 0;
  void add(double value, double count) {
    const double before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
  }
};

}  // namespace

AdaptiveTrials find_number_of_trials(const Simulation& simulation, const JointInputs& joint,
                                     const MonteCarloOptions& options, const std::vector<bool>& without_deviation) {
  const double least = std::ceil(100 / (1 - options.coverage_probability) * (1 - 1e-12));
  const auto length = static_cast<std::size_t>(std::max(1e4, least));
  const std::uint64_t most = std::max<std::uint64_t>(2, options.most_trials / length);
  const std::size_t outputs = options.output_names.size();
  std::vector<std::array<Running, 6>> running(outputs);
  std::vector<double> variances(outputs, 0);  // sum over sequences of their variances
  const std::size_t threads = thread_count(options);
  std::uint64_t done = 0;
  while (done < most) {
    // Some sequences ahead by all threads, looked at in their order.
    const auto wave = static_cast<std::size_t>(std::min<std::uint64_t>(most - done, 8 * threads));
    std::vector<Sequence> sequences(wave);
    std::atomic<std::size_t> next{0};
    const auto work = [&](std::size_t) {
      AlignedNumbers registers = simulation.registers();
      for (std::size_t i; (i = next++) < wave;) {
        check_cancelled(options);
        sequences[i] = run_sequence(simulation, options, (done + i) * length, length, registers);
      }
    };
    run_in_parallel(std::min(threads, wave), work, [] {});
    for (const Sequence& sequence : sequences) {
      ++done;
      const auto h = static_cast<double>(done);
      bool settled = done > 1;
      for (std::size_t k = 0; k < outputs; ++k) {
        if (sequence.not_finite[k] > 0)
          refuse_values_that_are_not_finite(simulation, joint, options, k, sequence.not_finite[k], length,
                                            sequence.first_not_finite[k]);
        for (std::size_t i = 0; i < 6; ++i)
          running[k][i].add(sequence.outputs[k][i], h);
        variances[k] += sequence.outputs[k][1] * sequence.outputs[k][1];
        if (done < 2) continue;
        // u of all values so far: within and between the sequences.
        const auto m = static_cast<double>(length);
        const double reach = (running[k][3].mean - running[k][2].mean) / 4;
        double u = std::sqrt((variances[k] * (m - 1) + running[k][0].squares * m) / (h * m - 1));
        // Squares that overflow or vanish are as good as none (monte_carlo.cpp says so in a note). Differences between
        // sequences cannot be squared then either: a fixed number of sequences has to do.
        const bool out_of_range = !std::isfinite(u) || (reach > 0 && reach < 1e-140);
        if (without_deviation[k] || out_of_range) u = reach;
        if (u == 0) continue;  // does not vary
        const double tolerance = numerical_tolerance(u, options.significant_digits);
        if (out_of_range) {
          settled = settled && done >= unsquared_sequences;
          continue;
        }
        for (std::size_t i = without_deviation[k] ? 2 : 0; i < 6; ++i)
          settled = settled && 2 * std::sqrt(running[k][i].squares / (h * (h - 1))) < tolerance;
      }
      if (settled) return {done * length, true};
    }
  }
  return {done * length, false};
}

}  // namespace etalon::calibration
