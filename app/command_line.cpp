#include "app/command_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iostream>
#include <sstream>

#include "base/error.h"
#include "base/language.h"

namespace etalon::app {

namespace po = boost::program_options;
using base::InputError;
using base::tr;

CommandLine::CommandLine(std::string usage, std::string summary, std::string example)
    : usage_(std::move(usage)), summary_(std::move(summary)), example_(std::move(example)) {
  options_.add_options()("help,h", tr("show this help").c_str());
}

void CommandLine::positional(const std::string& name, bool required, bool many) {
  if (many) {
    hidden_.add_options()(name.c_str(), po::value<std::vector<std::string>>());
  } else {
    hidden_.add_options()(name.c_str(), po::value<std::string>());
  }
  places_.add(name.c_str(), many ? -1 : 1);
  if (required) required_.push_back(name);
}

bool CommandLine::parse(const Arguments& arguments) {
  po::options_description all;
  all.add(options_).add(hidden_);
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(places_).run(), values_);
  } catch (const po::error& error) {
    throw InputError(fmt::format("{}\n{}: {}", error.what(), tr("usage"), usage_));
  }
  if (has("help")) {
    std::ostringstream options;
    options << options_;
    std::cout << summary_ << "\n\n" << tr("usage") << ": " << usage_ << "\n\n" << options.str() << "\n"
              << tr("example") << ":\n  " << example_ << "\n";
    return false;
  }
  for (const std::string& name : required_) {
    if (!has(name)) throw InputError(fmt::format(fmt::runtime(tr("{} is missing")) , name) + "\n" + tr("usage") + ": " + usage_);
  }
  return true;
}

std::string CommandLine::text(const std::string& option, const std::string& otherwise) const {
  return has(option) ? values_[option].as<std::string>() : otherwise;
}

std::vector<std::string> CommandLine::texts(const std::string& option) const {
  return has(option) ? values_[option].as<std::vector<std::string>>() : std::vector<std::string>{};
}

std::optional<double> CommandLine::positive_number(const std::string& option) const {
  if (!has(option)) return std::nullopt;
  const std::string value = text(option);
  double number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || !std::isfinite(number) || !(number > 0)) {
    throw InputError(fmt::format(fmt::runtime(tr("--{} {}: a number above 0 belongs here")), option, value));
  }
  return number;
}

std::optional<unsigned long long> CommandLine::whole_number(const std::string& option) const {
  if (!has(option)) return std::nullopt;
  const std::string value = text(option);
  unsigned long long number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size()) {
    throw InputError(fmt::format(fmt::runtime(tr("--{} {}: a whole number belongs here")), option, value));
  }
  return number;
}

}  // namespace etalon::app
