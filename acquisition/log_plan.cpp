#include "acquisition/log_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "acquisition/journal_tables.h"
#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "base/units.h"

namespace etalon::acquisition {

using base::InputError;
using base::tr;
using drivers::Bench;
using drivers::BenchInstrument;
using drivers::Measure;

void to_json(nlohmann::json& json, const LogChannel& channel) {
  json = {{"name", channel.name},  {"instrument", channel.instrument}, {"quantity", channel.quantity},
          {"unit", channel.unit},  {"range", channel.range},           {"resolution", channel.resolution},
          {"block", channel.block}};
}

void from_json(const nlohmann::json& json, LogChannel& channel) {
  json.at("name").get_to(channel.name);
  json.at("instrument").get_to(channel.instrument);
  json.at("quantity").get_to(channel.quantity);
  json.at("unit").get_to(channel.unit);
  json.at("range").get_to(channel.range);
  json.at("resolution").get_to(channel.resolution);
  channel.block = json.value("block", 0);  // older logs have none
}

namespace {

std::string nearest_hint(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string nearest = base::nearest_word(word, candidates);
  return nearest.empty() ? "" : fmt::format(fmt::runtime(tr("; did you mean {}?")), nearest);
}

const BenchInstrument& instrument_of(const Bench& bench, const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const BenchInstrument& instrument : bench.instruments) {
    if (instrument.name == name) return instrument;
    names.push_back(instrument.name);
  }
  throw InputError(fmt::format(fmt::runtime(tr("{}: the bench {} has no instrument '{}'; it has: {}{}")), where,
                               bench.path, name, fmt::join(names, ", "), nearest_hint(name, names)));
}

const Measure& measure_of(const BenchInstrument& instrument, const std::string& quantity, const std::string& where) {
  if (const Measure* measure = instrument.driver.measure(quantity)) return *measure;
  std::vector<std::string> quantities;
  for (const Measure& measure : instrument.driver.measures)
    quantities.push_back(measure.quantity);
  throw InputError(fmt::format(fmt::runtime(tr("{}: {} ({}) does not measure '{}'; it measures: {}{}")), where,
                               instrument.name, instrument.driver.title, quantity,
                               quantities.empty() ? tr("nothing") : fmt::format("{}", fmt::join(quantities, ", ")),
                               nearest_hint(quantity, quantities)));
}

std::string ranges_text(const Measure& measure) {
  std::vector<std::string> texts;
  for (const double range : measure.ranges)
    texts.push_back(fmt::format("{} {}", range, measure.unit));
  return fmt::format("{}", fmt::join(texts, ", "));
}

double range_of(const Measure& measure, const std::optional<std::string>& text, const std::string& where) {
  if (measure.ranges.empty()) {
    if (!text) return 0;
    throw InputError(fmt::format(fmt::runtime(tr("{}: {} has one fixed range here; leave @{} out")), where,
                                 measure.quantity, *text));
  }
  if (!text) {
    throw InputError(fmt::format(fmt::runtime(tr("{}: give the range behind an @, such as '{}@{} {}'; possible: {}")),
                                 where, where, measure.ranges.back(), measure.unit, ranges_text(measure)));
  }
  double wanted = 0;
  try {
    wanted = base::parse_quantity(*text).in(measure.unit);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: @{}: {}", where, *text, error.what()));
  }
  for (const double range : measure.ranges) {
    if (std::fabs(range - wanted) <= 1e-9 * std::fabs(range)) return range;
  }
  throw InputError(
      fmt::format(fmt::runtime(tr("{}: there is no range {}; possible: {}")), where, *text, ranges_text(measure)));
}

// Takes ":block=N" off the end of a channel's text: N, 0 when there is none, -1 when it is no number.
int take_block(std::string& text) {
  static const std::string key = ":block=";
  const std::size_t at = text.rfind(key);
  if (at == std::string::npos) return 0;
  const std::string number = text.substr(at + key.size());
  text.erase(at);
  int block = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), block);
  return failure == std::errc{} && end == number.data() + number.size() && block > 0 ? block : -1;
}

void check_block(const LogChannel& channel, const Measure& measure, const std::string& where) {
  if (channel.block == 0) return;
  if (!measure.read_many) {
    throw InputError(
        fmt::format(fmt::runtime(tr("{}: the driver file of {} has no read_many for {}; leave :block out")), where,
                    channel.instrument, channel.quantity));
  }
  if (channel.block < 0 || channel.block > measure.read_many->most) {
    throw InputError(fmt::format(fmt::runtime(tr("{}: a block has 1 to {} readings here, such as :block={}")), where,
                                 measure.read_many->most, std::min(measure.read_many->most, 1000)));
  }
}

