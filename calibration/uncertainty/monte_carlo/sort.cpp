#include "calibration/uncertainty/monte_carlo/sort.h"

#include <hwy/contrib/sort/vqsort.h>

#include <algorithm>

namespace etalon::calibration {

void sort_numbers(std::span<double> numbers) {
  if (numbers.size() < 256) {
    std::sort(numbers.begin(), numbers.end());
    return;
  }
  const hwy::Sorter sorter;
  sorter(numbers.data(), numbers.size(), hwy::SortAscending());
}

}  // namespace etalon::calibration
