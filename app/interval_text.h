// An estimate with a coverage interval that need not lie evenly about it, as it is reported.
#pragma once

#include <string>

namespace etalon::app {

// "2.00 [1.25, 4.9]": each end to two digits of its own distance from the estimate, rounded outward, so that the
// interval written holds the one found; where both distances are the same in these digits, rounded as U is. The
// estimate to the finer of the two places. An end that is not beyond the
// estimate takes the place of the other. Small and large numbers with a power of ten behind brackets. Finite numbers,
// lower <= upper.
std::string interval_about_text(double estimate, double lower, double upper);

}  // namespace etalon::app
