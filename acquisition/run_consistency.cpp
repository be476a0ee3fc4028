#include "acquisition/run_consistency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "acquisition/plan_difference.h"
#include "acquisition/run_file_error.h"
#include "acquisition/run_file_version.h"
#include "acquisition/run_setup.h"
#include "acquisition/serial_doubt.h"
#include "base/language.h"
#include "base/units.h"
#include "drivers/messages/message_template.h"

namespace etalon::acquisition {

using base::tr;
using drivers::BenchInstrument;
using drivers::Measure;

namespace {

class Comparison {
 public:
  explicit Comparison(const RunRecord& record) : record_(record), setup_(setup_of(record)) {}

  void compare() const {
    compare_simulation();
    if (const auto difference = plan_difference(record_.plan_json, make_plan(setup_.procedure, setup_.bench)))
      refuse(fmt::format(fmt::runtime(tr("/plan is not the plan that /inputs make: {}")), *difference));
    for (const JournalEvent& event : record_.events)
      compare_event(event);
    compare_identities();
    for (const JournalReading& reading : record_.readings)
      compare_reading(reading);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw RunFileError(record_.path, fmt::format(fmt::runtime(tr("contradicts itself: {}")), why));
  }

  void compare_simulation() const {
    const bool bench = setup_.bench.simulation.has_value();
    if (record_.plan.simulated != bench) {
      refuse(bench ? tr("/plan says that the instruments were real, but /inputs/bench has [simulation]")
                   : tr("/plan says that the instruments were simulated, but /inputs/bench has no [simulation]"));
    }
    const auto choice = record_.inputs.find("simulation");
    const bool there = choice != record_.inputs.end();
    if (bench && !there) refuse(tr("/inputs/bench has [simulation], but there is no /inputs/simulation"));
    if (bench || !there) return;
    // Version 1 kept it of real benches, too, whose clock runs at the speed 1.
    const auto read = nlohmann::json::parse(choice->second, nullptr, false);
    const bool real_time = read.is_object() && read.contains("speed") && read["speed"] == 1;
    if (record_.version >= first_sealed_version || !real_time)
      refuse(tr("there is a /inputs/simulation, but /inputs/bench has no [simulation]"));
  }

  const Step* step_of(int number) const {
    const auto& steps = record_.plan.steps;
    if (number < 0 || number > static_cast<int>(steps.size())) {
      refuse(fmt::format(fmt::runtime(tr("the journal has a step {}, /plan has {}")), number, steps.size()));
    }
    return number == 0 ? nullptr : &steps[static_cast<std::size_t>(number) - 1];
  }

  void compare_event(const JournalEvent& event) const {
    const Step* step = step_of(event.step);
    if (event.kind == event::identity) compare_identity(event);
    if (event.kind == event::set && step != nullptr && step->kind == StepKind::apply) compare_setting(event, *step);
  }

  // "Fluke 5522A 0000001 1.2 at ASRL…": maker and firmware may hold blanks, and may be empty.
  void compare_identity(const JournalEvent& event) const {
    const auto& instruments = setup_.bench.instruments;
    const auto found = std::find_if(instruments.begin(), instruments.end(),
                                    [&](const BenchInstrument& one) { return one.name == event.subject; });
    if (found == instruments.end()) {
      refuse(fmt::format(
          fmt::runtime(tr("row {} of the journal identifies '{}', which is no instrument of /inputs/bench")),
          event.sequence, event.subject));
    }
    if (serial_doubt(*found)) return;  // nobody answered it
    const std::string expected = found->model.empty() ? found->serial + " " : found->model + " " + found->serial + " ";
    if ((" " + event.text).find(" " + expected) != std::string::npos) return;
    const bool is_item = setup_.bench.in_role("item").name == found->name;
    refuse(fmt::format(fmt::runtime(tr("{} says that {} is {}, but in row {} of the journal it answered: {}")),
                       is_item ? "/inputs/item" : "/inputs/bench", found->name, expected.substr(0, expected.size() - 1),
                       event.sequence, event.text));
  }

  // Who measured is known of each instrument, each time that all were identified.
  void compare_identities() const {
    for (const Step& step : record_.plan.steps) {
      const int attempt = step.kind == StepKind::identify ? record_.finished_attempt(step.number) : 0;
      if (attempt == 0) continue;
      for (const BenchInstrument& instrument : setup_.bench.instruments) {
        const auto is_its = [&](const JournalEvent& event) {
          return event.kind == event::identity && event.subject == instrument.name && event.step == step.number &&
                 event.attempt == attempt;
        };
        if (std::none_of(record_.events.begin(), record_.events.end(), is_its)) {
          refuse(
              fmt::format(fmt::runtime(tr("{} is on /inputs/bench, but the journal does not say who answered there")),
                          instrument.name));
        }
      }
    }
  }

  void compare_setting(const JournalEvent& event, const Step& step) const {
    const Point& point = record_.plan.points[static_cast<std::size_t>(step.point)];
    const std::string said = event.text.substr(0, event.text.find(','));
    try {
      if (std::fabs(base::parse_quantity(said).in(point.unit) - point.nominal) <= 1e-9 * std::fabs(point.nominal))
        return;
    } catch (const base::InputError&) {
    }
    refuse(fmt::format(fmt::runtime(tr("/plan has the point {}, but in row {} of the journal {} was set: {}")),
                       point.id, event.sequence, event.subject, said));
  }

  // What a channel was read with; nullptr for a channel that no driver file knows.
  const Measure* measure_of(const std::string& channel) const {
    if (channel == indication_channel || channel == settling_channel)
      return setup_.bench.in_role("item").driver.measure(record_.plan.quantity);
    const auto is_channel = [&](const AmbientQuantity& ambient) { return ambient.quantity == channel; };
    if (std::none_of(record_.plan.ambient.begin(), record_.plan.ambient.end(), is_channel)) return nullptr;
    return setup_.bench.in_role("ambient").driver.measure(channel);
  }

  void compare_reading(const JournalReading& reading) const {
    step_of(reading.step);
    const Measure* measure = measure_of(reading.channel);
    if (measure == nullptr) return;
    const auto contradict = [&](const std::string& reply) {
      refuse(
          fmt::format(fmt::runtime(tr("row {} of the journal has the reading {} {} ({}), but the instrument's reply in "
                                      "it is {}")),
                      reading.sequence, reading.value, reading.unit, reading.channel, reply));
    };
    if (reading.unit != measure->unit) contradict(fmt::format(fmt::runtime(tr("in {}")), measure->unit));
    if ((reading.flags & reading_text_cut) != 0) return;
    const auto replied = drivers::parse_number(reading.reply);
    if (!replied || *replied != reading.value) contradict("\"" + reading.reply + "\"");
  }

  const RunRecord& record_;
  RunSetup setup_;
};

}  // namespace

void require_consistent(const RunRecord& record) {
  Comparison(record).compare();
}

}  // namespace etalon::acquisition
