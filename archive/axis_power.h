// Powers of ten in the label of an axis whose numbers would be long.
#pragma once

#include <string>

namespace etalon::archive {

// A multiple of three, in which numbers of that size are written; 0 where plain ones are readable.
int axis_power(double largest);
// "10⁻⁶"
std::string power_of_ten_text(int power);
// " (× 10⁻⁶)", to follow a label; empty for power 0.
std::string power_suffix(int power);

}  // namespace etalon::archive
