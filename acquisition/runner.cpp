#include "acquisition/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "acquisition/serial_doubt.h"
#include "base/language.h"
#include "base/units.h"
#include "drivers/meter.h"
#include "drivers/source.h"

namespace etalon::acquisition {

using base::tr;
using drivers::Fault;
using drivers::Instrument;
using drivers::InstrumentError;

namespace {

constexpr double flag_poll_interval = 0.25;  // s, between two questions for the settling flag
constexpr int fewest_polls = 20;             // before "not settled": an accelerated clock must not run out on its own

class Run {
 public:
  Run(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
      const RunSurroundings& around, const std::string& opening)
      : record_(record),
        plan_(record.plan),
        steps_(steps),
        bench_(bench),
        writer_(writer),
        around_(around),
        opening_(opening) {
    for (const Step& step : steps)
      remaining_ += step.estimate;
    start_monotonic_ = writer.last_monotonic();
  }

  void carry_out() {
    note(0, 0, opening_, opening_ == event::point_repeated ? repeated_point() : "",
         fmt::format("{} steps, clock speed {}", steps_.size(), around_.clock.speed()));
    try {
      for (const Step& step : steps_)
        carry_out(step);
    } catch (const base::Error& error) {
      stop(error);
    } catch (const std::exception& error) {
      stop(base::Error(base::ExitCode::instrument, error.what()));
    }
    note(0, 0, event::run_finished, "", "");
    writer_.synchronise();
  }

 private:
  std::string repeated_point() const {
    for (const Step& step : steps_) {
      if (step.point >= 0) return plan_.points[static_cast<std::size_t>(step.point)].id;
    }
    return "";
  }

  // --- journal -------------------------------------------------------------------------------------------------------

  double monotonic() const { return start_monotonic_ + around_.clock.now(); }

  void note(int step, int attempt, const std::string& kind, const std::string& subject, const std::string& text) {
    const JournalEvent event{0, step, attempt, base::utc_text(around_.clock.utc()), monotonic(), kind, subject, text};
    writer_.append(event);
    around_.progress.event_noted(event);
  }
  void note(const std::string& kind, const std::string& subject, const std::string& text) {
    note(step_->number, attempt_, kind, subject, text);
  }

  void keep(const std::string& channel, const drivers::Reading& reading) {
    const JournalReading row{0,           step_->number, attempt_,     channel, base::utc_text(around_.clock.utc()),
                             monotonic(), reading.value, reading.unit, 0,       reading.text};
    writer_.append(row);
    around_.progress.reading_taken(plan_, *step_, row);
  }

  // --- ways out ------------------------------------------------------------------------------------------------------

  // Sources first, then the journal: a full disk must not keep a source switched on.
  [[noreturn]] void stop(const base::Error& error) {
    std::string unsafe;
    std::vector<std::pair<std::string, std::string>> outcomes;
    for (auto& [name, instrument] : instruments_) {
      if (!instrument->driver().safe_state) continue;
      around_.progress.making_safe(name);
      try {
        instrument->make_safe();
        outcomes.emplace_back(name, "");
      } catch (const std::exception& failure) {
        outcomes.emplace_back(name, failure.what());
        unsafe += std::string(failure.what()) + "\n";
      }
    }
    make_left_on_safe(outcomes, unsafe);
    const int step = step_ ? step_->number : 0;
    try {
      const auto* fault = dynamic_cast<const InstrumentError*>(&error);
      note(step, attempt_, event::fault, fault ? drivers::fault_name(fault->fault()) : "", error.what());
      for (const auto& [name, failure] : outcomes) {
        note(step, attempt_, failure.empty() ? event::safe_state : event::safe_state_failed, name,
             failure.empty() ? "output off, read back" : failure);
      }
      note(step, attempt_, event::run_stopped, "", "");
      writer_.synchronise();
    } catch (const std::exception& failure) {
      if (unsafe.empty()) throw base::Error(error.exit_code(), std::string(error.what()) + "\n" + failure.what());
    }
    if (!unsafe.empty()) {
      throw base::Error(base::ExitCode::instrument,
                        fmt::format(fmt::runtime(tr("A SOURCE MAY STILL BE ON. Switch it off by hand now.\n{}{}")),
                                    unsafe, error.what()));
    }
    throw;  // the one being handled
  }

