#include "drivers/driver_file/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/language.h"
#include "drivers/driver_file/reading.h"
#include "drivers/driver_file/reply_units.h"
#include "drivers/driver_file/smallest_range.h"

namespace etalon::drivers {

using base::InputError;
using base::message_id;
using base::TomlTable;
using base::tr;

double Measure::range_for(double value) const {
  return smallest_range_for(ranges, value, quantity);
}

bool Measure::is_sign(double number) const {
  return std::fabs(number) >= std::min(overload, scpi_overload);
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

bool Measure::uses(const std::string& setting) const {
  const auto names_it = [&](const Exchange& exchange) {
    const std::vector<std::string> names = exchange.send.names();
    return std::find(names.begin(), names.end(), setting) != names.end();
  };
  return std::any_of(configure.begin(), configure.end(), names_it) || names_it(read) ||
         (read_many && std::any_of(read_many->before.begin(), read_many->before.end(), names_it));
}

namespace {

MeterPhysics physics_from(const TomlTable& table) {
  MeterPhysics meter;
  meter.temperature_coefficient = table.number_or("temperature_coefficient", 0);
  meter.warm_up_drift = table.number_or("warm_up_drift", 0);
  meter.warm_up_time_constant = table.quantity_or("warm_up_time_constant", "s", meter.warm_up_time_constant);
  meter.switched_on_before = table.quantity_or("switched_on_before", "s", meter.switched_on_before);
  if (!(meter.warm_up_time_constant > 0)) table.fail("warm_up_time_constant", tr("expected a time above 0 s"));
  for (const auto& row : rows_from(table, 5, 5, message_id("range, noise a, noise b, gain, offset")))
    meter.rows.push_back({row[0], row[1], row[2], row[3], row[4]});
  return meter;
}

BlockReading read_many_from(const TomlTable& table) {
  BlockReading many;
  many.before = exchanges_from(table, "before");
  many.send = template_at(table.text("send"), table.position_of("send"));
  try {
    many.format = parse_number_array_format(table.text("format"));
  } catch (const base::FileError&) {
    throw;
  } catch (const InputError& error) {
    table.fail("format", error.what());
  }
  many.format.scale = table.number_or("scale", 1);
  if (!(many.format.scale > 0)) table.fail("scale", tr("expected a number above 0"));
  const long long most = table.integer_or("most", many.most);
  if (most < 1 || most > 100000000) table.fail("most", tr("expected a number of readings above 0"));
  many.most = static_cast<int>(most);
  many.time_each = table.quantity_or("time_each", "s", 0);
  bool counted = has_place(many.send, "count");
  for (const Exchange& exchange : many.before)
    counted = counted || has_place(exchange.send, "count");
  if (!counted) table.fail("send", tr("expected the place {count}, here or in a message of `before`"));
  return many;
}

void read_resolution(const TomlTable& table, Measure& measure) {
  measure.resolution = table.number_or("resolution", 0);
  measure.digit = table.number_or("digit", 0);
  if (!(measure.resolution > 0) && !(measure.digit > 0))
    table.fail("resolution", tr("expected resolution (of range) or digit (in the unit), above 0"));
  if (measure.resolution < 0) table.fail("resolution", tr("expected a number above 0"));
  if (measure.digit < 0) table.fail("digit", tr("expected a number above 0"));
}

void read_messages(const TomlTable& table, Measure& measure) {
  measure.configure = exchanges_from(table, "configure");
  measure.check = exchanges_from(table, "check");
  for (const Exchange& exchange : measure.check) {
    if (!exchange.reply)
      table.fail("check",
                 fmt::format(fmt::runtime(tr("\"{}\": expected the form of the reply")), exchange.send.text()));
  }
  measure.read = exchange_from(table.table("read"));
  if (!measure.read.reply) table.table("read").fail("reply", tr("expected the form of the reply"));
  measure.value_name = table.text_or("value_name", "value");
  if (!has_place(*measure.read.reply, measure.value_name))
    table.fail("read", fmt::format(fmt::runtime(tr("the reply has no place {{{}}}")), measure.value_name));
  measure.reply_units = reply_units_from(table, measure.unit);
  if (has_place(*measure.read.reply, "unit") != !measure.reply_units.empty()) {
    table.fail("reply_units", tr("belongs to a reply with the place {unit}: what it may read for the unit of this "
                                 "table, the instrument's own spelling"));
  }
  measure.wait_for = table.text_or("wait_for", "");
  measure.wait_at_most = table.quantity_or("wait_at_most", "s", measure.wait_at_most);
  if (!(measure.wait_at_most > 0)) table.fail("wait_at_most", tr("expected a time above 0 s"));
  if (const auto many = table.table_if_any("read_many")) {
    measure.read_many = read_many_from(*many);
    // Outside a block nothing else shows that the last number lost its end.
    NumberArrayFormat& format = measure.read_many->format;
    const std::string begin = "{" + measure.value_name + ":";
    const std::string& reply = measure.read.reply->text();
    if (format.form == NumberForm::text && !format.in_block && reply.starts_with(begin) &&
        reply.find('}') == reply.size() - 1)
      format.element = reply.substr(begin.size(), reply.size() - begin.size() - 1);
  }
}

}  // namespace

Measure measure_from(const TomlTable& table) {
  Measure measure;
  measure.quantity = table.text("quantity");
  measure.unit = unit_from(table);
  measure.ranges = ranges_from(table);
  measure.limits = measure_limits_from(table, measure);
  measure.over_range = table.number_or("over_range", 1);
  if (!(measure.over_range >= 1)) table.fail("over_range", tr("expected at least 1, as a multiple of the range"));
  measure.own_output = table.boolean_or("own_output", false);
  read_resolution(table, measure);
  read_messages(table, measure);
  if (const auto times = table.table_if_any("read_time")) {
    for (const std::string& key : times->keys()) {
      measure.read_time[key] = times->quantity(key, "s");
      if (measure.read_time[key] < 0) times->fail(key, tr("expected a time of at least 0 s"));
    }
  }
  measure.overload = table.number_or("overload", measure.overload);
  if (measure.read_many) measure.read_many->format.sign_from = std::min(measure.overload, scpi_overload);
  const double highest = measure.ranges.empty() ? 0 : measure.ranges.back() * measure.over_range;
  if (!(measure.overload > highest)) table.fail("overload", tr("expected more than the highest indication"));
  if (table.has("largest")) {
    measure.largest = table.number("largest");
    if (!(measure.largest > 0 && measure.largest >= highest && measure.largest < measure.overload))
      table.fail("largest", tr("expected a number above 0, from the highest indication to the sign for overload"));
  }
  measure.specifications = accuracies_from(table);
  measure.accuracy = accuracy_for(measure.specifications, "", std::nullopt);
  if (const auto physics = table.table_if_any("physics")) measure.physics = physics_from(*physics);
  return measure;
}

}  // namespace etalon::drivers
