// The quantities behind the inputs of a model. An input of its own is one of them. An input that is itself a result
// comes with components by identity: each is one of the model's own inputs, if that has the identity, or else a further
// quantity, whatever number of inputs it stands in.
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <string>
#include <vector>

#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

struct QuantitiesBehind {
  // The inputs that have no components, in their order; then the further identities, each with its identity for a name,
  // estimate 0, u = 1, its degrees of freedom, and the normal or t distribution, since a component says no other.
  std::vector<InputQuantity> quantities;
  // For each input: its quantity; with components, the quantity of each, in their order. The input differs from its
  // estimate by the sum of contribution times (quantity - estimate)/u.
  std::vector<std::vector<std::size_t>> of_input;
  Eigen::MatrixXd correlation;         // the coefficients given, of the quantities; empty when none were
  std::vector<std::size_t> ensembles;  // quantities whose components are of one ensemble share its first one's number
  std::vector<std::string> ensemble_names;  // of each quantity; empty: its components name none
};

// `given`: correlation coefficients in the order of the inputs, or empty. InputError: one identity with different
// degrees of freedom; a coefficient of an input with components; components named as parts of one quantity that are
// independent of different others, or for other coefficients ("B, part independent of A (r = 0.5)" beside "B"), of
// which it is not known how they correlate.
QuantitiesBehind quantities_behind(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given);

// "B, part independent of A (r = 0.5); C (r = 0.1)": how a part of a quantity is named, and the B of such a name.
std::string part_name(const std::string& identity, const std::vector<std::string>& independent_of);
std::string quantity_of_part(const std::string& name);
// Of a name that does not say for which coefficient it is, as once was written.
bool is_part_without_coefficient(const std::string& name);

}  // namespace etalon::calibration
