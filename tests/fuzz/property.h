// What the fuzz targets share. Each target is one file with the function of libFuzzer; besides sanitizer findings, what
// ends a program is a property that does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace etalon::fuzz {

// A property that must hold for every input.
inline void must(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Bad input is refused with one of the suite's own errors, and with no other exception.
template <typename Work>
bool is_accepted(Work work) {
  try {
    work();
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

// The text before the first newline, and what follows it.
inline std::pair<std::string, std::string> first_line(const std::string& text) {
  const std::size_t end = text.find('\n');
  return end == std::string::npos ? std::pair{text, std::string()}
                                  : std::pair{text.substr(0, end), text.substr(end + 1)};
}

}  // namespace etalon::fuzz
