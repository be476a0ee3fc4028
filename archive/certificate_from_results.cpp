#include "archive/certificate_from_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "archive/certificate_labels.h"
#include "archive/method_statement.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/evaluation/decision_statement.h"
#include "calibration/uncertainty/uncertain_number.h"

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
  const auto note = [&](const LocalText& text) {
    row.note.en += (row.note.en.empty() ? "" : "; ") + text.en;
    row.note.zh += (row.note.zh.empty() ? "" : "；") + text.zh;
  };
  if (point.point.shorted) note(both("input shorted"));
  if (calibration::printed_numbers_contradict(point)) {
    note({"error and limit are closer than the printed digits show", "误差与限值之差小于所列数字的分辨力"});
  }
  const auto in_error_unit = [&](double value) {
    return base::convert_difference(value, point.point.unit, reported.error_unit);
  };
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

// Points in the order of the plan, gathered by range.
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

// Of the line at x: its degrees of freedom are neither the slope's nor the intercept's.
double coverage_factor_at(const EvaluatedCurve& curve, double x) {
  const auto line = calibration::linear_combination(
      "E", "", 0, {1, x},
      {calibration::to_uncertain_number(curve.intercept, ""), calibration::to_uncertain_number(curve.slope, "")});
  return calibration::to_budget_result(line, curve.slope.coverage_probability).coverage_factor;
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
    const double k = coverage_factor_at(curve, x);
    made.samples.push_back({base::convert(x, unit, reported.value_unit),
                            base::convert_difference(at.y, unit, reported.error_unit),
                            base::convert_difference(k * at.standard_uncertainty, unit, reported.error_unit)});
  }
  return made;
}

InfluenceQuantity influence_of(const std::string& quantity) {
  if (quantity == "temperature") return InfluenceQuantity::temperature;
  if (quantity == "relative humidity") return InfluenceQuantity::relative_humidity;
  if (quantity == "pressure") return InfluenceQuantity::pressure;
  throw base::InputError(
      fmt::format(fmt::runtime(tr("the certificate has no place for the ambient quantity '{}'")), quantity));
}

const char* name_of(InfluenceQuantity quantity) {
  constexpr const char* names[] = {label::kTemperature, label::kRelativeHumidity, label::kPressure};
  return names[static_cast<int>(quantity)];
}

std::vector<EnvironmentCondition> environment_from(const Results& results) {
  std::vector<EnvironmentCondition> conditions;
  for (const auto& range : results.environment) {
    EnvironmentCondition condition;
    condition.quantity = influence_of(range.quantity);
    condition.unit = range.unit;
    condition.coverage_probability = probability_text(results.coverage_probability);
    int place = -1;
    if (range.standard_uncertainty > 0) {
      const auto rounded = base::round_result(range.minimum, range.coverage_factor * range.standard_uncertainty);
      condition.expanded_uncertainty = rounded.expanded_uncertainty;
      condition.coverage_factor = Decimal::from_double(range.coverage_factor).rounded(-2).str();
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

// "k gives a coverage probability of …" holds for every result; a k that surprises has its reason beside it.
LocalText coverage_statement(const Results& results) {
  const std::string percent = Decimal::from_double(results.coverage_probability * 100).rounded(-2).str();
  LocalText text = both(
      "The expanded uncertainty is the standard uncertainty multiplied by the coverage factor k stated with each "
      "result; k "
      "gives a coverage probability of {} %. Evaluated according to JCGM 100:2008 (GUM) and JJF 1059.1-2012.",
      percent);
  const auto from_a_rectangle = [](const EvaluatedPoint& point) {
    return point.error.coverage_factor_origin == calibration::CoverageFactorOrigin::dominant_rectangular ||
           point.error.coverage_factor_origin == calibration::CoverageFactorOrigin::dominant_trapezoidal;
  };
  if (std::any_of(results.points.begin(), results.points.end(), from_a_rectangle)) {
    text.en += " Where one or two rectangular components dominate, k is that of their shape.";
    text.zh += "以一个或两个均匀分布分量为主时，k 按其合成分布确定。";
  }
  return text;
}

LocalText decision_text(const acquisition::Plan& plan, const Results& results) {
  LocalText text = calibration::decision_statement(results);
  const LocalText limits = limits_statement(plan);
  if (!limits.empty()) text.en += " " + limits.en;
  text.zh += limits.zh;
  return text;
}

// Where the uncertainty of the environmental conditions comes from: a data sheet is no calibration.
void add_environment_statements(std::vector<LocalText>& statements, const Results& results) {
  using calibration::AmbientOrigin;
  struct Group {
    AmbientOrigin origin;
    std::string source;
    LocalText quantities;
  };
  std::vector<Group> groups;
  for (const auto& range : results.environment) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return g.origin == range.origin && g.source == range.source; });
    if (group == groups.end()) group = groups.insert(groups.end(), {range.origin, range.source, {}});
    const LocalText name = both(name_of(influence_of(range.quantity)));
    group->quantities.en += (group->quantities.en.empty() ? "" : ", ") + name.en;
    group->quantities.zh += (group->quantities.zh.empty() ? "" : "、") + name.zh;
  }
  for (const Group& group : groups) {
    const LocalText& names = group.quantities;
    switch (group.origin) {
      case AmbientOrigin::certificate:
        statements.push_back(
            {fmt::format("{}: corrected, with the uncertainty of certificate {}.", names.en, group.source),
             fmt::format("{}：已修正，不确定度取自证书 {}。", names.zh, group.source)});
        break;
      case AmbientOrigin::maker:
        statements.push_back(
            {fmt::format("{}: uncertainty from the specification of the instrument's maker{}, not from a calibration.",
                         names.en, group.source.empty() ? "" : " (" + group.source + ")"),
             fmt::format("{}：不确定度取自仪器制造商技术指标{}，非校准结果。", names.zh,
                         group.source.empty() ? "" : "（" + group.source + "）")});
        break;
      case AmbientOrigin::none:
        statements.push_back({fmt::format("{}: readings of an instrument whose uncertainty is not known.", names.en),
                              fmt::format("{}：所用仪器的不确定度未知，仅列出示值。", names.zh)});
        break;
    }
  }
}

