#include "drivers/dialects/mensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

constexpr const char* error_query = "Error?";
constexpr int longest_queue = 10;  // operating instructions, 7.7: the last 10 errors

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

bool asks_for_errors(const std::string& message) {
  return lower(message) == lower(error_query);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

MensorReply ask(Conversation& conversation, const std::string& message, const QueryOptions& options) {
  MensorReply reply;
  conversation.exchange(message, options, [&](ReplyReader& reader) {
    const std::string line = reader.line();
    if (line.empty())
      throw dialect_error(conversation, Fault::empty_reply, message, line, tr("only the terminator came"));
    try {
      reply = parse_mensor_reply(line);
    } catch (const InputError& wrong) {
      throw dialect_error(conversation, Fault::unexpected_reply, message, line, wrong.what());
    }
  });
  return reply;
}

}  // namespace

MensorReply parse_mensor_reply(std::string_view line) {
  if (line.empty() || (line.front() != ' ' && line.front() != 'E'))
    throw InputError(tr("a Mensor reply begins with a blank, or with E when an error waits"));
  if (!is_plain_text(line)) throw InputError(tr("a Mensor reply is plain text"));
  const std::string_view text = trimmed(line.substr(1));
  if (text.empty()) throw InputError(tr("a Mensor reply has a text after its first character"));
  return {line.front() == 'E', std::string(text)};
}

std::string mensor_error_entry(std::string_view text) {
  const std::string_view words = trimmed(text);
  if (lower(words).find("no error") != std::string::npos) return "0,No error";
  const std::size_t end = std::min(words.find_first_of(", \t"), words.size());
  const auto number = parse_number(std::string(words.substr(0, end)));
  if (!number) return fmt::format("1,{}", words);
  if (*number == 0) return "0,No error";
  const std::size_t rest = std::min(words.find_first_not_of(", \t", end), words.size());
  return fmt::format("{},{}", words.substr(0, end), words.substr(rest));
}

std::string MensorDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                                 const QueryOptions& options) const {
  const MensorReply reply = ask(conversation, message, options);
  if (asks_for_errors(message)) return mensor_error_entry(reply.text);
  if (!reply.error_waits) return reply.text;
  std::vector<std::string> entries;
  for (int i = 0; i <= longest_queue; ++i) {
    const std::string entry = mensor_error_entry(ask(conversation, error_query, options).text);
    if (entry.starts_with("0,")) break;
    entries.push_back(entry);
  }
  throw dialect_error(conversation, Fault::device_error, message, "E" + reply.text,
                      filled(tr("an error waited in its queue: {}"), fmt::format("{}", fmt::join(entries, "; "))));
}

std::optional<std::string> MensorDialect::unwrapped(const std::string& line) const {
  try {
    return parse_mensor_reply(line).text;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

std::string MensorDialect::said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) {
  if (!reply) return "";
  const bool no_error = asks_for_errors(message) && reply->starts_with("0,");
  return (error_waits ? "E" : " ") + (no_error ? "No Errors" : *reply) + reply_terminator_;
}

}  // namespace etalon::drivers
