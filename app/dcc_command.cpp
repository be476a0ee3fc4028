// `etalon dcc check|show`.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "archive/dcc_check.h"
#include "archive/dcc_reader.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

constexpr std::size_t largest_certificate = 64u << 20;

int check(const Arguments& arguments) {
  CommandLine line("etalon dcc check FILE.xml [--schema DIR]",
                   tr("Checks a digital calibration certificate: its schema when PTB's schemas are at hand, and what "
                      "no schema sees."),
                   "etalon dcc check certificate.xml --schema dcc/");
  line.positional("FILE", true);
  line.add_options()("schema", po::value<std::string>(),
                     tr("folder with PTB's schemas and catalog.xml (or set ETALON_DCC_SCHEMA)").c_str());
  if (!line.parse(arguments)) return 0;
  const char* variable = std::getenv("ETALON_DCC_SCHEMA");
  const std::string schema = line.text("schema", variable ? variable : "");
  // A folder given by hand must be one; the variable may point nowhere on another machine.
  if (line.has("schema") && !std::filesystem::exists(std::filesystem::path(schema) / "catalog.xml")) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{}: there is no catalog.xml; give the folder that holds it and PTB's schemas")), schema));
  }
  const std::string file = line.text("FILE");
  const auto result = archive::check_dcc(base::read_file(file, largest_certificate), schema, file);
  for (const auto& issue : result.schema.issues)
    std::cout << fmt::format("{}:{}: {}\n", file, issue.line, issue.message);
  for (const auto& issue : result.issues)
    std::cout << fmt::format("{}:{}: {}\n", file, issue.line, issue.message);
  switch (result.schema.state) {
    case archive::SchemaState::valid:
      std::cout << tr("schema: valid") << "\n";
      break;
    case archive::SchemaState::invalid:
      std::cout << tr("schema: invalid") << "\n";
      break;
    case archive::SchemaState::skipped:
      std::cout << tr("schema: skipped") << ": " << result.schema.reason << "\n";
      break;
  }
  std::cout << (result.issues.empty() ? tr("content: sound")
                                      : fmt::format(fmt::runtime(tr("content: findings: {}")), result.issues.size()))
            << "\n";
  return result.sound() ? 0 : 1;
}

int show(const Arguments& arguments) {
  CommandLine line("etalon dcc show FILE.xml",
                   tr("Prints the values, uncertainties and verdicts of a digital calibration certificate."),
                   "etalon dcc show certificate.xml");
  line.positional("FILE", true);
  if (!line.parse(arguments)) return 0;
  const std::string file = line.text("FILE");
  const auto document = archive::read_dcc(base::read_file(file, largest_certificate), file);
  const auto language = base::interface_language();
  std::cout << document.unique_identifier << "  DCC " << document.schema_version << "  "
            << document.laboratory.in(language) << "\n";
  for (const auto& item : document.items)
    std::cout << item.name.in(language) << "  " << item.model << "\n";
  for (const auto& table : document.tables) {
    std::cout << "\n" << table.name.in(language) << "\n";
    for (const auto& quantity : table.quantities) {
      std::cout << "  " << quantity.name.in(language);
      if (!quantity.units.empty()) std::cout << " / " << quantity.units.front();
      std::cout << ":";
      for (std::size_t i = 0; i < quantity.values.size(); ++i) {
        std::cout << " " << quantity.values[i];
        if (quantity.uncertainty) std::cout << "±" << archive::word_at(quantity.uncertainty->values, i, "uncertainty");
        if (!quantity.conformity.empty())
          std::cout << "(" << archive::word_at(quantity.conformity, i, "conformity") << ")";
      }
      std::cout << "\n";
    }
  }
  return 0;
}

}  // namespace

int dcc_command(const Arguments& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1, arguments.end());
  if (what == "check") return check(rest);
  if (what == "show") return show(rest);
  throw base::InputError(tr("usage") + ": etalon dcc check|show FILE.xml");
}

}  // namespace etalon::app
