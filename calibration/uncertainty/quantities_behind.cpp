#include "calibration/uncertainty/quantities_behind.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/input_correlation.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Eigen::Index;
constexpr const char* between = ", part independent of ";

Index at(std::size_t i) {
  return static_cast<Index>(i);
}

bool comes_with_components(const InputQuantity& input) {
  return !input.components.empty();
}

void check_no_coefficient(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t j = 0; j < inputs.size() && comes_with_components(inputs[i]); ++j) {
      if (i == j || given(at(i), at(j)) == 0) continue;
      throw base::InputError(fmt::format(
          fmt::runtime(tr("'{}' comes with its components, which say how it is correlated: a coefficient does not go "
                          "with that")),
          inputs[i].name));
    }
  }
}

// Two names of one quantity would be taken as two independent ones.
void check_parts(const std::vector<InputQuantity>& quantities) {
  std::map<std::string, std::string> names;
  for (const InputQuantity& quantity : quantities) {
    if (!(quantity.standard_uncertainty > 0)) continue;
    const auto [place, is_new] = names.emplace(quantity_of_part(quantity.identity), quantity.identity);
    if (is_new || place->second == quantity.identity) continue;
    throw base::InputError(fmt::format(
        fmt::runtime(tr("'{}' and '{}' are parts of one quantity whose correlation is not known here: evaluate both in "
                        "the model in which that is stated")),
        place->second, quantity.identity));
  }
}

InputQuantity further_quantity(const std::string& identity, const Component& component) {
  InputQuantity quantity = from_standard_uncertainty(0, 1, component.degrees_of_freedom);
  quantity.name = quantity.identity = identity;
  quantity.stated = component.stated;
  return quantity;
}

class Finder {
 public:
  QuantitiesBehind find(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
    found_.of_input.resize(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (comes_with_components(inputs[i])) continue;
      found_.of_input[i] = {add(inputs[i])};
      own_inputs_.push_back(i);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (const auto& [identity, component] : inputs[i].components)
        found_.of_input[i].push_back(place_of(identity, component));
    }
    if (found_.quantities.size() > own_inputs_.size()) check_parts(found_.quantities);
    if (given.size() == 0) return std::move(found_);
    found_.correlation = Eigen::MatrixXd::Identity(at(found_.quantities.size()), at(found_.quantities.size()));
    for (std::size_t a = 0; a < own_inputs_.size(); ++a) {
      for (std::size_t b = 0; b < own_inputs_.size(); ++b)
        found_.correlation(at(a), at(b)) = given(at(own_inputs_[a]), at(own_inputs_[b]));
    }
    return std::move(found_);
  }

 private:
  std::size_t add(const InputQuantity& quantity) {
    const std::size_t index = found_.quantities.size();
    found_.quantities.push_back(quantity);
    found_.ensembles.push_back(index);
    found_.ensemble_names.emplace_back();
    if (quantity.standard_uncertainty > 0) by_identity_.emplace(quantity.identity, index);
    return index;
  }

  std::size_t add_further(const std::string& identity, const Component& component) {
    // A namesake among the inputs has no uncertainty, and so no component: it is another.
    for (InputQuantity& other : found_.quantities) {
      if (other.identity == identity) other.identity += " (exact)";
    }
    return add(further_quantity(identity, component));
  }

  std::size_t place_of(const std::string& identity, const Component& component) {
    const auto known = by_identity_.find(identity);
    const std::size_t place = known == by_identity_.end() ? add_further(identity, component) : known->second;
    const double nu = found_.quantities[place].degrees_of_freedom;
    if (nu != component.degrees_of_freedom) {
      throw base::InputError(fmt::format(
          fmt::runtime(
              tr("the quantity '{}' comes with {} and with {} degrees of freedom: one quantity has one number")),
          identity, nu, component.degrees_of_freedom));
    }
    if (component.ensemble.empty()) return place;
    if (found_.ensemble_names[place].empty()) found_.ensemble_names[place] = component.ensemble;
    // An ensemble has the name of one of its quantities, which may be here too, under its own name or as a component.
    for (const auto* index : {&by_ensemble_, &by_identity_}) {
      const auto other = index->find(component.ensemble);
      if (other != index->end()) join(other->second, place);
    }
    by_ensemble_.emplace(component.ensemble, place);
    return place;
  }

  void join(std::size_t a, std::size_t b) {
    const std::size_t from = std::max(found_.ensembles[a], found_.ensembles[b]);
    const std::size_t to = std::min(found_.ensembles[a], found_.ensembles[b]);
    std::replace(found_.ensembles.begin(), found_.ensembles.end(), from, to);
  }

  QuantitiesBehind found_;
  std::vector<std::size_t> own_inputs_;
  std::map<std::string, std::size_t> by_identity_;
  std::map<std::string, std::size_t> by_ensemble_;
};

}  // namespace

QuantitiesBehind quantities_behind(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given) {
  if (given.size() != 0) {
    check_coefficients(inputs, given);
    check_no_coefficient(inputs, given);
  }
  return Finder().find(inputs, given);
}

std::string part_name(const std::string& identity, const std::vector<std::string>& independent_of) {
  return fmt::format("{}{}{}", identity, between, fmt::join(independent_of, "; "));
}

std::string quantity_of_part(const std::string& name) {
  return name.substr(0, name.find(between));
}

bool is_part_without_coefficient(const std::string& name) {
  const std::size_t place = name.find(between);
  return place != std::string::npos && name.find(" (r = ", place) == std::string::npos;
}

}  // namespace etalon::calibration
