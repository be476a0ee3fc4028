#include "drivers/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/language.h"

namespace etalon::drivers {

using base::tr;

namespace {

const Measure& measure_of(const Instrument& instrument, const std::string& quantity) {
  if (const Measure* measure = instrument.driver().measure(quantity)) return *measure;
  throw base::InputError(fmt::format(fmt::runtime(tr("{} ({}) does not measure {}")), instrument.name(),
                                     instrument.driver().title, quantity));
}

}  // namespace

Meter::Meter(Instrument& instrument, const std::string& quantity)
    : instrument_(instrument), measure_(measure_of(instrument, quantity)) {
  for (const auto& [name, setting] : instrument.driver().settings)
    values_[name] = setting.standard;
}

void Meter::configure(double range, const Values& settings) {
  if (std::find(measure_.ranges.begin(), measure_.ranges.end(), range) == measure_.ranges.end() &&
      !measure_.ranges.empty()) {
    throw instrument_.error(Fault::out_of_range, "", "",
                            fmt::format(fmt::runtime(tr("it has no range of {} {}")), range, measure_.unit));
  }
  for (const auto& [name, setting] : instrument_.driver().settings)
    values_[name] = setting.standard;
  for (const auto& [name, value] : settings) {
    const auto setting = instrument_.driver().settings.find(name);
    if (setting == instrument_.driver().settings.end()) continue;  // meant for another instrument
    const auto& allowed = setting->second.values;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      throw instrument_.error(
          Fault::out_of_range, "", "",
          fmt::format(fmt::runtime(tr("{} cannot be {}; possible: {}")), name, value, fmt::join(allowed, ", ")));
    }
    values_[name] = value;
  }
  range_ = 0;
  values_["range"] = format_number(range);
  for (const Exchange& exchange : measure_.configure)
    instrument_.carry_out(exchange, values_);
  instrument_.check_errors(tr("being configured"));
  for (const Exchange& exchange : measure_.check) {
    const Values reply = instrument_.carry_out(exchange, values_);
    for (const auto& [name, text] : reply) {
      const auto number = parse_number(text);
      const auto wanted = parse_number(values_[name]);
      if (wanted && !number) instrument_.number_in(reply, name, exchange.send.text());  // not_a_number
      const bool same =
          number && wanted ? std::fabs(*number - *wanted) <= 1e-6 * std::fabs(*wanted) : text == values_[name];
      if (!same) {
        throw instrument_.error(Fault::value_differs, exchange.send.text(), text,
                                fmt::format(fmt::runtime(tr("{} was set to {}")), name, values_[name]));
      }
    }
  }
  if (!measure_.ranges.empty()) range_ = range;
}

Reading Meter::read() {
  const Values reply = instrument_.carry_out(measure_.read, values_, measure_.reading_time(values_));
  const std::string sent = measure_.read.send.text();
  const double value = instrument_.number_in(reply, measure_.value_name, sent);
  if (std::fabs(value) >= measure_.overload) {
    throw instrument_.error(Fault::overload, sent, reply.at(measure_.value_name),
                            tr("the instrument's sign for overload"));
  }
  // Another range than the one that was set, or a number that lost characters: no reading in either case.
  if (range_ > 0 && std::fabs(value) > range_ * measure_.over_range * 1.01) {
    throw instrument_.error(Fault::overload, sent, reply.at(measure_.value_name),
                            fmt::format(fmt::runtime(tr("more than the range {} {} can show")), range_, measure_.unit));
  }
  return {value, measure_.unit, reply.at(measure_.value_name)};
}

}  // namespace etalon::drivers
