#include "calibration/uncertainty/monte_carlo/fixed_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"
#include "calibration/uncertainty/monte_carlo/parallel.h"
#include "calibration/uncertainty/monte_carlo/sort.h"

namespace etalon::calibration {

using base::tr;
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The first trials, from which it is judged where the tails begin.
constexpr std::size_t pilot_chunks = 4;
constexpr std::size_t pilot_trials = pilot_chunks * chunk_trials;
// The tails are cut this many standard deviations of a pilot's count inside of where they should begin. When that was
// not enough (once in 10^9 evaluations) everything is kept.
constexpr double pilot_margin = 6;

// Adds many numbers with the error of one addition (Neumaier).
class CarefulSum {
 public:
  void add(double value) {
    const double sum = sum_ + value;
    rest_ += std::fabs(sum_) >= std::fabs(value) ? (sum_ - sum) + value : (value - sum) + sum_;
    sum_ = sum;
  }
  double value() const { return sum_ + rest_; }

 private:
  double sum_ = 0;
  double rest_ = 0;
};

double sum_of_columns(const double* c) {
  return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
}

// Values in no order, added by several threads, up to a capacity fixed before; what does not fit is only counted.
class Collection {
 public:
  explicit Collection(std::size_t capacity)
      : capacity_(capacity), numbers_(new double[std::max<std::size_t>(capacity, 1)]) {}
  void add(const double* values, std::size_t count) {
    const std::size_t place = size_.fetch_add(count, std::memory_order_relaxed);
    if (place + count <= capacity_) std::copy_n(values, count, numbers_.get() + place);
  }
  std::size_t count() const { return size_.load(); }
  bool complete() const { return count() <= capacity_; }
  std::span<double> values() { return {numbers_.get(), std::min(count(), capacity_)}; }

 private:
  std::size_t capacity_;
  std::unique_ptr<double[]> numbers_;
  std::atomic<std::size_t> size_{0};
};

enum class Keeping { tails, everything, histogram };

// What belongs to one output.
struct OutputState {
  double shift = 0;
  double low = infinity;   // values up to here are kept in `lows`
  double high = infinity;  // values from here on are kept in `highs`
  BinGrid grid;            // count 0: no density
  double scale = 1;        // of the histogram
  std::optional<Collection> lows;
  std::optional<Collection> highs;
  std::vector<std::uint64_t> bins;
  std::optional<TailHistogram> histogram;
  std::uint64_t not_finite = 0;
  std::uint64_t first_not_finite = 0;
};

// Moves the counts of a thread, which keeps them by column, to the output's.
void count_bins(OutputState& output, std::vector<std::uint32_t>& bins) {
  for (std::size_t i = 0; i < bins.size(); ++i) {
    output.bins[i % output.bins.size()] += bins[i];
    bins[i] = 0;
  }
}

class Evaluation {
 public:
  Evaluation(const Simulation& simulation, const JointInputs& joint, const MonteCarloOptions& options,
             std::uint64_t trials, Keeping keeping)
      : simulation_(simulation),
        joint_(joint),
        options_(options),
        trials_(trials),
        keeping_(keeping),
        chunks_((trials + chunk_trials - 1) / chunk_trials),
        outputs_(result_size()),
        threads_(std::min<std::size_t>(thread_count(options), chunks_)) {
    sums_.resize(chunks_ * sums_of_chunk());
    for (std::size_t i = 0; i < std::min<std::uint64_t>(pilot_chunks, chunks_) * outputs_.size(); ++i)
      pilot_.emplace_back(chunk_trials);
  }

