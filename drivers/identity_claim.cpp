#include "drivers/identity_claim.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace etalon::drivers {

namespace {

std::string lower(const std::string& text) {
  std::string result = text;
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Letters and digits of ASCII, in lower case.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : lower(text) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

// Words that many names have.
bool is_of_any_firm(const std::string& word) {
  static constexpr std::array<std::string_view, 14> common{
      "technologies", "technology", "instruments", "instrument", "corporation", "company", "calibration",
      "scientific",   "inc",        "ltd",         "llc",        "gmbh",        "co",      "ag"};
  return std::find(common.begin(), common.end(), word) != common.end();
}

std::string example_identity(const DriverFile& driver) {
  std::string example = driver.identity.example;
  if (const auto at = example.find("{serial}"); at != std::string::npos) example.replace(at, 8, "A0");
  return example;
}

// Whether the identity's pattern would take this maker where the example's stands.
bool pattern_takes(const DriverFile& driver, const std::string& maker) {
  std::string example = example_identity(driver);
  const auto shown = match_identity(driver, example);
  if (!shown || shown->maker.empty()) return false;
  const auto at = example.find(shown->maker);
  if (at == std::string::npos) return false;
  const auto other = match_identity(driver, example.replace(at, shown->maker.size(), maker));
  return other && other->maker == maker;
}

}  // namespace

bool may_be_made_by(const DriverFile& driver, const std::string& maker) {
  std::vector<std::string> own = words_of(maker);
  own.erase(std::remove_if(own.begin(), own.end(), is_of_any_firm), own.end());
  if (own.empty()) return true;
  const auto shown = match_identity(driver, example_identity(driver));
  const std::vector<std::string> known =
      words_of((shown ? shown->maker : "") + " " + driver.identity.maker + " " + driver.title);
  if (known.empty()) return true;
  const auto is_known = [&](const std::string& word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  };
  // Replies may hold the first word alone as the maker.
  return std::any_of(own.begin(), own.end(), is_known) || pattern_takes(driver, maker) ||
         pattern_takes(driver, maker.substr(0, maker.find(' ')));
}

bool may_be_of_model(const DriverFile& driver, const std::string& model) {
  const std::string shown = lower(example_model(driver));
  if (shown.empty() || is_model(driver, model)) return true;
  constexpr std::size_t shortest = 3;  // what names a model
  std::string upper_word;
  for (const std::string& word : words_of(model)) {
    if (word.size() < shortest) continue;
    if (shown.find(word) != std::string::npos || word.find(shown) != std::string::npos) return true;
    upper_word = word;
    std::transform(upper_word.begin(), upper_word.end(), upper_word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (is_model(driver, upper_word)) return true;
  }
  return false;
}

}  // namespace etalon::drivers
