#include "calibration/statistics/power_law_noise.h"

#include <stdexcept>

namespace etalon::calibration {
namespace {

struct Row {
  PowerLawNoise noise;
  int alpha;
  const char* name;
};
constexpr Row rows[] = {{PowerLawNoise::white_phase, 2, "white-phase"},
                        {PowerLawNoise::flicker_phase, 1, "flicker-phase"},
                        {PowerLawNoise::white_frequency, 0, "white-frequency"},
                        {PowerLawNoise::flicker_frequency, -1, "flicker-frequency"},
                        {PowerLawNoise::random_walk_frequency, -2, "random-walk-frequency"},
                        {PowerLawNoise::flicker_walk_frequency, -3, "flicker-walk-frequency"},
                        {PowerLawNoise::random_run_frequency, -4, "random-run-frequency"}};

const Row& row_of(PowerLawNoise noise) {
  for (const Row& row : rows) {
    if (row.noise == noise) return row;
  }
  throw std::logic_error("a noise without a row");
}

}  // namespace

int exponent(PowerLawNoise noise) {
  return row_of(noise).alpha;
}

PowerLawNoise noise_of_exponent(int alpha) {
  for (const Row& row : rows) {
    if (row.alpha == alpha) return row.noise;
  }
  throw std::logic_error("an exponent without a noise");
}

std::string to_string(PowerLawNoise noise) {
  return row_of(noise).name;
}

}  // namespace etalon::calibration
