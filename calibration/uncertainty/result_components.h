// The results that stand, with their components, for further models.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration/uncertainty/uncertain_number.h"
#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::calibration {

struct ResultComponents {
  std::vector<UncertainNumber> numbers;        // of each output that has a result
  std::map<std::string, std::string> refused;  // of each other output: why there is no value and u to write
  std::vector<std::string> notes;              // what a person must know of them
};

// The GUM's result with its components. Where Monte Carlo refuted it, or alone has a result: Monte Carlo's value and u,
// and where it has no mean or no u the output is refused; the variance that first
// order does not see is a component of its own, of this evaluation alone and without degrees of freedom, and where
// first order saw too much its components are lowered in proportion. InputError when no method gave
// any output a result.
ResultComponents components_of_results(const UncertaintyEvaluation& evaluation, const UncertaintyProblem& problem);

}  // namespace etalon::calibration
