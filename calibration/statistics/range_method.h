// Type A evaluation from the range of a few readings (极差法).
#pragma once

#include <vector>

#include "calibration/statistics/type_a.h"

namespace etalon::calibration {

// C_n and nu of JJF 1059.1-2012 4.3.2.3, table 1: C_n = d2(n), computed, which rounds to the printed 1.13, 1.69
// ... 2.97; nu = d2^2/(2 d3^2), which rounds to the printed 0.9, 1.8, 2.7, 3.6, 4.5, 5.3, 6.0, 6.8. 2 <= n <= 9 as in
// the table: for more readings Bessel's formula loses less. Else InputError.
double range_coefficient(int n);
double degrees_of_freedom_of_range(int n);

// s = R/C_n, u = s/sqrt(n), nu of the table. The readings should be close to normal. 2 to 9 readings, else InputError.
TypeA range_method(const std::vector<double>& readings);

}  // namespace etalon::calibration
