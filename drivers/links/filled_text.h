// A translated text with its placeholders filled in: filled(tr("{0} at {1}"), name, address).
#pragma once

#include <fmt/format.h>

#include <string>

namespace etalon::drivers {

// A translation whose placeholders are wrong is shown as it stands: it must not hide the error it tells of.
template <typename... Arguments>
std::string filled(const std::string& text, const Arguments&... arguments) {
  try {
    return fmt::format(fmt::runtime(text), arguments...);
  } catch (const fmt::format_error&) {
    return text;
  }
}

}  // namespace etalon::drivers
