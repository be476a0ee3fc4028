#include "calibration/evaluation/ambient_logger.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "acquisition/run_setup.h"
#include "base/units.h"
#include "calibration/uncertainty/budget.h"
#include "drivers/bench.h"

namespace etalon::calibration {

using acquisition::AmbientQuantity;
using acquisition::RunRecord;

namespace {

AmbientValue value_from(const std::string& expression, const std::vector<InputQuantity>& inputs, double probability,
                        AmbientOrigin origin, const std::string& source) {
  std::vector<std::string> names;
  for (const InputQuantity& input : inputs)
    names.push_back(input.name);
  BudgetOptions options;
  options.coverage_probability = probability;
  options.dominance = DominanceRule::convolution;
  const BudgetResult result =
      evaluate_budget(MeasurementModel({{"value", expression}}, names), inputs, options).front();
  return {result.value, result.standard_uncertainty, result.coverage_factor, origin, source};
}

InputQuantity named(InputQuantity input, const std::string& name) {
  input.name = name;
  input.identity = name;
  return input;
}

// The smallest row that holds |x|, by its upper end; nullptr beyond all.
template <class Rows, class End>
auto smallest_that_holds(const Rows& rows, double x, End end) -> decltype(&*rows.begin()) {
  decltype(&*rows.begin()) found = nullptr;
  for (const auto& row : rows) {
    if (std::fabs(x) <= end(row) && (found == nullptr || end(row) < end(*found))) found = &row;
  }
  return found;
}

AmbientValue by_maker(const drivers::Accuracy& accuracy, double reading, double probability) {
  const auto* row = smallest_that_holds(accuracy.rows, reading, [](const auto& r) { return r.range; });
  if (row == nullptr) return {reading};
  const double limit = row->of_reading * std::fabs(reading) + row->of_range * row->range + row->floor;
  // A limit of error is taken as rectangular (GUM 4.3.7); one for a stated probability as normal (4.3.4).
  InputQuantity error = from_limits(0, limit, Distribution::rectangular);
  error.standard_uncertainty = limit / std::sqrt(3.0);  // to the last bit as runs of version 1 were evaluated
  if (accuracy.coverage_probability > 0)
    error = from_certificate(0, limit, CoverageProbability{accuracy.coverage_probability});
  return value_from("reading + error", {named(constant(reading), "reading"), named(error, "error")}, probability,
                    AmbientOrigin::maker, accuracy.source);
}

AmbientValue by_certificate(const Standard& standard, const std::string& quantity, const std::string& unit,
                            double reading, double probability) {
  std::vector<SourceCorrection> rows;
  std::copy_if(standard.corrections.begin(), standard.corrections.end(), std::back_inserter(rows),
               [&](const SourceCorrection& row) { return row.quantity == quantity; });
  const auto* row = smallest_that_holds(
      rows, reading, [&](const SourceCorrection& r) { return base::convert(r.up_to, r.unit, unit); });
  if (row == nullptr) return {reading};
  const auto difference = [&](InputQuantity input) {
    input.estimate = base::convert_difference(input.estimate, row->unit, unit);
    input.standard_uncertainty = base::convert_difference(input.standard_uncertainty, row->unit, unit);
    return input;
  };
  return value_from("reading * (1 + gain + gain_drift) + offset + offset_drift",
                    {named(constant(reading), "reading"), row->gain, row->gain_drift, difference(row->offset),
                     difference(row->offset_drift)},
                    probability, AmbientOrigin::certificate, standard.certificate_number);
}

}  // namespace

std::string to_string(AmbientOrigin origin) {
  return origin == AmbientOrigin::certificate ? "certificate" : origin == AmbientOrigin::maker ? "maker" : "none";
}

AmbientLogger::AmbientLogger(const RunRecord& run, const AmbientQuantity& ambient)
    : quantity_(ambient.quantity), unit_(ambient.unit) {
  if (run.inputs.count("bench") == 0) {
    // Only what the plan itself says.
    if (ambient.error_limit > 0) {
      drivers::Accuracy accuracy;
      accuracy.rows = {{std::numeric_limits<double>::max(), 0, 0, ambient.error_limit}};
      accuracy_ = accuracy;
    }
    return;
  }
  const drivers::Bench bench =
      drivers::parse_bench(run.input("bench"), run.path + ": bench", acquisition::driver_texts_of(run));
  const drivers::BenchInstrument& logger = bench.in_role("ambient");
  if (const drivers::Measure* measure = logger.driver.measure(quantity_)) accuracy_ = measure->accuracy;
  if (!logger.standard.empty())
    standard_ = parse_standard(run.input(acquisition::standard_input(run.inputs, logger.standard)),
                               acquisition::standard_name(logger.standard) + ".toml");
}

AmbientValue AmbientLogger::at(double reading, double coverage_probability) const {
  const bool certified =
      standard_ && std::any_of(standard_->corrections.begin(), standard_->corrections.end(),
                               [&](const SourceCorrection& row) { return row.quantity == quantity_; });
  if (certified) return by_certificate(*standard_, quantity_, unit_, reading, coverage_probability);
  return accuracy_ ? by_maker(*accuracy_, reading, coverage_probability) : AmbientValue{reading};
}

}  // namespace etalon::calibration
