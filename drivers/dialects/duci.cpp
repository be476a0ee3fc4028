#include "drivers/dialects/duci.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

std::string checksum(std::string_view up_to_colon) {
  unsigned sum = 0;
  for (const char c : up_to_colon)
    sum += static_cast<unsigned char>(c);
  return fmt::format("{:02}", sum % 100);
}

// "IV0" of "IV0?" and of "IV0=1.00000".
std::string header_of_body(const std::string& body) {
  return body.substr(0, body.find_first_of("?="));
}

}  // namespace

std::string duci_frame(char mark, std::string_view body) {
  std::string frame(1, mark);
  frame += body;
  frame += ':';
  return frame + checksum(frame);
}

std::string duci_body(std::string_view frame) {
  if (frame.empty() || (frame.front() != '#' && frame.front() != '!'))
    throw InputError(tr("a DUCI frame begins with # or !"));
  if (!is_plain_text(frame)) throw InputError(tr("a DUCI frame is plain text"));
  if (frame.size() < 5 || frame[frame.size() - 3] != ':')
    throw InputError(tr("a DUCI frame ends with a colon and two digits"));
  const std::string_view summed = frame.substr(0, frame.size() - 2);
  const std::string expected = checksum(summed);
  if (frame.substr(summed.size()) != expected)
    throw InputError(
        filled(tr("wrong checksum {0}, expected {1}"), std::string(frame.substr(summed.size())), expected));
  return std::string(summed.substr(1, summed.size() - 2));
}

std::string DuciDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                               const QueryOptions& options) const {
  const std::string sent = wrapped(message);
  std::string body;
  QueryOptions own = options;
  own.discard_waiting_input = true;  // some firmware confirms what is set; the header below tells replies apart
  conversation.exchange(sent, own, [&](ReplyReader& reader) {
    std::string line = reader.line();
    if (line == sent) line = reader.line();
    try {
      body = duci_body(line);
    } catch (const InputError& wrong) {
      throw dialect_error(conversation, Fault::unexpected_reply, sent, line, wrong.what());
    }
    if (line == sent)
      throw dialect_error(conversation, Fault::unexpected_reply, sent, line, tr("the echo came twice, and no reply"));
    if (header_of_body(body) != header_of_body(message))
      throw dialect_error(conversation, Fault::unexpected_reply, sent, line,
                          filled(tr("expected a reply that begins with {}="), header_of_body(message)));
  });
  return body;
}

void DuciDialect::send(Conversation& conversation, const std::string& message, const QueryOptions& options) const {
  const std::string sent = wrapped(message);
  QueryOptions own = options;
  own.discard_waiting_input = true;
  conversation.exchange(sent, own, [&](ReplyReader& reader) {
    const std::string line = reader.line();
    if (line != sent)
      throw dialect_error(conversation, Fault::unexpected_reply, sent, line, tr("expected the echo of what was sent"));
  });
}

std::optional<std::string> DuciDialect::unwrapped(const std::string& line) const {
  try {
    return duci_body(line);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

// Every message is repeated, and some firmware confirms what is set; a reading (IV) is neither.
bool DuciDialect::comes_beside_replies(const std::string& line) const {
  const auto body = unwrapped(line);
  return line.starts_with('#') || (body && !header_of_body(*body).starts_with("IV"));
}

std::optional<std::string> DuciDialect::heard(const std::string& line) {
  if (!line.starts_with('#')) return std::nullopt;
  return unwrapped(line);
}

std::string DuciDialect::said(const std::string& message, const std::optional<std::string>& reply, bool) {
  std::string bytes = wrapped(message) + reply_terminator_;
  if (reply) bytes += duci_frame('!', *reply) + reply_terminator_;
  return bytes;
}

}  // namespace etalon::drivers
