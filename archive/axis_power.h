// Powers of ten in the label of an axis whose numbers would be long.
#pragma once

#include <string>

namespace etalon::archive {

// A multiple of three, in which numbers of that size are written; 0 where plain ones are readable.
int axis_power(double largest);
// "10⁻⁶"
std::string power_of_ten_text(int power);
// "Error E (V) (× 10⁻⁶)"; the label itself for power 0.
std::string with_power(const std::string& label, int power);

}  // namespace etalon::archive
