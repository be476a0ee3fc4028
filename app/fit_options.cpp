#include "app/fit_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::app {

using base::InputError;
using base::tr;

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::vector<std::string> between_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(trimmed(text.substr(begin, end - begin)));
    if (end == text.size()) return parts;
    begin = end + 1;
  }
}

}  // namespace

bool is_number(const std::string& text, double& value) {
  const std::string plain = text.starts_with("+") ? text.substr(1) : text;
  const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  return !plain.empty() && result.ec == std::errc() && result.ptr == plain.data() + plain.size() &&
         std::isfinite(value);
}

std::vector<ValueWithUncertainty> parse_values(const std::string& text, const std::string& option) {
  std::vector<ValueWithUncertainty> values;
  for (const std::string& part : between_commas(text)) {
    ValueWithUncertainty value;
    std::size_t at = std::string::npos;
    std::size_t length = 0;
    for (const std::string sign : {"±", "+/-", "+-"}) {
      at = part.find(sign);
      length = sign.size();
      if (at != std::string::npos) break;
    }
    const bool good = at == std::string::npos
                          ? is_number(part, value.value)
                          : is_number(trimmed(part.substr(0, at)), value.value) &&
                                is_number(trimmed(part.substr(at + length)), value.standard_uncertainty) &&
                                value.standard_uncertainty >= 0;
    if (!good) {
      throw InputError(fmt::format(fmt::runtime(tr("--{} {}: '{}' is not a number, or a number ± its standard "
                                                   "uncertainty (10.5±0.5), with commas between several")),
                                   option, text, part));
    }
    values.push_back(value);
  }
  return values;
}

calibration::CommonError parse_common_error(const std::string& text, const std::string& option) {
  calibration::CommonError common;
  common.of_the_value = text.ends_with("%");
  const std::string number = trimmed(common.of_the_value ? text.substr(0, text.size() - 1) : text);
  if (!is_number(number, common.standard_uncertainty) || common.standard_uncertainty < 0) {
    throw InputError(fmt::format(fmt::runtime(tr("--{} {}: expected a standard uncertainty (0.002), or a share of the "
                                                 "value in per cent (0.01%)")),
                                 option, text));
  }
  if (common.of_the_value) common.standard_uncertainty /= 100;
  return common;
}

std::map<std::string, double> parse_assignments(const std::string& text, const std::string& option) {
  std::map<std::string, double> values;
  for (const std::string& part : between_commas(text)) {
    const std::size_t at = part.find('=');
    double value = 0;
    const std::string name = at == std::string::npos ? "" : trimmed(part.substr(0, at));
    if (name.empty() || !is_number(trimmed(part.substr(at + 1)), value)) {
      throw InputError(fmt::format(fmt::runtime(tr("--{} {}: '{}' is not of the form b1=500, with commas between "
                                                   "several")),
                                   option, text, part));
    }
    if (!values.emplace(name, value).second)
      throw InputError(fmt::format(fmt::runtime(tr("--{} {}: {} stands there twice")), option, text, name));
  }
  return values;
}

std::vector<std::string> with_joined_numbers(const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& options) {
  std::vector<std::string> joined;
  for (const std::string& argument : arguments) {
    const bool negative =
        argument.size() > 1 && argument[0] == '-' && (std::isdigit(argument[1]) || argument[1] == '.');
    if (negative && !joined.empty() && std::find(options.begin(), options.end(), joined.back()) != options.end()) {
      joined.back() += "=" + argument;
    } else {
      joined.push_back(argument);
    }
  }
  return joined;
}

}  // namespace etalon::app
