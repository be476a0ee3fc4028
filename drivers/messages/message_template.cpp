#include "drivers/messages/message_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// A form such as "+.8E": optional sign or blank flag, width, precision, one of E e f d s.
struct Form {
  bool always_signed = false;
  bool zero_filled = false;  // always `width` characters
  int width = 0;
  int precision = -1;
  char kind = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<Form> parse_form(const std::string& form) {
  Form parsed;
  std::size_t at = 0;
  if (at < form.size() && form[at] == '+') parsed.always_signed = true, ++at;
  if (at < form.size() && form[at] == '0') parsed.zero_filled = true, ++at;
  while (at < form.size() && is_digit(form[at])) {
    parsed.width = parsed.width * 10 + (form[at++] - '0');
    if (parsed.width > 64) return std::nullopt;
  }
  if (at < form.size() && form[at] == '.') {
    const std::size_t first = ++at;
    parsed.precision = 0;
    for (; at < form.size() && is_digit(form[at]); ++at) {
      parsed.precision = parsed.precision * 10 + (form[at] - '0');
      if (parsed.precision > 17) return std::nullopt;
    }
    if (at == first) return std::nullopt;
  }
  if (at + 1 != form.size() || (parsed.zero_filled && parsed.width == 0)) return std::nullopt;
  parsed.kind = form[at];
  if (std::string_view("Eefds").find(parsed.kind) == std::string_view::npos) return std::nullopt;
  const bool has_places = parsed.kind != 'd' && parsed.kind != 's';
  if (has_places != (parsed.precision >= 0) || (parsed.kind == 's' && parsed.zero_filled)) return std::nullopt;
  return parsed;
}

std::string format_by(double value, const Form& form) {
  if (!std::isfinite(value) || (form.kind == 'd' && std::fabs(value) > 9e15)) {
    throw InputError(fmt::format(fmt::runtime(tr("{} cannot be written in the form that a driver file gives")), value));
  }
  const std::string sign = std::string(form.always_signed ? "+" : "-") + (form.zero_filled ? "0" : "");
  const std::string width = form.width > 0 ? std::to_string(form.width) : "";
  if (form.kind == 'd') return fmt::format(fmt::runtime("{:" + sign + width + "d}"), std::llround(value));
  return fmt::format(fmt::runtime(fmt::format("{{:{}{}.{}{}}}", sign, width, form.precision, form.kind)), value);
}

}  // namespace

MessageTemplate::MessageTemplate(const std::string& text) : text_(text) {
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parts_.push_back({literal, "", "", std::nullopt});
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      literal += c;
      ++at;
    } else if (c == '}') {
      throw InputError(fmt::format(
          fmt::runtime(tr("\"{}\": a closing brace without an opening one; write }}}} for a brace")), text));
    } else if (c != '{') {
      literal += c;
    } else {
      const std::size_t close = text.find('}', at);
      if (close == std::string::npos)
        throw InputError(fmt::format(fmt::runtime(tr("\"{}\": the brace is not closed")), text));
      const std::string inside = text.substr(at + 1, close - at - 1);
      Part part;
      const std::size_t split = inside.find_first_of(":=");
      part.name = inside.substr(0, split);
      if (split != std::string::npos && inside[split] == ':') part.form = inside.substr(split + 1);
      if (split != std::string::npos && inside[split] == '=') part.written = inside.substr(split + 1);
      const bool name_ok = !part.name.empty() && std::all_of(part.name.begin(), part.name.end(), [](unsigned char ch) {
        return std::isalnum(ch) || ch == '_';
      });
      if (!name_ok) throw InputError(fmt::format(fmt::runtime(tr("\"{}\": {{{}}} has no proper name")), text, inside));
      if (!part.form.empty() && !parse_form(part.form)) {
        throw InputError(fmt::format(fmt::runtime(tr("\"{}\": '{}' is not a form; expected such as +.8E, .3f, d, s")),
                                     text, part.form));
      }
      flush();
      if (!parts_.empty() && !parts_.back().name.empty()) {
        throw InputError(fmt::format(fmt::runtime(tr("\"{}\": two places need a text between them")), text));
      }
      parts_.push_back(part);
      at = close;
    }
  }
  flush();
}

bool MessageTemplate::is_query() const {
  return !parts_.empty() && parts_.front().literal.find('?') != std::string::npos;
}

std::vector<std::string> MessageTemplate::names() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (!part.name.empty() && !part.written) names.push_back(part.name);
  }
  return names;
}

std::string MessageTemplate::fill(const Values& values) const {
  return fill_formatted({}, values);
}

std::string MessageTemplate::fill_formatted(const std::map<std::string, double>& numbers, const Values& texts) const {
  std::string filled;
  for (const Part& part : parts_) {
    if (part.name.empty()) {
      filled += part.literal;
      continue;
    }
    const auto number = numbers.find(part.name);
    const auto text = texts.find(part.name);
    if (number != numbers.end()) {
      const auto form = part.form.empty() ? std::nullopt : parse_form(part.form);
      filled += form && form->kind != 's' ? format_by(number->second, *form) : format_number(number->second);
    } else if (text != texts.end()) {
      filled += text->second;
    } else if (part.written) {
      filled += *part.written;
    } else {
      throw InputError(fmt::format(fmt::runtime(tr("\"{}\": no value for {{{}}}")), text_, part.name));
    }
  }
  return filled;
}

