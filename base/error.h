// The few kinds of errors that reach a person. Each ends the program with the exit code of its kind
// (0 done, 1 a check answered no, 2 bad input, 3 instrument or link, 4 refused by a rule, 5 could not be decided,
// 130 interrupted).
#pragma once

#include <stdexcept>
#include <string>

namespace etalon::base {

enum class ExitCode {
  done = 0,
  check_failed = 1,
  bad_input = 2,
  instrument = 3,
  refused = 4,
  undecided = 5,
  interrupted = 130
};

class Error : public std::runtime_error {
 public:
  // Invisible characters of the message are made visible (visible_text.h): it goes to terminals and journals.
  Error(ExitCode exit_code, const std::string& message);
  ExitCode exit_code() const { return exit_code_; }

 private:
  ExitCode exit_code_;
};

// Something a person gave (a value, an option, a formula) is wrong. The message says what, and what was expected.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(ExitCode::bad_input, message) {}
};

// Where in a file something stands; lines and columns count from 1, 0 means the file as a whole.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

// "file:line:column", without the parts that are 0.
std::string to_string(const Position& position);

// A file is wrong at a position: "file:line:column: what is wrong, what was expected".
class FileError : public InputError {
 public:
  FileError(const Position& position, const std::string& what)
      : InputError(to_string(position) + ": " + what), position_(position) {}
  const Position& position() const { return position_; }

 private:
  Position position_;
};

// A rule of the laboratory forbids it (expired standard, accelerated clock on real instruments).
class RefusedError : public Error {
 public:
  explicit RefusedError(const std::string& message) : Error(ExitCode::refused, message) {}
};

// The person at the bench stopped it (Ctrl-C, or a prompt answered with no).
class InterruptedError : public Error {
 public:
  explicit InterruptedError(const std::string& message) : Error(ExitCode::interrupted, message) {}
};

}  // namespace etalon::base
