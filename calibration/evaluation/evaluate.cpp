#include "calibration/evaluation/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "acquisition/run_file_version.h"
#include "acquisition/run_setup.h"
#include "acquisition/wiring_check.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/conformity/conformity_statement.h"
#include "calibration/conformity/maximum_permissible_error.h"
#include "calibration/evaluation/evaluation_rules.h"
#include "calibration/evaluation/reported_numbers.h"
#include "calibration/evaluation/sound_run.h"
#include "calibration/statistics/statistics.h"
#include "calibration/uncertainty/uncertain_number.h"

namespace etalon::calibration {

using acquisition::JournalReading;
using acquisition::Plan;
using acquisition::Point;
using acquisition::RunRecord;
using acquisition::Step;
using acquisition::StepKind;
using base::InputError;
using base::tr;

namespace {

class Evaluation {
 public:
  explicit Evaluation(const RunRecord& run)
      : run_(run),
        plan_(run.plan),
        rules_(parse_evaluation_rules(run.input("procedure"), run.path + ": procedure", run.plan.unit)) {}

  Results evaluate() {
    results_.title = plan_.title;
    results_.quantity = plan_.quantity;
    results_.unit = plan_.unit;
    results_.coverage_probability = rules_.coverage_probability;
    results_.decision = rules_.decision;
    results_.simulated = plan_.simulated;
    results_.calendar = acquisition::calendar_of(run_.inputs, run_.path + ": laboratory");
    results_.sealed = run_.version >= acquisition::first_sealed_version;
    gather_readings();
    for (const auto& wiring : plan_.wirings) {
      if (!wiring.standard.empty() && standards_.count(wiring.standard) == 0) use_standard(wiring.standard);
    }
    for (const auto& ambient : plan_.ambient)
      results_.environment.push_back(environment_range(ambient));
    for (std::size_t p = 0; p < plan_.points.size(); ++p)
      results_.points.push_back(evaluate_point(p));
    for (const auto& [range, members] : points_by_range())
      evaluate_range(range, members);
    return std::move(results_);
  }

 private:
  // The readings that count: of the newest finished attempt of each reading step.
  void gather_readings() {
    attempts_.resize(plan_.points.size());
    tries_.resize(plan_.points.size());
    touches_.resize(plan_.points.size());
    readings_.resize(plan_.points.size());
    std::string first;
    std::string last;
    std::map<std::string, std::vector<double>> values;
    for (const Step& step : plan_.steps) {
      if (step.kind != StepKind::read && step.kind != StepKind::environment) continue;
      const auto p = static_cast<std::size_t>(step.point);
      const int attempt = run_.finished_attempt(step.number);
      if (attempt == 0) {
        throw InputError(fmt::format(
            fmt::runtime(
                step.kind == StepKind::read
                    ? tr("{0}: the run is not finished: point {1} has no readings; go on with `etalon resume {0}`")
                    : tr("{0}: the run is not finished: point {1} has no environment; go on with `etalon resume {0}`")),
            run_.path, plan_.points[p].id));
      }
      if (step.kind == StepKind::environment) {
        for (const auto& ambient : plan_.ambient)
          add_environment(values, ambient, step.number, attempt);
        continue;
      }
      attempts_[p] = attempt;
      tries_[p] = acquisition::attempts_of(run_, step.number);
      touches_[p] = acquisition::touches_before(run_, step.number, attempt);
      const auto found = run_.readings_of(step.number, attempt, acquisition::indication_channel);
      if (static_cast<int>(found.size()) != plan_.points[p].readings) {
        throw InputError(
            fmt::format(fmt::runtime(tr("{}: point {} has {} readings, the plan asks for {}: the journal is damaged")),
                        run_.path, plan_.points[p].id, found.size(), plan_.points[p].readings));
      }
      for (const JournalReading& reading : found) {
        readings_[p].push_back(base::convert(reading.value, reading.unit, plan_.unit));
        if (first.empty() || reading.utc < first) first = reading.utc;
        if (reading.utc > last) last = reading.utc;
      }
    }
    if (first.empty()) throw InputError(fmt::format(fmt::runtime(tr("{}: the plan reads nothing")), run_.path));
    results_.begin = results_.calendar.day(first);
    results_.end = results_.calendar.day(last);
    ambient_readings_ = std::move(values);
  }

