#include "base/error.h"

#include "base/visible_text.h"

namespace etalon::base {

Error::Error(ExitCode exit_code, const std::string& message)
    : std::runtime_error(visible_text(message)), exit_code_(exit_code) {}

std::string to_string(const Position& position) {
  std::string text = position.file;
  if (position.line > 0) text += ":" + std::to_string(position.line);
  if (position.line > 0 && position.column > 0) text += ":" + std::to_string(position.column);
  return text;
}

}  // namespace etalon::base
