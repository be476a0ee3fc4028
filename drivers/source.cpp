#include "drivers/source.h"

#include <fmt/format.h>

#include <cmath>

#include "base/language.h"

namespace etalon::drivers {

using base::tr;

namespace {

const Source& source_of(const Instrument& instrument, const std::string& quantity) {
  if (const Source* source = instrument.driver().source(quantity)) return *source;
  throw base::InputError(fmt::format(fmt::runtime(tr("{} ({}) does not source {}")), instrument.name(),
                                     instrument.driver().title, quantity));
}

// A read-back has the instrument's own digits, six or seven: it must agree to one of the last.
constexpr double read_back_agreement = 2e-6;

}  // namespace

SourceRole::SourceRole(Instrument& instrument, const std::string& quantity)
    : instrument_(instrument), source_(source_of(instrument, quantity)) {}

void SourceRole::apply(double value) {
  if (!(value >= source_.minimum && value <= source_.maximum)) {
    throw instrument_.error(Fault::out_of_range, "", "",
                            fmt::format(fmt::runtime(tr("{} {} is beyond its limits {} to {}; nothing was sent")),
                                        value, source_.unit, source_.minimum, source_.maximum));
  }
  value_ = value;
  Values values{{"value", format_number(value)}};
  if (!source_.ranges.empty()) values["range"] = format_number(source_.range_for(value));
  for (const Exchange& exchange : source_.set)
    instrument_.carry_out(exchange, values);
  instrument_.check_errors(tr("being set"));
  instrument_.carry_out({MessageTemplate(source_.operate), std::nullopt}, {});  // the output is on from here
  instrument_.check_errors(tr("switching the output on"));
  check_operating();
}

bool SourceRole::settled() {
  return source_.settled.empty() || instrument_.status_bit(source_.settled);
}

void SourceRole::check_operating() {
  if (!instrument_.status_bit(source_.operating)) {
    throw instrument_.error(Fault::not_operating, instrument_.driver().status.query, instrument_.last_status(),
                            tr("the output is off: it fell back to standby"));
  }
  if (!source_.read_back) return;
  const Values reply = instrument_.carry_out(*source_.read_back, {});
  const std::string sent = source_.read_back->send.text();
  const double now = instrument_.number_in(reply, "value", sent);
  if (std::fabs(now - value_) > read_back_agreement * std::fabs(value_) + 1e-12) {
    throw instrument_.error(
        Fault::value_differs, sent, reply.at("value"),
        fmt::format(fmt::runtime(tr("the output was set to {} {}")), format_number(value_), source_.unit));
  }
}

}  // namespace etalon::drivers
