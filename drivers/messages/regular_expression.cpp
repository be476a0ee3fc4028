#include "drivers/messages/regular_expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include "base/error.h"
#include "base/language.h"

namespace etalon::drivers {

using base::tr;

RegularExpression::RegularExpression(const std::string& pattern) : pattern_(pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &error, &offset, nullptr);
  if (code == nullptr) {
    unsigned char message[200];
    pcre2_get_error_message(error, message, sizeof message);
    throw base::InputError(fmt::format(fmt::runtime(tr("'{}' is not a regular expression: {} at character {}")),
                                       pattern, reinterpret_cast<const char*>(message), offset + 1));
  }
  code_ = std::shared_ptr<void>(code, [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); });
}

std::optional<std::map<std::string, std::string>> RegularExpression::match(const std::string& text) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), 100000);
  const int count =
      pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data.get(), context.get());
  if (count < 0) return std::nullopt;
  std::uint32_t names = 0;
  std::uint32_t entry_size = 0;
  PCRE2_SPTR table = nullptr;
  pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &names);
  pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
  std::map<std::string, std::string> groups;
  for (std::uint32_t i = 0; i < names; ++i) {
    const PCRE2_SPTR entry = table + static_cast<std::size_t>(i) * entry_size;
    const int number = (entry[0] << 8) | entry[1];
    std::string value;
    if (number < count && ends[2 * number] != PCRE2_UNSET) {
      value = text.substr(ends[2 * number], ends[2 * number + 1] - ends[2 * number]);
    }
    groups[reinterpret_cast<const char*>(entry + 2)] = value;
  }
  return groups;
}

}  // namespace etalon::drivers