  // False: the tails were cut too far out, evaluate again with everything kept.
  bool run() {
    std::atomic<std::uint64_t> next_pilot{0};
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::size_t> next_tail{0};
    std::exception_ptr failure;
    std::barrier piloted(static_cast<std::ptrdiff_t>(threads_), [&]() noexcept {
      try {
        judge_pilot();
      } catch (...) {
        failure = std::current_exception();
      }
    });
    std::barrier simulated(static_cast<std::ptrdiff_t>(threads_));
    const auto work = [&](std::size_t) {
      std::optional<Worker> worker;
      std::exception_ptr own_failure;
      // A thread that fails still arrives at both barriers.
      const auto guarded = [&](const auto& part) {
        if (own_failure || stop_.load(std::memory_order_relaxed)) return;
        try {
          part();
        } catch (...) {
          own_failure = std::current_exception();
          stop_ = true;
        }
      };
      guarded([&] {
        worker.emplace(simulation_, outputs_.size());
        for (std::uint64_t chunk; (chunk = next_pilot++) < pilot_.size() / outputs_.size();) {
          std::vector<double*> values(outputs_.size());
          for (std::size_t k = 0; k < outputs_.size(); ++k)
            values[k] = pilot_[chunk * outputs_.size() + k].data();
          simulation_.run(chunk * chunk_trials, in_blocks(chunk), worker->registers, values.data());
        }
      });
      piloted.arrive_and_wait();
      guarded([&] {
        if (failure) return;
        worker->prepare(*this);
        for (std::uint64_t chunk; (chunk = next++) < chunks_ && !stop_.load(std::memory_order_relaxed);) {
          check_cancelled(options_);
          digest(chunk, *worker);
        }
        worker->finish(*this);
      });
      simulated.arrive_and_wait();
      guarded([&] {
        if (failure) return;
        for (std::size_t k; (k = next_tail++) < 2 * outputs_.size();)
          sort_tail(outputs_[k / 2], k % 2 != 0);
      });
      if (own_failure) std::rethrow_exception(own_failure);
    };
    // The others do the work of a thread that could not be started.
    run_in_parallel(threads_, work, [&] {
      piloted.arrive_and_drop();
      simulated.arrive_and_drop();
    });
    if (failure) std::rethrow_exception(failure);
    refuse();
    return std::all_of(outputs_.begin(), outputs_.end(), [&](const OutputState& output) { return enough(output); });
  }

