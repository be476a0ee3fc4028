// The plan as JSON, for the run file. One list of fields serves both directions. A field that a later version N adds is
// listed under `if (visit.version >= N)`: plans of earlier versions keep its default, and stay readable.
#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "acquisition/plan.h"
#include "acquisition/plan_check.h"
#include "acquisition/run_file_version.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::InputError;
using base::tr;
using nlohmann::json;

namespace {

constexpr std::pair<StepKind, const char*> step_kinds[] = {
    {StepKind::identify, "identify"},   {StepKind::prompt, "prompt"},           {StepKind::wait, "wait"},
    {StepKind::make_safe, "make safe"}, {StepKind::configure, "configure"},     {StepKind::apply, "apply"},
    {StepKind::settle, "settle"},       {StepKind::environment, "environment"}, {StepKind::read, "read"}};

void fields(auto& visit, base::LocalText& text) {
  visit("en", text.en);
  visit("zh", text.zh);
}
void fields(auto& visit, Limits& limits) {
  visit("from", limits.from);
  visit("to", limits.to);
  visit("unit", limits.unit);
}
void fields(auto& visit, Settling& settling) {
  visit("flag", settling.flag);
  visit("dwell", settling.dwell);
  visit("window_readings", settling.window_readings);
  visit("window_span", settling.window_span);
  visit("timeout", settling.timeout);
}
void fields(auto& visit, ErrorLimit& limit) {
  visit("of_reading", limit.of_reading);
  visit("of_range", limit.of_range);
  visit("floor", limit.floor);
  visit("source", limit.source);
}
void fields(auto& visit, Point& point) {
  visit("id", point.id);
  visit("wiring", point.wiring);
  visit("touch", point.touch);
  visit("shorted", point.shorted);
  visit("range_text", point.range_text);
  visit("nominal_text", point.nominal_text);
  visit("range", point.range);
  visit("nominal", point.nominal);
  visit("unit", point.unit);
  visit("readings", point.readings);
  visit("source_range", point.source_range);
  visit("resolution", point.resolution);
  visit("limit", point.limit);
}
void fields(auto& visit, Step& step) {
  visit("number", step.number);
  visit("kind", step.kind);
  visit("wiring", step.wiring);
  visit("point", step.point);
  visit("estimate", step.estimate);
}
void fields(auto& visit, WiringPlan& wiring) {
  visit("name", wiring.name);
  visit("from", wiring.from);
  visit("to", wiring.to);
  visit("prompt", wiring.prompt);
  visit("picture", wiring.picture);
  visit("wait", wiring.wait);
  visit("touched", wiring.touched);
  visit("standard", wiring.standard);
}
void fields(auto& visit, AmbientQuantity& ambient) {
  visit("quantity", ambient.quantity);
  visit("unit", ambient.unit);
  visit("error_limit", ambient.error_limit);
}
void fields(auto& visit, WiringCheck& check) {
  visit("permissible_errors", check.permissible_errors);
  visit("of_range", check.of_range);
}
void fields(auto& visit, Plan& plan) {
  visit("title", plan.title);
  visit("documents", plan.documents);
  visit("method", plan.method);
  visit("quantity", plan.quantity);
  visit("unit", plan.unit);
  visit("settings", plan.settings);
  visit("environment", plan.environment);
  visit("ambient", plan.ambient);
  visit("settling", plan.settling);
  visit("wirings", plan.wirings);
  visit("points", plan.points);
  visit("steps", plan.steps);
  visit("simulated", plan.simulated);
}

// --- to JSON ---------------------------------------------------------------------------------------------------------

json written(const auto& value);

struct Writer {
  json object = json::object();
  void operator()(const char* name, const auto& value) { object[name] = written(value); }
  int version = run_file_version;
};

template <typename T>
json written_one(const T& value) {
  Writer writer;
  fields(writer, const_cast<T&>(value));  // the list of fields serves reading, too; the writer only looks
  return std::move(writer.object);
}
json written_one(const std::string& value) {
  return value;
}
json written_one(bool value) {
  return value;
}
json written_one(int value) {
  return value;
}
json written_one(double value) {
  return value;
}
json written_one(StepKind kind) {
  for (const auto& [known, name] : step_kinds) {
    if (known == kind) return name;
  }
  return nullptr;
}
template <typename T>
json written_one(const std::vector<T>& values) {
  json array = json::array();
  for (const T& value : values)
    array.push_back(written(value));
  return array;
}
template <typename T>
json written_one(const std::map<std::string, T>& values) {
  json object = json::object();
  for (const auto& [name, value] : values)
    object[name] = written(value);
  return object;
}
json written(const auto& value) {
  return written_one(value);
}

// --- from JSON -------------------------------------------------------------------------------------------------------

// Where something stands: "points[3].limit.floor".
class Place {
 public:
  explicit Place(std::string path) : path_(std::move(path)) {}
  Place in(const std::string& name) const { return Place(path_.empty() ? name : path_ + "." + name); }
  Place at(std::size_t index) const { return Place(fmt::format("{}[{}]", path_, index)); }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format(fmt::runtime(tr("the plan cannot be read: {}: {}")), path_, what));
  }

 private:
  std::string path_;
};

