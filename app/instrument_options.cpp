#include "app/instrument_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "app/configuration.h"
#include "app/terminal.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::app {

using base::tr;

std::optional<double> duration_option(const CommandLine& line, const std::string& option) {
  if (!line.has(option)) return std::nullopt;
  const std::string given = line.text(option);
  double seconds = 0;
  try {
    seconds = base::parse_quantity(given).in("s");
  } catch (const base::InputError&) {
    // said below
  }
  if (!(seconds >= 1e-3) || seconds > 86400) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("--{} {}: a time from 1ms to 1d with its unit belongs here, such as 5s")), option, given));
  }
  return seconds;
}

std::optional<drivers::milliseconds> timeout_option(const CommandLine& line) {
  const auto seconds = duration_option(line, "timeout");
  if (!seconds) return std::nullopt;
  return drivers::milliseconds(std::llround(*seconds * 1000));
}

drivers::GpibAdapterDescription parse_adapter(const std::string& text) {
  drivers::GpibAdapterDescription adapter;
  adapter.kind = "prologix";
  adapter.address = text;
  if (const std::size_t equals = text.find('='); equals != std::string::npos) {
    const std::string board = text.substr(0, equals);
    const std::string number = board.rfind("GPIB", 0) == 0 ? board.substr(4) : "";
    if (number.empty() || number.size() > 2 || number.find_first_not_of("0123456789") != std::string::npos) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("--adapter {}: expected GPIB0=ADDRESS, or GPIB0=ar488:ADDRESS")), text));
    }
    adapter.board = std::stoi(number);
    adapter.address = text.substr(equals + 1);
  }
  for (const std::string kind : {"prologix", "ar488"}) {
    if (adapter.address.rfind(kind + ":", 0) != 0) continue;
    adapter.kind = kind;
    adapter.address.erase(0, kind.size() + 1);
  }
  return adapter;
}

std::shared_ptr<drivers::GpibAdapters> adapters_option(const CommandLine& line) {
  if (!line.has("adapter")) return nullptr;
  std::vector<drivers::GpibAdapterDescription> descriptions;
  for (const std::string& text : line.texts("adapter"))
    descriptions.push_back(parse_adapter(text));
  return std::make_shared<drivers::GpibAdapters>(descriptions);
}

std::optional<drivers::DriverFile> driver_option(const CommandLine& line) {
  if (!line.has("driver")) return std::nullopt;
  const std::string name = line.text("driver");
  // A path needs no folder of configurations.
  if (name.ends_with(".toml")) return drivers::read_driver_file(name);
  return drivers::read_driver_file(configuration_path(configs_folder(line.text("configs")), "drivers", name));
}

std::vector<drivers::DriverFile> all_driver_files(const CommandLine& line) {
  const std::string folder = configs_folder(line.text("configs")) + "/drivers";
  std::vector<std::string> paths;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<drivers::DriverFile> drivers;
  for (const std::string& path : paths) {
    try {
      drivers.push_back(drivers::read_driver_file(path));
    } catch (const base::InputError& error) {
      std::cerr << error.what() << "\n";
    }
  }
  if (drivers.empty()) throw base::InputError(fmt::format(fmt::runtime(tr("{}: no driver files here")), folder));
  return drivers;
}

void show_questions(drivers::IdentitySearchOptions& options) {
  if (!is_terminal(STDERR_FILENO)) return;
  options.before = [](const std::string& question) {
    std::cerr << coloured(fmt::format(fmt::runtime(tr("asking {} …")), question), Colour::dim,
                          wants_colour(STDERR_FILENO))
              << std::endl;
  };
}

std::shared_ptr<drivers::Transcript> transcript_option(const CommandLine& line) {
  auto transcript = std::make_shared<drivers::Transcript>();
  if (line.has("transcript")) transcript->log_to(line.text("transcript"));
  return transcript;
}

void check_transcript(const CommandLine& line, const drivers::Transcript& transcript) {
  if (const std::string error = transcript.file_error(); !error.empty())
    throw base::InputError(fmt::format("{}: {}", line.text("transcript"), error));
}

}  // namespace etalon::app
