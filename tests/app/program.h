// Runs the real `etalon` (and other programs) as a person or script would.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace etalon::tests {

struct Outcome {
  int exit_code = -1;  // 128 + signal when it was ended by one
  std::string output;  // standard output and error together
};

// The program built with these tests.
std::string etalon_program();

// Waits for the end, at most `seconds`; then it is killed and a test failure is raised.
Outcome run_program(const std::vector<std::string>& arguments, double seconds = 120);
inline Outcome etalon(std::vector<std::string> arguments, double seconds = 120) {
  arguments.insert(arguments.begin(), etalon_program());
  return run_program(arguments, seconds);
}

// A program that goes on beside the test; killed when this ends.
class BackgroundProgram {
 public:
  // Its output goes to `log`.
  BackgroundProgram(const std::vector<std::string>& arguments, const std::string& log);
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  void signal(int number) const;
  pid_t process() const { return process_; }
  bool running();
  // The exit code; waits at most `seconds`, then kills it.
  int wait(double seconds);

 private:
  pid_t process_ = -1;
  int exit_code_ = -1;
};

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);
void write_text(const std::string& path, const std::string& text);

}  // namespace etalon::tests
