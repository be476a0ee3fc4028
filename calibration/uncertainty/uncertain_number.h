// A result that keeps where its uncertainty comes from: value and components by the identity of the quantities behind
// it. Numbers that share an identity are correlated, wherever and whenever they meet: in a further model, or read back
// from a file years later (design decision 5).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration/uncertainty/budget.h"

namespace etalon::calibration {

struct UncertainNumber {
  std::string name;
  std::string unit;
  double value = 0;
  Components components;  // contributions in `unit`
  // Whose result it is, "gum" or "monte_carlo", and what the validation of the GUM's method said: "agree", "differ",
  // "undecided", "none" (not validated). Empty: not known.
  std::string method = {};
  std::string validation = {};
};

UncertainNumber to_uncertain_number(const BudgetResult& result, const std::string& unit);
// As an input of a further model. InputError when the value is not finite.
InputQuantity to_input(const UncertainNumber& number);
// In another unit; InputError when it is not of the same dimension, or the number's own unit is not known.
UncertainNumber in_unit(const UncertainNumber& number, const std::string& unit);
double standard_uncertainty(const UncertainNumber& number);
// By Welch and Satterthwaite over the components (GUM G.4.1, equation (G.2b)), an ensemble as one part.
double effective_degrees_of_freedom(const UncertainNumber& number);
// The sum over shared identities of the products of contributions (GUM F.1.2.3, equation (F.1)).
double covariance(const UncertainNumber& a, const UncertainNumber& b);

// The model's outputs from `inputs`, which are matched by name: each output's component of an identity is the sum of
// sensitivity times the inputs' components. InputError as for MeasurementModel::evaluate; an input missing; two inputs
// that give one identity different degrees of freedom.
std::vector<UncertainNumber> propagate(const MeasurementModel& model, const std::vector<UncertainNumber>& inputs);

// The sum of sensitivities[i]*numbers[i] as far as its uncertainty goes, for results that are linear in others (a curve
// fitted to them): `value` and `unit` are the caller's. InputError as for propagate; as many sensitivities as numbers.
UncertainNumber linear_combination(const std::string& name, const std::string& unit, double value,
                                   const std::vector<double>& sensitivities,
                                   const std::vector<UncertainNumber>& numbers);

// With effective degrees of freedom, coverage factor and expanded uncertainty, as a budget's result without lines. The
// components have no shape any more: k is that of t, or of the normal distribution.
BudgetResult to_budget_result(const UncertainNumber& number, double coverage_probability);

// JSON "etalon uncertain numbers", version 1 (docs/schemas/uncertain-numbers-1.json): digits that give the same doubles
// back. Reading the same text twice gives equal numbers, which are fully correlated and not two quantities. InputError
// names what is wrong: another version, a missing key, a number that is none.
// `refused`: results that have no value and u to write, by name, each with the reason.
std::string to_json(const std::vector<UncertainNumber>& numbers,
                    const std::map<std::string, std::string>& refused = {});
std::vector<UncertainNumber> uncertain_numbers_from_json(const std::string& text, const std::string& file_name);

// The results that such a file names as not written, with the reason.
std::map<std::string, std::string> refused_numbers(const std::string& text);

// Whether the file says that its identities were stated or are its own. Files of programs before that rule do not:
// there the mere name of an input may stand as its identity, which other files have too.
bool says_whose_identities(const std::string& text);

}  // namespace etalon::calibration
