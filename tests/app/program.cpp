#include "tests/app/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace etalon::tests {

namespace {

pid_t start(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> values;
  for (const std::string& argument : arguments)
    values.push_back(const_cast<char*>(argument.c_str()));
  values.push_back(nullptr);
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("fork failed");
  if (process == 0) {
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::setenv("ETALON_CONFIGS", ETALON_SOURCE_DIR "/configs", 1);
    ::setenv("LANG", "C", 1);
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::execvp(values[0], values.data());
    ::_exit(127);
  }
  return process;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Nothing while it still runs.
bool ended(pid_t process, int& code) {
  int status = 0;
  if (::waitpid(process, &status, WNOHANG) != process) return false;
  code = code_of(status);
  return true;
}

}  // namespace

std::string etalon_program() {
  return ETALON_BINARY_DIR "/app/etalon";
}

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& arguments, const std::string& log)
    : process_(start(arguments, log)) {}

BackgroundProgram::~BackgroundProgram() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  int status = 0;
  ::waitpid(process_, &status, 0);
}

void BackgroundProgram::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

bool BackgroundProgram::running() {
  if (process_ < 0) return false;
  if (!ended(process_, exit_code_)) return true;
  process_ = -1;
  return false;
}

int BackgroundProgram::wait(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      signal(SIGKILL);
      int status = 0;
      ::waitpid(process_, &status, 0);
      process_ = -1;
      throw std::runtime_error("the program did not end in time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return exit_code_;
}

Outcome run_program(const std::vector<std::string>& arguments, double seconds) {
  const TemporaryFolder folder;
  const std::string log = folder / "output";
  BackgroundProgram program(arguments, log);
  Outcome outcome;
  outcome.exit_code = program.wait(seconds);
  outcome.output = read_text(log);
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "etalon-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace etalon::tests
