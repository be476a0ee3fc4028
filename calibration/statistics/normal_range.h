// Range of n independent readings of a normal distribution with standard deviation 1: the constants d2 and d3 of
// control charts, and C of the range method. Computed by quadrature to about 1e-12, not taken from rounded tables.
#pragma once

namespace etalon::calibration {

// d2(n) = E(R) = integral of 1 - Phi^n - (1 - Phi)^n (Tippett 1925). 2 <= n <= 100, else InputError.
double expected_range(int n);
// d3(n), standard deviation of R: E(R^2) = integral of 2r P(R > r), P(R <= r) = n * integral of
// phi(x) (Phi(x+r) - Phi(x))^(n-1). 2 <= n <= 100, else InputError.
double standard_deviation_of_range(int n);
// c4(n) = E(s) of n readings: sqrt(2/(n-1)) Gamma(n/2)/Gamma((n-1)/2). n >= 2, else InputError.
double expected_standard_deviation(int n);

}  // namespace etalon::calibration
