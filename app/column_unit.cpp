#include "app/column_unit.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "base/units.h"

namespace etalon::app {

namespace {

constexpr const char* blanks = " \t\r\v\f";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Letters, digits and everything beyond ASCII stand in words.
bool in_word(char one) {
  const auto byte = static_cast<unsigned char>(one);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char one : text) {
    if (in_word(one))
      words.back() += one;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string in_small_letters(std::string text) {
  for (char& one : text)
    one = static_cast<char>(std::tolower(static_cast<unsigned char>(one)));
  return text;
}

bool is_unit_word(const std::string& word) {
  static const std::set<std::string> names{
      "degc",       "degf",       "degk",        "degr",     "deg",        "degree",  "degrees", "celsius", "celcius",
      "centigrade", "cels",       "kelvin",      "kelvins",  "fahrenheit", "rankine", "mk",      "ohm",     "ohms",
      "kohm",       "kohms",      "mohm",        "mohms",    "uohm",       "gohm",    "kiloohm", "kilohm",  "kilohms",
      "kiloohms",   "megohm",     "megaohm",     "milliohm", "volt",       "volts",   "mv",      "uv",      "kv",
      "millivolt",  "millivolts", "millikelvin", "ampere",   "ma",         "ua"};
  return names.contains(in_small_letters(word));
}

// Signs that stand in units alone.
bool has_unit_sign(const std::string& word) {
  for (const char* sign :
       {"°", "\u00ba", "\u02da", "℃", "℉", "\u03a9", "\u2126", "\u212a", "摄氏", "华氏", "开尔文", "欧姆", "千欧"})
    if (word.find(sign) != std::string::npos) return true;
  return false;
}

// "tC", "TempK", "RkOhm", "TdegC": a unit at the end of a word, as far as letters show it.
bool ends_in_unit(const std::string& word) {
  const std::string small = in_small_letters(word);
  for (const char* end : {"degc", "degf", "degk", "ohm", "ohms", "celsius", "kelvin", "fahrenheit"})
    if (small.ends_with(end)) return true;
  if (word.size() < 2) return false;
  const char last = word.back();
  const char before = word[word.size() - 2];
  if (last != 'C' && last != 'F' && last != 'K') return false;
  return std::islower(static_cast<unsigned char>(before)) != 0 ||
         std::isdigit(static_cast<unsigned char>(before)) != 0 ||
         in_small_letters(word.substr(0, word.size() - 1)) == "t";
}

}  // namespace

std::string unit_word_of_heading(const std::string& heading, const std::string& like) {
  const std::vector<std::string> words = words_of(heading);
  for (const std::string& word : words)
    if (is_unit_word(word) || has_unit_sign(word) || ends_in_unit(word)) return word;
  if (words.empty()) return "";
  // One letter is a unit behind a name only, and C and F at any place.
  const std::string& last = words.back();
  const std::string small = in_small_letters(last);
  const bool behind =
      words.size() > 1 && (small == "k" || (!like.empty() && base::is_unit(last) && base::convertible(last, like)));
  if (behind || small == "c" || small == "f") return last;
  return "";
}

HeadingUnit unit_of_heading(const std::string& heading, const std::string& like) {
  HeadingUnit result;
  // "u(T) / mK": the uncertainty of T, not u in teslas.
  const bool of_name = heading.starts_with("u(") || heading.starts_with("U(") || heading.starts_with("s(");
  const std::size_t from = of_name ? std::min(heading.find(')'), heading.size() - 1) : 0;
  const std::size_t at = heading.find_first_of("/([", from);
  if (at == std::string::npos || at == 0) {
    const std::size_t last = heading.rfind('_');
    if (like.empty() || last == std::string::npos || last == 0) return result;
    const std::string text = heading.substr(last + 1);
    if (base::is_unit(text) && base::convertible(text, like)) result = {text, text};
    return result;
  }
  const char closing = heading[at] == '(' ? ')' : heading[at] == '[' ? ']' : '\0';
  std::string text = heading.substr(at + 1);
  if (closing != '\0') {
    const std::size_t end = text.rfind(closing);
    if (end != std::string::npos) text.erase(end);
  }
  result.written = trimmed(text);
  if (base::is_unit(result.written)) result.unit = result.written;
  return result;
}

}  // namespace etalon::app