  void report(MonteCarloResult& result) {
    result.outputs.clear();
    const std::size_t n = outputs_.size();
    const auto size = static_cast<Eigen::Index>(n);
    result.covariance.resize(size, size);
    result.correlation = Eigen::MatrixXd::Identity(size, size);
    const auto count = static_cast<double>(trials_);
    std::vector<double> offset;  // mean - shift
    for (std::size_t k = 0; k < n; ++k) {
      OutputState& state = outputs_[k];
      MonteCarloOutput output;
      const double first = total(2 * k);
      const double second = total(2 * k + 1);
      offset.push_back(first / count);
      output.mean = state.shift + offset[k];
      double variance = std::max(0.0, (second - first * offset[k]) / (count - 1));
      const CoverageIntervals intervals = intervals_of(state, &output.interval_resolution);
      output.symmetric = intervals.symmetric;
      output.shortest = intervals.shortest;
      output.symmetric_error = intervals.symmetric_error;
      output.tail_index = tail_index_of(state);
      // Squares that overflow, or of which nothing is left though the values vary, are no 0.
      const double length = intervals.symmetric.length();
      if (!std::isfinite(first) || !std::isfinite(second) || (length > 0 && length < 1e-140))
        variance = std::numeric_limits<double>::quiet_NaN();
      output.standard_uncertainty = output.sample_deviation = std::sqrt(variance);
      result.covariance(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(k)) = variance;
      if (state.grid.count > 0) {
        output.density.lower = state.grid.lower;
        output.density.bin_width = 1 / state.grid.bins_per_unit;
        output.density.below = state.bins.front();
        output.density.above = state.bins.back();
        output.density.counts.assign(state.bins.begin() + 1, state.bins.end() - 1);
      }
      result.outputs.push_back(std::move(output));
    }
    std::size_t pair = 2 * n;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto a = static_cast<Eigen::Index>(i);
        const auto b = static_cast<Eigen::Index>(j);
        const double covariance = (total(pair++) - count * offset[i] * offset[j]) / (count - 1);
        result.covariance(a, b) = result.covariance(b, a) = covariance;
        const double scale = result.outputs[i].standard_uncertainty * result.outputs[j].standard_uncertainty;
        // std::clamp lets what is not a number through.
        result.correlation(a, b) = result.correlation(b, a) =
            scale == 0 ? 0.0 : std::clamp(covariance / scale, -1.0, 1.0);
      }
    }
  }

 private:
  // What a thread needs for itself.
  struct Worker {
    Worker(const Simulation& simulation, std::size_t outputs)
        : registers(simulation.registers()), kept(2 * chunk_trials + 32) {
      for (std::size_t i = 0; i < outputs; ++i) {
        chunk.emplace_back(chunk_trials);
        values.push_back(chunk.back().data());
      }
      chosen = values;
    }
    void prepare(const Evaluation& evaluation) {
      for (const OutputState& output : evaluation.outputs_) {
        bins.emplace_back(output.grid.count > 0 ? sum_columns * (output.grid.count + 2) : 0, 0);
        if (evaluation.keeping_ == Keeping::histogram) histograms.emplace_back(output.shift, output.scale);
      }
    }
    // Hands over what was counted.
    void finish(Evaluation& evaluation) {
      const std::lock_guard lock(evaluation.mutex_);
      for (std::size_t k = 0; k < evaluation.outputs_.size(); ++k) {
        OutputState& output = evaluation.outputs_[k];
        count_bins(output, bins[k]);
        if (!histograms.empty()) {
          if (output.histogram)
            output.histogram->add(histograms[k]);
          else
            output.histogram = std::move(histograms[k]);
        }
      }
      histograms.clear();
    }

    AlignedNumbers registers;
    AlignedNumbers kept;
    std::vector<AlignedNumbers> chunk;
    std::vector<double*> values;
    std::vector<double*> chosen;  // `values`, or the pilot's
    std::vector<std::vector<std::uint32_t>> bins;
    std::vector<TailHistogram> histograms;
    std::uint64_t digested = 0;
  };

  std::size_t result_size() const { return options_.output_names.size(); }
  std::size_t sums_of_chunk() const { return 2 * outputs_.size() + outputs_.size() * (outputs_.size() - 1) / 2; }
  std::size_t trials_in(std::uint64_t chunk) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(chunk_trials, trials_ - chunk * chunk_trials));
  }
  std::size_t in_blocks(std::uint64_t chunk) const {
    const std::size_t block = simulation_.block();
    return (trials_in(chunk) + block - 1) / block * block;
  }

  double total(std::size_t which) const {
    CarefulSum sum;
    for (std::uint64_t chunk = 0; chunk < chunks_; ++chunk)
      sum.add(sums_[chunk * sums_of_chunk() + which]);
    return sum.value();
  }

  // Where to shift the sums, cut the tails and put the density's bins.
  void judge_pilot() {
    if (stop_) return;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(trials_, pilot_trials));
    const double p = options_.coverage_probability;
    const auto n = static_cast<double>(count);
    const double tail = (1 - p) + pilot_margin * std::sqrt(p * (1 - p) / n) + 2 / n;
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      OutputState& output = outputs_[k];
      std::vector<double> sorted;
      for (std::size_t chunk = 0; sorted.size() < count; ++chunk) {
        const double* values = pilot_[chunk * outputs_.size() + k].data();
        for (std::size_t i = 0; i < trials_in(chunk); ++i) {
          if (std::isfinite(values[i]))
            sorted.push_back(values[i] + 0.0);
          else
            ++output.not_finite;
        }
        if (sorted.size() + output.not_finite >= count) break;
      }
      output.not_finite = 0;
      if (sorted.empty()) sorted.push_back(0);
      sort_numbers(sorted);
      const auto at = [&](double probability) {
        return sorted[static_cast<std::size_t>(probability * static_cast<double>(sorted.size() - 1))];
      };
      // The median itself, so that an output which does not vary has u = 0 and not a rounding error.
      output.shift = at(0.5);
      output.scale = (at(0.84) - at(0.16)) / 2;
      if (!(output.scale > 0)) output.scale = (sorted.back() - sorted.front()) / 2;
      if (!(output.scale > 0) || std::isinf(output.scale))
        output.scale = std::max(std::fabs(output.shift), 1e-300) * 0x1p-40;
      if (keeping_ == Keeping::tails) {
        const auto inside = static_cast<std::size_t>(std::ceil(tail * n));
        output.low = sorted[std::min(inside, sorted.size() - 1)];
        output.high = sorted[sorted.size() - 1 - std::min(inside, sorted.size() - 1)];
        const auto capacity = static_cast<std::size_t>(
            (tail + pilot_margin * std::sqrt(tail / n)) * static_cast<double>(trials_) + 2 * pilot_trials);
        output.lows.emplace(std::min<std::uint64_t>(capacity, trials_));
        output.highs.emplace(std::min<std::uint64_t>(capacity, trials_));
      } else if (keeping_ == Keeping::everything) {
        output.lows.emplace(trials_);
      } else {
        output.low = -infinity;
      }
      const double lower = at(0.0005);
      const double upper = at(0.9995);
      const double per_unit = static_cast<double>(options_.density_bins) / (upper - lower);
      if (options_.density_bins > 0 && upper > lower && std::isfinite(per_unit))
        output.grid = {lower, per_unit, options_.density_bins};
      output.bins.assign(output.grid.count > 0 ? output.grid.count + 2 : 0, 0);
    }
  }

  void digest(std::uint64_t chunk, Worker& worker) {
    const std::size_t count = trials_in(chunk);
    std::vector<double*>& values = worker.chosen;
    if (chunk < pilot_chunks) {
      for (std::size_t k = 0; k < outputs_.size(); ++k)
        values[k] = pilot_[chunk * outputs_.size() + k].data();
    } else {
      values = worker.values;
      simulation_.run(chunk * chunk_trials, in_blocks(chunk), worker.registers, values.data());
    }
    const LaneKernels& kernels = simulation_.kernels();
    double* sums = sums_.data() + chunk * sums_of_chunk();
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      OutputState& output = outputs_[k];
      ChunkSums columns;
      double* const lows = worker.kept.data();
      double* const highs = lows + chunk_trials + 16;
      std::size_t low_count = 0;
      std::size_t high_count = 0;
      kernels.digest(values[k], count, output.shift, output.low, output.high, &columns, lows, &low_count, highs,
                     &high_count);
      sums[2 * k] = sum_of_columns(columns.first);
      sums[2 * k + 1] = sum_of_columns(columns.second);
      if (!std::isfinite(sums[2 * k]) || !std::isfinite(sums[2 * k + 1]))
        count_not_finite(output, values[k], chunk, count);
      if (output.lows && low_count > 0) output.lows->add(lows, low_count);
      if (output.highs && high_count > 0) output.highs->add(highs, high_count);
      if (!worker.histograms.empty()) worker.histograms[k].add({values[k], count});
      if (output.grid.count > 0) kernels.fill(values[k], count, output.grid, worker.bins[k].data());
    }
    std::size_t pair = 2 * outputs_.size();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        double columns[sum_columns];
        kernels.cross(values[i], outputs_[i].shift, values[j], outputs_[j].shift, count, columns);
        sums[pair++] = sum_of_columns(columns);
      }
    }
    // The bins of 32 bits are emptied in time.
    if (++worker.digested % 100000 == 0) {
      const std::lock_guard lock(mutex_);
      for (std::size_t k = 0; k < outputs_.size(); ++k)
        count_bins(outputs_[k], worker.bins[k]);
    }
  }

  void count_not_finite(OutputState& output, const double* values, std::uint64_t chunk, std::size_t count) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < count; ++i) {
      if (std::isfinite(values[i])) continue;
      const std::uint64_t trial = chunk * chunk_trials + i;
      if (output.not_finite++ == 0 || trial < output.first_not_finite) output.first_not_finite = trial;
    }
  }

  void refuse() const {
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const OutputState& output = outputs_[k];
      if (output.not_finite > 0)
        refuse_values_that_are_not_finite(simulation_, joint_, options_, k, output.not_finite, trials_,
                                          output.first_not_finite);
    }
  }

  void sort_tail(OutputState& output, bool high) const {
    if (output.not_finite > 0) return;
    std::optional<Collection>& tail = high ? output.highs : output.lows;
    if (tail) sort_numbers(tail->values());
  }

  bool enough(const OutputState& output) const {
    if (keeping_ != Keeping::tails) return true;
    const std::uint64_t outside = trials_ - values_inside(options_.coverage_probability, trials_);
    return output.lows->complete() && output.highs->complete() && output.lows->count() >= outside &&
           output.highs->count() >= outside;
  }

  CoverageIntervals intervals_of(OutputState& output, double* resolution) const {
    *resolution = 0;
    const double p = options_.coverage_probability;
    switch (keeping_) {
      case Keeping::tails:
        return coverage_intervals(output.lows->values(), output.highs->values(), trials_, p);
      case Keeping::everything:
        return coverage_intervals(output.lows->values(), output.lows->values(), trials_, p);
      case Keeping::histogram:
        break;
    }
    return output.histogram->intervals(p, resolution);
  }

  double tail_index_of(OutputState& output) const {
    if (keeping_ == Keeping::histogram) return output.histogram->tail_index();
    const std::span<double> lows = output.lows->values();
    const std::span<double> highs = keeping_ == Keeping::tails ? output.highs->values() : lows;
    return tail_index(lows, highs, output.shift, trials_);
  }

  const Simulation& simulation_;
  const JointInputs& joint_;
  const MonteCarloOptions& options_;
  std::uint64_t trials_;
  Keeping keeping_;
  std::uint64_t chunks_;
  std::vector<OutputState> outputs_;
  std::size_t threads_;
  std::vector<double> sums_;  // by chunk: two of each output, then one of each pair
  std::vector<AlignedNumbers> pilot_;
  std::mutex mutex_;
  std::atomic<bool> stop_{false};
};

}  // namespace

