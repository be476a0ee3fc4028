#include "tests/soak/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <optional>
#include <random>

#include "drivers/conformance/check.h"
#include "drivers/conformance/device_session.h"
#include "drivers/links/instrument_error.h"
#include "drivers/meter.h"
#include "drivers/simulation/fault.h"
#include "drivers/source.h"

namespace etalon::soak {

namespace conformance = drivers::conformance;
using conformance::DeviceSession;
using drivers::Fault;
using drivers::InstrumentError;
using drivers::Measure;
using drivers::Meter;
using drivers::Source;
using drivers::SourceRole;
using drivers::simulation::FaultKind;

namespace {

// Replies at which a fault may happen, and how many replies more a trial goes on.
constexpr int latest_fault = 30;
constexpr int replies_afterwards = 6;
constexpr int most_operations = 40;

bool fits_every_reply(FaultKind kind) {
  switch (kind) {
    case FaultKind::wrong_identity:
    case FaultKind::wrong_serial:
    case FaultKind::overload:
    case FaultKind::overload_digits:
    case FaultKind::stray_line:
    case FaultKind::wrong_unit:
    case FaultKind::text_reply:
    case FaultKind::cut_reply:
      return false;
    default:
      return true;
  }
}

class Trial {
 public:
  Trial(const std::vector<ShippedDriver>& drivers, std::uint64_t seed, std::uint64_t number);
  TrialResult run();

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  double between(double low, double high) { return low + (high - low) * static_cast<double>(below(100001)) / 100000; }
  void choose_link();
  void plan_faults();
  void find(const std::string& finding);
  // Runs it; a named fault is counted, anything else is a finding. False when it did not succeed.
  bool attempt(const std::string& what, const std::function<void()>& work);
  bool connect();
  void step();
  void measure();
  void source();
  void check_output(const Source& description, double value);
  void make_safe();
  void count_injected();

