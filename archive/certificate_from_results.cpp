#include "archive/certificate_from_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::archive {

using base::Decimal;
using base::tr;
using calibration::EvaluatedCurve;
using calibration::EvaluatedPoint;
using calibration::Results;

namespace {

LocalText both(const char* message_id) {
  return {base::translate(message_id, base::Language::en), base::translate(message_id, base::Language::zh)};
}

// A sentence with values filled in, in both languages.
template <typename... Values>
LocalText both(const char* message_id, const Values&... values) {
  const LocalText text = both(message_id);
  return {fmt::format(fmt::runtime(text.en), values...), fmt::format(fmt::runtime(text.zh), values...)};
}

std::string probability_text(double p) {
  return Decimal::from_double(p).str();
}

Conformity conformity(calibration::Verdict verdict) {
  switch (verdict) {
    case calibration::Verdict::pass:
      return Conformity::pass;
    case calibration::Verdict::conditional_pass:
      return Conformity::conditional_pass;
    case calibration::Verdict::conditional_fail:
      return Conformity::conditional_fail;
    case calibration::Verdict::fail:
      return Conformity::fail;
    case calibration::Verdict::inconclusive:
      return Conformity::inconclusive;
  }
  return Conformity::not_stated;
}

Row row_from(const EvaluatedPoint& point, double coverage_probability) {
  const auto& reported = point.reported;
  Row row;
  row.nominal = reported.nominal;
  row.reference = reported.reference;
  row.indication = reported.indication;
  row.error = reported.error;
  row.expanded_uncertainty = reported.expanded_uncertainty;
  row.mpe = reported.mpe;
  row.acceptance_limit = reported.acceptance_limit;
  row.coverage_factor = reported.coverage_factor;
  row.coverage_probability = probability_text(coverage_probability);
  row.effective_degrees_of_freedom = reported.degrees_of_freedom;
  row.verdict = conformity(point.verdict);
  if (point.point.shorted) row.note = both("input shorted");
  const auto in_error_unit = [&](double value) { return base::convert(value, point.point.unit, reported.error_unit); };
  row.plot.x = base::convert(point.point.nominal, point.point.unit, reported.value_unit);
  row.plot.error = in_error_unit(point.error.value);
  row.plot.expanded_uncertainty = in_error_unit(point.error.expanded_uncertainty);
  row.plot.mpe = in_error_unit(point.mpe);
  return row;
}

std::string range_id(const std::string& range_text) {
  std::string id = "range-" + range_text;
  std::replace_if(
      id.begin(), id.end(), [](unsigned char c) { return !std::isalnum(c) && c != '.'; }, '-');
  return id;
}

// Points in the order of the plan, gathered by range; within a range by the value applied, a short first.
std::vector<ResultTable> tables_from(const Results& results) {
  std::vector<ResultTable> tables;
  for (const EvaluatedPoint& point : results.points) {
    const std::string id = range_id(point.point.range_text);
    auto table = std::find_if(tables.begin(), tables.end(), [&](const ResultTable& t) { return t.id == id; });
    if (table == tables.end()) {
      ResultTable fresh;
      fresh.id = id;
      fresh.title = both("Range {0}", point.point.range_text);
      fresh.range = {point.point.range_text, point.point.range_text};
      fresh.value_unit = point.reported.value_unit;
      fresh.error_unit = point.reported.error_unit;
      table = tables.insert(tables.end(), std::move(fresh));
    }
    table->rows.push_back(row_from(point, results.coverage_probability));
  }
  return tables;
}

Curve curve_from(const EvaluatedCurve& curve, const Results& results) {
  const EvaluatedPoint& any = results.points[curve.points.front()];
  const std::string& unit = any.point.unit;
  const auto& reported = any.reported;
  Curve made;
  made.id = "curve-" + range_id(curve.range_text);
  made.table_id = range_id(curve.range_text);
  made.range = {curve.range_text, curve.range_text};
  made.equation = "E = b0 + b1·x";
  made.equation_latex = "E = b_0 + b_1 x";
  for (const auto& parameter : curve.reported) {
    made.parameters.push_back({parameter.name, parameter.value, parameter.expanded_uncertainty,
                               parameter.coverage_factor, probability_text(results.coverage_probability),
                               parameter.unit});
  }
  const auto& covariance = curve.fit.covariance;
  made.correlation =
      Decimal::from_double(covariance(0, 1) / std::sqrt(covariance(0, 0) * covariance(1, 1))).rounded(-3).str();
  if (curve.fit.chi_squared) made.chi_squared = base::format_significant(*curve.fit.chi_squared, 3);
  made.degrees_of_freedom = std::to_string(curve.fit.degrees_of_freedom);
  constexpr int samples = 60;
  for (int i = 0; i <= samples; ++i) {
    const double x = curve.fit.smallest_x + (curve.fit.largest_x - curve.fit.smallest_x) * i / samples;
    const auto at = calibration::predict(curve.fit, x);
    made.samples.push_back(
        {base::convert(x, unit, reported.value_unit), base::convert(at.y, unit, reported.error_unit),
         base::convert(curve.slope.coverage_factor * at.standard_uncertainty, unit, reported.error_unit)});
  }
  return made;
}

std::vector<EnvironmentCondition> environment_from(const Results& results) {
  std::vector<EnvironmentCondition> conditions;
  for (const auto& range : results.environment) {
    EnvironmentCondition condition;
    if (range.quantity == "temperature") {
      condition.quantity = InfluenceQuantity::temperature;
    } else if (range.quantity == "relative humidity") {
      condition.quantity = InfluenceQuantity::relative_humidity;
    } else if (range.quantity == "pressure") {
      condition.quantity = InfluenceQuantity::pressure;
    } else {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the certificate has no place for the ambient quantity '{}'")), range.quantity));
    }
    condition.unit = range.unit;
    condition.coverage_probability = probability_text(results.coverage_probability);
    int place = -1;
    if (range.standard_uncertainty > 0) {
      // Rectangular alone: the exact factor for this shape would be smaller; k = 2 is on the safe side.
      const auto rounded = base::round_result(range.minimum, 2 * range.standard_uncertainty);
      condition.expanded_uncertainty = rounded.expanded_uncertainty;
      place = rounded.last_place;
    }
    condition.minimum = Decimal::from_double(range.minimum).rounded(place).str();
    condition.maximum = Decimal::from_double(range.maximum).rounded(place).str();
    conditions.push_back(condition);
  }
  return conditions;
}

std::vector<MeasurementStandard> standards_from(const Results& results) {
  std::vector<MeasurementStandard> standards;
  for (const auto& standard : results.standards) {
    standards.push_back({standard.name,
                         {standard.maker, standard.maker},
                         standard.model,
                         standard.serial,
                         standard.certificate_number,
                         standard.certificate_laboratory,
                         standard.certificate_date,
                         standard.valid_until,
                         standard.certificate_sha256});
  }
  return standards;
}

LocalText settling_text(const acquisition::Plan& plan) {
  LocalText text = plan.method;
  std::string settings;
  for (const auto& [name, value] : plan.settings)
    settings += fmt::format("{}{} = {}", settings.empty() ? "" : ", ", name, value);
  const LocalText more = both(
      "Settings of the item: {0}. Each point: settling flag of the source, {1} s wait, agreement of {2} readings; then "
      "the "
      "mean of the readings. Specification: {3}.",
      settings, plan.settling.dwell, plan.settling.window_readings,
      plan.points.empty() ? std::string() : plan.points.front().limit.source);
  text.en += (text.en.empty() ? "" : ". ") + more.en;
  text.zh += (text.zh.empty() ? "" : "。") + more.zh;
  return text;
}

}  // namespace