LogChannel channel_from(const Bench& bench, const std::string& text) {
  LogChannel channel;
  std::string rest = text;
  channel.block = take_block(rest);
  const std::size_t equals = rest.find('=');
  if (equals != std::string::npos) {
    channel.name = rest.substr(0, equals);
    rest.erase(0, equals + 1);
  } else {
    channel.name = rest;
  }
  const std::size_t colon = rest.find(':');
  if (colon == std::string::npos || channel.name.empty()) {
    throw InputError(fmt::format(
        fmt::runtime(tr("{}: expected [NAME=]INSTRUMENT:QUANTITY[@RANGE][:block=N], such as 'meter:dc voltage@10 V'")),
        text));
  }
  channel.instrument = rest.substr(0, colon);
  channel.quantity = rest.substr(colon + 1);
  std::optional<std::string> range;
  if (const std::size_t at = channel.quantity.find('@'); at != std::string::npos) {
    range = channel.quantity.substr(at + 1);
    channel.quantity.erase(at);
  }
  const Measure& measure = measure_of(instrument_of(bench, channel.instrument, text), channel.quantity, text);
  channel.unit = measure.unit;
  channel.range = range_of(measure, range, text);
  channel.resolution = measure.resolution_at(channel.range);
  check_block(channel, measure, text);
  if (channel.name.size() > sizeof(ReadingRow::channel)) {
    throw InputError(fmt::format(
        fmt::runtime(tr("{}: longer than the {} bytes that the file has for it; give the channel a name: 'NAME={}'")),
        channel.name, sizeof(ReadingRow::channel), rest));
  }
  return channel;
}

void add_setting(LogPlan& plan, const Bench& bench, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError(fmt::format(fmt::runtime(tr("--set {}: expected NAME=VALUE or INSTRUMENT:NAME=VALUE")), text));
  std::string name = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  std::string only;
  if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
    only = name.substr(0, colon);
    name.erase(0, colon + 1);
  }
  bool used = false;
  std::vector<std::string> known;
  for (const std::string& instrument : plan.instruments()) {
    if (!only.empty() && instrument != only) continue;
    for (const auto& [setting_name, setting] : bench.instrument(instrument).driver.settings) {
      known.push_back(setting_name);
      if (setting_name != name) continue;
      const auto& allowed = setting.values;
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
        throw InputError(fmt::format(fmt::runtime(tr("--set {}: {} cannot be {}; possible: {}")), text, name, value,
                                     fmt::join(allowed, ", ")));
      }
      plan.settings[instrument][name] = value;
      used = true;
    }
  }
  if (used) return;
  throw InputError(
      fmt::format(fmt::runtime(tr("--set {}: no instrument of these channels has a setting '{}'; there are: "
                                  "{}")),
                  text, name, known.empty() ? tr("none") : fmt::format("{}", fmt::join(known, ", "))));
}

}  // namespace

std::vector<std::string> LogPlan::instruments() const {
  std::vector<std::string> names;
  for (const LogChannel& channel : channels) {
    if (std::find(names.begin(), names.end(), channel.instrument) == names.end()) names.push_back(channel.instrument);
  }
  return names;
}

LogPlan make_log_plan(const Bench& bench, const std::vector<std::string>& channels,
                      const std::vector<std::string>& settings, double interval, std::int64_t slots) {
  if (!(interval > 0) || !std::isfinite(interval))
    throw InputError(fmt::format(fmt::runtime(tr("an interval of {} s is not possible")), interval));
  if (channels.empty()) throw InputError(tr("a log needs at least one channel"));
  LogPlan plan;
  plan.interval = interval;
  plan.slots = slots;
  plan.simulated = bench.simulation.has_value();
  for (const std::string& text : channels) {
    const LogChannel channel = channel_from(bench, text);
    for (const LogChannel& other : plan.channels) {
      if (other.name == channel.name)
        throw InputError(fmt::format(fmt::runtime(tr("{}: there are two channels of this name")), channel.name));
    }
    plan.channels.push_back(channel);
  }
  for (const std::string& text : settings)
    add_setting(plan, bench, text);
  return plan;
}

std::string log_plan_to_json(const LogPlan& plan) {
  return nlohmann::json{{"kind", "log"},
                        {"interval", plan.interval},
                        {"slots", plan.slots},
                        {"simulated", plan.simulated},
                        {"channels", plan.channels},
                        {"settings", plan.settings}}
      .dump(1);
}

LogPlan log_plan_from_json(const std::string& json) {
  LogPlan plan;
  try {
    const auto read = nlohmann::json::parse(json);
    if (read.value("kind", "") != "log") throw InputError(tr("this is not the plan of a log"));
    read.at("interval").get_to(plan.interval);
    read.at("slots").get_to(plan.slots);
    read.at("simulated").get_to(plan.simulated);
    read.at("channels").get_to(plan.channels);
    read.at("settings").get_to(plan.settings);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format(fmt::runtime(tr("the plan cannot be read: {}")), error.what()));
  }
  if (!(plan.interval > 0) || plan.channels.empty())
    throw InputError(fmt::format(fmt::runtime(tr("the plan cannot be read: {}")), "interval, channels"));
  return plan;
}

bool is_log_plan(const std::string& json) {
  const auto read = nlohmann::json::parse(json, nullptr, false);
  return read.is_object() && read.contains("kind") && read["kind"] == "log";
}

}  // namespace etalon::acquisition
