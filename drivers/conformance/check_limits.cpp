// Bands of settings, and limits of single models and modules: the client refuses before anything is sent, and the
// simulated instrument refuses what is sent all the same.
#include <cmath>

#include "base/language.h"
#include "drivers/conformance/check.h"
#include "drivers/meter.h"
#include "drivers/source.h"

namespace etalon::drivers::conformance {

using base::tr;

namespace {

std::string expect_refusal(DeviceSession& session, const std::function<void()>& action) {
  const std::size_t before = session.messages_sent();
  try {
    action();
    return tr("it was not refused");
  } catch (const InstrumentError& error) {
    if (error.fault() != Fault::out_of_range) return error.what();
  }
  return session.messages_sent() == before ? "" : tr("something was sent before it was refused");
}

// The messages without the client's own check: the instrument says that it cannot.
std::string expect_instrument_refuses(DeviceSession& session, const std::vector<Exchange>& messages,
                                      const Values& values) {
  Instrument& instrument = session.instrument();
  if (instrument.driver().errors.query.empty()) return "";
  for (const Exchange& exchange : messages)
    instrument.carry_out(exchange, values);
  const auto entries = instrument.drain_errors();
  const double expected = instrument.driver().errors.out_of_range.first;
  for (const std::string& entry : entries) {
    if (parse_number(entry.substr(0, entry.find(' '))) == expected) return "";
  }
  return fmt::format(fmt::runtime(tr("expected {} {}, got: {}")), instrument.driver().errors.out_of_range.first,
                     instrument.driver().errors.out_of_range.second, fmt::join(entries, "; "));
}

Values values_for(const Instrument& instrument, const Source& source, double value, const Values& settings) {
  Values values = instrument.values_of_settings(settings);
  values["value"] = format_number(value);
  if (!source.ranges.empty()) values["range"] = format_number(source.ranges.back());
  return values;
}

void check_bands(const Subject& subject, const Source& description) {
  double from = 0;
  for (const Band& band : description.bands.rows) {
    const double value = from + 0.9 * (band.up_to - from);
    from = band.up_to;
    for (const double beyond : {band.from - 0.1 * std::fabs(band.from), band.to + 0.1 * std::fabs(band.to)}) {
      const Values settings{{description.bands.setting, format_number(beyond)}};
      subject.run(fmt::format(fmt::runtime(tr("sources {}: {} {} with {} {} is refused")), description.quantity,
                              format_number(value), description.unit, description.bands.setting, format_number(beyond)),
                  [&] {
                    DeviceSession session = subject.session();
                    session.connect();
                    SourceRole source(session.instrument(), description.quantity);
                    const std::string wrong = expect_refusal(session, [&] { source.apply(value, settings); });
                    if (!wrong.empty()) return wrong;
                    return expect_instrument_refuses(
                        session, source.source().set,
                        values_for(session.instrument(), source.source(), value, settings));
                  });
    }
  }
}

void check_source(const Subject& subject, const std::string& name, const Source& wide) {
  const Limits& limits = wide.limits.at(name);
  for (const double value : {limits.minimum.value_or(wide.minimum), limits.maximum.value_or(wide.maximum)}) {
    const bool low = value < limits.maximum.value_or(wide.maximum);
    if (low ? value <= wide.minimum : value >= wide.maximum) continue;
    const double beyond = value + 0.5 * ((low ? wide.minimum : wide.maximum) - value);
    subject.run(fmt::format(fmt::runtime(tr("{} sources {}: {} {} is refused")), name, wide.quantity,
                            format_number(beyond), wide.unit),
                [&] {
                  DeviceSession session = subject.session({}, name);
                  session.connect();
                  SourceRole source(session.instrument(), wide.quantity);
                  source.apply(value);
                  const std::string wrong = expect_refusal(session, [&] { source.apply(beyond); });
                  if (!wrong.empty()) return wrong;
                  return expect_instrument_refuses(session, source.source().set,
                                                   values_for(session.instrument(), source.source(), beyond, {}));
                });
  }
}

void check_measure(const Subject& subject, const std::string& name, const Measure& wide) {
  const Limits& limits = wide.limits.at(name);
  for (const double range : wide.ranges) {
    const bool possible = range >= limits.lowest_range.value_or(range) && range <= limits.highest_range.value_or(range);
    subject.run(fmt::format(fmt::runtime(possible ? tr("{} measures {}, range {} {}")
                                                  : tr("{} measures {}: range {} {} is refused")),
                            name, wide.quantity, format_number(range), wide.unit),
                [&]() -> std::string {
                  DeviceSession session = subject.session({}, name);
                  session.connect();
                  Meter meter(session.instrument(), wide.quantity);
                  if (possible) {
                    meter.configure(range, {});
                    return "";
                  }
                  const std::string wrong = expect_refusal(session, [&] { meter.configure(range, {}); });
                  // A smaller range than the smallest means the smallest, for an instrument.
                  if (!wrong.empty() || range < wide.ranges.back() * 0.999) return wrong;
                  Values values = session.instrument().values_of_settings({});
                  values["range"] = format_number(range);
                  return expect_instrument_refuses(session, wide.configure, values);
                });
  }
}

}  // namespace

void check_limits(const Subject& subject) {
  for (const Source& source : subject.driver.sources)
    check_bands(subject, source);
  for (const std::string& name : names_of_limits(subject.driver)) {
    for (const Source& source : subject.driver.sources) {
      if (source.limits.count(name)) check_source(subject, name, source);
    }
    for (const Measure& measure : subject.driver.measures) {
      if (measure.limits.count(name)) check_measure(subject, name, measure);
    }
  }
}

}  // namespace etalon::drivers::conformance
