// Messages and replies as a driver file writes them: fixed text with places in braces. The same template makes a
// message, and takes one apart, so that client and simulator come from one line of the file.
//
//   {name}          a value, any form
//   {name:+.8E}     a number in exactly this form (as printf: + for a sign always, digits after the point, E, f or d):
//                   a reply that lost characters at either end does not match
//   {name:+010.4f}  … filled up with zeros to exactly so many characters
//   {name:s}        any text
//   {name=TEXT}     a value the client does not use; the simulator writes TEXT
//   {{ and }}       a brace itself
//
// Runs of blanks match any run of blanks (also none, but for blanks that alone stand between two places); case matters
// in replies, not in messages.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace etalon::drivers {

using Values = std::map<std::string, std::string>;

class MessageTemplate {
 public:
  MessageTemplate() = default;
  // InputError for an unclosed brace, an unknown form, two places with nothing between them.
  explicit MessageTemplate(const std::string& text);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool is_query() const;  // contains a question mark before its first place
  std::vector<std::string> names() const;

  // Fills in the places. InputError when a value is missing. Numbers are given as text (see format_number).
  std::string fill(const Values& values) const;
  // Fills in numbers by the place's own form, texts as they are.
  std::string fill_formatted(const std::map<std::string, double>& numbers, const Values& texts) const;

  // Takes a text apart; nothing when the fixed parts do not agree, or when a number is not in the form the place asks.
  std::optional<Values> match(const std::string& text, bool ignore_case = false) const;
  // The same, but a value that is a sign instead of a number (overload) need not have the form of its place.
  using IsSign = std::function<bool(const std::string& place, const std::string& value)>;
  std::optional<Values> match_with_signs(const std::string& text, const IsSign& is_sign) const;
  // Why `match` failed, for error messages ("expected {value:+.8E} at 'abc'").
  std::string mismatch(const std::string& text) const;

 private:
  struct Part {
    std::string literal;  // when `name` is empty
    std::string name;
    std::string form;
    std::optional<std::string> written;
  };
  std::string text_;
  std::vector<Part> parts_;

  static bool has_form(const std::string& value, const std::string& form);
  std::optional<Values> taken_apart(const std::string& text, bool ignore_case, const IsSign& is_sign) const;
};

// A number as instruments take it: plain decimal digits that read back as the same double; in the form 1e-20 only where
// plain digits, sign and point would be more than 17 characters. Not finite: InputError.
std::string format_number(double value);
// A number as instruments send it: optional blanks, sign, digits, point, exponent; nothing else ("0x10", "nan", ""
// fail).
std::optional<double> parse_number(const std::string& text);
// Whether a text that has not the form of a number may be the rest of one: nothing but its characters.
bool is_number_cut_off(const std::string& text);

}  // namespace etalon::drivers