  std::mt19937_64 random_;
  std::uint64_t seed_;
  const ShippedDriver& driver_;
  drivers::DriverFile file_;
  TrialResult result_;
  conformance::Line line_ = conformance::Line::own;
  struct Planned {
    FaultKind kind;
    int at;
  };
  std::vector<Planned> planned_;
  int last_fault_ = 0;
  std::optional<DeviceSession> session_;
  bool opened_ = false;     // there is an instrument to speak through
  bool connected_ = false;  // and it has been identified
  bool touched_ = false;    // a source may be on
  int reported_ = 0;        // named faults
};

Trial::Trial(const std::vector<ShippedDriver>& drivers, std::uint64_t seed, std::uint64_t number)
    : random_(seed * 1000003 + number),
      seed_(1 + random_() % 1000000),
      driver_(drivers[below(drivers.size())]),
      file_(drivers::parse_driver_file(driver_.text, driver_.name + ".toml")) {
  result_.driver = driver_.name;
  choose_link();
  plan_faults();
}

// Half of the trials have the link that the driver file suggests. Echoes, dialects and Modbus belong to theirs.
void Trial::choose_link() {
  static const char* const names[] = {"own", "HiSLIP", "VXI-11", "GPIB"};
  const bool any = !file_.link.modbus && file_.link.echo_terminator.empty() && file_.dialect.empty();
  if (any && below(2) == 0) line_ = static_cast<conformance::Line>(1 + below(3));
  result_.link = names[static_cast<std::size_t>(line_)];
}

void Trial::plan_faults() {
  std::vector<FaultKind> kinds;
  for (const auto& description : drivers::simulation::fault_kinds()) {
    const FaultKind kind = description.kind;
    if (kind == FaultKind::standby &&
        std::none_of(file_.sources.begin(), file_.sources.end(), [](const Source& s) { return s.operate.has_value(); }))
      continue;
    if (kind == FaultKind::wrong_unit && std::all_of(file_.measures.begin(), file_.measures.end(),
                                                     [](const Measure& m) { return m.reply_units.empty(); }))
      continue;
    if ((kind == FaultKind::overload || kind == FaultKind::overload_digits) && file_.measures.empty()) continue;
    // A driver that does not know the number of digits cannot miss one.
    if (kind == FaultKind::cut_reply && file_.identity.generic) continue;
    kinds.push_back(kind);
  }
  for (std::size_t count = 1 + below(3); count > 0; --count) {
    const FaultKind kind = kinds[below(kinds.size())];
    const bool of_identity = kind == FaultKind::wrong_identity || kind == FaultKind::wrong_serial;
    const int at = of_identity ? 1 : 1 + static_cast<int>(below(latest_fault));
    std::string text = to_string(kind);
    if (kind == FaultKind::late_reply) text += fmt::format("={:.1f}", between(0.5, 3));
    text += fmt::format("@{}", at);
    if (below(12) == 0) text += "+";
    result_.faults.push_back(text);
    planned_.push_back({kind, at});
    last_fault_ = std::max(last_fault_, at);
  }
}

void Trial::find(const std::string& finding) {
  result_.findings.push_back(finding);
}

bool Trial::attempt(const std::string& what, const std::function<void()>& work) {
  ++result_.operations;
  try {
    work();
    return true;
  } catch (const InstrumentError& error) {
    ++result_.named[drivers::fault_name(error.fault())];
    ++reported_;
    if (error.fault() == Fault::link_lost || error.fault() == Fault::stale_reply) connected_ = false;
  } catch (const std::exception& error) {
    find(what + ": not a named fault: " + error.what());
    connected_ = false;
  }
  return false;
}

bool Trial::connect() {
  opened_ = false;
  connected_ = attempt("connect", [&] {
    session_->open();
    opened_ = true;
    session_->instrument().identify();
    session_->instrument().start_up();
  });
  return connected_;
}

// As in a run, a measurement is configured before its readings; what follows a failure is configured again.
void Trial::measure() {
  const Measure& description = file_.measures[below(file_.measures.size())];
  const auto ranges = conformance::ranges_of(description);
  const double range = ranges[below(ranges.size())];
  Meter meter(session_->instrument(), description.quantity);
  if (!attempt("configure", [&] { meter.configure(description.ranges.empty() ? 0 : range, {}); })) return;
  for (std::size_t readings = 1 + below(3); readings > 0; --readings) {
    const double sign = description.quantity.starts_with("dc ") && below(2) ? -1 : 1;
    session_->apply(description, sign * conformance::inside(description, range, between(0.1, 0.95)));
    std::vector<drivers::Reading> read;
    const bool many = description.read_many && below(4) == 0;
    if (!attempt("read", [&] {
          if (many) {
            read = meter.read_many(1 + static_cast<int>(below(5)));
          } else {
            read.push_back(meter.read());
          }
          session_->instrument().confirm();  // a reading counts once the line was proven
        }))
      return;
    if (description.own_output) continue;
    const double expected = session_->expected(description, range);
    const double within = session_->tolerance(description, range) + (many ? 1e-6 * std::fabs(expected) : 0);
    for (const drivers::Reading& reading : read) {
      ++result_.readings;
      if (reading.unit == description.unit && std::fabs(reading.value - expected) <= within) continue;
      find(fmt::format("WRONG READING of {}, range {}: \"{}\" {} where {:.10g} {} within {:.2g} is right",
                       description.quantity, range, reading.text, reading.unit, expected, description.unit, within));
    }
  }
}

// What a source that says that it operates truly puts out.
void Trial::check_output(const Source& description, double value) {
  const base::Cancellation never;
  const double span = description.maximum - description.minimum;
  const auto is_right = [&] {
    session_->clock().wait(30 * description.physics.time_constant +
                               (description.physics.slew > 0 ? span / description.physics.slew : 0) + 1,
                           never);
    const double output =
        session_->world().output_of(DeviceSession::device, description.quantity, session_->clock().now()).value;
    const double expected = session_->truth().source_output(DeviceSession::device, description.quantity, value);
    return std::fabs(output - expected) <= 1e-3 * std::fabs(expected) + 1e-4 * span;
  };
  if (is_right()) return;
  // It may have changed since it was looked at; then that shows when it is looked at again.
  SourceRole source(session_->instrument(), description.quantity);
  if (!attempt("look at the output", [&] {
        source.apply(value);
        source.check_operating();
      }))
    return;
  if (is_right()) return;
  if (!attempt("look at the output again", [&] { source.check_operating(); })) return;
  find(fmt::format("WRONG OUTPUT of {}: {} was set and confirmed", description.quantity, value));
}

void Trial::source() {
  const Source& description = file_.sources[below(file_.sources.size())];
  const double value = description.values.empty()
                           ? std::round(between(description.minimum, description.maximum) * 1e3) / 1e3
                           : description.values[below(description.values.size())];
  if (!description.can(value)) return;
  SourceRole role(session_->instrument(), description.quantity);
  touched_ = true;
  if (!attempt("apply", [&] { role.apply(value); })) return;
  if (below(2) == 0) attempt("check the output", [&] { role.check_operating(); });
  if (below(2) == 0) check_output(description, value);
}

void Trial::make_safe() {
  if (!file_.safe_state) return;
  // A line that does not come back: the person has been told that there is no connection.
  if (!opened_ && !attempt("open for the safe state", [&] {
        session_->open();
        opened_ = true;
      }))
    return;
  try {
    session_->instrument().make_safe();
  } catch (const InstrumentError& error) {
    ++result_.named[drivers::fault_name(error.fault())];
    ++reported_;
    // A person is told by name.
    if (error.fault() != Fault::safe_state_failed) find(std::string("make safe: another fault: ") + error.what());
    connected_ = false;
    return;
  } catch (const std::exception& error) {
    find(std::string("make safe: not a named fault: ") + error.what());
    return;
  }
  for (const Source& description : file_.sources) {
    if (const std::string on = conformance::unsafe_output(*session_, description); !on.empty())
      find(fmt::format("SOURCE LEFT ON after make_safe succeeded: {}: {}", description.quantity, on));
  }
}

void Trial::step() {
  const bool can_measure = !file_.measures.empty();
  const bool can_source = !file_.sources.empty();
  const std::size_t choice = below(10);
  if (choice == 0) {
    attempt("look for errors", [&] { session_->instrument().check_errors("nothing"); });
  } else if (choice == 1 && can_source) {
    make_safe();
  } else if (can_source && (!can_measure || choice < 6)) {
    source();
  } else if (can_measure) {
    measure();
  }
}

// Those that fit only some replies happened when they were due and the client noticed something.
void Trial::count_injected() {
  const int replies = session_->replies();
  for (const Planned& fault : planned_) {
    if (fault.at <= replies && (fits_every_reply(fault.kind) || reported_ > 0)) ++result_.injected;
  }
}

TrialResult Trial::run() {
  conformance::Options options;
  options.timeout = 1;
  options.seed = seed_;
  options.line = line_;
  session_.emplace(driver_.text, driver_.name, options, result_.faults);
  int refused = 0;
  for (int i = 0; i < most_operations && session_->replies() < last_fault_ + replies_afterwards; ++i) {
    if (!connected_ && !connect()) {
      // A line that is cut for good, a serial number that stays wrong.
      if (++refused == 3) break;
      continue;
    }
    step();
  }
  if (touched_) make_safe();
  count_injected();
  return std::move(result_);
}

}  // namespace

TrialResult run_trial(const std::vector<ShippedDriver>& drivers, std::uint64_t seed, std::uint64_t number) {
  return Trial(drivers, seed, number).run();
}

}  // namespace etalon::soak
