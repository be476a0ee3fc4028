#include <cmath>

#include "base/language.h"
#include "drivers/conformance/check.h"
#include "drivers/meter.h"

namespace etalon::drivers::conformance {

using base::tr;

namespace {

bool has_sign(const std::string& quantity) {
  return quantity.starts_with("dc ");
}

// One reading against what lies at the input; empty when it agrees in value, unit and digits.
std::string read_and_compare(DeviceSession& session, Meter& meter, double range, double value) {
  const Measure& measure = meter.measure();
  session.apply(measure, value);
  const Reading reading = meter.read();
  if (reading.unit != measure.unit)
    return fmt::format(fmt::runtime(tr("expected the unit {}, got {}")), measure.unit, reading.unit);
  if (parse_number(reading.text) != reading.value)
    return fmt::format(fmt::runtime(tr("the text \"{}\" is not the number {}")), reading.text, reading.value);
  if (measure.own_output) return "";
  const double expected = session.expected(measure, range);
  const double tolerance = session.tolerance(measure, range);
  if (std::fabs(reading.value - expected) <= tolerance) return "";
  return fmt::format(fmt::runtime(tr("expected {:.10g} {} within {:.2g}, read \"{}\"; digits or unit are lost")),
                     expected, measure.unit, tolerance, reading.text);
}

std::string check_range(DeviceSession& session, Meter& meter, double range) {
  meter.configure(range, {});
  std::vector<double> parts{0.7, 0.31};
  if (has_sign(meter.measure().quantity)) parts.push_back(-0.7);
  for (const double part : parts) {
    const std::string wrong = read_and_compare(session, meter, range, inside(meter.measure(), range, part));
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string check_overload(DeviceSession& session, Meter& meter, double range) {
  const Measure& measure = meter.measure();
  meter.configure(range, {});
  session.apply(measure, 1.5 * measure.over_range * range);
  try {
    const Reading reading = meter.read();
    return fmt::format(fmt::runtime(tr("expected {}, read \"{}\"")), fault_name(Fault::overload), reading.text);
  } catch (const InstrumentError& error) {
    return error.fault() == Fault::overload ? "" : error.what();
  }
}

// Every value of each setting that the measure's messages carry.
std::string check_settings(DeviceSession& session, Meter& meter, double range) {
  for (const auto& [name, setting] : session.driver().settings) {
    for (const std::string& value : setting.values) {
      bool carried = false;
      for (const Exchange& exchange : meter.measure().configure) {
        for (const std::string& place : exchange.send.names())
          carried = carried || place == name;
      }
      if (!carried) continue;
      meter.configure(range, {{name, value}});
      const std::string wrong = read_and_compare(session, meter, range, inside(meter.measure(), range, 0.6));
      if (!wrong.empty()) return name + " = " + value + ": " + wrong;
    }
  }
  return "";
}

std::string check_block(DeviceSession& session, Meter& meter, double range) {
  const Measure& measure = meter.measure();
  meter.configure(range, {});
  session.apply(measure, inside(measure, range, 0.6));
  const int count = std::min(measure.read_many->most, 17);
  const auto readings = meter.read_many(count);
  if (readings.size() != static_cast<std::size_t>(count))
    return fmt::format(fmt::runtime(tr("expected {} readings, got {}")), count, readings.size());
  for (const Reading& reading : readings) {
    const double wrong = std::fabs(reading.value - session.expected(measure, range));
    if (wrong > session.tolerance(measure, range) + 1e-6 * std::fabs(reading.value))
      return fmt::format(fmt::runtime(tr("expected {:.10g} {}, read \"{}\"")), session.expected(measure, range),
                         measure.unit, reading.text);
  }
  return "";
}

}  // namespace

void check_measures(const Subject& subject) {
  if (subject.driver.measures.empty()) return;
  DeviceSession session = subject.session();
  try {
    session.connect();
  } catch (const InstrumentError& error) {
    subject.fail(tr("connect to measure"), error.what());
    return;
  }
  for (const Measure& measure : subject.driver.measures) {
    Meter meter(session.instrument(), measure.quantity);
    for (const double range : ranges_of(measure)) {
      const std::string where =
          range > 0 ? fmt::format("{}, {} {}", measure.quantity, range, measure.unit) : measure.quantity;
      subject.run(fmt::format(fmt::runtime(tr("measures {}")), where),
                  [&] { return check_range(session, meter, range); });
    }
    const double range = ranges_of(measure).back();
    subject.run(fmt::format(fmt::runtime(tr("measures {} with every setting")), measure.quantity),
                [&] { return check_settings(session, meter, range); });
    const std::string overload = fmt::format(fmt::runtime(tr("measures {}: overload")), measure.quantity);
    if (range > 0 && !measure.own_output) {
      subject.run(overload, [&] { return check_overload(session, meter, range); });
    } else {
      subject.skip(overload, tr("it has no ranges"));
    }
    if (measure.read_many) {
      subject.run(fmt::format(fmt::runtime(tr("measures {}: many readings in one reply")), measure.quantity),
                  [&] { return check_block(session, meter, range); });
    }
  }
}

}  // namespace etalon::drivers::conformance
