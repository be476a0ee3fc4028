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
// A setting beside it (the frequency) comes with three digits.
constexpr double setting_agreement = 0.01;

}  // namespace

SourceRole::SourceRole(Instrument& instrument, const std::string& quantity)
    : instrument_(instrument), source_(source_of(instrument, quantity)) {}

void SourceRole::apply(double value, const Values& settings) {
  if (!(value >= source_.minimum && value <= source_.maximum)) {
    throw instrument_.error(Fault::out_of_range, "", "",
                            fmt::format(fmt::runtime(tr("{} {} is beyond its limits {} to {}; nothing was sent")),
                                        value, source_.unit, source_.minimum, source_.maximum));
  }
  if (!source_.can(value)) {
    throw instrument_.error(Fault::out_of_range, "", "",
                            fmt::format(fmt::runtime(tr("{} {} is none of its values: {}; nothing was sent")), value,
                                        source_.unit, fmt::join(source_.values, ", ")));
  }
  Values values = instrument_.values_of_settings(settings);
  if (const Band* band = source_.broken_band(value, values)) {
    const std::string& setting = source_.bands.setting;
    throw instrument_.error(
        Fault::out_of_range, "", "",
        fmt::format(fmt::runtime(tr("up to {} {} the {} may be {} to {}, not {}; nothing was sent")), band->up_to,
                    source_.unit, setting, format_number(band->from), format_number(band->to), values[setting]));
  }
  value_ = value;
  values["value"] = format_number(value);
  settings_ = values;
  if (!source_.ranges.empty()) values["range"] = format_number(source_.range_for(value));
  for (const Exchange& exchange : source_.set)
    instrument_.carry_out(exchange, values);
  instrument_.check_errors(tr("being set"));
  if (source_.operate) {
    instrument_.carry_out(*source_.operate, {});  // the output is on from here
    instrument_.check_errors(tr("switching the output on"));
  }
  check_operating();
}

bool SourceRole::settled() {
  return source_.settled.empty() || instrument_.flag(source_.settled);
}

void SourceRole::check_operating() {
  if (!source_.operating.empty() && !instrument_.flag(source_.operating)) {
    throw instrument_.error(Fault::not_operating, instrument_.driver().flags.at(source_.operating).read.send.text(),
                            instrument_.last_flag_reply(), tr("the output is off: it fell back to standby"));
  }
  if (!source_.read_back) return;
  const Values reply = instrument_.carry_out(*source_.read_back, {});
  const std::string sent = source_.read_back->send.text();
  const double now = instrument_.number_in(reply, "value", sent);
  if (std::fabs(now - value_) > read_back_agreement * std::fabs(value_) + source_.read_back_within + 1e-12) {
    throw instrument_.error(
        Fault::value_differs, sent, reply.at("value"),
        fmt::format(fmt::runtime(tr("the output was set to {} {}")), format_number(value_), source_.unit));
  }
  for (const auto& [name, text] : reply) {
    const auto set = settings_.find(name);
    const auto setting = instrument_.driver().settings.find(name);
    if (set == settings_.end() || setting == instrument_.driver().settings.end()) continue;
    const std::string& meant = setting->second.as_replied(set->second);
    const auto is = parse_number(text);
    const auto wanted = parse_number(meant);
    if (is && wanted ? std::fabs(*is - *wanted) <= setting_agreement * std::fabs(*wanted) : text == meant) continue;
    throw instrument_.error(Fault::value_differs, sent, text,
                            fmt::format(fmt::runtime(tr("{} was set to {}")), name, set->second));
  }
}

}  // namespace etalon::drivers
