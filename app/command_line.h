// The command line of one verb: options, --help with an example, errors as InputError.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <vector>

namespace etalon::app {

using Arguments = std::vector<std::string>;

class CommandLine {
 public:
  // `usage` such as "etalon evaluate RUN.h5 [--json FILE|-]"; `example` is printed by --help.
  CommandLine(std::string usage, std::string summary, std::string example);

  boost::program_options::options_description_easy_init add_options() { return options_.add_options(); }
  // A positional argument; optional ones come last. `many`: takes all that is left.
  void positional(const std::string& name, bool required, bool many = false);

  // False when --help was asked for (and printed). InputError for anything unknown or missing.
  bool parse(const Arguments& arguments);

  bool has(const std::string& option) const { return values_.count(option) > 0; }
  std::string text(const std::string& option, const std::string& otherwise = "") const;
  std::vector<std::string> texts(const std::string& option) const;
  // InputError when it is no number, or not above 0.
  std::optional<double> positive_number(const std::string& option) const;
  std::optional<unsigned long long> whole_number(const std::string& option) const;

 private:
  std::string options_text() const;
  std::string usage_, summary_, example_;
  boost::program_options::options_description options_{"Options"};
  boost::program_options::options_description hidden_;
  boost::program_options::positional_options_description places_;
  std::vector<std::string> required_;
  boost::program_options::variables_map values_;
};

}  // namespace etalon::app
