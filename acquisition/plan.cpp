#include "acquisition/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::acquisition {

using base::InputError;
using base::tr;
using drivers::Bench;
using drivers::BenchInstrument;
using drivers::Measure;
using drivers::Source;

namespace {

// What the estimate counts for the traffic of a step, in s.
constexpr double prompt_time = 60;
constexpr double exchange_time = 0.05;

const Measure& measure_in_role(const Bench& bench, const std::string& role, const std::string& quantity) {
  const BenchInstrument& instrument = bench.in_role(role);
  if (const Measure* measure = instrument.driver.measure(quantity)) return *measure;
  throw base::FileError(instrument.position,
                        fmt::format(fmt::runtime(tr("{} has the role '{}' but its driver file {} measures no {}")),
                                    instrument.name, role, instrument.driver_name, quantity));
}

const Source* source_for(const Procedure& procedure, const Bench& bench, const std::string& role) {
  const auto need = procedure.roles.find(role);
  if (need == procedure.roles.end() || need->second.sources.empty()) return nullptr;
  const BenchInstrument& instrument = bench.in_role(role);
  if (need->second.sources != procedure.quantity) {
    throw InputError(fmt::format(fmt::runtime(tr("{}: the role '{}' sources {}, but the item measures {}")),
                                 procedure.path, role, need->second.sources, procedure.quantity));
  }
  if (const Source* source = instrument.driver.source(need->second.sources)) return source;
  throw base::FileError(instrument.position,
                        fmt::format(fmt::runtime(tr("{} has the role '{}' but its driver file {} sources no {}")),
                                    instrument.name, role, instrument.driver_name, need->second.sources));
}

// What the measurement of this quantity is made with: the driver file's other settings have no part in it.
drivers::Values settings_for(const Procedure& procedure, const BenchInstrument& item, const Measure& measure) {
  drivers::Values values;
  for (const auto& [name, setting] : item.driver.settings)
    if (measure.uses(name)) values[name] = setting.standard;
  for (const auto& [name, value] : procedure.settings) {
    const auto setting = item.driver.settings.find(name);
    if (setting == item.driver.settings.end()) {
      std::vector<std::string> known;
      for (const auto& [known_name, unused] : item.driver.settings)
        known.push_back(known_name);
      throw base::FileError(procedure.settings_position,
                            fmt::format(fmt::runtime(tr("settings.{} is unknown to the driver file {}; it knows: {}")),
                                        name, item.driver_name, fmt::join(known, ", ")));
    }
    const auto& allowed = setting->second.values;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      throw base::FileError(
          procedure.settings_position,
          fmt::format(fmt::runtime(tr("settings.{} = \"{}\" is not possible for {}; expected one of {}")), name, value,
                      item.driver_name, fmt::join(allowed, ", ")));
    }
    if (!measure.uses(name)) {
      throw base::FileError(procedure.settings_position,
                            fmt::format(fmt::runtime(tr("settings.{} does nothing when {} measures {}: leave it out")),
                                        name, item.driver_name, measure.quantity));
    }
    values[name] = value;
  }
  return values;
}

ErrorLimit limit_for(const BenchInstrument& item, const Measure& measure, double range) {
  if (!measure.accuracy) {
    throw InputError(
        fmt::format(fmt::runtime(tr("the driver file {} has no accuracy for {}: there is nothing to decide against")),
                    item.driver_name, measure.quantity));
  }
  for (const auto& row : measure.accuracy->rows) {
    if (row.range == range) {
      return {row.of_reading, row.of_range, row.floor, measure.accuracy->source + ", " + measure.accuracy->period};
    }
  }
  throw InputError(fmt::format(fmt::runtime(tr("the driver file {} has no accuracy for the range {} {}")),
                               item.driver_name, range, measure.unit));
}

// What the plan can say in one number: a specification of a fixed part alone. The evaluation takes all of it.
double fixed_error_limit(const Measure& logger) {
  if (!logger.accuracy || logger.accuracy->rows.size() != 1) return 0;
  const auto& row = logger.accuracy->rows.front();
  return row.of_reading == 0 && row.of_range == 0 ? row.floor : 0;
}

class PlanMaker {
 public:
  PlanMaker(const Procedure& procedure, const Bench& bench)
      : procedure_(procedure),
        bench_(bench),
        item_(bench.in_role("item")),
        measure_(measure_in_role(bench, "item", procedure.quantity)),
        settings_(settings_for(procedure, item_, measure_)) {}