struct Reader {
  const json& object;
  const Place& place;
  int version;

  void operator()(const char* name, auto& value) const {
    const auto found = object.find(name);
    if (found == object.end()) place.in(name).fail(tr("is missing"));
    read(*found, value, place.in(name));
  }
  void read(const json& from, std::string& value, const Place& where) const {
    if (!from.is_string()) where.fail(tr("expected a text"));
    value = from.get<std::string>();
  }
  void read(const json& from, bool& value, const Place& where) const {
    if (!from.is_boolean()) where.fail(tr("expected true or false"));
    value = from.get<bool>();
  }
  void read(const json& from, double& value, const Place& where) const {
    if (!from.is_number()) where.fail(tr("expected a number"));
    value = from.get<double>();
  }
  void read(const json& from, int& value, const Place& where) const {
    const bool unsigned_number = from.is_number_unsigned();
    const bool fits =
        (unsigned_number && from.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) ||
        (!unsigned_number && from.is_number_integer() && from.get<std::int64_t>() >= std::numeric_limits<int>::min());
    if (!fits) where.fail(tr("expected a whole number"));
    value = static_cast<int>(from.get<std::int64_t>());
  }
  void read(const json& from, StepKind& value, const Place& where) const {
    for (const auto& [kind, name] : step_kinds) {
      if (from == name) {
        value = kind;
        return;
      }
    }
    where.fail(tr("is no kind of step"));
  }
  template <typename T>
  void read(const json& from, std::vector<T>& values, const Place& where) const {
    if (!from.is_array()) where.fail(tr("expected a list"));
    values.clear();
    for (const json& one : from)
      read(one, values.emplace_back(), where.at(values.size()));
  }
  template <typename T>
  void read(const json& from, std::map<std::string, T>& values, const Place& where) const {
    if (!from.is_object()) where.fail(tr("expected a table"));
    values.clear();
    for (const auto& [name, one] : from.items())
      read(one, values[name], where.in(name));
  }
  template <typename T>
  void read(const json& from, T& value, const Place& where) const {
    if (!from.is_object()) where.fail(tr("expected a table"));
    Reader inner{from, where, version};
    fields(inner, value);
  }
};

}  // namespace

std::string plan_to_json(const Plan& plan) {
  json object = written(plan);
  object["version"] = run_file_version;
  if (plan.wiring_check) object["wiring_check"] = written(*plan.wiring_check);  // else the default
  return object.dump(1, ' ', false, json::error_handler_t::replace);
}

int version_of_plan(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) throw InputError(tr("the plan cannot be read: it is no JSON table"));
  const auto version = parsed.find("version");
  if (version == parsed.end()) return 1;  // the first did not say it
  int number = 0;
  const Place place("version");
  Reader{parsed, place, 1}.read(*version, number, place);
  if (number < 2) place.fail(tr("expected 2 or more"));
  if (number > run_file_version) {
    throw InputError(fmt::format(
        fmt::runtime(tr("the plan has version {}, this program reads up to {}: it was made by a newer etalon")), number,
        run_file_version));
  }
  return number;
}

Plan plan_from_json(const std::string& text) {
  const int version = version_of_plan(text);
  const json parsed = json::parse(text, nullptr, false);
  const Place top("");
  Plan plan;
  Reader{parsed, top, version}.read(parsed, plan, top);
  if (const auto check = parsed.find("wiring_check"); check != parsed.end())
    Reader{parsed, top, version}.read(*check, plan.wiring_check.emplace(), top.in("wiring_check"));
  check_plan(plan);
  return plan;
}

}  // namespace etalon::acquisition
