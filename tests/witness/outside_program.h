// Programs that are not etalon's: how the witness tests run them and read what they print.
#pragma once

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>

namespace etalon::witness {

struct Outcome {
  int status = -1;
  std::string text;  // standard output and standard error
};

// Ends with status 124 after 30 s.
inline Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("timeout 30 " + command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  Outcome outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    outcome.text.append(buffer, n);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

inline void need(const std::string& check, const std::string& package) {
  if (run(check).status != 0) FAIL("this test needs the Debian package " << package << ": apt-get install " << package);
}

inline void need_python(const std::string& module, const std::string& package) {
  need("/usr/bin/python3 -c 'import " + module + "'", package);
}

// "name rest of the line" by name; the last one when there are several.
inline std::map<std::string, std::string> answers(const std::string& text) {
  std::map<std::string, std::string> answers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string::npos) answers[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return answers;
}

inline std::string python(const std::string& script) {
  return std::string("/usr/bin/python3 ") + ETALON_WITNESS_DIR + "/" + script + " ";
}

}  // namespace etalon::witness
