// `etalon dcc check|show`.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "app/dcc_display.h"
#include "archive/dcc_check.h"
#include "archive/dcc_reader.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

constexpr std::size_t largest_certificate = 64u << 20;

void print_issues(const std::string& file, const archive::DccIssues& issues, const std::string& before,
                  const std::string& kind) {
  for (const auto& issue : issues.kept)
    std::cout << dcc_line(file, issue.line, before + issue.message) << "\n";
  if (issues.count > issues.kept.size()) {
    std::cout << base::visible_line(fmt::format(fmt::runtime(tr("{}: … and {} more: {}")), file,
                                                issues.count - issues.kept.size(), kind))
              << "\n";
  }
}

std::string schema_line(const archive::SchemaResult& schema) {
  switch (schema.state) {
    case archive::SchemaState::valid:
      return fmt::format(fmt::runtime(tr("schema: valid (DCC {})")), schema.version);
    case archive::SchemaState::invalid:
      return tr("schema: invalid");
    case archive::SchemaState::undecided:
      return tr("schema: not decided") + ": " + schema.reason;
    case archive::SchemaState::skipped:
      break;
  }
  return tr("schema: NOT checked") + ": " + schema.reason;
}

std::string signature_line(const archive::DccCheck& result) {
  for (const auto& notice : result.notices) {
    if (notice.kind == archive::DccNotice::Kind::unchecked_signature) return tr("signature: NOT checked");
  }
  return tr("signature: there is none");
}

// What "sound" speaks of.
void print_scope() {
  std::cout << tr("rules of content: dates, languages, references, invisible characters, lengths of lists, numbers, "
                  "units, uncertainties, coverage, validity of standards, verdicts against the limits beside them. "
                  "PTB's Schematron rules and the truth of the values are not part of this check.")
            << "\n";
}

int check(const Arguments& arguments) {
  CommandLine line("etalon dcc check FILE.xml [--schema DIR]",
                   tr("Checks a digital calibration certificate: its schema when PTB's schemas are at hand, and what "
                      "no schema sees. Exit code 1: something is wrong, or the certificate says that it is none; 5: "
                      "something could not be decided (no schema, a signature, parts that are not read)."),
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
  for (const auto& notice : result.notices)
    std::cout << dcc_line(file, notice.line, notice.message) << "\n";
  archive::DccIssues schema_issues;
  for (const auto& issue : result.schema.issues)
    schema_issues.kept.push_back({issue.line, issue.message});
  schema_issues.count = result.schema.issue_count;
  print_issues(file, schema_issues, "", tr("schema"));
  print_issues(file, result.findings.found, "", tr("findings"));
  print_issues(file, result.findings.undecided, tr("not decided") + ": ", tr("not decided"));
  print_issues(file, result.findings.remarks, tr("note") + ": ", tr("notes"));
  std::cout << base::visible_line(schema_line(result.schema)) << "\n" << signature_line(result) << "\n";
  std::cout << (result.whole ? tr("read: all of it") : tr("read: NOT all of it")) << "\n";
  const auto& findings = result.findings;
  if (findings.found.count > 0) {
    std::cout << fmt::format(fmt::runtime(tr("content: findings: {}")), findings.found.count);
  } else if (findings.undecided.count > 0) {
    std::cout << fmt::format(fmt::runtime(tr("content: nothing found, not decided: {}")), findings.undecided.count);
  } else {
    std::cout << (result.sound() ? tr("content: sound") : tr("content: nothing found"));
  }
  std::cout << "\n";
  print_scope();
  return static_cast<int>(result.exit_code());
}

int show(const Arguments& arguments) {
  CommandLine line("etalon dcc show FILE.xml",
                   tr("Prints a digital calibration certificate. Exit code 1: it says of itself that it is none or not "
                      "valid; 5: a part was not read, or a signature was not checked."),
                   "etalon dcc show certificate.xml");
  line.positional("FILE", true);
  if (!line.parse(arguments)) return 0;
  const std::string file = line.text("FILE");
  const auto document = archive::examine_dcc(base::read_file(file, largest_certificate), file);
  const bool dealt_out = print_dcc(std::cout, document, file);
  base::ExitCode code = base::ExitCode::done;
  if (!dealt_out || !document.unread.empty() || !document.faults.empty()) code = base::ExitCode::undecided;
  for (const auto& notice : archive::notices(document)) {
    using Kind = archive::DccNotice::Kind;
    if (notice.kind == Kind::not_a_certificate || notice.kind == Kind::not_valid) return 1;
    if (notice.kind == Kind::unchecked_signature) code = base::ExitCode::undecided;
  }
  return static_cast<int>(code);
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