  Plan make() {
    for (const auto& [role, need] : procedure_.roles)
      bench_.in_role(role);  // all are there
    plan_.title = procedure_.title;
    plan_.documents = procedure_.documents;
    plan_.method = procedure_.method;
    plan_.quantity = procedure_.quantity;
    plan_.unit = measure_.unit;
    plan_.settings = settings_;
    plan_.environment = procedure_.environment;
    plan_.settling = procedure_.settling;
    plan_.wiring_check = procedure_.wiring_check;
    plan_.simulated = bench_.simulation.has_value();
    if (const auto ambient = procedure_.roles.find("ambient"); ambient != procedure_.roles.end()) {
      for (const std::string& quantity : ambient->second.measures) {
        const Measure& logger = measure_in_role(bench_, "ambient", quantity);
        plan_.ambient.push_back({quantity, logger.unit, fixed_error_limit(logger)});
      }
    }
    check_environment();
    step(StepKind::identify, -1, -1, static_cast<double>(bench_.instruments.size()) * 4 * exchange_time);
    int touch = 0;
    for (std::size_t w = 0; w < procedure_.wirings.size(); ++w) {
      if (procedure_.wirings[w].touched) ++touch;
      add_wiring(static_cast<int>(w), touch);
    }
    step(StepKind::make_safe, -1, -1, 4 * exchange_time);
    return plan_;
  }

 private:
  // A limit that nothing is compared with would be kept only on paper.
  void check_environment() const {
    for (const auto& [quantity, limits] : procedure_.environment) {
      const auto measured =
          std::find_if(plan_.ambient.begin(), plan_.ambient.end(),
                       [&, &name = quantity](const auto& ambient) { return ambient.quantity == name; });
      if (measured == plan_.ambient.end()) {
        throw InputError(fmt::format(
            fmt::runtime(tr("{}: [environment] limits {}, but the role ambient does not measure it; add it to "
                            "[roles] ambient = {{ measures = [...] }}")),
            procedure_.path, quantity));
      }
      if (!base::convertible(measured->unit, limits.unit)) {
        throw InputError(fmt::format(fmt::runtime(tr("{}: [environment] {} is limited in {}, but is measured in {}")),
                                     procedure_.path, quantity, limits.unit, measured->unit));
      }
    }
  }

  void step(StepKind kind, int wiring, int point, double estimate) {
    plan_.steps.push_back({static_cast<int>(plan_.steps.size()) + 1, kind, wiring, point, estimate});
  }

  void add_wiring(int index, int touch) {
    const Wiring& wiring = procedure_.wirings[static_cast<std::size_t>(index)];
    const bool shorted = wiring.from == "short";
    const Source* source = shorted ? nullptr : source_for(procedure_, bench_, wiring.from);
    if (!shorted && source == nullptr) {
      throw InputError(fmt::format(fmt::runtime(tr("{}: wiring '{}': the role '{}' sources nothing")), procedure_.path,
                                   wiring.name, wiring.from));
    }
    if (wiring.to != "item") {
      throw InputError(fmt::format(
          fmt::runtime(tr("{}: wiring '{}' leads to the role '{}'; expected to = \"item\": its readings are "
                          "the indications")),
          procedure_.path, wiring.name, wiring.to));
    }
    if (source != nullptr && source->unit != measure_.unit) {
      throw InputError(fmt::format(
          fmt::runtime(tr("{}: wiring '{}': the source is set in {}, but the item is read in {}; their driver "
                          "files must use one unit")),
          procedure_.path, wiring.name, source->unit, measure_.unit));
    }
    WiringPlan planned{
        wiring.name,    "short", bench_.in_role(wiring.to).name, wiring.prompt, wiring.picture, wiring.wait,
        wiring.touched, ""};
    if (!shorted) {
      const BenchInstrument& feeding = bench_.in_role(wiring.from);
      if (feeding.standard.empty()) {
        throw base::FileError(feeding.position,
                              fmt::format(fmt::runtime(tr("{} feeds the item but names no measurement standard; add "
                                                          "standard = \"…\", a file of configs/standards")),
                                          feeding.name));
      }
      if (&feeding == &item_) {
        throw InputError(fmt::format(fmt::runtime(tr("{}: {} plays the roles '{}' and 'item': it cannot feed itself")),
                                     bench_.path, feeding.name, wiring.from));
      }
      planned.from = feeding.name;
      planned.standard = feeding.standard;
    }
    plan_.wirings.push_back(planned);
    step(StepKind::make_safe, index, -1, 4 * exchange_time);  // nobody touches leads of a source that is on
    step(StepKind::prompt, index, -1, plan_.simulated ? 0 : prompt_time);
    if (wiring.wait > 0) step(StepKind::wait, index, -1, wiring.wait);
    for (const RangePoints& points : wiring.ranges) {
      for (const std::string& text : points.points)
        add_point(index, touch, points, text, source);
    }
  }

