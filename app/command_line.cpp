#include "app/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <iostream>

#include "app/terminal.h"
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

// Boost's own help breaks lines inside of Chinese characters.
std::string CommandLine::options_text() const {
  constexpr int column = 26;
  std::string text;
  for (const auto& option : options_.options()) {
    std::string name = "  " + option->format_name();
    if (option->semantic()->min_tokens() > 0) name += " …";
    const std::string start =
        display_width(name) < column ? padded_right(name, column) : name + "\n" + std::string(column, ' ');
    const std::string description =
        wrapped(std::string(column, '.') + option->description(), terminal_width(STDOUT_FILENO), column);
    text += start + description.substr(column) + "\n";
  }
  return text;
}

namespace {

std::string explain(const po::error& error) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    return fmt::format(fmt::runtime(tr("there is no option {}")), unknown->get_option_name());
  }
  if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error);
      syntax != nullptr && syntax->kind() == po::invalid_syntax::missing_parameter) {
    return fmt::format(fmt::runtime(tr("the option {} needs a value")), syntax->get_option_name());
  }
  if (dynamic_cast<const po::too_many_positional_options_error*>(&error) != nullptr)
    return tr("there are too many arguments");
  return error.what();
}

}  // namespace

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
    throw InputError(fmt::format("{}\n{}: {}", explain(error), tr("usage"), usage_));
  }
  if (has("help")) {
    std::cout << wrapped(summary_, terminal_width(STDOUT_FILENO)) << "\n\n"
              << tr("usage") << ": " << usage_ << "\n\n"
              << options_text() << "\n"
              << tr("example") << ":\n  " << example_ << "\n";
    return false;
  }
  for (const std::string& name : required_) {
    if (!has(name))
      throw InputError(fmt::format(fmt::runtime(tr("{} is missing")), name) + "\n" + tr("usage") + ": " + usage_);
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
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || !std::isfinite(number) ||
      !(number > 0)) {
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
