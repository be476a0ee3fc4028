#include <chrono>
#include <cmath>

#include "base/language.h"
#include "drivers/conformance/check.h"
#include "drivers/source.h"

namespace etalon::drivers::conformance {

using base::tr;

namespace {

std::vector<double> values_of(const Source& source) {
  if (!source.values.empty()) return source.values;
  std::vector<double> values{source.maximum, source.minimum, 0.5 * (source.minimum + source.maximum)};
  for (const double range : source.ranges) {
    if (range <= source.maximum) values.push_back(0.9 * range);
    if (-range >= source.minimum) values.push_back(-0.9 * range);
  }
  values.push_back(source.maximum);
  return values;
}

// Until the flag is on, or what the physics say has passed.
std::string wait_until_settled(DeviceSession& session, SourceRole& source) {
  const base::Cancellation never;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  if (source.source().settled.empty()) {
    const SourcePhysics& physics = source.source().physics;
    const double span = source.source().maximum - source.source().minimum;
    session.clock().wait(30 * physics.time_constant + (physics.slew > 0 ? span / physics.slew : 0) + 1, never);
    return "";
  }
  while (!source.settled()) {
    if (std::chrono::steady_clock::now() > end)
      return fmt::format(fmt::runtime(tr("the flag '{}' did not come")), source.source().settled);
  }
  return "";
}

std::string check_value(DeviceSession& session, SourceRole& source, double value) {
  source.apply(value);
  if (const std::string wrong = wait_until_settled(session, source); !wrong.empty()) return wrong;
  source.check_operating();
  const Source& description = source.source();
  const double output =
      session.world().output_of(DeviceSession::device, description.quantity, session.clock().now()).value;
  const double expected = session.truth().source_output(DeviceSession::device, description.quantity, value);
  const double span = description.maximum - description.minimum;
  if (std::fabs(output - expected) <= 1e-3 * std::fabs(expected) + 1e-4 * span) return "";
  return fmt::format(fmt::runtime(tr("{} {} was set, and {:.8g} {} lies at the output")), value, description.unit,
                     output, description.unit);
}

std::string check_ends(DeviceSession& session, SourceRole& source) {
  const Source& description = source.source();
  const double span = description.maximum - description.minimum;
  for (const double beyond : {description.maximum + 0.01 * span, description.minimum - 0.01 * span}) {
    const std::size_t before = session.messages_sent();
    try {
      source.apply(beyond);
      return fmt::format(fmt::runtime(tr("{} {} is beyond its limits, and was not refused")), beyond, description.unit);
    } catch (const InstrumentError& error) {
      if (error.fault() != Fault::out_of_range) return error.what();
    }
    if (session.messages_sent() != before) return tr("something was sent before the value was refused");
  }
  return "";
}

}  // namespace

std::string unsafe_output(DeviceSession& session, const Source& source) {
  if (!source.operate) return "";  // shown by its safe state alone
  const base::Cancellation never;
  const SourcePhysics& physics = source.physics;
  const double span = source.maximum - source.minimum;
  session.clock().wait(30 * physics.time_constant + (physics.slew > 0 ? span / physics.slew : 0) + 1, never);
  const double output = session.world().output_of(DeviceSession::device, source.quantity, session.clock().now()).value;
  if (std::fabs(output - physics.off_value) <= 1e-3 * span) return "";
  return fmt::format(fmt::runtime(tr("{:.6g} {} still lies at the output")), output, source.unit);
}

void check_sources(const Subject& subject) {
  for (const Source& description : subject.driver.sources) {
    DeviceSession session = subject.session();
    try {
      session.connect();
    } catch (const InstrumentError& error) {
      subject.fail(tr("connect to source"), error.what());
      return;
    }
    SourceRole source(session.instrument(), description.quantity);
    for (const double value : values_of(description)) {
      subject.run(fmt::format(fmt::runtime(tr("sources {}, {} {}")), description.quantity, value, description.unit),
                  [&] { return check_value(session, source, value); });
    }
    subject.run(fmt::format(fmt::runtime(tr("sources {}: limits")), description.quantity),
                [&] { return check_ends(session, source); });
    subject.run(fmt::format(fmt::runtime(tr("sources {}: safe state")), description.quantity), [&] {
      source.apply(description.values.empty() ? 0.5 * description.maximum : description.values.back());
      session.instrument().make_safe();
      return unsafe_output(session, description);
    });
  }
}

}  // namespace etalon::drivers::conformance
