// The command line: chooses the language and the verb, and turns errors into messages and exit codes.
#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <variant>

#include "app/commands.h"
#include "app/version.h"
#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "base/visible_text.h"

namespace {

using etalon::app::Arguments;
using etalon::app::Interruption;
using etalon::base::tr;

using Operation = int (*)(const Arguments&, Interruption&);
using Calculation = int (*)(const Arguments&);

struct Verb {
  const char* name;
  std::variant<Operation, Calculation> command;
  const char* summary;
};

const std::vector<Verb>& verbs() {
  using namespace etalon::app;
  using etalon::base::message_id;
  static const std::vector<Verb> all{
      {"demo", demo_command,
       message_id("the whole way on simulated instruments, from two instruments to a certificate")},
      {"run", run_command, message_id("calibrate an item on a bench by a procedure (--plan shows what would be done)")},
      {"resume", resume_command, message_id("go on with a run that was interrupted")},
      {"repeat", repeat_command, message_id("measure one point of a run again")},
      {"safe", safe_command, message_id("switch off every source of a bench and read that back; nothing else")},
      {"evaluate", evaluate_command, message_id("results, budgets and curves from a run")},
      {"certificate", certificate_command, message_id("draft: the certificate of a run as DCC and PDF")},
      {"archive", archive_command, message_id("verify: check every object of an archive; show: list its certificates")},
      {"dcc", dcc_command, message_id("check or show any digital calibration certificate")},
      {"fit", fit_command, message_id("a calibration curve from a table of points")},
      {"uncertainty", uncertainty_command,
       message_id("the uncertainty of a measurement model, by the GUM and Monte Carlo")},
      {"conformity", conformity_command, message_id("pass or fail: decision rules, probabilities and risks")},
      {"log", log_command, message_id("log channels of a bench to a file, or look at such a log")},
      {"simulate", simulate_command, message_id("bring up the simulators of a bench")},
      {"instrument", instrument_command, message_id("scan for instruments, identify one, send it messages, watch it")},
      {"driver", driver_command, message_id("check, describe, record or begin a driver file")},
  };
  return all;
}

void print_help() {
  std::cout << tr("etalon: calibration suite for measurement laboratories") << " (" << etalon::app::software_name
            << ")\n\n"
            << tr("usage") << ": etalon [--lang en|zh] VERB …\n\n";
  for (const Verb& verb : verbs())
    std::cout << fmt::format("  {:12} {}\n", verb.name, tr(verb.summary));
  std::cout << "\n" << tr("Help of a verb, with an example: etalon VERB --help") << "\n";
}

// --lang anywhere before or after the verb; otherwise LC_ALL, LC_MESSAGES, LANG decide.
void choose_language(Arguments& arguments) {
  std::string chosen;
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (const char* value = std::getenv(variable); value && *value) {
      chosen = std::string(value).starts_with("zh") ? "zh" : "en";
      break;
    }
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") break;
    std::size_t used = 0;
    if (arguments[i].starts_with("--lang=")) {
      chosen = arguments[i].substr(7);
      used = 1;
    } else if (arguments[i] == "--lang") {
      if (i + 1 == arguments.size()) throw etalon::base::InputError("--lang needs en or zh");
      chosen = arguments[i + 1];
      used = 2;
    }
    if (used == 0) continue;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.begin() + static_cast<std::ptrdiff_t>(i + used));
    break;
  }
  if (!chosen.empty()) etalon::base::set_interface_language(etalon::base::parse_language(chosen));
}

// What an instrument sent may stand in a line of the log; no terminal obeys it.
class VisiblePayload : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const std::string text =
        etalon::base::visible_line(std::string_view(message.payload.data(), message.payload.size()));
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<VisiblePayload>(); }
};

void set_up_log() {
  auto logger = spdlog::stderr_logger_mt("etalon");  // standard output is for results
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<VisiblePayload>('*').set_pattern("[%Y-%m-%d %H:%M:%S.%e] [%n] [%l] %*");
  logger->set_formatter(std::move(formatter));
  spdlog::set_default_logger(std::move(logger));
}

int carry_out(const Verb& verb, const Arguments& arguments) {
  if (const auto* calculation = std::get_if<Calculation>(&verb.command)) return (*calculation)(arguments);
  Interruption interruption;
  return std::get<Operation>(verb.command)(arguments, interruption);
}

int run(Arguments arguments) {
  choose_language(arguments);
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? 2 : 0;
  }
  if (arguments[0] == "--version") {
    std::cout << etalon::app::software_name << "\n";
    return 0;
  }
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    if (arguments[0] == verb.name) return carry_out(verb, {arguments.begin() + 1, arguments.end()});
    names.emplace_back(verb.name);
  }
  const std::string nearest = etalon::base::nearest_word(arguments[0], names);
  throw etalon::base::InputError(fmt::format(
      fmt::runtime(tr("there is no verb '{}'; {}")), arguments[0],
      nearest.empty() ? tr("`etalon --help` lists them") : fmt::format(fmt::runtime(tr("did you mean {}?")), nearest)));
}

}  // namespace

int main(int count, char** values) {
  set_up_log();
  etalon::base::load_translations(etalon::base::locale_directory());
  try {
    const int code = run(Arguments(values + 1, values + count));
    std::cout.flush();
    // A result that nobody got is no success.
    if (!std::cout) throw etalon::base::InputError(tr("standard output cannot be written"));
    return code;
  } catch (const etalon::base::Error& error) {
    std::cout.flush();
    std::cerr << "etalon: " << error.what() << std::endl;
    return static_cast<int>(error.exit_code());
  } catch (const std::filesystem::filesystem_error& error) {
    std::cout.flush();
    std::cerr << "etalon: " << etalon::base::visible_text(error.path1().string()) << ": " << error.code().message()
              << std::endl;
    return static_cast<int>(etalon::base::ExitCode::bad_input);
  } catch (const std::exception& error) {
    std::cout.flush();
    std::cerr << "etalon: " << tr("unexpected error") << ": " << etalon::base::visible_text(error.what()) << std::endl;
    return 2;
  }
}
