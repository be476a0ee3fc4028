#include "tests/app/terminal_program.h"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace etalon::tests {

using Clock = std::chrono::steady_clock;

TerminalProgram::TerminalProgram(const std::vector<std::string>& arguments, int columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  std::vector<char*> values;
  for (const std::string& argument : arguments)
    values.push_back(const_cast<char*>(argument.c_str()));
  values.push_back(nullptr);
  process_ = ::forkpty(&master_, nullptr, nullptr, &size);
  if (process_ < 0) throw std::runtime_error("forkpty failed");
  if (process_ == 0) {
    ::setenv("ETALON_CONFIGS", ETALON_SOURCE_DIR "/configs", 1);
    ::setenv("LANG", "C", 1);
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::execvp(values[0], values.data());
    ::_exit(127);
  }
}

TerminalProgram::~TerminalProgram() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    int status = 0;
    ::waitpid(process_, &status, 0);
  }
  if (master_ >= 0) ::close(master_);
}

void TerminalProgram::read_for(double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    pollfd output{master_, POLLIN, 0};
    if (::poll(&output, 1, 20) <= 0) continue;
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(master_, bytes.data(), bytes.size());
    if (count <= 0) return;  // the program has ended
    screen_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

bool TerminalProgram::shows(const std::string& text, double seconds, int times) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (count(text) < times) {
    if (Clock::now() > end) return false;
    read_for(0.03);
    if (count(text) < times && process_ > 0 && wait(0) >= 0) {
      read_for(0.1);
      return count(text) >= times;
    }
  }
  return true;
}

void TerminalProgram::type(const std::string& keys) {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("the terminal takes no keys");
}

void TerminalProgram::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

char TerminalProgram::state() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
  std::ostringstream text;
  text << file.rdbuf();
  const auto at = text.str().rfind(") ");
  return at == std::string::npos ? '\0' : text.str()[at + 2];
}

int TerminalProgram::wait(double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (process_ > 0) {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) == process_) {
      read_for(0.05);
      process_ = -1;
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break;
    }
    if (Clock::now() > end) return -1;
    read_for(0.03);
  }
  return exit_code_;
}

int TerminalProgram::count(const std::string& text) const {
  int found = 0;
  for (auto at = screen_.find(text); at != std::string::npos; at = screen_.find(text, at + text.size()))
    ++found;
  return found;
}

}  // namespace etalon::tests
