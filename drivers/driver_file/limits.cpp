#include "drivers/driver_file/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/language.h"
#include "drivers/driver_file/reading.h"

namespace etalon::drivers {

using base::message_id;
using base::TomlTable;
using base::tr;

namespace {

std::optional<double> number_if_any(const TomlTable& table, const std::string& key) {
  return table.has(key) ? std::optional(table.number(key)) : std::nullopt;
}

void narrow(Source& source, const Limits& limits) {
  source.minimum = limits.minimum.value_or(source.minimum);
  source.maximum = limits.maximum.value_or(source.maximum);
  // The ranges up to the first that reaches the limits.
  const double reach = std::max(std::fabs(source.minimum), std::fabs(source.maximum)) * (1 - 1e-12);
  const auto last =
      std::find_if(source.ranges.begin(), source.ranges.end(), [&](double range) { return range >= reach; });
  if (last != source.ranges.end()) source.ranges.erase(last + 1, source.ranges.end());
  source.values.erase(std::remove_if(source.values.begin(), source.values.end(),
                                     [&](double value) { return value < source.minimum || value > source.maximum; }),
                      source.values.end());
}

void narrow(Measure& measure, const Limits& limits) {
  measure.ranges.erase(std::remove_if(measure.ranges.begin(), measure.ranges.end(),
                                      [&](double range) {
                                        return range < limits.lowest_range.value_or(range) ||
                                               range > limits.highest_range.value_or(range);
                                      }),
                       measure.ranges.end());
}

template <typename Role>
void narrow_all(std::vector<Role>& roles, const std::string& name) {
  for (Role& role : roles) {
    if (const auto limits = role.limits.find(name); limits != role.limits.end()) narrow(role, limits->second);
  }
}

}  // namespace

Bands bands_from(const TomlTable& source, double reach) {
  Bands bands;
  const auto table = source.table_if_any("bands");
  if (!table) return bands;
  bands.setting = table->text("setting");
  for (const auto& row : rows_from(*table, 3, 3, message_id("up to, lowest, highest"))) {
    if (!(row[0] > (bands.rows.empty() ? 0 : bands.rows.back().up_to)))
      table->fail("rows", tr("expected numbers above 0, smallest first"));
    if (!(row[1] < row[2])) table->fail("rows", tr("expected the lowest below the highest"));
    bands.rows.push_back({row[0], row[1], row[2]});
  }
  if (bands.rows.empty() || bands.rows.back().up_to < reach * (1 - 1e-12))
    table->fail("rows", tr("the last row must hold the largest value"));
  return bands;
}

LimitsByName source_limits_from(const TomlTable& table, const Source& source) {
  LimitsByName found;
  const auto names = table.table_if_any("limits");
  if (!names) return found;
  for (const std::string& name : names->keys()) {
    const TomlTable one = names->table(name);
    const Limits limits{number_if_any(one, "minimum"), number_if_any(one, "maximum"), {}, {}};
    const double minimum = limits.minimum.value_or(source.minimum);
    const double maximum = limits.maximum.value_or(source.maximum);
    if (!(minimum >= source.minimum && maximum <= source.maximum && minimum < maximum))
      names->fail(name, tr("expected a part of what lies between minimum and maximum"));
    found[name] = limits;
  }
  return found;
}

LimitsByName measure_limits_from(const TomlTable& table, const Measure& measure) {
  LimitsByName found;
  const auto names = table.table_if_any("limits");
  if (!names) return found;
  for (const std::string& name : names->keys()) {
    const TomlTable one = names->table(name);
    const Limits limits{{}, {}, number_if_any(one, "lowest_range"), number_if_any(one, "highest_range")};
    const auto check = [&](const char* key, const std::optional<double>& range) {
      if (range && std::find(measure.ranges.begin(), measure.ranges.end(), *range) == measure.ranges.end())
        one.fail(key, tr("is none of the ranges"));
    };
    check("lowest_range", limits.lowest_range);
    check("highest_range", limits.highest_range);
    if (limits.lowest_range && limits.highest_range && *limits.lowest_range > *limits.highest_range)
      one.fail("highest_range", tr("is below lowest_range"));
    found[name] = limits;
  }
  return found;
}

std::vector<std::string> names_of_limits(const DriverFile& driver) {
  std::vector<std::string> names;
  const auto add = [&](const LimitsByName& limits) {
    for (const auto& [name, limit] : limits) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  for (const Measure& measure : driver.measures)
    add(measure.limits);
  for (const Source& source : driver.sources)
    add(source.limits);
  return names;
}

void narrow_to(DriverFile& driver, const std::string& name) {
  if (name.empty()) return;
  narrow_all(driver.measures, name);
  narrow_all(driver.sources, name);
}

bool is_module(const DriverFile& driver, const std::string& name) {
  const auto& modules = driver.identity.modules;
  return std::find(modules.begin(), modules.end(), name) != modules.end();
}

namespace {

std::string example_of(const DriverFile& driver) {
  std::string example = driver.identity.example;
  if (const auto at = example.find("{serial}"); at != std::string::npos) example.replace(at, 8, "A0");
  return example;
}

}  // namespace

std::string example_model(const DriverFile& driver) {
  const auto shown = match_identity(driver, example_of(driver));
  return shown ? shown->model : "";
}

bool is_model(const DriverFile& driver, const std::string& name) {
  const std::string shown = example_model(driver);
  if (shown.empty() || name == shown) return !shown.empty();
  std::string example = example_of(driver);
  const std::size_t at = example.find(shown);
  if (at == std::string::npos) return false;
  const auto other = match_identity(driver, example.replace(at, shown.size(), name));
  return other && other->model == name;
}

}  // namespace etalon::drivers
