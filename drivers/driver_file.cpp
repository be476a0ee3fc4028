#include "drivers/driver_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "base/language.h"
#include "base/toml.h"
#include "drivers/messages/regular_expression.h"

namespace etalon::drivers {

using base::FileError;
using base::InputError;
using base::message_id;
using base::TomlTable;
using base::tr;

namespace {

MessageTemplate template_at(const std::string& text, const base::Position& position) {
  try {
    return MessageTemplate(text);
  } catch (const InputError& error) {
    throw FileError(position, error.what());
  }
}

// A message without places: what the file's other messages would mean by braces is refused.
std::string plain_message(const TomlTable& table, const std::string& key, const std::string& text) {
  if (text.find_first_of("{}") != std::string::npos)
    table.fail(key, fmt::format(fmt::runtime(tr("\"{}\": no places are possible here")), text));
  return text;
}
std::string plain_message(const TomlTable& table, const std::string& key) {
  const std::string text = plain_message(table, key, table.text(key));
  if (text.empty()) table.fail(key, tr("expected a message"));
  return text;
}

std::string unit_from(const TomlTable& table) {
  const std::string unit = table.text("unit");
  if (!base::is_unit(unit))
    table.fail("unit", fmt::format(fmt::runtime(tr("'{}' is no unit; expected such as V, degC, hPa, %")), unit));
  return unit;
}

// Upper ends of ranges, smallest first.
std::vector<double> ranges_from(const TomlTable& table) {
  if (!table.has("ranges")) return {};
  const std::vector<double> ranges = table.numbers("ranges");
  double former = 0;
  for (const double range : ranges) {
    if (!(range > former)) table.fail("ranges", tr("expected numbers above 0, smallest first"));
    former = range;
  }
  return ranges;
}

bool has_place(const MessageTemplate& reply, const std::string& place) {
  const auto names = reply.names();
  return std::find(names.begin(), names.end(), place) != names.end();
}

Exchange exchange_from(const TomlTable& table) {
  Exchange exchange;
  exchange.send = template_at(table.text("send"), table.position_of("send"));
  if (table.has("reply")) exchange.reply = template_at(table.text("reply"), table.position_of("reply"));
  return exchange;
}

std::vector<Exchange> exchanges_from(const TomlTable& table, const std::string& key) {
  std::vector<Exchange> exchanges;
  for (const auto& element : table.texts_or_tables(key)) {
    if (element.text) {
      exchanges.push_back({template_at(*element.text, element.position), std::nullopt});
    } else {
      exchanges.push_back(exchange_from(*element.table));
    }
  }
  return exchanges;
}

// Rows of numbers with `least` to `most` columns.
std::vector<std::vector<double>> rows_from(const TomlTable& table, std::size_t least, std::size_t most,
                                           const char* columns) {
  auto rows = table.number_rows("rows");
  for (auto& row : rows) {
    if (row.size() < least || row.size() > most) {
      table.fail("rows", fmt::format(fmt::runtime(tr("a row has {} numbers, expected {}")), row.size(), tr(columns)));
    }
    row.resize(most, 0.0);
  }
  return rows;
}

std::optional<Accuracy> accuracy_from(const TomlTable& owner) {
  const auto table = owner.table_if_any("accuracy");
  if (!table) return std::nullopt;
  Accuracy accuracy;
  accuracy.period = table->text("period");
  accuracy.source = table->text("source");
  accuracy.coverage_probability = table->number_or("coverage_probability", 0);
  for (const auto& row : rows_from(*table, 3, 4, message_id("range, of reading, of range and perhaps a floor"))) {
    if (!(row[0] > 0) || row[1] < 0 || row[2] < 0 || row[3] < 0) {
      table->fail("rows", tr("expected a range above 0, and parts of at least 0"));
    }
    accuracy.rows.push_back({row[0], row[1], row[2], row[3]});
  }
  if (accuracy.rows.empty()) table->fail("rows", tr("expected at least one row"));
  if (accuracy.coverage_probability < 0 || accuracy.coverage_probability >= 1) {
    table->fail("coverage_probability", tr("expected at least 0 (a limit) and less than 1"));
  }
  return accuracy;
}

std::pair<int, std::string> error_entry(const TomlTable& table, const std::string& key,
                                        const std::pair<int, std::string>& otherwise) {
  if (!table.has(key)) return otherwise;
  // [number, text]: a mixed array, written as two keys' worth in one place because manuals print it so.
  const auto [number, text] = table.number_and_text(key);
  if (number != std::round(number) || std::fabs(number) > 1e9)
    table.fail(key, tr("expected a whole number and a text"));
  return {static_cast<int>(number), text};
}

ErrorQueue errors_from(const TomlTable& table) {
  ErrorQueue errors;
  errors.query = plain_message(table, "query");
  errors.reply = template_at(table.text("reply"), table.position_of("reply"));
  errors.none = table.text("none");
  errors.clear = plain_message(table, "clear", table.text_or("clear", ""));
  const long long length = table.integer_or("length", errors.length);
  if (length < 1 || length > 1000) table.fail("length", tr("expected 1 to 1000 entries"));
  errors.length = static_cast<int>(length);
  errors.unknown_message = error_entry(table, "unknown_message", errors.unknown_message);
  errors.out_of_range = error_entry(table, "out_of_range", errors.out_of_range);
  errors.overflow = error_entry(table, "overflow", errors.overflow);
  if (!has_place(errors.reply, "code")) table.fail("reply", tr("expected a place {code}"));
  if (!parse_number(errors.none)) table.fail("none", tr("expected the number that means no error, such as \"0\""));
  return errors;
}

IdentityMessage identity_from(const TomlTable& table) {
  IdentityMessage identity;
  identity.query = plain_message(table, "query");
  identity.last_line = table.text_or("last_line", "");
  identity.pattern = table.text("pattern");
  identity.example = table.text("example");
  identity.maker = table.text_or("maker", "");
  try {
    std::string example = identity.example;
    const std::string place = "{serial}";
    if (const auto at = example.find(place); at != std::string::npos) {
      example.replace(at, place.size(), "A0");
    } else {
      table.fail("example", tr("expected {serial} where the serial number stands"));
    }
    const auto groups = RegularExpression(identity.pattern).match(example);
    if (!groups) table.fail("pattern", tr("does not match the file's own example"));
    if (groups->count("serial") == 0 || groups->at("serial") != "A0") {
      table.fail("pattern", tr("the named group (?<serial>…) does not find the serial number of the example"));
    }
  } catch (const FileError&) {
    throw;
  } catch (const InputError& error) {
    table.fail("pattern", error.what());
  }
  return identity;
}

LinkSettings link_from(const TomlTable& table) {
  LinkSettings link;
  link.send_terminator = table.text_or("send_terminator", link.send_terminator);
  link.reply_terminator = table.text_or("reply_terminator", link.reply_terminator);
  link.timeout = table.quantity_or("timeout", "s", link.timeout);
  link.pause = table.quantity_or("pause", "s", 0);
  const long long longest = table.integer_or("longest_reply", static_cast<long long>(link.longest_reply));
  if (longest < 1 || longest > (1 << 30)) table.fail("longest_reply", tr("expected a number of bytes above 0"));
  link.longest_reply = static_cast<std::size_t>(longest);
  if (link.reply_terminator.empty()) table.fail("reply_terminator", tr("expected at least one character"));
  if (!(link.timeout >= 1e-3 && link.timeout <= 3600)) table.fail("timeout", tr("expected a time from 1 ms to 1 h"));
  if (!(link.pause >= 0 && link.pause <= 3600)) table.fail("pause", tr("expected a time from 0 s to 1 h"));
  return link;
}

Measure measure_from(const TomlTable& table) {
  Measure measure;
  measure.quantity = table.text("quantity");
  measure.unit = unit_from(table);
  measure.ranges = ranges_from(table);
  measure.over_range = table.number_or("over_range", 1);
  if (!(measure.over_range >= 1)) table.fail("over_range", tr("expected at least 1, as a multiple of the range"));
  measure.resolution = table.number_or("resolution", 0);
  measure.digit = table.number_or("digit", 0);
  if (!(measure.resolution > 0) && !(measure.digit > 0)) {
    table.fail("resolution", tr("expected resolution (of range) or digit (in the unit), above 0"));
  }
  if (measure.resolution < 0) table.fail("resolution", tr("expected a number above 0"));
  if (measure.digit < 0) table.fail("digit", tr("expected a number above 0"));
  measure.configure = exchanges_from(table, "configure");
  measure.check = exchanges_from(table, "check");
  measure.read = exchange_from(table.table("read"));
  if (!measure.read.reply) table.table("read").fail("reply", tr("expected the form of the reply"));
  measure.value_name = table.text_or("value_name", "value");
  for (const Exchange& exchange : measure.check) {
    if (!exchange.reply)
      table.fail("check",
                 fmt::format(fmt::runtime(tr("\"{}\": expected the form of the reply")), exchange.send.text()));
  }
  if (!has_place(*measure.read.reply, measure.value_name)) {
    table.fail("read", fmt::format(fmt::runtime(tr("the reply has no place {{{}}}")), measure.value_name));
  }
  if (const auto times = table.table_if_any("read_time")) {
    for (const std::string& key : times->keys()) {
      measure.read_time[key] = times->quantity(key, "s");
      if (measure.read_time[key] < 0) times->fail(key, tr("expected a time of at least 0 s"));
    }
  }
  measure.overload = table.number_or("overload", measure.overload);
  const double highest = measure.ranges.empty() ? 0 : measure.ranges.back() * measure.over_range;
  if (!(measure.overload > highest)) table.fail("overload", tr("expected more than the highest indication"));
  measure.accuracy = accuracy_from(table);
  if (const auto physics = table.table_if_any("physics")) {
    MeterPhysics& meter = measure.physics;
    meter.temperature_coefficient = physics->number_or("temperature_coefficient", 0);
    meter.warm_up_drift = physics->number_or("warm_up_drift", 0);
    meter.warm_up_time_constant = physics->quantity_or("warm_up_time_constant", "s", meter.warm_up_time_constant);
    meter.switched_on_before = physics->quantity_or("switched_on_before", "s", meter.switched_on_before);
    if (!(meter.warm_up_time_constant > 0)) physics->fail("warm_up_time_constant", tr("expected a time above 0 s"));
    for (const auto& row : rows_from(*physics, 5, 5, message_id("range, noise a, noise b, gain, offset"))) {
      measure.physics.rows.push_back({row[0], row[1], row[2], row[3], row[4]});
    }
  }
  return measure;
}

Source source_from(const TomlTable& table) {
  Source source;
  source.quantity = table.text("quantity");
  source.unit = unit_from(table);
  source.minimum = table.number("minimum");
  source.maximum = table.number("maximum");
  if (!(source.minimum < source.maximum)) table.fail("maximum", tr("expected more than minimum"));
  source.ranges = ranges_from(table);
  source.set = exchanges_from(table, "set");
  if (source.set.empty()) table.fail("set", tr("expected at least one message"));
  if (std::none_of(source.set.begin(), source.set.end(),
                   [](const Exchange& e) { return has_place(e.send, "value"); })) {
    table.fail("set", tr("expected a message with the place {value}"));
  }
  source.operate = plain_message(table, "operate");
  source.operating = table.text("operating");
  if (source.operating.empty()) table.fail("operating", tr("expected the name of a status bit"));
  source.settled = table.text_or("settled", "");
  if (const auto read_back = table.table_if_any("read_back")) {
    source.read_back = exchange_from(*read_back);
    if (!source.read_back->reply || !has_place(*source.read_back->reply, "value")) {
      read_back->fail("reply", tr("expected the form of the reply, with the place {value}"));
    }
    if (!source.read_back->send.names().empty()) read_back->fail("send", tr("no places are possible here"));
  }
  source.settle_time = table.quantity_or("settle_time", "s", 0);
  source.accuracy = accuracy_from(table);
  if (const auto physics = table.table_if_any("physics")) {
    source.physics.time_constant = physics->quantity("time_constant", "s");
    source.physics.settled_after = physics->quantity("settled_after", "s");
    source.physics.standby_above = physics->quantity_or("standby_above", source.unit, 0);
    for (const auto& row : rows_from(*physics, 5, 5, message_id("range, gain, offset, noise of output, noise floor"))) {
      source.physics.rows.push_back({row[0], row[1], row[2], row[3], row[4]});
    }
  }
  return source;
}

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

void check_bit(const DriverFile& driver, const std::string& bit, const TomlTable& table, const std::string& key) {
  if (bit.empty() || driver.status.bits.count(bit)) return;
  table.fail(key, fmt::format(fmt::runtime(tr("'{}' is no bit of [status]")), bit));
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
  if (head.has("dialect")) head.fail("dialect", tr("no dialect is known yet; leave the key out"));
  if (const auto link = root.table_if_any("link")) driver.link = link_from(*link);
  driver.identity = identity_from(root.table("identity"));
  if (const auto errors = root.table_if_any("errors")) driver.errors = errors_from(*errors);
  if (const auto status = root.table_if_any("status")) {
    driver.status.query = plain_message(*status, "query");
    driver.status.reply = template_at(status->text("reply"), status->position_of("reply"));
    if (!has_place(driver.status.reply, "status")) status->fail("reply", tr("expected a place {status}"));
    const TomlTable bits = status->table("bits");
    for (const std::string& name : bits.keys()) {
      const long long number = bits.integer(name);
      if (number < 0 || number > 31) bits.fail(name, tr("expected a bit number from 0 to 31"));
      driver.status.bits[name] = static_cast<int>(number);
    }
  }
  if (const auto settings = root.table_if_any("settings")) {
    for (const std::string& name : settings->keys()) {
      const TomlTable table = settings->table(name);
      Setting setting{table.texts_or_none("values"), table.text("standard")};
      if (!setting.values.empty() &&
          std::find(setting.values.begin(), setting.values.end(), setting.standard) == setting.values.end()) {
        table.fail("standard", tr("is none of the values"));
      }
      driver.settings[name] = setting;
    }
  }
  for (const TomlTable& table : root.tables("startup")) {
    driver.startup.push_back(exchange_from(table));
    if (!driver.startup.back().send.names().empty()) table.fail("send", tr("no places are possible here"));
  }
  for (const TomlTable& table : root.tables("measures")) {
    const Measure measure = measure_from(table);
    if (driver.measure(measure.quantity)) table.fail("quantity", tr("stands twice in this file"));
    check_places(driver, measure.configure, table, "configure", {"range"});
    check_places(driver, measure.check, table, "check", {"range"});
    check_places(driver, {measure.read}, table, "read", {"range"});
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
      if (name != "fixed" && !driver.settings.count(name)) {
        table.fail("read_time", fmt::format(fmt::runtime(tr("'{}' is neither \"fixed\" nor a setting")), name));
      }
    }
    driver.measures.push_back(measure);
  }
  for (const TomlTable& table : root.tables("sources")) {
    const Source source = source_from(table);
    if (driver.source(source.quantity)) table.fail("quantity", tr("stands twice in this file"));
    check_places(driver, source.set, table, "set", {"value", "range"});
    check_bit(driver, source.operating, table, "operating");
    check_bit(driver, source.settled, table, "settled");
    driver.sources.push_back(source);
  }
  if (const auto safe = root.table_if_any("safe_state")) {
    SafeState state{safe->texts("send"), safe->text("bit"), safe->boolean_or("is", false)};
    if (state.send.empty()) safe->fail("send", tr("expected at least one message"));
    for (const std::string& message : state.send) {
      if (plain_message(*safe, "send", message).empty()) safe->fail("send", tr("expected a message"));
    }
    if (state.bit.empty()) safe->fail("bit", tr("expected the name of a status bit"));
    check_bit(driver, state.bit, *safe, "bit");
    driver.safe_state = state;
  }
  if (!driver.sources.empty() && !driver.safe_state) {
    throw FileError(root.position(),
                    tr("a driver of a source needs [safe_state]: how to switch it off, and the status bit "
                       "that shows it"));
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
  if (driver.measures.empty() && driver.sources.empty()) {
    throw FileError(root.position(), tr("expected at least one [[measures]] or [[sources]]"));
  }
  root.finish();
  return driver;
}

DriverFile read_driver_file(const std::string& path) {
  return parse_driver_file(base::read_file(path, 1u << 20), path);
}

namespace {

double smallest_range_for(const std::vector<double>& ranges, double value, const std::string& quantity) {
  for (const double range : ranges) {
    if (std::fabs(value) <= range * (1 + 1e-12)) return range;
  }
  throw InputError(fmt::format(fmt::runtime(tr("no range of {} holds {}")), quantity, value));
}

}  // namespace

double Measure::range_for(double value) const {
  return smallest_range_for(ranges, value, quantity);
}
double Source::range_for(double value) const {
  return smallest_range_for(ranges, value, quantity);
}

double Measure::reading_time(const Values& settings) const {
  double time = 0;
  for (const auto& [name, seconds] : read_time) {
    if (name == "fixed") {
      time += seconds;
    } else if (const auto setting = settings.find(name); setting != settings.end()) {
      time += seconds * parse_number(setting->second).value_or(0);
    }
  }
  return time;
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
  const auto groups = RegularExpression(driver.identity.pattern).match(reply);
  if (!groups) return std::nullopt;
  const auto group = [&](const char* name) {
    const auto found = groups->find(name);
    return found == groups->end() ? std::string() : found->second;
  };
  Identity identity{group("maker"), group("model"), group("serial"), group("firmware"), reply};
  if (identity.maker.empty()) identity.maker = driver.identity.maker;
  return identity;
}

}  // namespace etalon::drivers
