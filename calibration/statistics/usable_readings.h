// The check that every statistic of readings begins with.
#pragma once

#include <cstddef>
#include <vector>

namespace etalon::calibration {

// InputError when there are fewer than `at_least`, or when one is not finite (which one is said, counted from 1).
void check_readings(const std::vector<double>& readings, std::size_t at_least);

}  // namespace etalon::calibration