  void add_point(int wiring, int touch, const RangePoints& points, const std::string& text, const Source* source) {
    const std::string& name = procedure_.wirings[static_cast<std::size_t>(wiring)].name;
    Point point;
    point.wiring = wiring;
    point.touch = touch;
    point.shorted = source == nullptr;
    point.range_text = fmt::format("{} {}", points.range.value, points.range.unit);
    point.nominal_text = text;
    point.unit = measure_.unit;
    const auto refuse = [&](const std::string& why) {
      return base::FileError(points.position, fmt::format(fmt::runtime(tr("wiring '{}', range {}, point {}: {}")), name,
                                                          point.range_text, text, why));
    };
    try {
      point.range = points.range.in(measure_.unit);
      point.nominal = base::parse_quantity(text).in(measure_.unit);
    } catch (const InputError& error) {
      throw refuse(error.what());
    }
    const auto same = std::find_if(measure_.ranges.begin(), measure_.ranges.end(), [&](double range) {
      return std::fabs(range - point.range) <= 1e-9 * std::fabs(range);
    });
    if (same == measure_.ranges.end()) {
      throw refuse(fmt::format(fmt::runtime(tr("{} has no such range; its ranges in {}: {}")), item_.driver_name,
                               measure_.unit, fmt::join(measure_.ranges, ", ")));
    }
    point.range = *same;
    if (std::fabs(point.nominal) > point.range * measure_.over_range) {
      throw refuse(fmt::format(fmt::runtime(tr("beyond the range, which ends at {} {}")),
                               point.range * measure_.over_range, measure_.unit));
    }
    if (source != nullptr) {
      if (point.nominal < source->minimum || point.nominal > source->maximum) {
        throw refuse(fmt::format(fmt::runtime(tr("beyond the source's limits {} {} to {} {}")), source->minimum,
                                 source->unit, source->maximum, source->unit));
      }
      try {
        point.source_range = source->range_for(point.nominal);
      } catch (const InputError& error) {
        throw refuse(fmt::format(fmt::runtime(tr("the source: {}")), error.what()));
      }
    } else if (point.nominal != 0) {
      throw refuse(tr("with a short the value can only be 0"));
    }
    point.readings = points.readings;
    point.resolution = measure_.resolution_at(point.range);
    if (point.nominal != 0 && std::fabs(point.nominal) < point.resolution / 100) {
      throw refuse(fmt::format(
          fmt::runtime(tr("is less than a hundredth of a digit of the item there ({} {}); is the prefix right?")),
          point.resolution, point.unit));
    }
    point.limit = limit_for(item_, measure_, point.range);
    point.id = fmt::format("{} / {}{}", point.range_text, text, point.shorted ? " (short)" : "");
    for (const Point& other : plan_.points) {
      const bool same_point =
          other.range == point.range && other.nominal == point.nominal && other.shorted == point.shorted;
      if (other.id == point.id || same_point) throw refuse(tr("stands twice in the procedure"));
    }
    const int index = static_cast<int>(plan_.points.size());
    plan_.points.push_back(point);

    const double reading = measure_.reading_time(settings_) + exchange_time;
    const Settling& settling = plan_.settling;
    step(StepKind::configure, wiring, index,
         static_cast<double>(measure_.configure.size() + measure_.check.size() + 1) * exchange_time);
    if (source != nullptr) step(StepKind::apply, wiring, index, 6 * exchange_time);
    step(StepKind::settle, wiring, index,
         (source != nullptr && settling.flag ? source->settle_time : 0) + settling.dwell +
             settling.window_readings * reading);
    if (!plan_.ambient.empty()) step(StepKind::environment, wiring, index, 3 * exchange_time);
    step(StepKind::read, wiring, index, point.readings * reading);
  }

  const Procedure& procedure_;
  const Bench& bench_;
  const BenchInstrument& item_;
  const Measure& measure_;
  drivers::Values settings_;
  Plan plan_;
};

}  // namespace

std::string step_name(StepKind kind) {
  switch (kind) {
    case StepKind::identify:
      return "identify";
    case StepKind::prompt:
      return "prompt";
    case StepKind::wait:
      return "wait";
    case StepKind::make_safe:
      return "make safe";
    case StepKind::configure:
      return "configure";
    case StepKind::apply:
      return "apply";
    case StepKind::settle:
      return "settle";
    case StepKind::environment:
      return "environment";
    case StepKind::read:
      return "read";
  }
  return "";
}

double Plan::estimate() const {
  double seconds = 0;
  for (const Step& step : steps)
    seconds += step.estimate;
  return seconds;
}

Plan make_plan(const Procedure& procedure, const Bench& bench) {
  return PlanMaker(procedure, bench).make();
}

}  // namespace etalon::acquisition
