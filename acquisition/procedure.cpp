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
  settling.dwell = table.quantity_or("dwell", "s", 0);
  settling.timeout = table.quantity_or("timeout", "s", settling.timeout);
  if (settling.dwell < 0) table.fail("dwell", tr("expected a time of at least 0 s"));
  if (!(settling.timeout > 0)) table.fail("timeout", tr("expected a time above 0 s"));
  if (const auto window = table.table_if_any("window")) {
    settling.window_readings = static_cast<int>(window->integer("readings"));
    settling.window_span = window->number("span_of_range");
    if (settling.window_readings < 2) window->fail("readings", tr("expected at least 2"));
    if (!(settling.window_span > 0)) window->fail("span_of_range", tr("expected a number above 0"));
  }
  return settling;
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
  wiring.wait = table.quantity_or("wait", "s", 0);
  if (wiring.wait < 0) table.fail("wait", tr("expected a time of at least 0 s"));
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
    points.readings = static_cast<int>(row.integer_or("readings", 10));
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
