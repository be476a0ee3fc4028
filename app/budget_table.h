// The budget of one output as a table for a terminal, and the numbers in it.
#pragma once

#include <string>

#include "calibration/uncertainty/budget.h"

namespace etalon::app {

// Plain notation where it is short, else with a power of ten.
std::string number_text(double value, int digits);
// The estimate to the place of its uncertainty's second digit; a constant as it was written.
std::string estimate_text(double value, double uncertainty);

// A row for each input, with its share as a bar. Narrower bars, then none, then shorter names of distributions, where
// the columns need it.
std::string budget_table(const calibration::BudgetResult& result, bool colours, int columns);

}  // namespace etalon::app
