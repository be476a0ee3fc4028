#include "drivers/dialects/rotronic.h"

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

constexpr unsigned char degree_sign = 0xb0;

std::string as_utf8(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

// The inverse, for U+0080 to U+00FF; other characters stay as they are.
std::string as_latin1(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool two_bytes = (byte == 0xc2 || byte == 0xc3) && i + 1 < text.size();
    if (two_bytes) {
      bytes += static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace

char rotronic_checksum(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes)
    sum += static_cast<unsigned char>(c);
  return static_cast<char>((sum & 0x3f) + 0x20);
}

std::string parse_rotronic_reply(std::string_view line) {
  if (line.size() < 7 || line.front() != '{')
    throw InputError(tr("a Rotronic reply begins with { and ends with a checksum"));
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 || byte > 0x7e) && byte != degree_sign)
      throw InputError(tr("a Rotronic reply is plain text, apart from degree signs"));
  }
  const std::string_view bytes = line.substr(0, line.size() - 1);
  const char expected = rotronic_checksum(bytes);
  // '}' instead: the probe was told to send no checksum; then nothing protects the digits.
  if (line.back() != expected)
    throw InputError(filled(tr("wrong checksum {0}, expected {1}"), escape_bytes(line.substr(line.size() - 1)),
                            std::string(1, expected)));
  return as_utf8(bytes);
}

std::string RotronicDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                                   const QueryOptions& options) const {
  std::string text;
  conversation.exchange(message, options, [&](ReplyReader& reader) {
    const std::string line = reader.line();
    if (line.empty())
      throw dialect_error(conversation, Fault::empty_reply, message, line, tr("only the terminator came"));
    try {
      text = parse_rotronic_reply(line);
    } catch (const InputError& wrong) {
      throw dialect_error(conversation, Fault::unexpected_reply, message, line, wrong.what());
    }
  });
  return text;
}

std::optional<std::string> RotronicDialect::unwrapped(const std::string& line) const {
  try {
    return parse_rotronic_reply(line);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

std::string RotronicDialect::said(const std::string&, const std::optional<std::string>& reply, bool) {
  if (!reply) return "";
  const std::string bytes = as_latin1(*reply);
  return bytes + rotronic_checksum(bytes) + reply_terminator_;
}

}  // namespace etalon::drivers
