#include "acquisition/block_times.h"

namespace etalon::acquisition {

BlockTimes block_times(double asked, double arrived, int count, double spacing, double patience) {
  const double took = arrived - asked;
  const bool known = spacing > 0 && took >= 0.9 * spacing * (count - 1) && took <= 1.5 * spacing * count + patience;
  return {arrived, known ? spacing : 0, count, known};
}

}  // namespace etalon::acquisition
