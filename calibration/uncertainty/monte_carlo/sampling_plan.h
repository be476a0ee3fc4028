// How the joint distribution of the inputs is drawn: which random number goes where (steps for the block executor).
//
// * Normal, t, rectangular and the others by the methods of JCGM 101:2008 6.4, see lane_program.h.
// * Correlated normal inputs: Cholesky factor of the correlation matrix (6.4.8.4, C.5), which may be singular (r =
// +-1).
// * Correlated t inputs: correlated normal ones divided by the root of chi^2/nu (6.4.9.4, JCGM 102:2011 6.5.4). Inputs
//   observed together share one chi^2, and so do other correlated ones of equal nu.
// * Correlation among other distributions: Gaussian copula. The normal scores' correlation is chosen such that the
//   inputs themselves have the stated one; a note says so, and when that cannot be reached.
// * An input with components: each quantity behind it is drawn once a trial, whatever number of inputs it stands in,
// and
//   their parts are added. A component says only u and nu: normal (6.4.7), or t (6.4.9); components of one ensemble
//   share one chi^2. Where the model has an input of that identity, its distribution is the component's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "calibration/uncertainty/monte_carlo/joint_inputs.h"
#include "calibration/uncertainty/monte_carlo/lane_program.h"

namespace etalon::calibration {

struct SamplingPlan {
  std::vector<DrawStep> draws;
  std::vector<CombinationTerm> terms;
  std::vector<InputQuantity> quantiles;                     // distributions that DrawKind::quantile refers to
  std::vector<std::pair<std::uint32_t, double>> constants;  // registers of inputs without uncertainty
  std::size_t registers = 0;                                // including scratch ones
  // By input: the standard deviation (nu <= 2) or the mean (nu <= 1) of its distribution does not exist.
  std::vector<bool> without_deviation;
  std::vector<bool> without_mean;
  std::vector<std::string> notes;
};

// Input i is drawn into register i; scratch registers start at `first_scratch`. InputError: a number that is not
// usable, a correlation matrix that is not one, inputs of one identity that differ in their distribution, inputs
// observed together that are not t distributed with the same degrees of freedom or are too few readings for that many
// quantities.
SamplingPlan make_sampling_plan(const JointInputs& joint, std::size_t first_scratch);

// The value that a quantity is below with probability P(Z <= z) of the standard normal Z, for the distributions with a
// copula (not t).
double quantile_at_score(const InputQuantity& input, double z);

// The correlation of the normal scores with which two quantities have the product-moment correlation r; beyond -1 or 1
// when there is none (-1 or 1 is returned then, and *reached is what they have).
double score_correlation(const InputQuantity& a, const InputQuantity& b, double r, double* reached);

}  // namespace etalon::calibration
