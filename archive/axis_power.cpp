#include "archive/axis_power.h"

#include <cmath>
#include <cstdlib>

namespace etalon::archive {

int axis_power(double largest) {
  if (!(largest > 0)) return 0;
  const int leading = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
  if (leading >= -3 && leading < 9) return 0;
  return 3 * static_cast<int>(std::floor(leading / 3.0));
}

std::string power_of_ten_text(int power) {
  static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = power < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(power)))
    text += digits[digit - '0'];
  return text;
}

std::string power_suffix(int power) {
  return power == 0 ? std::string() : " (× " + power_of_ten_text(power) + ")";
}

}  // namespace etalon::archive