  void add_environment(std::map<std::string, std::vector<double>>& values, const acquisition::AmbientQuantity& ambient,
                       int step, int attempt) const {
    for (const JournalReading& reading : run_.readings_of(step, attempt, ambient.quantity))
      values[ambient.quantity].push_back(base::convert(reading.value, reading.unit, ambient.unit));
  }

  EnvironmentRange environment_range(const acquisition::AmbientQuantity& ambient) {
    const std::vector<double>& values = ambient_readings_[ambient.quantity];
    if (values.empty()) {
      throw InputError(
          fmt::format(fmt::runtime(tr("{}: {} was never read, the plan asks for it: the journal is damaged")),
                      run_.path, ambient.quantity));
    }
    const AmbientLogger logger(run_, ambient);
    if (logger.standard()) add_standard(*logger.standard());
    EnvironmentRange range{ambient.quantity, ambient.unit, infinite, -infinite};
    bool known = true;
    for (const double reading : values) {
      const AmbientValue found = logger.at(reading, rules_.coverage_probability);
      range.minimum = std::min(range.minimum, found.value);
      range.maximum = std::max(range.maximum, found.value);
      known = known && found.origin != AmbientOrigin::none;
      if (found.standard_uncertainty * found.coverage_factor <= range.standard_uncertainty * range.coverage_factor)
        continue;
      range.standard_uncertainty = found.standard_uncertainty;
      range.coverage_factor = found.coverage_factor;
      range.origin = found.origin;
      range.source = found.source;
    }
    if (known) return range;
    return {ambient.quantity, ambient.unit, range.minimum, range.maximum};
  }

  void use_standard(const std::string& name) {
    const Standard standard = parse_standard(run_.input(acquisition::standard_input(run_.inputs, name)),
                                             acquisition::standard_name(name) + ".toml");
    standards_.emplace(name, standard);
    add_standard(standard);
  }

  // To those that the results rest on: once, and valid on the days of the measurement.
  void add_standard(const Standard& standard) {
    require_valid(standard, results_.begin);
    require_valid(standard, results_.end);
    const auto same = [&](const Standard& other) {
      return other.certificate_number == standard.certificate_number && other.serial == standard.serial;
    };
    if (std::none_of(results_.standards.begin(), results_.standards.end(), same))
      results_.standards.push_back(standard);
  }

  // --- one point -----------------------------------------------------------------------------------------------------

  EvaluatedPoint evaluate_point(std::size_t p) const {
    const Point& point = plan_.points[p];
    EvaluatedPoint evaluated;
    evaluated.point = point;
    evaluated.attempt = attempts_[p];
    evaluated.attempts = tries_[p];
    evaluated.touch = touches_[p];
    evaluated.readings = readings_[p];
    const Summary summary = summarise(evaluated.readings);
    evaluated.indication = summary.mean;
    evaluated.repeatability = summary.standard_deviation;

    const PointModel& used = point.shorted ? rules_.shorted : rules_.fed;
    const auto available = inputs_for(point, evaluated.readings, evaluated.touch);
    std::vector<InputQuantity> inputs;
    for (const std::string& name : used.model.inputs()) {
      const auto found = available.find(name);
      if (found == available.end()) {
        throw InputError(fmt::format(
            fmt::runtime(tr("point {}: the model \"{}\" needs {}, which a point with a short does not have")), point.id,
            used.expression, name));
      }
      inputs.push_back(found->second);
    }
    BudgetOptions options;
    options.coverage_probability = rules_.coverage_probability;
    // The exact shape: an interval that covers p also when a rounded display dominates.
    options.dominance = DominanceRule::convolution;
    evaluated.error = evaluate_budget(used.model, inputs, options).front();
    evaluated.reference = evaluated.indication - evaluated.error.value;
    evaluated.mpe = maximum_permissible_error({point.limit.of_reading, point.limit.of_range, point.limit.floor},
                                              point.nominal, point.range);
    judge(evaluated);
    evaluated.contradicts_wiring = std::any_of(evaluated.readings.begin(), evaluated.readings.end(), [&](double value) {
      return acquisition::contradiction(plan_, point, value).has_value();
    });
    if (evaluated.contradicts_wiring) evaluated.verdict = Verdict::inconclusive;
    return evaluated;
  }

