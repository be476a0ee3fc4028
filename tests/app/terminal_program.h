// A program on a pseudo-terminal, as a person uses it: keys go in, the screen's text comes out.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace etalon::tests {

class TerminalProgram {
 public:
  explicit TerminalProgram(const std::vector<std::string>& arguments, int columns = 100);
  ~TerminalProgram();
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;

  // Reads until `text` has come `times` times in all, or the time is over: false then.
  bool shows(const std::string& text, double seconds, int times = 1);
  void read_for(double seconds);
  void type(const std::string& keys);
  void signal(int number) const;
  // Of /proc: 'R', 'S', 'T' (stopped), 'Z'; 0 when it is gone.
  char state() const;
  // The exit code, or 128 + signal; -1 when it has not ended in time.
  int wait(double seconds);

  const std::string& screen() const { return screen_; }
  int count(const std::string& text) const;

 private:
  pid_t process_ = -1;
  int master_ = -1;
  int exit_code_ = -1;
  std::string screen_;
};

}  // namespace etalon::tests
