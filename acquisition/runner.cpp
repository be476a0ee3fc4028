#include "acquisition/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "acquisition/bench_in_use.h"
#include "acquisition/dangerous_output.h"
#include "acquisition/last_resort.h"
#include "acquisition/retaking.h"
#include "acquisition/serial_doubt.h"
#include "acquisition/wiring_check.h"
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
constexpr int most_looks = 3;                // at the wiring, for one point: then the run stops

// What is read contradicts the wiring. `cause` is thrown on when nobody can look at it.
struct WiringDoubt {
  std::string text;
  std::exception_ptr cause;
};

class Run {
 public:
  Run(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
      const RunSurroundings& around, const Opening& opening)
      : record_(record),
        plan_(record.plan),
        steps_(steps),
        bench_(bench),
        writer_(writer),
        around_(around),
        opening_(opening),
        in_use_(bench, around.transcript, around.cancellation) {
    for (const Step& step : steps)
      remaining_ += step.estimate;
    start_monotonic_ = writer.last_monotonic() - around.clock.now();
  }

  void carry_out() {
    const bool repeat = opening_.kind == event::point_repeated;
    note(0, 0, opening_.kind, repeat ? repeated_point() : "",
         fmt::format("{} steps, clock speed {}", steps_.size(), around_.clock.speed()));
    if (repeat) note(0, 0, event::repeat_reason, repeated_point(), opening_.reason);
    const LastResort last_resort([this] { end_in_disorder(); });
    try {
      carry_out_steps();
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
  BenchInUse::Note noting() {
    return [this](const std::string& kind, const std::string& subject, const std::string& text) {
      note(kind, subject, text);
    };
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
    const BenchInUse::WayOut out = in_use_.leave_safe(record_, around_.progress);
    const int step = step_ ? step_->number : 0;
    try {
      if (dynamic_cast<const base::PausedError*>(&error)) {
        note(step, attempt_, event::run_paused, "", error.what());
      } else {
        const auto* fault = dynamic_cast<const InstrumentError*>(&error);
        note(step, attempt_, event::fault, fault ? drivers::fault_name(fault->fault()) : "", error.what());
      }
      for (const auto& [name, failure] : out.tried) {
        note(step, attempt_, failure.empty() ? event::safe_state : event::safe_state_failed, name,
             failure.empty() ? "output off, read back" : failure);
      }
      note(step, attempt_, event::run_stopped, "", "");
      writer_.synchronise();
    } catch (const std::exception& failure) {
      if (out.unsafe.empty()) throw base::Error(error.exit_code(), std::string(error.what()) + "\n" + failure.what());
    }
    if (!out.unsafe.empty()) {
      throw base::Error(base::ExitCode::instrument,
                        fmt::format(fmt::runtime(tr("A SOURCE MAY STILL BE ON. Switch it off by hand now.\n{}{}")),
                                    out.unsafe + out.not_reached, error.what()));
    }
    if (out.not_reached.empty()) throw;  // the one being handled
    const std::string text = std::string(error.what()) + "\n" + out.not_reached.substr(0, out.not_reached.size() - 1);
    if (dynamic_cast<const base::PausedError*>(&error)) throw base::PausedError(text);
    throw base::Error(error.exit_code(), text);
  }

  // Nothing caught an error, here or in another thread: only the sources count.
  void end_in_disorder() {
    std::fprintf(stderr, "\n%s\n", tr("unexpected end: the sources are being switched off").c_str());
    const BenchInUse::WayOut out = in_use_.leave_safe(record_, around_.progress);
    if (!out.unsafe.empty())
      std::fprintf(
          stderr, "%s\n",
          fmt::format(fmt::runtime(tr("A SOURCE MAY STILL BE ON. Switch it off by hand now.\n{}{}")), out.unsafe, "")
              .c_str());
  }

  // --- lines out of step ---------------------------------------------------------------------------------------------

  void carry_out_steps() {
    Retaking retaking(steps_);
    for (std::size_t at = 0; at < steps_.size();) {
      try {
        carry_out(steps_[at]);
        ++at;
      } catch (const WiringDoubt& doubt) {
        look_again(at, doubt);
        at = 0;
      } catch (const InstrumentError& fault) {
        const bool out_of_step = Retaking::shows_out_of_step(fault.fault());
        // Any other fault of the line leaves this step without an end; the one before it may have been proven by
        // silence.
        if (!out_of_step && !(only_silence_proves(fault) && of_the_line(fault))) throw;
        const std::size_t first = withdraw(retaking, at, fault);
        if (!out_of_step || !retaking.may(first, at)) throw;
        for (std::size_t i = first; i < at; ++i) {
          done_ -= steps_[i].estimate;
          remaining_ += steps_[i].estimate;
        }
        at = first;
      }
    }
  }

  bool only_silence_proves(const InstrumentError& fault) const {
    const Instrument* const used = in_use_.find(fault.instrument());
    return used != nullptr && !used->has_known_answer();
  }
  // Whether it may have been out of step before; it can be in step again by now.
  bool of_the_line(const InstrumentError& fault) const {
    return fault.fault() == Fault::timeout || fault.fault() == Fault::truncated_reply ||
           in_use_.find(fault.instrument())->tainted();
  }

  // What the line brought since the point began; returns the first of the steps that this concerns.
  std::size_t withdraw(const Retaking& retaking, std::size_t at, const InstrumentError& fault) {
    // The step before was proven by a silence, which may have been that before a late reply.
    const std::size_t first =
        retaking.first(at, only_silence_proves(fault), fault.instrument() != bench_.in_role("item").name);
    for (std::size_t i = first; i <= at; ++i) {
      const Step& step = steps_[i];
      note(step.number, attempts_[step.number], event::readings_withdrawn, step_name(step.kind), fault.what());
    }
    return first;
  }

  // --- steps ---------------------------------------------------------------------------------------------------------

  void carry_out(const Step& step) {
    around_.cancellation.check();
    step_ = step;
    attempt_ = ++attempts_[step.number];
    if (attempt_ == 1) attempt_ = attempts_[step.number] = record_.last_attempt(step.number) + 1;
    around_.progress.step_started(plan_, step, done_, remaining_);
    note(event::step_started, step_name(step.kind), step.point >= 0 ? point().id : "");
    switch (step.kind) {
      case StepKind::identify:
        identify();
        break;
      case StepKind::make_safe:
        in_use_.make_sources_safe(noting());
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
    in_use_.prove_lines(step.number == steps_.back().number);
    note(event::step_finished, step_name(step.kind), step.point >= 0 ? point().id : "");
    if (step.kind == StepKind::read) writer_.synchronise();
    done_ += step.estimate;
    remaining_ -= step.estimate;
  }

  const Point& point() const { return plan_.points[static_cast<std::size_t>(step_->point)]; }
  const WiringPlan& wiring() const { return plan_.wirings[static_cast<std::size_t>(step_->wiring)]; }

  void identify() {
    in_use_.identify(noting());
    meter_.emplace(in_use_.at(bench_.in_role("item").name), plan_.quantity);
    for (const WiringPlan& wiring : plan_.wirings) {
      if (wiring.from == "short" || sources_.count(wiring.from)) continue;
      sources_.emplace(wiring.from, drivers::SourceRole(in_use_.at(wiring.from), plan_.quantity));
    }
  }

  drivers::Meter& meter() { return *meter_; }
  // The source that feeds the present wiring, or nullptr with a short.
  drivers::SourceRole* source() {
    const auto found = sources_.find(wiring().from);
    return found == sources_.end() ? nullptr : &found->second;
  }

  void prompt() {
    double highest = 0;
    for (const Point& point : plan_.points) {
      if (point.wiring == step_->wiring) highest = std::max(highest, std::fabs(point.nominal));
    }
    // A person may take hours: what was asked and answered is on the disk.
    const auto note_and_keep = [this](const char* kind, const std::string& text) {
      note(kind, wiring().name, text);
      writer_.synchronise();
    };
    note_and_keep(event::prompt_asked, wiring().prompt.en);
    const std::string by = around_.person.make_wiring(
        {wiring(), highest, plan_.unit, dangerous_output(plan_.quantity, highest, plan_.unit),
         std::exchange(doubt_, ""), [&](const std::string& typed) { note_and_keep(event::answer_not_taken, typed); }});
    note_and_keep(event::prompt_answered, fmt::format("{} [answered: {}]", wiring().prompt.en, by));
  }

  // --- is the wiring made? -------------------------------------------------------------------------------------------

  // The source is asked first: one that fell back to standby is its own fault, not the wiring's.
  void judge(const drivers::Reading& reading) {
    const auto wrong = contradiction(plan_, point(), reading.value);
    if (!wrong) return;
    if (source() != nullptr) source()->check_operating();
    meter().instrument().confirm();  // a line out of step, too, is no doubt about the wiring
    const Instrument& item = meter().instrument();
    throw WiringDoubt{*wrong, std::make_exception_ptr(item.error(Fault::contradicts_wiring, "", reading.text, *wrong))};
  }

  // What is too much for the range contradicts the wiring as well, when somebody can look at it.
  drivers::Reading read_item(const std::string& channel) {
    try {
      const drivers::Reading reading = meter().read();
      keep(channel, reading);
      return reading;
    } catch (const InstrumentError& error) {
      if (error.fault() != Fault::overload || !around_.person.can_look_again()) throw;
      meter().instrument().confirm();
      throw WiringDoubt{error.what(), std::current_exception()};
    }
  }

  // Sources off, and the person is asked again; then from the first point on that the doubt concerns.
  void look_again(std::size_t at, const WiringDoubt& doubt) {
    in_use_.make_sources_safe(noting());
    note(event::wiring_doubted, wiring().name, fmt::format("{}: {}", point().id, doubt.text));
    if (!around_.person.can_look_again() || ++looks_[step_->point] > most_looks) std::rethrow_exception(doubt.cause);
    const std::size_t from = first_doubtful(plan_, steps_, at);
    std::vector<Step> again = steps_to_wire(plan_, step_->wiring);
    again.insert(again.end(), steps_.begin() + static_cast<std::ptrdiff_t>(from), steps_.end());
    remaining_ = 0;
    for (const Step& step : again)
      remaining_ += step.estimate;
    doubt_ = doubt.text;
    steps_ = std::move(again);
  }

  // --- measuring -----------------------------------------------------------------------------------------------------

  void apply() {
    in_use_.about_to_switch_on(wiring().from);
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
    judge(settling.window_readings > 0 ? last_of_window(expired) : read_item(probe_channel));
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

  drivers::Reading last_of_window(const auto& expired) {
    const Settling& settling = plan_.settling;
    const double limit = settling.window_span * point().range;
    std::deque<double> window;
    for (int polls = 0;; ++polls) {
      const drivers::Reading reading = read_item(settling_channel);
      window.push_back(reading.value);
      if (static_cast<int>(window.size()) > settling.window_readings) window.pop_front();
      const auto [low, high] = std::minmax_element(window.begin(), window.end());
      if (static_cast<int>(window.size()) == settling.window_readings && *high - *low <= limit) return reading;
      if (expired(polls)) {
        judge(reading);  // an open lead settles nowhere
        throw meter().instrument().error(
            Fault::not_settled, "", "",
            fmt::format(fmt::runtime(tr("the last {} readings still span {} {}, more than {} {}")), window.size(),
                        *high - *low, point().unit, limit, point().unit));
      }
    }
  }

  void read_environment() {
    Instrument& ambient = in_use_.at(bench_.in_role("ambient").name);
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
      const drivers::Reading reading = read_item(indication_channel);
      if (from != nullptr) from->check_operating();
      judge(reading);  // a lead can fall off at any time
    }
  }

  const RunRecord& record_;
  const Plan& plan_;
  std::vector<Step> steps_;
  const drivers::Bench& bench_;
  RunWriter& writer_;
  const RunSurroundings& around_;
  const Opening opening_;
  BenchInUse in_use_;
  std::optional<drivers::Meter> meter_;
  std::map<std::string, drivers::SourceRole> sources_;
  std::map<int, int> attempts_;
  std::map<int, int> looks_;  // at the wiring again, by point
  std::string doubt_;         // why the next prompt is asked again
  std::optional<Step> step_;
  int attempt_ = 0;
  double done_ = 0;
  double remaining_ = 0;
  double start_monotonic_ = 0;
};

}  // namespace

void carry_out(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
               const RunSurroundings& surroundings, const Opening& opening) {
  Run(record, steps, bench, writer, surroundings, opening).carry_out();
}

}  // namespace etalon::acquisition
