// Monte Carlo for each output of a problem by itself: one that has no value in some trials, or no branch for its
// angles, leaves the others theirs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/model_file.h"
#include "calibration/uncertainty/monte_carlo/monte_carlo.h"

namespace etalon::calibration {

struct MonteCarloOfOutputs {
  std::optional<MonteCarloResult> result;  // with a place for every output; those that were refused are not to be used
  std::vector<std::string> refusals;       // of each output; empty: there is a result
};

class MonteCarloOfProblem {
 public:
  // Keeps a reference to the problem. InputError for options that cannot be used.
  MonteCarloOfProblem(const UncertaintyProblem& problem, const MonteCarloOptions& options);

  // The model whose angles stay on the branch of their estimate.
  const InstructionList& list() const { return model_.list; }
  MonteCarloOfOutputs run();
  // Again with so many trials, of which the first are those of before.
  MonteCarloOfOutputs run(std::uint64_t trials);

 private:
  void check_branches();
  MonteCarloOfOutputs evaluate(const MonteCarloOptions& options);

  const UncertaintyProblem& problem_;
  MonteCarloOptions options_;
  BranchedModel model_;
  std::vector<std::string> refusals_;
};

}  // namespace etalon::calibration
