// The curves with names of their own, as functions with exact derivatives; and a curve from a formula as text.
#pragma once

#include <map>
#include <string>

#include "calibration/curve/curve.h"

namespace etalon::calibration {

Curve power_curve();        // b0 + b1*x^(1 + b2), x > 0 or x = 0 with 1 + b2 > 0 (ISO 6143:2001 5.1)
Curve exponential_curve();  // b0 + b1*exp(b2*x) (ISO 6143:2001 5.1)
// 1/(b0 + b1*ln x + b2*(ln x)^3): absolute temperature of a thermistor of resistance x > 0 (Steinhart and Hart,
// Deep-Sea Research 15 (1968) 497).
Curve steinhart_hart_curve();

// A formula in x and parameters, which are all other names, in the order b1, b2, …, b10 (names by their letters, then
// their numbers). Values in `fixed` take the place of names. InputError when the text is no formula, does not use x or
// has no parameter.
Curve formula_curve(const std::string& formula, const std::map<std::string, double>& fixed = {});

}  // namespace etalon::calibration
