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
    : instrument_(instrument), measure_(measure_of(instrument, quantity)), values_(instrument.values_of_settings({})) {}

void Meter::configure(double range, const Values& settings) {
  if (std::find(measure_.ranges.begin(), measure_.ranges.end(), range) == measure_.ranges.end() &&
      !measure_.ranges.empty()) {
    throw instrument_.error(Fault::out_of_range, "", "",
                            fmt::format(fmt::runtime(tr("it has no range of {} {}")), range, measure_.unit));
  }
  values_ = instrument_.values_of_settings(settings);
  range_ = 0;
  values_["range"] = format_number(range);
  for (const Exchange& exchange : measure_.configure)
    instrument_.carry_out(exchange, values_);
  instrument_.check_errors(tr("being configured"));
  for (const Exchange& exchange : measure_.check) {
    const Values reply = instrument_.carry_out(exchange, values_);
    for (const auto& [name, text] : reply) {
      const auto setting = instrument_.driver().settings.find(name);
      const std::string& meant =
          setting == instrument_.driver().settings.end() ? values_[name] : setting->second.as_replied(values_[name]);
      const auto number = parse_number(text);
      const auto wanted = parse_number(meant);
      if (wanted && !number) instrument_.number_in(reply, name, exchange.send.text());  // not_a_number
      const bool same = number && wanted ? std::fabs(*number - *wanted) <= 1e-6 * std::fabs(*wanted) : text == meant;
      if (!same) {
        throw instrument_.error(Fault::value_differs, exchange.send.text(), text,
                                fmt::format(fmt::runtime(tr("{} was set to {}")), name, values_[name]));
      }
    }
  }
  if (!measure_.ranges.empty()) range_ = range;
  instrument_.prove_commands();
}

void Meter::check_sign(double number, const std::string& sent, const std::string& text) const {
  if (!measure_.is_sign(number)) return;
  if (std::fabs(std::fabs(number) / scpi_no_number - 1) < 1e-4)
    throw instrument_.error(Fault::no_result, sent, text, tr("9.91E37 is SCPI's sign for \"not a number\""));
  throw instrument_.error(Fault::overload, sent, text, tr("the instrument's sign for overload"));
}

void Meter::check_range(double value, const std::string& sent, const std::string& text) const {
  // Another range than the one that was set, or a number that lost characters: no reading in either case.
  if (range_ > 0 && std::fabs(value) > range_ * measure_.over_range * 1.01) {
    throw instrument_.error(Fault::overload, sent, text,
                            fmt::format(fmt::runtime(tr("more than the range {} {} can show")), range_, measure_.unit));
  }
  if (measure_.largest > 0 && std::fabs(value) > measure_.largest) {
    throw instrument_.error(
        Fault::overload, sent, text,
        fmt::format(fmt::runtime(tr("more than {:g} {} cannot be")), measure_.largest, measure_.unit));
  }
}

bool Meter::is_sign(const std::string& place, const std::string& value) const {
  const auto number = parse_number(value);
  if (!number) return false;
  return place == measure_.value_name ? measure_.is_sign(*number) : std::fabs(*number) >= scpi_overload;
}

Reading Meter::read() {
  if (!measure_.wait_for.empty()) instrument_.wait_for_flag(measure_.wait_for, measure_.wait_at_most);
  return reading_in(read_together({*this}, values_));
}

Values Meter::read_together(const std::vector<Meter>& meters, const Values& settings) const {
  const auto is_sign_of_one = [&](const std::string& place, const std::string& value) {
    return std::any_of(meters.begin(), meters.end(), [&](const Meter& one) { return one.is_sign(place, value); });
  };
  return instrument_.take_reading(measure_.read, settings, measure_.reading_time(settings), is_sign_of_one);
}

Reading Meter::reading_in(const Values& reply) const {
  const std::string sent = measure_.read.send.text();
  const double number = instrument_.number_in(reply, measure_.value_name, sent);
  std::string text = reply.at(measure_.value_name);
  check_sign(number, sent, text);
  double factor = 1;
  if (const auto unit = reply.find("unit"); unit != reply.end()) {
    const auto& known = measure_.reply_units;
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const ReplyUnit& one) { return one.spelling == unit->second; });
    if (found == known.end()) {
      std::vector<std::string> spellings;
      for (const ReplyUnit& one : known)
        spellings.push_back(one.spelling);
      throw instrument_.error(Fault::wrong_unit, sent, unit->second,
                              fmt::format(fmt::runtime(tr("expected {}")), fmt::join(spellings, ", ")));
    }
    factor = found->factor;
    if (factor != 1) text += " " + found->spelling;  // the number alone would be another one
  }
  const double value = number * factor;
  check_range(value, sent, text);
  return {value, measure_.unit, text};
}

std::vector<Reading> Meter::read_many(int count) {
  if (!measure_.read_many) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{} ({}): the driver file has no read_many for {}")),
                                       instrument_.name(), instrument_.driver().title, measure_.quantity));
  }
  const BlockReading& many = *measure_.read_many;
  if (count < 1 || count > many.most) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: expected 1 to {} readings in one reply, got {}")),
                                       instrument_.name(), many.most, count));
  }
  if (!measure_.wait_for.empty()) instrument_.wait_for_flag(measure_.wait_for, measure_.wait_at_most);
  Values values = values_;
  values["count"] = std::to_string(count);
  for (const Exchange& exchange : many.before)
    instrument_.carry_out(exchange, values, many.time_each * count);
  const std::string sent = many.send.fill(values);
  const std::vector<double> numbers = instrument_.numbers(sent, many.format, many.time_each * count);
  if (numbers.size() != static_cast<std::size_t>(count)) {
    throw instrument_.error(
        Fault::unexpected_reply, sent, "",
        fmt::format(fmt::runtime(tr("{} readings came, {} were asked for")), numbers.size(), count));
  }
  std::vector<Reading> readings;
  readings.reserve(numbers.size());
  for (const double value : numbers) {
    std::string text = fmt::format("{}", value);
    check_sign(value, sent, text);
    check_range(value, sent, text);
    readings.push_back({value, measure_.unit, std::move(text)});
  }
  return readings;
}

}  // namespace etalon::drivers