  std::map<std::string, InputQuantity> inputs_for(const Point& point, const std::vector<double>& readings,
                                                  int touch) const {
    std::map<std::string, InputQuantity> inputs;
    const auto put = [&](const std::string& name, InputQuantity input, const std::string& identity,
                         const base::LocalText& description) {
      input.name = name;
      input.identity = identity;
      input.unit = units_.at(name);
      input.description = description;
      inputs[name] = std::move(input);
    };
    InputQuantity indication = from_readings(readings);
    InputQuantity resolution = from_limits(0, point.resolution / 2, Distribution::rectangular);
    if (rules_.repeatability_or_resolution == RepeatabilityAndResolution::larger) {
      if (indication.standard_uncertainty > resolution.standard_uncertainty) {
        resolution = constant(0);
      } else {
        indication = constant(indication.estimate);
      }
    }
    put("indication", indication, "readings, " + point.id, {"mean of the readings", "示值平均值"});
    put("resolution", resolution, "resolution, " + point.id, {"resolution of the item", "被校仪器分辨力"});
    for (const auto& [name, input] : rules_.inputs) {
      std::string shared = "run";
      if (input.per == SharedPer::point) shared = point.id;
      if (input.per == SharedPer::touch) shared = fmt::format("touch {}", touch);
      InputQuantity own = input.quantity;
      own.identity = fmt::format("{}, {}", name, shared);
      inputs[name] = own;
    }
    if (point.shorted) return inputs;
    const Standard& standard = standards_.at(plan_.wirings[static_cast<std::size_t>(point.wiring)].standard);
    const SourceCorrection& found = standard.correction(plan_.quantity, point.source_range, plan_.unit);
    put("setting", constant(point.nominal), "setting, " + point.id, {"setting of the standard", "标准器设定值"});
    for (const InputQuantity* input : {&found.gain, &found.offset, &found.gain_drift, &found.offset_drift}) {
      InputQuantity own = *input;
      // Gains are numbers; offsets are differences.
      const std::string& unit = units_.at(own.name);
      own.estimate = base::convert_difference(own.estimate, own.unit, unit);
      own.standard_uncertainty = base::convert_difference(own.standard_uncertainty, own.unit, unit);
      own.unit = unit;
      inputs[own.name] = own;
    }
    return inputs;
  }

  // The same road as `etalon conformity`: the rules get what they mean by U, and what they accept is asked of them.
  void judge(EvaluatedPoint& point) const {
    ConformityQuestion question;
    question.value = point.error.value;
    question.expanded_uncertainty = point.error.expanded_uncertainty;
    if (!point.error.zero_uncertainty) question.coverage_factor = point.error.coverage_factor;
    question.limits = symmetric_limits(point.mpe);
    question.rules = {rules_.decision};
    const ConformityStatement statement = state_conformity(question);
    const RuleStatement& by_rule = statement.rules.front();
    point.decision_expanded_uncertainty = statement.rules_expanded_uncertainty;
    point.verdict = by_rule.verdict;
    if (by_rule.acceptance.lower <= by_rule.acceptance.upper) point.acceptance_limit = by_rule.acceptance.upper;
  }

  // --- ranges --------------------------------------------------------------------------------------------------------

