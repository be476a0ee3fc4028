#include "calibration/uncertainty/shared_quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/language.h"
#include "calibration/uncertainty/quantities_behind.h"

namespace etalon::calibration {

using base::tr;

std::vector<std::string> shared_quantities(const std::vector<InputQuantity>& inputs) {
  constexpr std::size_t most_names = 6;
  const QuantitiesBehind behind = quantities_behind(inputs, {});
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> lines;  // inputs, quantities
  for (std::size_t q = 0; q < behind.quantities.size(); ++q) {
    std::vector<std::string> where;
    bool any_component = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<std::size_t>& own = behind.of_input[i];
      const bool same_identity =
          inputs[i].components.empty() && inputs[i].identity == behind.quantities[q].identity && own[0] > q;
      if (!same_identity && std::find(own.begin(), own.end(), q) == own.end()) continue;
      where.push_back(inputs[i].name);
      any_component = any_component || !inputs[i].components.empty();
    }
    if (where.size() < 2 || !any_component) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& one) { return one.first == where; });
    if (line == lines.end()) line = lines.insert(line, {where, {}});
    line->second.push_back(behind.quantities[q].identity);
  }
  std::vector<std::string> notes;
  for (auto& [where, quantities] : lines) {
    const std::size_t count = quantities.size();
    quantities.resize(std::min(count, most_names));
    const std::string more =
        count > most_names ? fmt::format(fmt::runtime(tr(" and {} more")), count - most_names) : "";
    notes.push_back(fmt::format(fmt::runtime(tr("{} have in common, by identity: '{}'{}")), fmt::join(where, ", "),
                                fmt::join(quantities, "', '"), more));
  }
  return notes;
}

}  // namespace etalon::calibration
