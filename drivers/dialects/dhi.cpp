#include "drivers/dialects/dhi.h"

#include <array>
#include <charconv>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

struct ErrorMeaning {
  int number;
  const char* meaning;  // the instrument's own words
};
constexpr std::array<ErrorMeaning, 22> meanings = {{
    {0, "OK"},
    {2, "Text argument is too long"},
    {3, "User defined coefficient cannot be 0"},
    {4, "External device not detected"},
    {5, "External device improperly configured"},
    {6, "Numeric argument missing or out of range"},
    {7, "Missing or improper command argument(s)"},
    {8, "External device timeout error"},
    {9, "Unknown command"},
    {11, "Command missing argument"},
    {12, "System overpressured"},
    {13, "Text detected in numeric field"},
    {14, "User unit not defined"},
    {18, "Command not yet available"},
    {21, "User device not defined"},
    {22, "Pressure is not stable"},
    {23, "Option not available or installed"},
    {25, "Transducer out of calibration"},
    {26, "COM port failed to initialize"},
    {27, "Internal device#1 timeout error"},
    {28, "Internal device#2 timeout error"},
    {-1, ""},
}};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_query(const std::string& message) {
  return message.find('?') != std::string::npos;
}

}  // namespace

std::optional<int> dhi_error_number(std::string_view line) {
  std::string_view rest = trimmed(line);
  if (!rest.starts_with("ERR")) return std::nullopt;
  rest = trimmed(rest.substr(3));
  if (!rest.starts_with('#')) return std::nullopt;
  rest = trimmed(rest.substr(1));
  int number = 0;
  const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (result.ec != std::errc() || result.ptr != rest.data() + rest.size() || number < 0) return std::nullopt;
  return number;
}

std::string dhi_error_meaning(int number) {
  for (const ErrorMeaning& entry : meanings) {
    if (entry.number == number) return entry.meaning;
  }
  return "";
}

std::string DhiDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                              const QueryOptions& options) const {
  std::string line;
  conversation.exchange(message, options, [&](ReplyReader& reader) {
    line = reader.line();
    if (trimmed(line).empty())
      throw dialect_error(conversation, Fault::empty_reply, message, line, tr("only the terminator came"));
    if (!is_plain_text(line))
      throw dialect_error(conversation, Fault::unexpected_reply, message, line, tr("a reply is plain text"));
  });
  if (const auto number = dhi_error_number(line)) {
    throw dialect_error(conversation, Fault::device_error, message, line,
                        filled(tr("error {0}: {1}"), *number, dhi_error_meaning(*number)));
  }
  // "ERR" with a number that was cut off.
  if (trimmed(line).starts_with("ERR") && message != "ERR?" && message != "ERR")
    throw dialect_error(conversation, Fault::device_error, message, line, tr("an error without its number"));
  return line;
}

void DhiDialect::send(Conversation& conversation, const std::string& message, const QueryOptions& options) const {
  if (over_gpib_) return conversation.send(message, options);
  query(conversation, message, {}, options);
}

std::optional<std::string> DhiDialect::unwrapped(const std::string& line) const {
  if (!is_plain_text(line) || dhi_error_number(line)) return std::nullopt;
  return line;
}

std::string DhiDialect::said(const std::string& message, const std::optional<std::string>& reply, bool) {
  if (over_gpib_ && !is_query(message)) return "";
  if (reply) return *reply + reply_terminator_;
  // The value that was set, or the message itself.
  const std::string words(trimmed(message));
  const std::size_t blank = words.find_first_of(" =");
  const std::string value(blank == std::string::npos ? words : std::string(trimmed(words.substr(blank + 1))));
  return (value.empty() ? words : value) + reply_terminator_;
}

}  // namespace etalon::drivers