std::vector<LocalText> statements_from(const Results& results) {
  std::vector<LocalText> statements{
      both("The results relate only to the item calibrated, in the condition and at the time of the calibration."),
      both("This certificate may be reproduced only in full, except with the written approval of the laboratory."),
  };
  add_environment_statements(statements, results);
  if (!results.sealed) {
    statements.push_back(
        {"The run file of this calibration predates seals: that it was not changed afterwards cannot be shown by "
         "itself.",
         "本次校准的运行文件早于封存机制：其事后未被更改一事，无法由文件本身证明。"});
  }
  if (!results.calendar.is_stated()) {
    statements.push_back({"Dates are days in UTC: the laboratory's file names no time zone.",
                          "日期按协调世界时（UTC）计：实验室配置文件未指定时区。"});
  }
  if (!results.curves.empty()) {
    statements.push_back(
        {fmt::format("In E = b0 + b1·x, x is the nominal value in {}; the curve holds between the smallest and the "
                     "largest value of its range's table. Fitted by generalised least squares (ISO/TS 28037:2010) with "
                     "the covariance of the errors.",
                     base::display_unit(results.unit)),
         fmt::format("式 E = b0 + b1·x 中，x 为标称值，单位 {}；曲线在该量程表中最小值与最大值之间有效。"
                     "按广义最小二乘法（ISO/TS 28037:2010）拟合，并计入各误差之间的协方差。",
                     base::display_unit(results.unit))});
  }
  return statements;
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
  // Who owns it no file says; the customer need not.
  certificate.item = {item.name,     {item.maker, item.maker}, item.model, item.serial, item.laboratory_id, {},
                      item.condition};
  certificate.persons = laboratory.persons;
  if (!item.received.empty()) certificate.dates.receipt = item.received;
  certificate.dates.begin = results.begin;
  certificate.dates.end = results.end;
  certificate.dates.issue = issue_date.empty() ? results.end : issue_date;
  certificate.place = {PlaceKind::laboratory, laboratory.place};
  certificate.method = {run.plan.title, run.plan.documents, method_statement(run)};
  certificate.standards = standards_from(results);
  certificate.environment = environment_from(results);
  certificate.software = {{"etalon", "etalon"}, software_version};
  certificate.decision_rule = {calibration::to_string(results.decision),
                               {calibration::to_string(results.decision), calibration::to_string(results.decision)},
                               decision_text(run.plan, results)};
  certificate.coverage_statement = coverage_statement(results);
  certificate.statements = statements_from(results);
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
