#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/language.h"
#include "drivers/conformance/check.h"
#include "drivers/meter.h"
#include "drivers/source.h"

namespace etalon::drivers::conformance {

using base::tr;

namespace {

struct Misbehaviour {
  std::string fault;         // as the simulator is told
  std::set<Fault> expected;  // any of these; empty: any named fault
  bool once = false;         // costs time: with the first quantity only
};

std::vector<Misbehaviour> misbehaviours(const Options& options) {
  return {
      {fmt::format("late-reply={:g}", options.timeout + 0.4), {Fault::timeout}, true},
      {"no-reply", {Fault::timeout}, true},
      {"truncated-reply", {Fault::truncated_reply, Fault::timeout, Fault::unexpected_reply}, true},
      {"power-cycle", {}, true},
      {"cut-line", {Fault::link_lost, Fault::timeout}, true},
      {"empty-reply", {Fault::empty_reply, Fault::timeout, Fault::unexpected_reply, Fault::device_error}, true},
      {"text-reply", {Fault::not_a_number, Fault::unexpected_reply, Fault::device_error, Fault::wrong_unit}, false},
      {"cut-reply", {}, false},
      {"garbage", {}, true},
      {"wrong-unit", {Fault::wrong_unit, Fault::unexpected_reply}, false},
      {"overload", {Fault::overload}, false},
      {"overload-digits", {Fault::overload}, false},
  };
}

std::string names_of(const std::set<Fault>& faults) {
  std::string names;
  for (const Fault fault : faults)
    names += (names.empty() ? "" : ", ") + fault_name(fault);
  return names.empty() ? tr("a named fault") : names;
}

// What a fault led to: nothing, when it was the expected one.
std::string judge(const InstrumentError& error, const std::set<Fault>& expected) {
  if (expected.empty() || expected.count(error.fault())) return "";
  return fmt::format(fmt::runtime(tr("expected {}, got {}")), names_of(expected), error.what());
}

bool says_overload_in_words(const DriverFile& driver) {
  return std::any_of(driver.faults.begin(), driver.faults.end(),
                     [](const ReplyFault& fault) { return fault.fault == Fault::overload; });
}

double first_range(const Measure& measure) {
  return ranges_of(measure).back();
}

// Replies that the device sends before the first one of a reading.
int replies_before_reading(const Subject& subject, const Measure& measure) {
  DeviceSession session = subject.session();
  session.connect();
  Meter meter(session.instrument(), measure.quantity);
  meter.configure(measure.ranges.empty() ? 0 : first_range(measure), {});
  if (!measure.wait_for.empty()) session.instrument().wait_for_flag(measure.wait_for, 10);
  return session.replies();
}

std::string misbehave(const Subject& subject, const Measure& measure, const Misbehaviour& kind, int before) {
  DeviceSession session = subject.session({fmt::format("{}@{}", kind.fault, before + 1)});
  session.connect();
  Meter meter(session.instrument(), measure.quantity);
  const double range = first_range(measure);
  meter.configure(measure.ranges.empty() ? 0 : range, {});
  session.apply(measure, inside(measure, range, 0.7));
  std::string wrong;
  try {
    const Reading reading = meter.read();
    return fmt::format(fmt::runtime(tr("expected {}, read \"{}\"")), names_of(kind.expected), reading.text);
  } catch (const InstrumentError& error) {
    wrong = judge(error, kind.expected);
  }
  if (!wrong.empty() || !kind.once) return wrong;
  // The next reading is one of its own, or an error: never what came late. What lies at the input has changed.
  session.apply(measure, inside(measure, range, 0.31));
  try {
    const Reading reading = meter.read();
    if (measure.own_output) return "";
    if (std::fabs(reading.value - session.expected(measure, range)) > session.tolerance(measure, range))
      return fmt::format(fmt::runtime(tr("the next reading is \"{}\" where {:.8g} is right")), reading.text,
                         session.expected(measure, range));
  } catch (const InstrumentError&) {
    return "";
  }
  return "";
}

std::string misbehave(const Subject& subject, const Source& description, const Misbehaviour& kind, int at) {
  DeviceSession session = subject.session({fmt::format("{}@{}", kind.fault, at)});
  session.connect();
  SourceRole source(session.instrument(), description.quantity);
  const double value = description.values.empty() ? 0.5 * description.maximum : description.values.back();
  std::optional<std::string> wrong;
  try {
    source.apply(value);
    source.check_operating();
  } catch (const InstrumentError& error) {
    wrong = judge(error, kind.expected);
  }
  try {
    session.instrument().make_safe();
  } catch (const InstrumentError& error) {
    // A line that is cut for good cannot show it; the person is told.
    return error.fault() == Fault::safe_state_failed && kind.fault == "cut-line" ? "" : error.what();
  }
  if (const std::string on = unsafe_output(session, description); !on.empty()) return on;
  // A single strange reply may be one that was asked for twice.
  return wrong.value_or("");
}

// A line like a reading that comes unasked is taken for the reading: the proof after it must say so.
std::string stray_line(const Subject& subject, const Measure& measure, int before) {
  DeviceSession session = subject.session({fmt::format("stray-line@{}", before + 1)});
  session.connect();
  Meter meter(session.instrument(), measure.quantity);
  meter.configure(measure.ranges.empty() ? 0 : first_range(measure), {});
  try {
    const Reading reading = meter.read();
    session.instrument().confirm();
    return fmt::format(fmt::runtime(tr("expected {}, read \"{}\"")), fault_name(Fault::unsolicited_input),
                       reading.text);
  } catch (const InstrumentError& error) {
    return judge(error, {});
  }
}

// What a file without a question of known answer cannot prove.
void check_stray_line(const Subject& subject, const Measure& measure, int before) {
  const std::string check = fmt::format("{}: stray-line", measure.quantity);
  if (subject.driver.link.modbus) return subject.skip(check, tr("Modbus sends nothing unasked"));
  if (subject.driver.dialect == "sartorius-sbi" || subject.driver.dialect == "hart")
    return subject.skip(check, tr("it sends readings by itself, which are dropped or are as good"));
  subject.run(check, [&] { return stray_line(subject, measure, before); });
}

}  // namespace

void check_faults_of_measures(const Subject& subject) {
  bool first = true;
  for (const Measure& measure : subject.driver.measures) {
    int before = 0;
    try {
      before = replies_before_reading(subject, measure);
    } catch (const InstrumentError& error) {
      subject.fail(fmt::format(fmt::runtime(tr("measures {}: misbehaviour")), measure.quantity), error.what());
      continue;
    }
    for (const Misbehaviour& kind : misbehaviours(subject.options)) {
      if (kind.once && !first) continue;
      const std::string check = fmt::format("{}: {}", measure.quantity, kind.fault);
      if (kind.fault == "wrong-unit" && measure.reply_units.empty()) {
        subject.skip(check, tr("its replies do not say their unit"));
        continue;
      }
      if (kind.fault == "overload-digits" && (subject.driver.link.modbus || says_overload_in_words(subject.driver))) {
        subject.skip(check, tr("its sign for overload is no number with digits"));
        continue;
      }
      if (kind.fault == "cut-reply" && subject.driver.identity.generic) {
        subject.skip(check, tr("a generic driver does not know how many digits come"));
        continue;
      }
      subject.run(check, [&] { return misbehave(subject, measure, kind, before); });
    }
    if (first) check_stray_line(subject, measure, before);
    first = false;
  }
}

void check_faults_of_sources(const Subject& subject) {
  if (subject.driver.sources.empty()) return;
  const Source& source = subject.driver.sources.front();
  int before = 0;
  try {
    DeviceSession session = subject.session();
    session.connect();
    before = session.replies();
  } catch (const InstrumentError& error) {
    subject.fail(fmt::format(fmt::runtime(tr("sources {}: misbehaviour")), source.quantity), error.what());
    return;
  }
  for (Misbehaviour kind : misbehaviours(subject.options)) {
    if (kind.fault == "overload" || kind.fault == "overload-digits" || kind.fault == "wrong-unit") continue;
    kind.expected.clear();  // which of its replies it meets decides
    subject.run(fmt::format("{}: {}", source.quantity, kind.fault),
                [&] { return misbehave(subject, source, kind, before + 1); });
  }
  if (source.operate) {
    subject.run(fmt::format("{}: standby", source.quantity), [&]() -> std::string {
      DeviceSession session = subject.session({fmt::format("standby@{}+", before + 1)});
      session.connect();
      SourceRole role(session.instrument(), source.quantity);
      try {
        role.apply(source.values.empty() ? 0.5 * source.maximum : source.values.back());
      } catch (const InstrumentError& error) {
        session.instrument().make_safe();
        return judge(error, {Fault::not_operating});
      }
      return fmt::format(fmt::runtime(tr("expected {}, and nothing was noticed")), fault_name(Fault::not_operating));
    });
  }
}

}  // namespace etalon::drivers::conformance
