#include "acquisition/plan_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "acquisition/run_file_version.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;
using nlohmann::json;

namespace {

std::string shown(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string differ(const std::string& place, const json& kept, const json& made) {
  return fmt::format(fmt::runtime(tr("{} is {}, made again {}")), place, shown(kept), shown(made));
}

// Points and wirings by their names: an index tells nobody anything.
std::string name_of(const json& entry, std::size_t index) {
  for (const char* key : {"id", "name", "quantity"}) {
    if (entry.is_object() && entry.contains(key) && entry[key].is_string()) return entry[key].get<std::string>();
  }
  return std::to_string(index);
}

std::optional<std::string> difference(const std::string& place, const json& kept, const json& made) {
  if (kept.is_object() && made.is_object()) {
    for (const auto& [name, value] : kept.items()) {
      if (name == "estimate" || name == "version") continue;
      const std::string inner = place.empty() ? name : place + "." + name;
      const auto other = made.find(name);
      if (other == made.end()) return differ(inner, value, nullptr);
      if (auto found = difference(inner, value, *other)) return found;
    }
    return std::nullopt;
  }
  if (kept.is_array() && made.is_array()) {
    for (std::size_t i = 0; i < std::min(kept.size(), made.size()); ++i) {
      if (auto found = difference(fmt::format("{}[{}]", place, name_of(kept[i], i)), kept[i], made[i])) return found;
    }
    if (kept.size() == made.size()) return std::nullopt;
    return fmt::format(fmt::runtime(tr("{} has {} entries, made again {}")), place, kept.size(), made.size());
  }
  if (kept == made) return std::nullopt;
  return differ(place, kept, made);
}

}  // namespace

std::optional<std::string> plan_difference(const std::string& kept_text, const Plan& made) {
  json kept = json::parse(kept_text);
  if (version_of_plan(kept_text) < run_file_version) {
    kept.erase("steps");
    for (json& ambient : kept["ambient"])
      ambient.erase("error_limit");
  }
  return difference("", kept, json::parse(plan_to_json(made)));
}

}  // namespace etalon::acquisition
