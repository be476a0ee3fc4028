#include "drivers/driver_file/source.h"

#include <algorithm>
#include <cmath>

#include "base/language.h"
#include "drivers/driver_file/reading.h"
#include "drivers/driver_file/smallest_range.h"

namespace etalon::drivers {

using base::message_id;
using base::TomlTable;
using base::tr;

double Source::range_for(double value) const {
  return smallest_range_for(ranges, value, quantity);
}

bool Source::can(double value) const {
  if (!(value >= minimum && value <= maximum)) return false;
  return values.empty() || std::any_of(values.begin(), values.end(), [&](double possible) {
           return std::fabs(possible - value) <= 1e-9 * std::fabs(possible);
         });
}

const Band* Source::broken_band(double value, const Values& settings) const {
  for (const Band& band : bands.rows) {
    if (std::fabs(value) > band.up_to * (1 + 1e-12)) continue;
    const auto setting = settings.find(bands.setting);
    const auto number = setting == settings.end() ? std::nullopt : parse_number(setting->second);
    return number && *number >= band.from && *number <= band.to ? nullptr : &band;
  }
  return nullptr;
}

namespace {

SourcePhysics physics_from(const TomlTable& table, const std::string& unit) {
  SourcePhysics physics;
  physics.time_constant = table.quantity("time_constant", "s");
  physics.settled_after = table.quantity("settled_after", "s");
  physics.slew = table.number_or("slew", 0);
  if (!(physics.slew >= 0)) table.fail("slew", tr("expected a number of at least 0, in the unit per second"));
  physics.off_value = table.number_or("off_value", 0);
  physics.standby_above = table.quantity_or("standby_above", unit, 0);
  for (const auto& row : rows_from(table, 5, 5, message_id("range, gain, offset, noise of output, noise floor")))
    physics.rows.push_back({row[0], row[1], row[2], row[3], row[4]});
  return physics;
}

void read_messages(const TomlTable& table, Source& source) {
  source.set = exchanges_from(table, "set");
  if (source.set.empty()) table.fail("set", tr("expected at least one message"));
  if (std::none_of(source.set.begin(), source.set.end(),
                   [](const Exchange& exchange) { return has_place(exchange.send, "value"); })) {
    table.fail("set", tr("expected a message with the place {value}"));
  }
  source.operate = exchange_if_any(table, "operate");
  if (source.operate && !source.operate->send.names().empty()) table.fail("operate", tr("no places are possible here"));
  source.operating = table.text_or("operating", "");
  if (source.operate && source.operating.empty())
    table.fail("operating", tr("expected the name of a flag that is on while the output is on"));
  source.settled = table.text_or("settled", "");
  source.read_back = exchange_if_any(table, "read_back");
  if (source.read_back && (!source.read_back->reply || !has_place(*source.read_back->reply, "value")))
    table.fail("read_back", tr("expected the form of the reply, with the place {value}"));
  if (source.read_back && !source.read_back->send.names().empty())
    table.fail("read_back", tr("no places are possible here"));
  if (!source.read_back && source.operating.empty())
    table.fail("read_back", tr("expected read_back or operating: otherwise nothing shows what the output does"));
  source.read_back_within = table.quantity_or("read_back_within", source.unit, 0);
  if (!(source.read_back_within >= 0)) table.fail("read_back_within", tr("expected at least 0"));
}

}  // namespace

Source source_from(const TomlTable& table) {
  Source source;
  source.quantity = table.text("quantity");
  source.unit = unit_from(table);
  source.minimum = table.number("minimum");
  source.maximum = table.number("maximum");
  if (!(source.minimum < source.maximum)) table.fail("maximum", tr("expected more than minimum"));
  source.ranges = ranges_from(table);
  if (table.has("values")) {
    source.values = table.numbers("values");
    for (const double value : source.values) {
      if (!(value >= source.minimum && value <= source.maximum))
        table.fail("values", tr("expected values between minimum and maximum"));
    }
  }
  source.bands = bands_from(table, std::max(std::fabs(source.minimum), std::fabs(source.maximum)));
  source.limits = source_limits_from(table, source);
  read_messages(table, source);
  source.settle_time = table.quantity_or("settle_time", "s", 0);
  source.specifications = accuracies_from(table);
  source.accuracy = accuracy_for(source.specifications, "", std::nullopt);
  if (const auto physics = table.table_if_any("physics")) source.physics = physics_from(*physics, source.unit);
  return source;
}

}  // namespace etalon::drivers