  // What the journal says of a source that this session has not reached yet: a run that was killed left it on.
  bool was_left_on(const std::string& name) const {
    bool on = false;
    for (const JournalEvent& entry : record_.events) {
      // Begun is enough: a kill can come between the message and its record.
      if (entry.kind == event::step_started && entry.subject == step_name(StepKind::apply) && entry.step > 0) {
        const Step& step = plan_.steps.at(static_cast<std::size_t>(entry.step) - 1);
        if (step.wiring >= 0 && plan_.wirings[static_cast<std::size_t>(step.wiring)].from == name) on = true;
      }
      if (entry.subject != name) continue;
      if (entry.kind == event::set || entry.kind == event::safe_state_failed) on = true;
      if (entry.kind == event::safe_state) on = false;
    }
    return on;
  }

  void make_left_on_safe(std::vector<std::pair<std::string, std::string>>& outcomes, std::string& unsafe) {
    for (const drivers::BenchInstrument& entry : bench_.instruments) {
      if (!entry.driver.safe_state || instruments_.count(entry.name) || !was_left_on(entry.name)) continue;
      try {
        Instrument instrument(entry, around_.transcript, nullptr);
        instrument.identify();
        instrument.make_safe();
        outcomes.emplace_back(entry.name, "");
      } catch (const std::exception& failure) {
        outcomes.emplace_back(entry.name, failure.what());
        unsafe += std::string(failure.what()) + "\n";
      }
    }
  }

  // --- steps ---------------------------------------------------------------------------------------------------------

  void carry_out(const Step& step) {
    around_.cancellation.check();
    step_ = &step;
    attempt_ = ++attempts_[step.number];
    if (attempt_ == 1) attempt_ = attempts_[step.number] = record_.last_attempt(step.number) + 1;
    around_.progress.step_started(plan_, step, done_, remaining_);
    note(event::step_started, step_name(step.kind), step.point >= 0 ? point().id : "");
    switch (step.kind) {
      case StepKind::identify:
        identify();
        break;
      case StepKind::make_safe:
        make_sources_safe();
        break;
      case StepKind::prompt:
        prompt();
        break;
      case StepKind::wait:
        around_.clock.wait(wiring().wait, around_.cancellation);
        break;
      case StepKind::configure:
        meter().configure(point().range, plan_.settings);
        break;
      case StepKind::apply:
        apply();
        break;
      case StepKind::settle:
        settle();
        break;
      case StepKind::environment:
        read_environment();
        break;
      case StepKind::read:
        read();
        break;
    }
    note(event::step_finished, step_name(step.kind), step.point >= 0 ? point().id : "");
    if (step.kind == StepKind::read) writer_.synchronise();
    done_ += step.estimate;
    remaining_ -= step.estimate;
  }

  const Point& point() const { return plan_.points[static_cast<std::size_t>(step_->point)]; }
  const WiringPlan& wiring() const { return plan_.wirings[static_cast<std::size_t>(step_->wiring)]; }

  // Sources come first: one that an earlier, broken-off run left on is switched off before anything else is asked.
  void identify() {
    std::vector<const drivers::BenchInstrument*> order;
    for (const auto& instrument : bench_.instruments)
      order.push_back(&instrument);
    std::stable_partition(order.begin(), order.end(), [](const auto* i) { return i->driver.safe_state.has_value(); });
    for (const auto* entry : order) {
      auto made = std::make_unique<Instrument>(*entry, around_.transcript, &around_.cancellation);
      Instrument& instrument = *made;
      const drivers::Identity& identity = instrument.identify();
      // From here on it is the right instrument: on every way out it is made safe.
      instruments_[entry->name] = std::move(made);
      instrument.start_up();
      note(event::identity, entry->name,
           fmt::format("{} {} {} {} at {}", identity.maker, identity.model, identity.serial, identity.firmware,
                       entry->address));
      if (const auto doubt = serial_doubt(*entry)) note(event::serial_not_verified, entry->name, *doubt);
      if (instrument.driver().safe_state) {
        instrument.make_safe();
        note(event::safe_state, entry->name, "output off, read back");
      }
    }
    meter_.emplace(*instruments_.at(bench_.in_role("item").name), plan_.quantity);
    for (const WiringPlan& wiring : plan_.wirings) {
      if (wiring.from == "short" || sources_.count(wiring.from)) continue;
      sources_.emplace(wiring.from, drivers::SourceRole(*instruments_.at(wiring.from), plan_.quantity));
    }
  }

  drivers::Meter& meter() { return *meter_; }
  // The source that feeds the present wiring, or nullptr with a short.
  drivers::SourceRole* source() {
    const auto found = sources_.find(wiring().from);
    return found == sources_.end() ? nullptr : &found->second;
  }

  void make_sources_safe() {
    for (auto& [name, instrument] : instruments_) {
      if (!instrument->driver().safe_state) continue;
      instrument->make_safe();
      note(event::safe_state, name, "output off, read back");
    }
  }