std::size_t thread_count(const MonteCarloOptions& options) {
  if (options.threads > 0) return static_cast<std::size_t>(options.threads);
  return std::max(1u, std::thread::hardware_concurrency());
}

void check_cancelled(const MonteCarloOptions& options) {
  if (options.cancelled && options.cancelled->load(std::memory_order_relaxed))
    throw base::InterruptedError(tr("the Monte Carlo evaluation was interrupted"));
}

void refuse_values_that_are_not_finite(const Simulation& simulation, const JointInputs& joint,
                                       const MonteCarloOptions& options, std::size_t output, std::uint64_t count,
                                       std::uint64_t trials, std::uint64_t first) {
  const std::vector<double> values = simulation.inputs_in(first);
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (simulation.depends(output, i))
      text += fmt::format("{}{} = {:.6g}", text.empty() ? "" : ", ", joint.inputs[i].name, values[i]);
  }
  throw NoFiniteValue(
      output,
      fmt::format(fmt::runtime(
                      tr("the model gives no finite value of '{}' in {} of {} Monte Carlo trials, first with {}: a "
                         "distribution reaches where the model does not exist; give inputs that cannot, such as limits "
                         "instead of a normal distribution, or another model")),
                  options.output_names[output], count, trials, text));
}

void evaluate_trials(const Simulation& simulation, const JointInputs& joint, const MonteCarloOptions& options,
                     std::uint64_t trials, MonteCarloResult& result) {
  const double p = options.coverage_probability;
  const double margin = pilot_margin * std::sqrt(p * (1 - p) / static_cast<double>(pilot_trials));
  const double kept = 2 * ((1 - p) + 2 * margin);
  const double bytes = static_cast<double>(trials) * sizeof(double) * static_cast<double>(options.output_names.size());
  const auto memory = static_cast<double>(options.memory);
  const Keeping without_tails = bytes <= memory ? Keeping::everything : Keeping::histogram;
  const bool tails = trials > 2 * pilot_trials && kept < 0.8 && kept * bytes <= memory;
  if (tails) {
    Evaluation evaluation(simulation, joint, options, trials, Keeping::tails);
    if (evaluation.run()) {
      evaluation.report(result);
      return;
    }
  }
  Evaluation evaluation(simulation, joint, options, trials, without_tails);
  evaluation.run();
  evaluation.report(result);
}

}  // namespace etalon::calibration
