// Certificates for tests, put together from a small one and a result of one's own; and what the program says to them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "program.h"

namespace etalon::tests::dcc {

// The folder of the small certificates.
inline const std::string files = ETALON_SOURCE_DIR "/tests/archive/dcc/";

Outcome check(const std::string& file);
// Without a schema nothing is sound.
int expected(int code);

std::string base_certificate();
std::string between(const std::string& text, const std::string& begin, const std::string& end);
std::string replaced(std::string text, const std::string& from, const std::string& to);
// A certificate whose only result has `data`.
std::string with_data(const std::string& data);
std::string quantity(const std::string& numbers, const std::string& after = "",
                     const std::string& type = "basic_measurementError");
// U = 0.2, k = 2.
extern const std::string expanded;
std::string real(const std::string& value, const std::string& unit, const std::string& after = expanded);
// U = 0.05 for all, k = 2.
std::string list(const std::string& values, const std::string& units);
// Limits are {"acceptanceLimitUpper", value, unit}.
std::string judgement(const std::string& words, const std::vector<std::array<std::string, 3>>& limits,
                      const std::string& type = "basic_conformity");

struct Seen {
  Outcome shown;
  Outcome checked;
};
Seen seen(const std::string& xml);
std::string first_line(const std::string& text);

}  // namespace etalon::tests::dcc
