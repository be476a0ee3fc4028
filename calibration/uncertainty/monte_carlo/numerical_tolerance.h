// JCGM 101:2008 7.9.2.
#pragma once

namespace etalon::calibration {

// The numerical tolerance of z given to `digits` significant decimal digits: z = c 10^l with a whole c of that many
// digits, delta = 10^l / 2. InputError when z is not a positive finite number (an uncertainty of 0 has no digits) or
// digits is not 1 to 15.
double numerical_tolerance(double z, int digits);

}  // namespace etalon::calibration
