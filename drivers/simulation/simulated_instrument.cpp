#include "drivers/simulation/simulated_instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "drivers/messages/block.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::tr;

namespace {

bool same_text(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

// The place in a text where a value stands replaced by another one; the text itself when it does not stand there.
std::string with_replaced(std::string text, const std::string& what, const std::string& by) {
  if (what.empty()) return text;
  if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

// The last digit of a text raised by one (9 becomes 0); "1" is appended where there is none.
std::string with_other_digit(std::string text) {
  const std::size_t at = text.find_last_of("0123456789");
  if (at == std::string::npos) return text + "1";
  text[at] = static_cast<char>('0' + (text[at] - '0' + 1) % 10);
  return text;
}

std::string default_serial(const std::string& name) {
  std::string serial = "SIM";
  for (const unsigned char c : name) {
    if (std::isalnum(c)) serial += static_cast<char>(std::toupper(c));
  }
  return serial;
}

// The individual knows its own model and what is fitted.
DriverFile narrowed(const BenchInstrument& instrument) {
  DriverFile driver = instrument.driver;
  narrow_to(driver, instrument.model.empty() ? example_model(driver) : instrument.model);
  narrow_to(driver, instrument.module);
  return driver;
}

}  // namespace

SimulatedInstrument::SimulatedInstrument(const BenchInstrument& instrument, const InstrumentTruth& truth, World& world)
    : name_(instrument.name),
      driver_(narrowed(instrument)),
      world_(world),
      vocabulary_(driver_),
      operations_end_(world.clock().now()) {
  serial_ = instrument.serial.empty() ? default_serial(name_) : instrument.serial;
  model_ = instrument.model;
  for (const auto& [name, setting] : driver_.settings)
    state_[name] = setting.standard;
  for (std::size_t i = 0; i < driver_.measures.size(); ++i) {
    meters_.push_back(std::make_unique<SimulatedMeter>(driver_.measures[i], truth.measures.at(i), world_, name_));
  }
  for (std::size_t i = 0; i < driver_.sources.size(); ++i) {
    sources_.push_back(
        std::make_shared<SimulatedSource>(driver_.sources[i], truth.sources.at(i), world_.seed(), name_));
  }
  ranges_.assign(meters_.size(), 0);
  const bool wired = std::any_of(driver_.measures.begin(), driver_.measures.end(),
                                 [](const Measure& measure) { return !measure.own_output; });
  if (wired) world_.add_meter(name_);
  if (is_source()) {
    // Only the source set last is at the terminals.
    world_.add_source(name_, [this](base::Seconds time) { return active_source().output(time); });
  }
  take_state_names();
  check_replies();
}

void SimulatedInstrument::take_state_names() {
  for (const SimulatedExchange& exchange : driver_.simulated) {
    for (const auto& [key, value] : exchange.set) {
      if (key != "quantity" && key != "value" && !driver_.flags.count(key)) state_.emplace(key, "");
    }
  }
}

void SimulatedInstrument::check_replies() const {
  for (const Entry& entry : vocabulary_.entries()) {
    if (!entry.reply || entry.role == Role::identity || entry.role == Role::error || entry.role == Role::common)
      continue;
    Values of_message;
    for (const std::string& place : entry.send.names())
      of_message[place] = "0";
    auto [numbers, texts] = reply_values(of_message);
    add_flags(entry, numbers, texts);
    add_unit(entry, texts);
    for (const std::string& place : entry.reply->names()) {
      if (entry.role == Role::read && measure_of_place(entry, place)) numbers[place] = 0;
    }
    try {
      entry.reply->fill_formatted(numbers, texts);
    } catch (const InputError& error) {
      throw InputError(fmt::format(
          fmt::runtime(tr("driver file {}: the simulator cannot make the reply to \"{}\": {}; expected a setting, "
                          "range, resolution, value or status")),
          driver_.name, entry.send.text(), error.what()));
    }
  }
}

Vocabulary::Match SimulatedInstrument::find(const std::string& message) const {
  return vocabulary_.find(message, active_measure_, active_source_);
}

std::string SimulatedInstrument::next_error() {
  if (errors_.empty()) {
    return driver_.errors.reply.fill_formatted({}, {{"code", driver_.errors.none}, {"text", "No error"}});
  }
  const auto [code, text] = errors_.front();
  errors_.pop_front();
  status_.set_error_waits(vocabulary_.scpi() && !errors_.empty());
  return driver_.errors.reply.fill_formatted({{"code", code}}, {{"text", text}});
}

bool SimulatedInstrument::flag_is_on(const std::string& name) const {
  if (is_source()) {
    const Source& source = active_source().description();
    if (name == source.operating) return active_source().operating();
    if (name == source.settled) return active_source().settled(world_.clock().now());
    // A flag of the safe state alone ("vented").
    if (driver_.safe_state && name == driver_.safe_state->flag)
      return driver_.safe_state->is != active_source().operating();
  }
  if (const auto told = state_.find(name); told != state_.end()) return told->second == "1";
  // What a reading waits for is there whenever it is asked for; what nothing changes is off.
  return std::any_of(driver_.measures.begin(), driver_.measures.end(),
                     [&](const Measure& measure) { return measure.wait_for == name; });
}

// The flags that share a message: the bits of a register, or one word.
void SimulatedInstrument::add_flags(const Entry& entry, std::map<std::string, double>& numbers, Values& texts) const {
  long long word = 0;
  for (const auto& [name, flag] : driver_.flags) {
    if (flag.read.send.text() != entry.send.text()) continue;
    const bool on = flag_is_on(name);
    if (flag.bit) {
      word |= on ? 1ll << *flag.bit : 0;
    } else {
      texts["flag"] = (on ? flag.on : flag.off).front();
      numbers.erase("flag");
    }
  }
  numbers["status"] = static_cast<double>(word);
}

std::string SimulatedInstrument::identity(const std::string& model, const std::string& serial) const {
  std::string reply = with_replaced(driver_.identity.example, "{serial}", serial);
  if (model.empty() || driver_.identity.queries.empty()) return reply;
  const auto parts = match_identity(driver_, reply);
  return parts ? with_replaced(reply, parts->model, model) : reply;
}

std::string SimulatedInstrument::other_model() const {
  const auto parts = match_identity(driver_, identity(model_, serial_));
  // A model that the driver file does not claim, or else the bench file may allow it.
  std::string model = parts ? parts->model : model_;
  for (int i = 0; i < 9; ++i) {
    model = with_other_digit(model);
    if (!match_identity(driver_, identity(model, serial_))) return identity(model, serial_);
  }
  return identity("X" + model, serial_);
}

std::string SimulatedInstrument::other_serial() const {
  return identity(model_, with_other_digit(serial_));
}

std::optional<std::size_t> SimulatedInstrument::measure_of_place(const Entry& entry, const std::string& place) const {
  const auto holds = [&](std::size_t i) {
    const Measure& measure = driver_.measures[i];
    return measure.read.send.text() == entry.send.text() && measure.value_name == place;
  };
  if (active_measure_ < driver_.measures.size() && holds(active_measure_)) return active_measure_;
  for (std::size_t i = 0; i < driver_.measures.size(); ++i) {
    if (holds(i)) return i;
  }
  return std::nullopt;
}

std::pair<std::map<std::string, double>, Values> SimulatedInstrument::reply_values(const Values& of_message) const {
  Values texts = state_;
  for (auto& [name, value] : texts) {
    if (const auto setting = driver_.settings.find(name); setting != driver_.settings.end())
      value = setting->second.as_replied(value);
  }
  for (const auto& [name, value] : of_message)
    texts[name] = value;
  std::map<std::string, double> numbers;
  for (const auto& [name, text] : texts) {
    if (const auto number = parse_number(text)) numbers[name] = *number;
  }
  texts.emplace("serial", serial_);  // a text, whatever its digits
  if (is_meter()) {
    const double range = ranges_[active_measure_] > 0 ? ranges_[active_measure_]
                                                      : meters_[active_measure_]->automatic_range(world_.clock().now());
    numbers["range"] = range;
    numbers["resolution"] = driver_.measures[active_measure_].resolution_at(range);
  }
  if (is_source()) numbers["value"] = active_source().setting();
  add_safe_state(numbers, texts);
  return {numbers, texts};
}

// The places that show the safe state read so while the output is off and nothing moves any more, and otherwise not.
void SimulatedInstrument::add_safe_state(std::map<std::string, double>& numbers, Values& texts) const {
  if (!driver_.safe_state || !driver_.safe_state->shows || !is_source()) return;
  const bool safe = !active_source().operating() && active_source().settled(world_.clock().now());
  for (const auto& [place, meant] : driver_.safe_state->means) {
    if (numbers.count(place) || texts.count(place)) continue;
    texts[place] = safe ? meant : meant == "0" ? "1" : "0";
  }
}

void SimulatedInstrument::select_measure(std::size_t measure, bool preset) {
  active_measure_ = measure;
  ranges_[measure] = 0;
  if (!preset) return;
  for (const Exchange& exchange : driver_.measures[measure].configure) {
    for (const std::string& name : exchange.send.names()) {
      if (const auto found = driver_.settings.find(name); found != driver_.settings.end()) {
        state_[name] = found->second.standard;
      }
    }
  }
}

void SimulatedInstrument::select_source(std::size_t source) {
  if (source == active_source_) return;
  active_source().standby(world_.clock().now());
  active_source_ = source;
}

bool SimulatedInstrument::take_range(const std::string& text, std::size_t measure) {
  const std::vector<double>& ranges = driver_.measures[measure].ranges;
  const auto number = parse_number(text);
  if (!number) {
    if (ranges.empty()) return false;
    if (same_text(text, "AUTO") || same_text(text, "DEF")) return ranges_[measure] = 0, true;
    if (same_text(text, "MIN")) return ranges_[measure] = ranges.front(), true;
    if (same_text(text, "MAX")) return ranges_[measure] = ranges.back(), true;
    return false;
  }
  for (const double range : ranges) {
    if (*number >= 0 && *number <= range * (1 + 1e-12)) return ranges_[measure] = range, true;
  }
  return false;
}

bool SimulatedInstrument::take_values(const Entry& entry, const Values& values) {
  Values changed;
  for (const auto& [name, value] : values) {
    const auto setting = driver_.settings.find(name);
    if (setting == driver_.settings.end()) continue;
    std::string taken = value;
    if (!setting->second.values.empty()) {
      const auto allowed = [&, &text = value](const std::string& candidate) {
        const auto a = parse_number(candidate);
        const auto b = parse_number(text);
        return a && b ? *a == *b : same_text(candidate, text);
      };
      const auto& list = setting->second.values;
      const auto found = std::find_if(list.begin(), list.end(), allowed);
      if (found == list.end()) return report(driver_.errors.out_of_range, StatusRegisters::execution_error), false;
      taken = *found;
    }
    changed[name] = taken;
  }
  if (entry.role == Role::configure) {
    const double former = ranges_[entry.owner];
    if (const auto range = values.find("range"); range != values.end() && !take_range(range->second, entry.owner)) {
      ranges_[entry.owner] = former;
      return report(driver_.errors.out_of_range, StatusRegisters::execution_error), false;
    }
    if (entry.first) {
      // CONFigure presets the function it selects (SCPI-1999 volume 2, 3.2); what other instruments do is not known.
      const double range = ranges_[entry.owner];
      select_measure(entry.owner, vocabulary_.scpi() && header_of(entry.send_short.text()).starts_with("CONF"));
      if (values.count("range")) ranges_[entry.owner] = range;
    }
  }
  if (entry.role == Role::set) {
    if (const auto value = values.find("value"); value != values.end()) {
      const auto number = parse_number(value->second);
      if (!number) return report(driver_.errors.unknown_message, StatusRegisters::command_error), false;
      Values settings = state_;
      for (const auto& [name, taken] : changed)
        settings[name] = taken;
      if (driver_.sources[entry.owner].broken_band(*number, settings) ||
          !sources_[entry.owner]->set(*number, world_.clock().now())) {
        return report(driver_.errors.out_of_range, StatusRegisters::execution_error), false;
      }
      select_source(entry.owner);
    }
  }
  for (const auto& [name, value] : changed)
    state_[name] = value;
  return true;
}

void SimulatedInstrument::take_state(const Values& state) {
  const double now = world_.clock().now();
  for (const auto& [name, value] : state) {
    if (name == "quantity") {
      for (std::size_t i = 0; i < driver_.measures.size(); ++i) {
        if (driver_.measures[i].quantity == value) select_measure(i, true);
      }
      for (std::size_t i = 0; i < driver_.sources.size(); ++i) {
        if (driver_.sources[i].quantity == value) select_source(i);
      }
    } else if (name == "value" && is_source()) {
      active_source().set(parse_number(value).value_or(0), now);
    } else if (is_source() && name == active_source().description().operating) {
      value == "0" ? active_source().standby(now) : active_source().operate(now);
    } else {
      state_[name] = value;
    }
  }
}

void SimulatedInstrument::fall_back_to_standby() {
  if (is_source()) active_source().standby(world_.clock().now());
}

void SimulatedInstrument::power_cycle() {
  for (const auto& source : sources_)
    source->standby(world_.clock().now());
  errors_.clear();
  status_.power_on();
  operations_end_ = world_.clock().now();
  series_begin_.reset();
  ranges_.assign(meters_.size(), 0);
  active_measure_ = 0;
  for (const auto& [name, setting] : driver_.settings)
    state_[name] = setting.standard;
}

void SimulatedInstrument::add_unit(const Entry& entry, Values& texts) const {
  const auto add = [&](const Measure& measure) {
    if (measure.read.send.text() == entry.send.text() && !measure.reply_units.empty())
      texts["unit"] = measure.reply_units.front().spelling;
  };
  for (const Measure& measure : driver_.measures)
    add(measure);
  if (is_meter()) add(driver_.measures[active_measure_]);
}

double SimulatedInstrument::power_line_cycles() const {
  const auto nplc = state_.find("nplc");
  return nplc == state_.end() ? 0 : parse_number(nplc->second).value_or(0);
}

namespace {

// At least as large.
std::string in_two_digits(double number) {
  const std::string text = fmt::format("{:.1E}", number);
  return parse_number(text).value_or(0) >= number ? text : fmt::format("{:.1E}", 1.06 * number);
}

}  // namespace

SimulatedReply SimulatedInstrument::reading(const Entry& entry, const base::Cancellation& cancellation) {
  std::vector<std::pair<std::string, std::size_t>> places;
  double duration = 0;
  for (const std::string& place : entry.reply->names()) {
    const auto measure = measure_of_place(entry, place);
    if (!measure) continue;
    places.emplace_back(place, *measure);
    duration = std::max(duration, driver_.measures[*measure].reading_time(state_));
  }
  const base::Seconds begin = world_.clock().now();
  if (duration > 0) world_.clock().wait(duration, cancellation);
  auto [numbers, texts] = reply_values({});
  add_unit(entry, texts);
  add_flags(entry, numbers, texts);
  auto overloaded = numbers;
  bool beyond = false;
  for (const auto& [place, measure] : places) {
    numbers[place] = meters_[measure]->read(ranges_[measure], power_line_cycles(), begin, begin + duration);
    const double overload = driver_.measures[measure].overload;
    const bool is_beyond = std::fabs(numbers[place]) >= overload;
    overloaded[place] = is_beyond ? numbers[place] : overload;  // with its sign
    if (!driver_.measures[measure].reply_units.empty() && !is_beyond)
      numbers[place] /= driver_.measures[measure].reply_units.front().factor;
    beyond = beyond || is_beyond;
  }
  SimulatedReply reply;
  reply.kind = ReplyKind::reading;
  for (const ReplyFault& fault : driver_.faults) {
    if (fault.fault == Fault::overload && reply.overloaded.empty()) reply.overloaded = fault.example;
  }
  if (beyond && !reply.overloaded.empty()) {
    reply.text = reply.overloaded;
    return reply;
  }
  if (reply.overloaded.empty()) {
    reply.overloaded = entry.reply->fill_formatted(overloaded, texts);
    std::map<std::string, double> others = overloaded;
    Values in_other_digits = texts;
    for (const auto& [place, measure] : places) {
      others.erase(place);
      in_other_digits[place] = in_two_digits(driver_.measures[measure].overload);
    }
    // The registers of Modbus have no digits.
    if (!driver_.link.modbus) reply.overloaded_otherwise = entry.reply->fill_formatted(others, in_other_digits);
  }
  reply.text = entry.reply->fill_formatted(numbers, texts);
  if (texts.count("unit")) {
    texts["unit"] = "XX";
    reply.in_wrong_unit = entry.reply->fill_formatted(numbers, texts);
  }
  return reply;
}

SimulatedReply SimulatedInstrument::block_reading(const Entry& entry, const Values& values,
                                                  const base::Cancellation& cancellation) {
  const Measure& measure = driver_.measures[entry.owner];
  const BlockReading& many = *measure.read_many;
  if (const auto count = values.find("count"); count != values.end()) state_["count"] = count->second;
  const auto wanted = state_.find("count");
  const double count = wanted == state_.end() ? 1 : parse_number(wanted->second).value_or(1);
  if (!(count >= 1 && count <= many.most)) {
    report(driver_.errors.out_of_range, StatusRegisters::execution_error);
    return {"", ReplyKind::other, "", "", false};
  }
  const base::Seconds begin = std::exchange(series_begin_, std::nullopt).value_or(world_.clock().now());
  const base::Seconds left = begin + many.time_each * count - world_.clock().now();
  if (left > 0) world_.clock().wait(left, cancellation);
  std::vector<double> numbers;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const base::Seconds at = begin + many.time_each * i;
    numbers.push_back(meters_[entry.owner]->read(ranges_[entry.owner], power_line_cycles(), at, at + many.time_each));
  }
  const auto as_reply = [&](const std::vector<double>& readings) {
    const std::string data = format_number_array(readings, many.format);
    return many.format.in_block ? definite_block(data) : data;
  };
  std::vector<double> overloaded = numbers;
  overloaded.back() = measure.overload;
  const bool fits = many.format.form != NumberForm::int16 && many.format.form != NumberForm::int32;
  return {as_reply(numbers), ReplyKind::reading, as_reply(fits ? overloaded : numbers), "", many.format.in_block};
}

std::string SimulatedInstrument::identity_line(const std::string& identity, std::size_t query) const {
  std::string lines = identity;
  if (driver_.identity.queries.size() <= 1) return lines;
  for (; query > 0; --query)
    lines.erase(0, lines.find('\n') == std::string::npos ? lines.size() : lines.find('\n') + 1);
  return lines.substr(0, lines.find('\n'));
}

std::optional<SimulatedReply> SimulatedInstrument::refusal(const std::string& text) const {
  if (text.empty()) return std::nullopt;
  return SimulatedReply{text, ReplyKind::other, "", "", false};
}

std::optional<SimulatedReply> SimulatedInstrument::answer_unit(const std::string& message,
                                                               const base::Cancellation& cancellation) {
  const Match match = find(message);
  if (!match.entry) {
    report(driver_.errors.unknown_message, StatusRegisters::command_error);
    return refusal(driver_.errors.unknown_reply);
  }
  const Entry& entry = *match.entry;
  ReplyKind kind = ReplyKind::other;
  switch (entry.role) {
    case Role::identity:
      return SimulatedReply{identity_line(identity(model_, serial_), entry.owner),
                            ReplyKind::identity,
                            "",
                            "",
                            false,
                            identity_line(other_model(), entry.owner),
                            identity_line(other_serial(), entry.owner)};
    case Role::error:
      return SimulatedReply{next_error(), ReplyKind::error, "", "", false};
    case Role::read:
      return reading(entry, cancellation);
    case Role::read_block:
      return block_reading(entry, match.values, cancellation);
    case Role::clear:
      errors_.clear();
      status_.clear();
      break;
    case Role::common:
      return answer_common(entry, match.values, cancellation);
    case Role::start_block:
      if (const auto count = match.values.find("count"); count != match.values.end()) state_["count"] = count->second;
      begin_operation(entry);
      break;
    case Role::plain:
    case Role::configure:
    case Role::set:
      if (!take_values(entry, match.values)) return refusal(driver_.errors.refused_reply);
      begin_operation(entry);
      break;
    case Role::operate:
      select_source(same_operate(entry) ? active_source_.load() : entry.owner);
      active_source().operate(world_.clock().now());
      begin_operation(entry);
      break;
    case Role::safe:
      fall_back_to_standby();
      begin_operation(entry);
      break;
    case Role::simulated:
      if (!take_values(entry, match.values)) return refusal(driver_.errors.refused_reply);
      take_state(entry.set);
      break;
    case Role::flag:
      kind = ReplyKind::status;
      break;
    case Role::check:
    case Role::read_back:
      kind = ReplyKind::setting;
      break;
  }
  if (!entry.reply) return std::nullopt;
  auto [numbers, texts] = reply_values(match.values);
  add_flags(entry, numbers, texts);
  return SimulatedReply{entry.reply->fill_formatted(numbers, texts), kind, "", "", false};
}

// Whether the source in use is switched on by this message, too.
bool SimulatedInstrument::same_operate(const Entry& entry) const {
  const auto& operate = active_source().description().operate;
  return operate && operate->send.text() == entry.send.text();
}

}  // namespace etalon::drivers::simulation
