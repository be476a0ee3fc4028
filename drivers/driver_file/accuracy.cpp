#include "drivers/driver_file/accuracy.h"

#include "base/language.h"
#include "drivers/driver_file/reading.h"

namespace etalon::drivers {

using base::message_id;
using base::TomlTable;
using base::tr;

bool Accuracy::holds_at(std::optional<double> frequency_hz) const {
  if (!frequency) return true;
  return frequency_hz && *frequency_hz >= frequency->first && *frequency_hz <= frequency->second;
}

std::optional<Accuracy> accuracy_for(const std::vector<Accuracy>& tables, const std::string& period,
                                     std::optional<double> frequency_hz) {
  const auto first_of = [&](const std::string& wanted) -> const Accuracy* {
    for (const Accuracy& table : tables) {
      if ((wanted.empty() || table.period == wanted) && table.holds_at(frequency_hz)) return &table;
    }
    return nullptr;
  };
  const Accuracy* found = first_of(period.empty() ? "1 year" : period);
  if (!found && period.empty()) found = first_of("");
  return found ? std::optional(*found) : std::nullopt;
}

namespace {

std::optional<std::pair<double, double>> band_from(const TomlTable& table, const std::string& key,
                                                   const std::string& unit) {
  const auto band = table.table_if_any(key);
  if (!band) return std::nullopt;
  const std::pair<double, double> ends{band->quantity("from", unit), band->quantity("to", unit)};
  if (!(ends.first < ends.second)) band->fail("to", tr("expected more than from"));
  return ends;
}

Accuracy accuracy_from(const TomlTable& table) {
  Accuracy accuracy;
  accuracy.period = table.text("period");
  accuracy.source = table.text("source");
  accuracy.coverage_probability = table.number_or("coverage_probability", 0);
  accuracy.frequency = band_from(table, "frequency", "Hz");
  accuracy.temperature = band_from(table, "temperature", "degC");
  for (const auto& row : rows_from(table, 3, 4, message_id("range, of reading, of range and perhaps a floor"))) {
    if (!(row[0] > 0) || row[1] < 0 || row[2] < 0 || row[3] < 0)
      table.fail("rows", tr("expected a range above 0, and parts of at least 0"));
    if (!accuracy.rows.empty() && !(row[0] > accuracy.rows.back().range))
      table.fail("rows", tr("expected ranges smallest first"));
    accuracy.rows.push_back({row[0], row[1], row[2], row[3]});
  }
  if (accuracy.rows.empty()) table.fail("rows", tr("expected at least one row"));
  if (accuracy.coverage_probability < 0 || accuracy.coverage_probability >= 1)
    table.fail("coverage_probability", tr("expected at least 0 (a limit) and less than 1"));
  return accuracy;
}

}  // namespace

std::vector<Accuracy> accuracies_from(const TomlTable& owner) {
  std::vector<Accuracy> tables;
  for (const TomlTable& table : owner.tables("accuracy"))
    tables.push_back(accuracy_from(table));
  return tables;
}

}  // namespace etalon::drivers
