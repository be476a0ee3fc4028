#include "drivers/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/clock.h"
#include "base/file.h"
#include "base/identification.h"
#include "base/language.h"
#include "base/toml.h"
#include "drivers/identity_claim.h"
#include "drivers/links/address.h"

namespace etalon::drivers {

using base::FileError;
using base::TomlTable;
using base::tr;

namespace {

using DriverText = std::function<std::pair<std::string, std::string>(const std::string& name)>;  // path, text

SimulationSettings simulation_from(const TomlTable& table) {
  SimulationSettings settings;
  try {
    settings.start_utc = base::parse_utc(table.text("start"));
  } catch (const FileError&) {
    throw;
  } catch (const base::InputError& error) {
    table.fail("start", error.what());
  }
  settings.emf_low = table.quantity_or("emf_low", "V", settings.emf_low);
  settings.emf_high = table.quantity_or("emf_high", "V", settings.emf_high);
  settings.emf_time_constant = table.quantity_or("emf_time_constant", "s", settings.emf_time_constant);
  settings.emf_residual = table.quantity_or("emf_residual", "V", settings.emf_residual);
  settings.hand = table.text_or("hand", "");
  return settings;
}

BenchInstrument instrument_from(const std::string& name, const TomlTable& table, const DriverText& driver_text) {
  BenchInstrument instrument;
  instrument.name = name;
  instrument.position = table.position();
  instrument.driver_name = table.text("driver");
  try {
    std::tie(instrument.driver_path, instrument.driver_text) = driver_text(instrument.driver_name);
  } catch (const base::InputError& error) {
    table.fail("driver", error.what());
  }
  instrument.driver = parse_driver_file(instrument.driver_text, instrument.driver_path);
  instrument.driver.name = instrument.driver_name;
  instrument.address = table.text("address");
  if (name == "short")
    table.fail("driver", tr("\"short\" means the copper short in a procedure; give the instrument another name"));
  instrument.model = base::name_or_none(table, "model");
  if (!instrument.model.empty() && !may_be_of_model(instrument.driver, instrument.model)) {
    table.fail("model", fmt::format(fmt::runtime(tr("{} is no model of the driver file {} ({})")), instrument.model,
                                    instrument.driver_name, instrument.driver.title));
  }
  instrument.module = table.text_or("module", "");
  if (!instrument.module.empty() && !is_module(instrument.driver, instrument.module)) {
    const std::vector<std::string>& modules = instrument.driver.identity.modules;
    table.fail("module", modules.empty()
                             ? std::string(tr("its driver file knows no modules"))
                             : fmt::format(fmt::runtime(tr("expected one of {}")), fmt::join(modules, ", ")));
  }
  narrow_to(instrument.driver, instrument.model);
  narrow_to(instrument.driver, instrument.module);
  instrument.serial = base::identification(table, "serial");
  instrument.standard = table.text_or("standard", "");
  if (table.has("truth")) {
    for (const auto& row : table.number_rows("truth")) {
      if (row.size() != 3) table.fail("truth", tr("a row needs range, gain, offset"));
      if (!(row[0] > 0)) table.fail("truth", tr("expected ranges above 0"));
      instrument.truth.push_back({row[0], row[1], row[2]});
    }
  }
  return instrument;
}

// [adapters.GPIB0]: the way to the instruments whose addresses begin with GPIB0.
std::vector<GpibAdapterDescription> adapters_from(const TomlTable& root) {
  std::vector<GpibAdapterDescription> adapters;
  const auto tables = root.table_if_any("adapters");
  if (!tables) return adapters;
  for (const std::string& name : tables->keys()) {
    const TomlTable table = tables->table(name);
    GpibAdapterDescription adapter;
    const std::string number = name.starts_with("GPIB") ? name.substr(4) : "";
    if (number.empty() || number.size() > 2 || number.find_first_not_of("0123456789") != std::string::npos)
      tables->fail(name, tr("expected a name such as GPIB0"));
    adapter.board = std::stoi(number);
    adapter.address = table.text("address");
    adapter.kind = table.text_or("kind", "prologix");
    const auto time = [&](const std::string& key) -> std::optional<milliseconds> {
      if (!table.has(key)) return std::nullopt;
      const double seconds = table.quantity(key, "s");
      if (!(seconds >= 0 && seconds <= 60)) table.fail(key, tr("expected a time from 0 s to 1 min"));
      return milliseconds(static_cast<long long>(seconds * 1000));
    };
    adapter.command_pause = time("command_pause");
    adapter.boot_time = time("boot_time");
    adapter.read_time = time("read_time");
    try {
      (void)GpibAdapters({adapter});
    } catch (const base::InputError& error) {
      tables->fail(name, error.what());
    }
    adapters.push_back(adapter);
  }
  return adapters;
}

// On a simulated bench the addresses only say which kind of line it is.
void check_real(const Bench& bench, const BenchInstrument& instrument, const TomlTable& table) {
  if (table.has("truth")) table.fail("truth", tr("belongs to a simulated bench only"));
  try {
    const Address address = parse_address(instrument.address);
    if (std::holds_alternative<GpibAddress>(address)) {
      const int board = std::get<GpibAddress>(address).board;
      const auto leads_there = [&](const GpibAdapterDescription& adapter) { return adapter.board == board; };
      if (std::none_of(bench.adapters.begin(), bench.adapters.end(), leads_there))
        table.fail("address", fmt::format(fmt::runtime(tr("no adapter leads there; add [adapters.GPIB{}]")), board));
    }
  } catch (const FileError&) {
    throw;
  } catch (const base::InputError& error) {
    table.fail("address", error.what());
  }
  for (const BenchInstrument& other : bench.instruments) {
    if (other.address == instrument.address)
      table.fail("address", fmt::format(fmt::runtime(tr("is that of '{}' too")), other.name));
  }
}

Bench parse(const std::string& text, const std::string& file_name, const DriverText& driver_text) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  Bench bench;
  bench.path = file_name;
  bench.text = text;
  bench.title = base::local_name(root.table("bench"), "title");
  if (const auto simulation = root.table_if_any("simulation")) bench.simulation = simulation_from(*simulation);
  bench.adapters = adapters_from(root);
  std::shared_ptr<GpibAdapters> adapters;
  if (!bench.adapters.empty()) adapters = std::make_shared<GpibAdapters>(bench.adapters);
  const TomlTable instruments = root.table("instruments");
  for (const std::string& name : instruments.keys()) {
    const TomlTable table = instruments.table(name);
    BenchInstrument instrument = instrument_from(name, table, driver_text);
    instrument.adapters = adapters;
    if (!bench.simulation) check_real(bench, instrument, table);
    bench.instruments.push_back(instrument);
  }
  const TomlTable roles = root.table("roles");
  for (const std::string& role : roles.keys()) {
    const std::string name = roles.text(role);
    bench.roles[role] = name;
    bool known = false;
    for (const BenchInstrument& instrument : bench.instruments)
      known = known || instrument.name == name;
    if (!known)
      roles.fail(role, fmt::format(fmt::runtime(tr("'{}' is no instrument of this bench; expected one of {}")), name,
                                   fmt::join(instruments.keys(), ", ")));
  }
  root.finish();
  return bench;
}

}  // namespace

