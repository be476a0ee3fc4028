// Runs an independent program on a certificate and takes what it prints.
#pragma once

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

namespace etalon::archive {

struct ProgramOutput {
  int exit_code = -1;
  std::string text;  // standard output and standard error
};

inline ProgramOutput program_output(const std::string& command) {
  ProgramOutput output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.text.append(buffer, n);
  const int status = pclose(pipe);
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  INFO(command << "\n" << output.text);
  REQUIRE(output.exit_code != 127);  // not installed
  return output;
}

}  // namespace etalon::archive
