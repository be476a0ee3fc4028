// Outputs whose distribution is known by form, so that no trial is needed to know their coverage interval.
#pragma once

#include <cstddef>
#include <optional>

#include "calibration/uncertainty/budget.h"
#include "calibration/uncertainty/model_file.h"
#include "calibration/uncertainty/monte_carlo/coverage_interval.h"

namespace etalon::calibration {

// The probabilistically symmetric coverage interval of output k, whose budget is `gum`: a linear function of normal
// quantities is normal, whatever their correlations (JCGM 101:2008 6.4.7); of one quantity with a t distribution it is
// that t, shifted and scaled, with its own degrees of freedom, not truncated ones (6.4.9). Empty for anything else, for
// components from a file of which no distribution was stated, and without uncertainty.
std::optional<CoverageInterval> exact_interval(const UncertaintyProblem& problem, std::size_t output,
                                               const BudgetResult& gum);

}  // namespace etalon::calibration
