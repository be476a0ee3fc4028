// A plan comes from a file. Whatever one field of it says, it is refused with a reason, or the run evaluates; the
// program never goes on with what is not there.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "acquisition/run_file.h"
#include "acquisition/runner.h"
#include "calibration/evaluation/evaluate.h"

using namespace etalon;
using nlohmann::json;

namespace {

const acquisition::RunRecord& golden() {
  static const acquisition::RunRecord record =
      acquisition::read_run(std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1.h5");
  return record;
}

// All places of a plan; of its points and steps a few of each kind.
void collect(const json& node, const json::json_pointer& place, std::vector<json::json_pointer>& places) {
  if (!place.empty()) places.push_back(place);
  if (node.is_object()) {
    for (const auto& [name, value] : node.items())
      collect(value, place / name, places);
  }
  if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i < 14 || i + 1 == node.size()) collect(node[i], place / i, places);
    }
  }
}

bool is_refused(const std::string& text) {
  acquisition::RunRecord record = golden();
  try {
    record.plan = acquisition::plan_from_json(text);
  } catch (const base::InputError&) {
    return true;
  }
  record.plan_json = text;
  record.version = 0;  // the plan alone is on trial, not what it contradicts
  try {
    acquisition::remaining_steps(record);
    for (const auto& point : record.plan.points)
      acquisition::steps_to_repeat(record, point.id);
    calibration::evaluate(record);
  } catch (const base::Error&) {
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("each field of a plan, missing or wrong, is refused or does no harm") {
  const json plan = json::parse(golden().plan_json);
  CHECK_FALSE(is_refused(plan.dump()));
  std::vector<json::json_pointer> places;
  collect(plan, json::json_pointer(), places);
  REQUIRE(places.size() > 300);
  int refused_missing = 0;
  int missing = 0;
  for (const auto& place : places) {
    INFO(place.to_string());
    const json& was = plan[place];
    for (const json& wrong : {json(nullptr), json(-1), json(1e300), json(4294967297), json("?"), json::array(),
                              json::object(), json(true), json(std::string("\xff\xfe"))}) {
      if (wrong == was) continue;
      json damaged = plan;
      damaged[place] = wrong;
      const bool refused = is_refused(damaged.dump(-1, ' ', false, json::error_handler_t::ignore));
      // Another kind of value is never taken for the right one.
      const bool other_kind = !(wrong.is_number() && was.is_number()) && wrong.type() != was.type();
      if (other_kind) CHECK(refused);
    }
    json damaged = plan;
    const auto parent = place.parent_pointer();
    if (damaged[parent].is_object() && parent != json::json_pointer("/settings")) {
      ++missing;
      damaged[parent].erase(place.back());
      const bool refused = is_refused(damaged.dump());
      refused_missing += refused;
      // Limits that nobody set are none; all else must be there.
      if (parent != json::json_pointer("/environment")) CHECK(refused);
    }
  }
  CHECK(missing > 100);
  CHECK(refused_missing > 100);
}

TEST_CASE("steps that a run relies on") {
  const json plan = json::parse(golden().plan_json);
  const auto refused = [&](const std::function<void(json&)>& change, const std::string& told) {
    json damaged = plan;
    change(damaged);
    CHECK_THROWS_WITH(acquisition::plan_from_json(damaged.dump()), Catch::Contains(told));
  };
  const auto index_of = [&](const std::string& kind) {
    std::size_t i = 0;
    while (plan["steps"][i]["kind"] != kind)
      ++i;
    return i;
  };
  refused([&](json& p) { p["steps"][index_of("read")]["point"] = -1; }, "it has no point");
  refused([&](json& p) { p["steps"][index_of("environment")]["point"] = 9999; }, "point that there is not");
  refused([&](json& p) { p["steps"][index_of("prompt")]["wiring"] = -1; }, "it has no wiring");
  refused([&](json& p) { p["steps"][index_of("apply")]["kind"] = "settle"; }, "nothing is applied before");
  refused([&](json& p) { p["steps"][index_of("configure")]["kind"] = "environment"; }, "not configured before");
  refused([&](json& p) { p["steps"][0]["kind"] = "make safe"; }, "does not identify");
  refused([&](json& p) { p["steps"].back()["kind"] = "identify"; }, "does not make the sources safe");
  refused([&](json& p) { p["steps"].erase(p["steps"].size() - 2); }, "not numbered");
  refused([&](json& p) { p["steps"][index_of("read")]["kind"] = "settle"; }, "one step that reads it");
  refused([&](json& p) { p["points"][1]["id"] = p["points"][0]["id"]; }, "stands twice");
  refused([&](json& p) { p["points"][0]["range"] = 0.2; }, "range and range_text");
  refused([&](json& p) { p["points"].back()["nominal"] = 12; }, "nominal and nominal_text");
  refused([&](json& p) { p["points"][0]["shorted"] = false; }, "shorted");
  refused([&](json& p) { p["unit"] = "furlong"; }, "is no unit");
  refused([&](json& p) { p["version"] = 99; }, "made by a newer etalon");
  refused([&](json& p) { p["version"] = 0; }, "version");
  CHECK_THROWS_AS(acquisition::plan_from_json("[1"), base::InputError);
  CHECK_THROWS_AS(acquisition::plan_from_json(std::string(100000, '[')), base::InputError);
}