const BenchInstrument& Bench::instrument(const std::string& name) const {
  for (const BenchInstrument& instrument : instruments) {
    if (instrument.name == name) return instrument;
  }
  throw base::InputError(fmt::format(fmt::runtime(tr("{}: there is no instrument '{}' on this bench")), path, name));
}

const BenchInstrument& Bench::in_role(const std::string& role) const {
  const auto found = roles.find(role);
  if (found == roles.end()) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{}: no instrument has the role '{}'; add it to [roles]")), path, role));
  }
  return instrument(found->second);
}

Bench read_bench(const std::string& path, const std::string& drivers_folder) {
  return parse(base::read_file(path, 1u << 20), path, [&](const std::string& name) {
    const std::string driver_path = (std::filesystem::path(drivers_folder) / (name + ".toml")).string();
    if (!std::filesystem::exists(driver_path)) {
      throw base::InputError(fmt::format(fmt::runtime(tr("there is no driver file {}")), driver_path));
    }
    return std::pair{driver_path, base::read_file(driver_path, 1u << 20)};
  });
}

Bench parse_bench(const std::string& text, const std::string& file_name,
                  const std::map<std::string, std::string>& driver_texts) {
  return parse(text, file_name, [&](const std::string& name) {
    const auto found = driver_texts.find(name);
    if (found == driver_texts.end())
      throw base::InputError(fmt::format(fmt::runtime(tr("there is no driver file for '{}'")), name));
    return std::pair{name + ".toml", found->second};
  });
}

}  // namespace etalon::drivers
