#include "drivers/dialects/sartorius_sbi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr const char* print = "\x1bP";
constexpr std::size_t identification_size = 6;
constexpr std::size_t body_size = 14;   // without CR LF
constexpr std::size_t number_size = 9;  // after the sign
constexpr int most_lines = 50;          // of a stream before a reply

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// Digits with at most one point among them, and at least one digit.
bool is_weight(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit) && std::count(text.begin(), text.end(), '.') <= 1 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_unit(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) || c == '/' || c == '%'; });
}

std::optional<SbiFrame> special_frame(const std::string& words) {
  SbiFrame frame;
  if (words == "H" || words == "HH") {
    frame.kind = SbiFrame::Kind::overload;
  } else if (words == "L" || words == "LL") {
    frame.kind = SbiFrame::Kind::underload;
  } else if (words == "C") {
    frame.kind = SbiFrame::Kind::adjusting;
  } else if (words.size() > 3 && (words.starts_with("ERR") || words.starts_with("Err"))) {
    frame.kind = SbiFrame::Kind::error;
    frame.error = trimmed(words.substr(3));
    if (frame.error.empty() || !std::all_of(frame.error.begin(), frame.error.end(), is_digit)) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return frame;
}

std::optional<SbiFrame> weight_frame(std::string_view body) {
  const char sign = body.front();
  if (sign != '+' && sign != '-' && sign != ' ') return std::nullopt;
  const std::string number = trimmed(body.substr(1, number_size));
  const std::string unit = trimmed(body.substr(2 + number_size));
  if (!is_weight(number) || body[1 + number_size] != ' ' || !is_unit(unit)) return std::nullopt;
  SbiFrame frame;
  frame.kind = unit.empty() ? SbiFrame::Kind::unstable : SbiFrame::Kind::weight;
  frame.weight = (sign == '-' ? "-" : "+") + number;
  frame.unit = unit;
  return frame;
}

}  // namespace

std::optional<SbiFrame> parse_sbi_frame(std::string_view line) {
  if (!is_plain_text(line)) return std::nullopt;
  if (line.size() == body_size) {
    if (const auto special = special_frame(trimmed(line))) return special;
    return weight_frame(line);
  }
  if (line.size() != identification_size + body_size) return std::nullopt;
  const std::string identification = trimmed(line.substr(0, identification_size));
  const std::string_view body = line.substr(identification_size);
  if (identification == "Stat") return special_frame(trimmed(body));
  if (identification == "N" || identification == "N1" || identification.empty()) return weight_frame(body);
  return std::nullopt;
}

std::string sbi_words(const SbiFrame& frame) {
  switch (frame.kind) {
    case SbiFrame::Kind::weight:
      return frame.weight + " " + frame.unit;
    case SbiFrame::Kind::unstable:
      return "unstable";
    case SbiFrame::Kind::overload:
      return "overload";
    case SbiFrame::Kind::underload:
      return "underload";
    case SbiFrame::Kind::adjusting:
      return "adjusting";
    case SbiFrame::Kind::error:
      return "error " + frame.error;
  }
  return "";
}

std::optional<std::string> sbi_frame(std::string_view words) {
  const auto status = [](std::string_view code) { return fmt::format("Stat  {:>9}{:<5}", code, ""); };
  if (words == "overload") return status("H");
  if (words == "underload") return status("L");
  if (words == "adjusting") return status("C");
  if (words == "unstable") return fmt::format("N     +{:>9}    ", "0.0");
  if (words.starts_with("error ")) return status(fmt::format("ERR {}", words.substr(6)));
  const std::size_t blank = words.find(' ');
  if (words.empty() || blank == std::string_view::npos || (words.front() != '+' && words.front() != '-'))
    return std::nullopt;
  const std::string_view number = words.substr(1, blank - 1);
  const std::string unit = trimmed(words.substr(blank));
  if (!is_weight(number) || number.size() > number_size || unit.empty() || unit.size() > 3) return std::nullopt;
  return fmt::format("N     {}{:>9} {:<3}", words.front(), number, unit);
}

std::string SartoriusSbiDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                                       const QueryOptions& options) const {
  QueryOptions own = options;
  own.among_others = true;
  std::string reply;
  conversation.exchange(message, own, [&](ReplyReader& reader) {
    for (int i = 0; i < most_lines; ++i) {
      const std::string line = reader.line();
      const auto frame = parse_sbi_frame(line);
      if (message == print) {
        if (!frame)
          throw dialect_error(conversation, line.empty() ? Fault::empty_reply : Fault::unexpected_reply, message, line,
                              tr("expected a print frame of 16 or 22 characters"));
        reply = sbi_words(*frame);
        return;
      }
      if (frame) continue;  // printed by itself
      if (!is_plain_text(line) || trimmed(line).empty())
        throw dialect_error(conversation, line.empty() ? Fault::empty_reply : Fault::unexpected_reply, message, line,
                            tr("expected a line of text"));
      reply = trimmed(line);
      return;
    }
    throw dialect_error(conversation, Fault::unsolicited_input, message, "",
                        filled(tr("{} lines came, and no reply among them"), most_lines));
  });
  return reply;
}

std::optional<std::string> SartoriusSbiDialect::unwrapped(const std::string& line) const {
  if (const auto frame = parse_sbi_frame(line)) return sbi_words(*frame);
  if (!is_plain_text(line)) return std::nullopt;
  const std::string text = trimmed(line);
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> SartoriusSbiDialect::heard(const std::string& line) {
  // ESC P stops the automatic print-out; zeroing and taring start it again.
  if (line == print) autoprint_ = false;
  if (line == "\x1bT" || line == "\x1bV") autoprint_ = true;
  return line;
}

std::string SartoriusSbiDialect::on_the_line(const std::string& words) const {
  if (const auto frame = sbi_frame(words)) return *frame + reply_terminator_;
  return fmt::format("{:<20}", words) + reply_terminator_;
}

std::string SartoriusSbiDialect::said(const std::string&, const std::optional<std::string>& reply, bool) {
  return reply ? on_the_line(*reply) : "";
}

std::optional<std::string> SartoriusSbiDialect::streams() const {
  return autoprint_ ? std::optional<std::string>(print) : std::nullopt;
}

std::string SartoriusSbiDialect::streamed(const std::string& reply) const {
  return on_the_line(reply);
}

}  // namespace etalon::drivers