Certificate make_certificate(const acquisition::RunRecord& run, const calibration::Results& results,
                             const std::string& issue_date, const std::string& software_version) {
  const acquisition::Item item = acquisition::parse_item(run.input("item"), run.path + ": item");
  const Laboratory laboratory = parse_laboratory(run.input("laboratory"), run.path + ": laboratory");
  Certificate certificate;
  certificate.number = item.certificate_number;
  certificate.title = both("Calibration certificate");
  certificate.status = results.simulated ? CertificateStatus::simulated : CertificateStatus::draft;
  certificate.laboratory = laboratory.contact;
  certificate.customer.name = item.customer_name;
  certificate.customer.address = item.customer_address;
  certificate.item = {item.name,          {item.maker, item.maker}, item.model,    item.serial,
                      item.laboratory_id, item.customer_name,       item.condition};
  certificate.persons = laboratory.persons;
  if (!item.received.empty()) certificate.dates.receipt = item.received;
  certificate.dates.begin = results.begin;
  certificate.dates.end = results.end;
  certificate.dates.issue = issue_date.empty() ? results.end : issue_date;
  certificate.place = {PlaceKind::laboratory, laboratory.place};
  certificate.method = {run.plan.title, run.plan.documents, settling_text(run.plan)};
  certificate.standards = standards_from(results);
  certificate.environment = environment_from(results);
  certificate.software = {{"etalon", "etalon"}, software_version};
  certificate.decision_rule = {calibration::to_string(results.decision),
                               {calibration::to_string(results.decision), calibration::to_string(results.decision)},
                               calibration::decision_rule_text(results.decision)};
  const std::string percent = Decimal::from_double(results.coverage_probability * 100).rounded(-2).str();
  certificate.coverage_statement = both(
      "The expanded uncertainty is the standard uncertainty multiplied by the coverage factor k stated with each "
      "result; k "
      "gives a coverage probability of {} %. Evaluated according to JCGM 100:2008 (GUM) and JJF 1059.1-2012.",
      percent);
  certificate.statements = {
      both("The results relate only to the item calibrated, in the condition and at the time of the calibration."),
      both("This certificate may be reproduced only in full, except with the written approval of the laboratory."),
  };
  for (const EvaluatedPoint& point : results.points) {
    if (!calibration::repeated_by_choice(point)) continue;
    const LocalText more = calibration::attempts_text(point);
    const LocalText heading = both("Measured more than once, by choice");
    certificate.statements.push_back({heading.en + ": " + more.en, heading.zh + "：" + more.zh});
  }
  certificate.tables = tables_from(results);
  for (const auto& curve : results.curves)
    certificate.curves.push_back(curve_from(curve, results));
  return certificate;
}

}  // namespace etalon::archive
