// Sorting many numbers with the processor's vector instructions.
#pragma once

#include <span>

namespace etalon::calibration {

// Ascending. The numbers must be finite.
void sort_numbers(std::span<double> numbers);

}  // namespace etalon::calibration