  // In the order in which the ranges first stand in the plan.
  std::vector<std::pair<std::string, std::vector<std::size_t>>> points_by_range() const {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> ranges;
    for (std::size_t p = 0; p < plan_.points.size(); ++p) {
      const std::string& text = plan_.points[p].range_text;
      auto found = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) { return range.first == text; });
      if (found == ranges.end()) found = ranges.insert(ranges.end(), {text, {}});
      found->second.push_back(p);
    }
    return ranges;
  }

  void evaluate_range(const std::string& range_text, const std::vector<std::size_t>& members) {
    const Point& any = plan_.points[members.front()];
    const double full_scale_mpe =
        maximum_permissible_error({any.limit.of_reading, any.limit.of_range, any.limit.floor}, any.range, any.range);
    const std::string error_unit = handy_unit(full_scale_mpe, difference_unit(plan_.unit));
    const std::string value_unit = base::parse_quantity(range_text).unit;
    for (const std::size_t p : members)
      report(results_.points[p], value_unit, error_unit);
    if (!rules_.line || !has_two_values(members)) return;
    EvaluatedCurve curve = fit(range_text, members);
    report(curve, plan_.unit, error_unit);
    results_.curves.push_back(std::move(curve));
  }

  bool has_two_values(const std::vector<std::size_t>& members) const {
    return std::any_of(members.begin(), members.end(),
                       [&](std::size_t p) { return plan_.points[p].nominal != plan_.points[members.front()].nominal; });
  }

  // ISO/TS 28037:2010 clause 9, with the full covariance between points that share components.
  EvaluatedCurve fit(const std::string& range_text, const std::vector<std::size_t>& members) const {
    EvaluatedCurve curve;
    curve.range_text = range_text;
    curve.points = members;
    const auto count = static_cast<Eigen::Index>(members.size());
    Eigen::VectorXd x(count);
    Eigen::VectorXd y(count);
    std::vector<BudgetResult> errors;
    for (Eigen::Index i = 0; i < count; ++i) {
      const EvaluatedPoint& point = results_.points[members[static_cast<std::size_t>(i)]];
      // Fixed values: the uncertainty of the applied value is in the error already.
      x(i) = point.point.nominal;
      y(i) = point.error.value;
      errors.push_back(point.error);
    }
    try {
      curve.fit = fit_line_generalised(x, y, covariance_matrix(errors));
    } catch (const InputError& error) {
      throw InputError(fmt::format(fmt::runtime(tr("curve of range {}: {}")), range_text, error.what()));
    }
    curve.intercept = parameter(curve.fit, 0, "b0", errors);
    curve.slope = parameter(curve.fit, 1, "b1", errors);
    return curve;
  }

  // A parameter of the line as a result with components of its own: each point's components carried on by
  // d(parameter)/d(y_i). Their squares sum to the fit's variance.
  BudgetResult parameter(const LineFit& fit, Eigen::Index which, const std::string& name,
                         const std::vector<BudgetResult>& errors) const {
    std::vector<double> sensitivities;
    std::vector<UncertainNumber> numbers;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      sensitivities.push_back(fit.sensitivities(which, static_cast<Eigen::Index>(i)));
      numbers.push_back(to_uncertain_number(errors[i], plan_.unit));
    }
    const double value = which == 0 ? fit.intercept : fit.slope;
    return to_budget_result(linear_combination(name, which == 0 ? plan_.unit : "1", value, sensitivities, numbers),
                            rules_.coverage_probability);
  }

  const RunRecord& run_;
  const Plan& plan_;
  EvaluationRules rules_;
  std::map<std::string, std::string> units_ = units_of_run_inputs(plan_.unit);
  std::map<std::string, Standard> standards_;
  std::vector<int> attempts_;
  std::vector<std::vector<acquisition::Attempt>> tries_;
  std::vector<int> touches_;
  std::vector<std::vector<double>> readings_;
  std::map<std::string, std::vector<double>> ambient_readings_;  // by quantity, in the plan's units
  Results results_;
};

}  // namespace

Results evaluate(const RunRecord& run) {
  require_sound(run);
  return Evaluation(run).evaluate();
}

}  // namespace etalon::calibration
