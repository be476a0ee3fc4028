// A model or table in a folder of its own, given to the real `etalon uncertainty` or `etalon fit` with their defaults.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/app/program.h"

namespace etalon::tests {

class Calculator {
 public:
  void write(const std::string& name, const std::string& text) const { write_text(folder_ / name, text); }
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string text(const std::string& name) const { return read_text(folder_ / name); }

  Outcome run(const std::string& verb, const std::string& name, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {verb, folder_ / name});
    return etalon(options);
  }
  // With this exit code.
  nlohmann::json json(const std::string& verb, const std::string& name, std::vector<std::string> options = {},
                      int exit_code = 0) const {
    options.insert(options.end(), {"--json", folder_ / "results.json"});
    const Outcome outcome = run(verb, name, options);
    INFO(outcome.output);
    REQUIRE(outcome.exit_code == exit_code);
    return nlohmann::json::parse(text("results.json"));
  }

 private:
  TemporaryFolder folder_;
};

// "[inputs.NAME]" with value and standard uncertainty.
inline std::string normal_input(const std::string& name, const std::string& value, const std::string& u) {
  return "[inputs." + name + "]\nvalue = " + value + "\nstandard_uncertainty = " + u + "\n";
}

// The line that is reported of the only output, without its label.
inline std::string result_line(const std::string& output) {
  const std::string label = "  result                ";
  for (const std::string& line : lines_of(output))
    if (line.starts_with(label)) return line.substr(label.size());
  FAIL("no result line in\n" << output);
  return "";
}

}  // namespace etalon::tests