// Every digit counts, so that a reply that lost its first or last characters is not taken for a number: "-1.5E-03"
// without its end reads -1.5, without its beginning +1.5E-03.
bool MessageTemplate::has_form(const std::string& value, const std::string& form_text) {
  if (form_text.empty()) return true;
  const auto form = parse_form(form_text);
  if (!form || form->kind == 's') return true;
  // Text: the reader of the value says so by name. Several numbers are no text.
  if (value.find_first_not_of("+-.0123456789Ee,;: \t") != std::string::npos) return true;
  if (form->zero_filled && value.size() != static_cast<std::size_t>(form->width)) return false;
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < value.size() && is_digit(value[at]))
      ++at;
    return at - begin;
  };
  const bool has_sign = at < value.size() && (value[at] == '+' || value[at] == '-');
  if (form->always_signed ? !has_sign : has_sign && value[at] == '+') return false;
  if (has_sign) ++at;
  const std::size_t leading = digits();
  if (leading == 0) return false;
  if (form->kind == 'd') return at == value.size();
  if (form->precision > 0) {
    if (at == value.size() || value[at] != '.') return false;
    ++at;
    if (digits() != static_cast<std::size_t>(form->precision)) return false;
  }
  if (form->kind == 'f') return at == value.size();
  if (leading != 1 || at == value.size() || (value[at] != 'E' && value[at] != 'e')) return false;
  ++at;
  if (at == value.size() || (value[at] != '+' && value[at] != '-')) return false;
  const char first = ++at < value.size() ? value[at] : '0';
  const std::size_t exponent = digits();
  return at == value.size() && (exponent == 2 || (exponent == 3 && first != '0'));
}

std::optional<Values> MessageTemplate::match(const std::string& text, bool ignore_case) const {
  return taken_apart(text, ignore_case, {});
}

std::optional<Values> MessageTemplate::match_with_signs(const std::string& text, const IsSign& is_sign) const {
  return taken_apart(text, false, is_sign);
}

std::optional<Values> MessageTemplate::taken_apart(const std::string& text, bool ignore_case,
                                                   const IsSign& is_sign) const {
  const auto same = [&](char a, char b) {
    return a == b ||
           (ignore_case && std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b)));
  };
  // Matches a literal at `at`; returns the end, or npos.
  const auto literal_end = [&](const std::string& literal, std::size_t at) {
    for (std::size_t i = 0; i < literal.size();) {
      if (is_blank(literal[i])) {
        const std::size_t first = at;
        const bool separates = i == 0 && literal.find_first_not_of(" \t") == std::string::npos;
        while (i < literal.size() && is_blank(literal[i]))
          ++i;
        while (at < text.size() && is_blank(text[at]))
          ++at;
        if (separates && at == first) return std::string::npos;  // blanks alone between two places must be there
        continue;
      }
      if (at >= text.size() || !same(literal[i], text[at])) return std::string::npos;
      ++i;
      ++at;
    }
    return at;
  };
  Values values;
  std::size_t at = 0;
  while (at < text.size() && is_blank(text[at]))
    ++at;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.name.empty()) {
      at = literal_end(part.literal, at);
      if (at == std::string::npos) return std::nullopt;
      continue;
    }
    while (at < text.size() && is_blank(text[at]))
      ++at;
    std::size_t end = text.size();
    if (p + 1 < parts_.size()) {
      // The first place where the next fixed text stands; the last fixed text stands at the end, so that a value may
      // hold it too ("Undefined "header"").
      const bool last = p + 2 == parts_.size();
      const auto stands = [&](std::size_t begin) {
        const std::size_t after = literal_end(parts_[p + 1].literal, begin);
        if (after == std::string::npos) return false;
        return !last || text.find_first_not_of(" \t", after) == std::string::npos;
      };
      end = at;
      while (end <= text.size() && !stands(end))
        ++end;
      if (end > text.size()) return std::nullopt;
    }
    std::string value = text.substr(at, end - at);
    while (!value.empty() && is_blank(value.back()))
      value.pop_back();
    if (!has_form(value, part.form) && !(is_sign && is_sign(part.name, value))) return std::nullopt;
    if (!part.written) values[part.name] = value;
    at = end;
  }
  while (at < text.size() && is_blank(text[at]))
    ++at;
  if (at != text.size()) return std::nullopt;
  return values;
}

bool is_number_cut_off(const std::string& text) {
  return text.find_first_not_of("+-.0123456789Ee") == std::string::npos;
}

std::string MessageTemplate::mismatch(const std::string& text) const {
  return fmt::format(fmt::runtime(tr("\"{}\" does not have the form \"{}\" that the driver file gives")), text, text_);
}

std::string format_number(double value) {
  const base::Decimal decimal = base::Decimal::from_double(value);
  const std::string plain = decimal.str();
  if (plain.size() <= 17) return plain;
  char buffer[40];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  return {buffer, result.ptr};
}

std::optional<double> parse_number(const std::string& text) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && is_blank(text[begin]))
    ++begin;
  while (end > begin && is_blank(text[end - 1]))
    --end;
  if (begin < end && text[begin] == '+') {
    ++begin;
    if (begin < end && text[begin] == '-') return std::nullopt;
  }
  if (begin == end ||
      !(std::isdigit(static_cast<unsigned char>(text[begin])) || text[begin] == '-' || text[begin] == '.')) {
    return std::nullopt;  // from_chars would take "nan" and "inf"
  }
  if (text[begin] == '-' && begin + 1 < end && std::isalpha(static_cast<unsigned char>(text[begin + 1]))) {
    return std::nullopt;
  }
  double value = 0;
  const auto result = std::from_chars(text.data() + begin, text.data() + end, value);
  if (result.ec != std::errc() || result.ptr != text.data() + end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace etalon::drivers
