// Maximum permissible error of an instrument from its accuracy specification.
#pragma once

namespace etalon::calibration {

// a*|reading| + b*|range| + floor: "35 ppm of reading + 5 ppm of range" is {35e-6, 5e-6, 0}; "0.5 % + 3 counts" of a
// meter that shows 0.1 mV is {0.005, 0, 0.0003}. All parts are >= 0.
struct AccuracySpecification {
  double of_reading = 0;
  double of_range = 0;
  double floor = 0;  // in the unit of the reading
};

// Positive, in the unit of reading and range. InputError for a negative or non-finite part, and when the result is not
// positive (a specification without content).
double maximum_permissible_error(const AccuracySpecification& specification, double reading, double range);

}  // namespace etalon::calibration
