// Regular expressions with named groups (PCRE2), with bounded effort so that no reply can hang a driver.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace etalon::drivers {

class RegularExpression {
 public:
  // InputError with the place in the pattern.
  explicit RegularExpression(const std::string& pattern);

  // The named groups of the first match (empty text for groups that took no part), or nothing.
  std::optional<std::map<std::string, std::string>> match(const std::string& text) const;

 private:
  std::string pattern_;
  std::shared_ptr<void> code_;
};

}  // namespace etalon::drivers