  void prompt() {
    around_.person.make_wiring(wiring());
    note(event::prompt_answered, wiring().name, wiring().prompt.en);
  }

  void apply() {
    source()->apply(point().nominal);
    note(event::set, wiring().from,
         fmt::format("{} {}, operating, read back", drivers::format_number(point().nominal), point().unit));
  }

  void settle() {
    const Settling& settling = plan_.settling;
    const double deadline = around_.clock.now() + settling.timeout;
    bool flagged = false;
    const auto expired = [&](int polls) { return around_.clock.now() > deadline && polls >= fewest_polls; };
    if (drivers::SourceRole* const from = source(); from != nullptr && settling.flag) {
      for (int polls = 0; !from->settled(); ++polls) {
        if (expired(polls)) {
          throw from->instrument().error(
              Fault::not_settled, "", "",
              fmt::format(fmt::runtime(tr("its settling flag did not come within {} s")), settling.timeout));
        }
        around_.clock.wait(flag_poll_interval, around_.cancellation);
      }
      flagged = !from->source().settled.empty();
    }
    around_.clock.wait(settling.dwell, around_.cancellation);
    wait_for_window(expired);
    note(event::settled, wiring().from, settled_by(flagged));
  }

  // What was done, for the certificate: "flag, dwell 5 s, window of 4 readings".
  std::string settled_by(bool flagged) const {
    const Settling& settling = plan_.settling;
    std::string text = flagged ? settled_by_flag : "no flag";
    if (settling.dwell > 0) text += fmt::format(", dwell {} s", settling.dwell);
    if (settling.window_readings > 0) text += fmt::format(", window of {} readings", settling.window_readings);
    return text;
  }

  void wait_for_window(const auto& expired) {
    const Settling& settling = plan_.settling;
    if (settling.window_readings == 0) return;
    const double limit = settling.window_span * point().range;
    std::deque<double> window;
    for (int polls = 0;; ++polls) {
      const drivers::Reading reading = meter().read();
      keep(settling_channel, reading);
      window.push_back(reading.value);
      if (static_cast<int>(window.size()) > settling.window_readings) window.pop_front();
      const auto [low, high] = std::minmax_element(window.begin(), window.end());
      if (static_cast<int>(window.size()) == settling.window_readings && *high - *low <= limit) return;
      if (expired(polls)) {
        throw meter().instrument().error(
            Fault::not_settled, "", "",
            fmt::format(fmt::runtime(tr("the last {} readings still span {} {}, more than {} {}")), window.size(),
                        *high - *low, point().unit, limit, point().unit));
      }
    }
  }

  void read_environment() {
    Instrument& ambient = *instruments_.at(bench_.in_role("ambient").name);
    for (const auto& [quantity, unit, error_limit] : plan_.ambient) {
      drivers::Meter logger(ambient, quantity);
      const drivers::Reading reading = logger.read();
      keep(quantity, reading);
      const auto limits = plan_.environment.find(quantity);
      if (limits == plan_.environment.end()) continue;
      const double value = base::convert(reading.value, reading.unit, limits->second.unit);
      if (value < limits->second.from || value > limits->second.to) {
        throw base::RefusedError(fmt::format(
            fmt::runtime(
                tr("{}: {} is {} {}, outside of the procedure's limits {} to {}; go on with the run when it is back")),
            ambient.name(), quantity, value, limits->second.unit, limits->second.from, limits->second.to));
      }
    }
  }

  // The source is asked after each reading: a reading of one that fell back to standby never ends a finished step.
  void read() {
    drivers::SourceRole* const from = source();
    for (int i = 0; i < point().readings; ++i) {
      around_.cancellation.check();
      const drivers::Reading reading = meter().read();
      keep(indication_channel, reading);
      if (from != nullptr) from->check_operating();
    }
  }

  const RunRecord& record_;
  const Plan& plan_;
  const std::vector<Step>& steps_;
  const drivers::Bench& bench_;
  RunWriter& writer_;
  const RunSurroundings& around_;
  std::string opening_;
  std::map<std::string, std::unique_ptr<Instrument>> instruments_;
  std::optional<drivers::Meter> meter_;
  std::map<std::string, drivers::SourceRole> sources_;
  std::map<int, int> attempts_;
  const Step* step_ = nullptr;
  int attempt_ = 0;
  double done_ = 0;
  double remaining_ = 0;
  double start_monotonic_ = 0;
};

}  // namespace

void carry_out(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
               const RunSurroundings& surroundings, const std::string& opening) {
  Run(record, steps, bench, writer, surroundings, opening).carry_out();
}

}  // namespace etalon::acquisition
