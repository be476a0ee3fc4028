#include "acquisition/procedure.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/identification.h"
#include "base/language.h"
#include "base/toml.h"

namespace etalon::acquisition {

using base::TomlTable;
using base::tr;

namespace {

// No calibration waits or reads so much: a slip of the unit or the exponent.
constexpr double longest_wait = 30 * 86400.0;  // s
constexpr long long most_readings = 100000;

double waiting_time(const TomlTable& table, const std::string& key, double otherwise) {
  const double seconds = table.quantity_or(key, "s", otherwise);
  if (seconds < 0) table.fail(key, tr("expected a time of at least 0 s"));
  if (seconds > longest_wait) table.fail(key, tr("is more than 30 days"));
  return seconds;
}

int count_of_readings(const TomlTable& table, const std::string& key, long long otherwise) {
  const long long count = table.integer_or(key, otherwise);
  if (count > most_readings) table.fail(key, fmt::format(fmt::runtime(tr("is more than {}")), most_readings));
  return static_cast<int>(std::max(count, -1LL));
}

// What no laboratory's room leaves: limits beyond are of another unit.
struct RoomLimits {
  const char* quantity;
  const char* unit;
  double from;
  double to;
};
constexpr RoomLimits room_limits[] = {
    {"temperature", "degC", -40, 85}, {"relative humidity", "%", 0, 100}, {"pressure", "hPa", 300, 1200}};

void require_plausible(const TomlTable& environment, const std::string& quantity, const Limits& limits) {
  for (const RoomLimits& room : room_limits) {
    if (quantity != room.quantity || !base::convertible(limits.unit, room.unit)) continue;
    const double from = base::convert(limits.from, limits.unit, room.unit);
    const double to = base::convert(limits.to, limits.unit, room.unit);
    if (from >= room.from && to <= room.to) continue;
    environment.fail(
        quantity, fmt::format(fmt::runtime(tr("{} to {} {} is {} to {} {}: in no room; expected {} to {} {}")),
                              limits.from, limits.to, limits.unit, from, to, room.unit, room.from, room.to, room.unit));
  }
}

Limits limits_from(const TomlTable& table) {
  Limits limits;
  const base::Quantity from = table.quantity_as_written("from");
  limits.unit = from.unit;
  limits.from = from.value;
  limits.to = table.quantity("to", limits.unit);
  if (!(limits.from < limits.to)) table.fail("to", tr("expected more than from"));
  return limits;
}

Settling settling_from(const TomlTable& table) {
  Settling settling;
  settling.flag = table.boolean_or("flag", true);
  settling.dwell = waiting_time(table, "dwell", 0);
  settling.timeout = waiting_time(table, "timeout", settling.timeout);
  if (!(settling.timeout > 0)) table.fail("timeout", tr("expected a time above 0 s"));
  if (const auto window = table.table_if_any("window")) {
    (void)window->integer("readings");  // it is required
    settling.window_readings = count_of_readings(*window, "readings", 0);
    settling.window_span = window->number("span_of_range");
    if (settling.window_readings < 2) window->fail("readings", tr("expected at least 2"));
    if (!(settling.window_span > 0)) window->fail("span_of_range", tr("expected a number above 0"));
    if (settling.window_span > 1)
      window->fail("span_of_range", tr("is more than the range itself; expected such as 20e-6"));
  }
  return settling;
}

WiringCheck wiring_check_from(const TomlTable& table) {
  WiringCheck check;
  check.permissible_errors = table.number_or("permissible_errors", check.permissible_errors);
  check.of_range = table.number_or("of_range", check.of_range);
  // Below the permissible error a right reading of an item that just fails would be taken for a wrong wiring.
  if (!(check.permissible_errors >= 2)) table.fail("permissible_errors", tr("expected at least 2"));
  if (!(check.of_range >= 0 && check.of_range <= 1)) table.fail("of_range", tr("expected a number from 0 to 1"));
  return check;
}

Wiring wiring_from(const TomlTable& table, const std::map<std::string, RoleNeed>& roles) {
  Wiring wiring;
  wiring.name = table.text("name");
  wiring.from = table.text("from");
  wiring.to = table.text("to");
  if (wiring.from != "short" && !roles.count(wiring.from)) table.fail("from", tr("expected a role, or \"short\""));
  if (!roles.count(wiring.to)) table.fail("to", tr("expected a role"));
  wiring.prompt = table.local_text("prompt");
  wiring.picture = table.text_or("picture", "");
  wiring.wait = waiting_time(table, "wait", 0);
  wiring.touched = table.boolean_or("touched", true);
  for (const TomlTable& row : table.tables("range")) {
    RangePoints points;
    points.range = row.quantity_as_written("range");
    points.points = row.texts("points");
    if (points.points.empty()) row.fail("points", tr("expected at least one"));
    for (const std::string& point : points.points) {
      try {
        base::parse_quantity(point).in(points.range.unit);
      } catch (const base::InputError& error) {
        row.fail("points", error.what());
      }
    }
    points.readings = count_of_readings(row, "readings", 10);
    if (points.readings < 2) row.fail("readings", tr("expected at least 2: one reading has no repeatability"));
    points.position = row.position_of("points");
    wiring.ranges.push_back(points);
  }
  if (wiring.ranges.empty()) table.fail("range", tr("expected at least one [[wiring.range]]"));
  return wiring;
}

}  // namespace

Procedure parse_procedure(const std::string& text, const std::string& file_name) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  Procedure procedure;
  procedure.path = file_name;
  procedure.text = text;
  const TomlTable head = root.table("procedure");
  procedure.title = base::local_name(head, "title");
  procedure.documents = base::names(head, "documents");
  procedure.method = base::local_name(head, "method", base::longest_description);
  const TomlTable roles = root.table("roles");
  for (const std::string& role : roles.keys()) {
    if (role == "short")
      roles.fail(role, tr("\"short\" means the copper short in a wiring; give the role another name"));
    const TomlTable table = roles.table(role);
    procedure.roles[role] = {table.text_or("sources", ""), table.texts_or_none("measures")};
  }
  const auto item = procedure.roles.find("item");
  if (item == procedure.roles.end() || item->second.measures.size() != 1) {
    roles.fail("item", tr("expected a role item that measures exactly one quantity"));
  }
  procedure.quantity = item->second.measures.front();
  if (const auto settings = root.table_if_any("settings")) {
    procedure.settings_position = settings->position();
    for (const std::string& name : settings->keys())
      procedure.settings[name] = base::name(*settings, name);
  }
  if (const auto environment = root.table_if_any("environment")) {
    for (const std::string& quantity : environment->keys()) {
      procedure.environment[quantity] = limits_from(environment->table(quantity));
      require_plausible(*environment, quantity, procedure.environment[quantity]);
      // A limit that nobody watches is worse than none.
      const auto ambient = procedure.roles.find("ambient");
      const auto measured = ambient == procedure.roles.end() ? std::vector<std::string>{} : ambient->second.measures;
      if (std::find(measured.begin(), measured.end(), quantity) == measured.end()) {
        environment->fail(quantity,
                          fmt::format(fmt::runtime(tr("the role ambient does not measure it; it measures: {}")),
                                      fmt::join(measured, ", ")));
      }
    }
  }
  if (const auto settling = root.table_if_any("settling")) procedure.settling = settling_from(*settling);
  if (const auto check = root.table_if_any("wiring_check")) procedure.wiring_check = wiring_check_from(*check);
  for (const TomlTable& table : root.tables("wiring"))
    procedure.wirings.push_back(wiring_from(table, procedure.roles));
  if (procedure.wirings.empty()) root.fail("wiring", tr("expected at least one [[wiring]]"));
  root.leave({"model", "inputs", "evaluation", "decision"});
  root.finish();
  return procedure;
}

Procedure read_procedure(const std::string& path) {
  return parse_procedure(base::read_file(path, 1u << 20), path);
}

}  // namespace etalon::acquisition
