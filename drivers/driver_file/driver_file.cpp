#include "drivers/driver_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/language.h"
#include "base/toml.h"
#include "drivers/dialects/dialect.h"
#include "drivers/driver_file/reading.h"
#include "drivers/messages/regular_expression.h"

namespace etalon::drivers {

using base::FileError;
using base::InputError;
using base::TomlTable;
using base::tr;

namespace {

// Every place of a message to the instrument is a setting, or one of the names that the client itself fills in.
void check_places(const DriverFile& driver, const std::vector<Exchange>& exchanges, const TomlTable& table,
                  const std::string& key, const std::vector<std::string>& own) {
  for (const Exchange& exchange : exchanges) {
    for (const std::string& name : exchange.send.names()) {
      if (driver.settings.count(name) || std::find(own.begin(), own.end(), name) != own.end()) continue;
      table.fail(key, fmt::format(fmt::runtime(tr("\"{}\": {{{}}} is neither a setting of [settings] nor one of {}")),
                                  exchange.send.text(), name, fmt::join(own, ", ")));
    }
  }
}

void check_flag(const DriverFile& driver, const std::string& flag, const TomlTable& table, const std::string& key) {
  if (flag.empty() || driver.flags.count(flag)) return;
  table.fail(key, fmt::format(fmt::runtime(tr("'{}' is no bit of [status] and none of [flags]")), flag));
}

void add_measure(DriverFile& driver, const TomlTable& table) {
  const Measure measure = measure_from(table);
  if (driver.measure(measure.quantity)) table.fail("quantity", tr("stands twice in this file"));
  check_places(driver, measure.configure, table, "configure", {"range"});
  check_places(driver, measure.check, table, "check", {"range"});
  check_places(driver, {measure.read}, table, "read", {"range"});
  if (measure.read_many) {
    check_places(driver, measure.read_many->before, table, "read_many", {"range", "count"});
    check_places(driver, {{measure.read_many->send, std::nullopt, 0, Completion::none}}, table, "read_many",
                 {"range", "count"});
  }
  for (const Exchange& exchange : measure.check) {
    for (const std::string& name : exchange.reply->names()) {
      if (name == "range" || driver.settings.count(name)) continue;
      table.fail(
          "check",
          fmt::format(
              fmt::runtime(tr("\"{}\": {{{}}} is neither a setting nor range: there is nothing to compare it with")),
              exchange.reply->text(), name));
    }
  }
  for (const auto& [name, time] : measure.read_time) {
    if (name != "fixed" && !driver.settings.count(name))
      table.fail("read_time", fmt::format(fmt::runtime(tr("'{}' is neither \"fixed\" nor a setting")), name));
  }
  check_flag(driver, measure.wait_for, table, "wait_for");
  driver.measures.push_back(measure);
}

void add_source(DriverFile& driver, const TomlTable& table) {
  const Source source = source_from(table);
  if (driver.source(source.quantity)) table.fail("quantity", tr("stands twice in this file"));
  check_places(driver, source.set, table, "set", {"value", "range"});
  if (!source.bands.setting.empty() && !driver.settings.count(source.bands.setting))
    table.fail("bands", fmt::format(fmt::runtime(tr("'{}' is no setting of [settings]")), source.bands.setting));
  check_flag(driver, source.operating, table, "operating");
  check_flag(driver, source.settled, table, "settled");
  driver.sources.push_back(source);
}

}  // namespace

DriverFile parse_driver_file(const std::string& text, const std::string& file_name) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  DriverFile driver;
  driver.name = std::filesystem::path(file_name).stem().string();
  const TomlTable head = root.table("driver");
  driver.title = head.text("title");
  driver.sources_of_facts = head.texts("sources");
  driver.recalled = head.texts_or_none("recalled");
  driver.dialect = head.text_or("dialect", "");
  if (const auto link = root.table_if_any("link")) driver.link = link_from(*link);
  if (!driver.dialect.empty()) {
    try {
      (void)make_dialect(driver.dialect, driver.link);
    } catch (const InputError& error) {
      head.fail("dialect", error.what());
    }
  }
  driver.identity = identity_from(root.table("identity"));
  if (const auto errors = root.table_if_any("errors")) driver.errors = errors_from(*errors);
  driver.flags = flags_from(root);
  driver.settings = settings_from(root);
  driver.faults = faults_from(root);
  for (const TomlTable& table : root.tables("startup")) {
    driver.startup.push_back(exchange_from(table));
    check_places(driver, {driver.startup.back()}, table, "send", {});
  }
  for (const TomlTable& table : root.tables("measures"))
    add_measure(driver, table);
  for (const TomlTable& table : root.tables("sources"))
    add_source(driver, table);
  if (const auto safe = root.table_if_any("safe_state")) {
    driver.safe_state = safe_state_from(*safe);
    check_flag(driver, driver.safe_state->flag, *safe, "flag");
  }
  if (!driver.sources.empty() && !driver.safe_state) {
    throw FileError(root.position(),
                    tr("a driver of a source needs [safe_state]: how to make it harmless, and what shows that it is"));
  }
  for (const TomlTable& table : root.tables("simulated")) {
    const Exchange exchange = exchange_from(table);
    SimulatedExchange simulated{exchange.send, exchange.reply, {}};
    if (const auto set = table.table_if_any("set")) {
      for (const std::string& key : set->keys())
        simulated.set[key] = set->text(key);
    }
    driver.simulated.push_back(simulated);
  }
  for (const std::string& name : names_of_limits(driver)) {
    if (is_module(driver, name) || is_model(driver, name)) continue;
    throw FileError(root.position(),
                    fmt::format(fmt::runtime(tr("limits of '{}': the identity's pattern finds no such model, and it is "
                                                "none of its modules")),
                                name));
  }
  if (driver.measures.empty() && driver.sources.empty())
    throw FileError(root.position(), tr("expected at least one [[measures]] or [[sources]]"));
  root.finish();
  return driver;
}

DriverFile read_driver_file(const std::string& path) {
  return parse_driver_file(base::read_file(path, 1u << 20), path);
}

const Measure* DriverFile::measure(const std::string& quantity) const {
  for (const Measure& measure : measures) {
    if (measure.quantity == quantity) return &measure;
  }
  return nullptr;
}

const Source* DriverFile::source(const std::string& quantity) const {
  for (const Source& source : sources) {
    if (source.quantity == quantity) return &source;
  }
  return nullptr;
}

std::optional<Identity> match_identity(const DriverFile& driver, const std::string& reply) {
  if (driver.identity.pattern.empty()) return Identity{driver.identity.maker, driver.identity.model, "", "", reply};
  const auto groups = RegularExpression(driver.identity.pattern).match(reply);
  if (!groups) return std::nullopt;
  const auto group = [&](const char* name) {
    const auto found = groups->find(name);
    return found == groups->end() ? std::string() : found->second;
  };
  Identity identity{group("maker"), group("model"), group("serial"), group("firmware"), reply};
  if (identity.maker.empty()) identity.maker = driver.identity.maker;
  if (identity.model.empty()) identity.model = driver.identity.model;
  return identity;
}

const ReplyFault* match_fault(const DriverFile& driver, const std::string& line) {
  for (const ReplyFault& fault : driver.faults) {
    if (RegularExpression(fault.pattern).match(line)) return &fault;
  }
  return nullptr;
}

}  // namespace etalon::drivers
