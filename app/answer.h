// What a person typed, made comparable with what was offered.
#pragma once

#include <string>

namespace etalon::app {

// Without the blanks around it (also the full-width U+3000 and the no-break U+00A0).
std::string trimmed(const std::string& typed);

// Without the blanks around it as well, full-width letters, digits and
// signs as plain ones (an input method for Chinese writes ｑ and ７５０), capital letters small.
std::string plain_answer(const std::string& typed);

// Whether it names the value, with or without its unit: "750", "750 V", "750v" for 750 and "V".
bool names_value(const std::string& plain, double value, const std::string& unit);

}  // namespace etalon::app
