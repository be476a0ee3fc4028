// Propagation of distributions by a Monte Carlo method: JCGM 101:2008 (one output), JCGM 102:2011 clause 7 (several).
//
// The numbers depend on the model, the inputs and the options alone: the same bits come from one thread or many, and on
// processors with SSE2, AVX2 or AVX-512. Two things go through the C library and may differ in the last place between
// two versions of it: roots of implicit equations, and a Gaussian copula.
#pragma once

#include <Eigen/Dense>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibration/model/instruction_list.h"
#include "calibration/uncertainty/monte_carlo/coverage_interval.h"
#include "calibration/uncertainty/monte_carlo/instruction_set.h"
#include "calibration/uncertainty/monte_carlo/joint_inputs.h"

namespace etalon::calibration {

struct MonteCarloOptions {
  std::uint64_t trials = 1'000'000;
  // The adaptive procedure of 7.9.4: sequences of max(10^4, 100/(1 - p)) trials until y, u and the ends of both
  // coverage intervals of every output have settled to within the numerical tolerance of u; `trials` is then not looked
  // at.
  bool adaptive = false;
  std::uint64_t most_trials = 50'000'000;  // the adaptive procedure ends here, with a note
  int significant_digits = 2;              // of u, for the numerical tolerance (7.9.2)
  std::uint64_t seed = 1;
  double coverage_probability = 0.95;
  int threads = 0;                        // 0: as many as the machine has
  std::vector<std::string> output_names;  // for messages; empty: outputs are numbered
  std::size_t density_bins = 200;         // 0: no densities
  // Interval ends are order statistics of all values as long as the values that can matter take no more bytes than
  // this; beyond, they come from a histogram whose resolution the result states.
  std::size_t memory = 192u << 20;
  std::optional<InstructionSet> instruction_set;  // empty: the best of this processor
  const std::atomic<bool>* cancelled = nullptr;   // when it becomes true: InterruptedError
};

// How often values fell into bins of equal width, for a chart. The limits come from the first trials, at about the
// 0.05 % and 99.95 % quantiles.
struct Density {
  double lower = 0;
  double bin_width = 0;
  std::vector<std::uint64_t> counts;  // empty when the output does not vary
  std::uint64_t below = 0;
  std::uint64_t above = 0;
};

struct MonteCarloOutput {
  // 7.6, equations (16) and (17). Not a number when the distribution has none: see MonteCarloResult::notes.
  double mean = 0;
  double standard_uncertainty = 0;
  double sample_deviation = 0;  // equation (17) also where the distribution has no standard uncertainty
  CoverageInterval symmetric;   // 7.7
  CoverageInterval shortest;
  CoverageInterval symmetric_error;  // standard errors of the ends of the symmetric interval
  // How fast the heavier tail falls off (coverage_interval.h); below 2 there is no standard uncertainty.
  double tail_index = std::numeric_limits<double>::infinity();
  // False: a distribution without mean or standard uncertainty stands among those behind the output.
  bool has_mean = true;
  bool has_standard_uncertainty = true;
  // Of u to the significant digits (7.9.2); 0 when u is 0. Without a standard uncertainty: of the half-length of the
  // symmetric interval, divided by two.
  double numerical_tolerance = 0;
  double interval_resolution = 0;  // 0: ends are order statistics
  Density density;
};

struct MonteCarloResult {
  std::uint64_t trials = 0;
  std::uint64_t seed = 0;
  double coverage_probability = 0.95;
  std::vector<MonteCarloOutput> outputs;
  // Of the outputs (JCGM 102:2011 7.6); not a number where a standard uncertainty is not.
  Eigen::MatrixXd covariance;
  Eigen::MatrixXd correlation;  // 1 on the diagonal, 0 beside an output that does not vary
  bool adaptive = false;
  bool settled = true;  // adaptive: false when most_trials was reached first
  std::vector<std::string> notes;
};

// InputError: fewer than 10/(1 - p) trials; a coverage probability outside (0, 1); significant digits not from 1 to 15.
void check_options(const MonteCarloOptions& options);

// The model has no finite value of an output in some trials.
class NoFiniteValue : public base::InputError {
 public:
  NoFiniteValue(std::size_t output, const std::string& message) : InputError(message), output_(output) {}
  std::size_t output() const { return output_; }

 private:
  std::size_t output_;
};

// `list` has an input register for each of joint.inputs, in that order. InputError: see make_sampling_plan and
// check_options. NoFiniteValue: a model value that is not a finite number in any trial
// (which output, in how many trials, and the input values of the first).
MonteCarloResult propagate_distributions(const InstructionList& list, const JointInputs& joint,
                                         const MonteCarloOptions& options = {});

}  // namespace etalon::calibration
