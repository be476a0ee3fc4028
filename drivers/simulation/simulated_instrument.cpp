#include "drivers/simulation/simulated_instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/language.h"
#include "drivers/simulation/scpi_header.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::tr;

namespace {

bool same_text(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

std::string header_of(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, std::min(text.find_first_of(" \t{", begin), text.size()) - begin);
}

// Blanks of a template match no blank at all, too, but a header that a blank ends must be the whole word.
bool same_header(const std::string& template_text, const std::string& message) {
  const std::string header = header_of(template_text);
  const std::size_t end = template_text.find(header) + header.size();
  if (end < template_text.size() && template_text[end] == '{') return true;
  return same_text(header, header_of(message));
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

}  // namespace

SimulatedInstrument::SimulatedInstrument(const BenchInstrument& instrument, const InstrumentTruth& truth, World& world)
    : name_(instrument.name), driver_(instrument.driver), world_(world) {
  scpi_ = short_form(driver_.errors.query) == "SYST:ERR?";
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
                                 [](const Measure& measure) { return !AmbientClimate::has(measure.quantity); });
  if (wired) world_.add_meter(name_);
  if (is_source()) {
    // Only the source set last is at the terminals.
    world_.add_source(name_, [this](base::Seconds time) { return active_source().output(time); });
  }
  add_entries();
  check_replies();
}

void SimulatedInstrument::add(Role role, const MessageTemplate& send, const std::optional<MessageTemplate>& reply,
                              std::size_t owner) {
  if (send.empty()) return;
  const auto same = [&](const Entry& entry) { return entry.role == role && entry.send.text() == send.text(); };
  if (std::any_of(entries_.begin(), entries_.end(), same)) return;  // one SEND reads several quantities
  entries_.push_back({role, send, scpi_ ? MessageTemplate(short_form(send.text())) : send, reply, owner, false, {}});
}

void SimulatedInstrument::add_entries() {
  const auto literal = [](std::string text) {
    // The file gives some messages as plain texts: braces in them are themselves.
    for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string::npos; at += 2) {
      text.insert(at, 1, text[at]);
    }
    return MessageTemplate(text);
  };
  const MessageTemplate reply_made_elsewhere("{any=}");
  add(Role::identity, literal(driver_.identity.query), reply_made_elsewhere);
  if (!driver_.errors.query.empty()) add(Role::error, literal(driver_.errors.query), reply_made_elsewhere);
  if (!driver_.errors.clear.empty()) add(Role::clear, literal(driver_.errors.clear), std::nullopt);
  if (!driver_.status.query.empty()) add(Role::status, literal(driver_.status.query), driver_.status.reply);
  for (const Exchange& exchange : driver_.startup)
    add(Role::plain, exchange.send, exchange.reply);
  for (std::size_t i = 0; i < driver_.measures.size(); ++i) {
    const Measure& measure = driver_.measures[i];
    for (const Exchange& exchange : measure.configure) {
      const std::size_t before = entries_.size();
      add(Role::configure, exchange.send, exchange.reply, i);
      if (entries_.size() > before) entries_.back().first = &exchange == &measure.configure.front();
    }
    for (const Exchange& exchange : measure.check)
      add(Role::check, exchange.send, exchange.reply, i);
    add(Role::read, measure.read.send, measure.read.reply, i);
  }
  for (std::size_t i = 0; i < driver_.sources.size(); ++i) {
    const Source& source = driver_.sources[i];
    for (const Exchange& exchange : source.set)
      add(Role::set, exchange.send, exchange.reply, i);
    if (!source.operate.empty()) add(Role::operate, literal(source.operate), std::nullopt, i);
    if (source.read_back) add(Role::read_back, source.read_back->send, source.read_back->reply, i);
  }
  if (driver_.safe_state) {
    for (const std::string& message : driver_.safe_state->send) {
      // A safe state may also set 0 V by the ordinary message.
      if (!find(message).entry) add(Role::safe, literal(message), std::nullopt);
    }
  }
  for (const SimulatedExchange& exchange : driver_.simulated) {
    const std::size_t before = entries_.size();
    add(Role::simulated, exchange.send, exchange.reply);
    if (entries_.size() > before) entries_.back().set = exchange.set;
    for (const auto& [key, value] : exchange.set) {
      const bool is_bit = driver_.status.bits.count(key) != 0;
      if (key != "quantity" && key != "value" && !is_bit) state_.emplace(key, "");
    }
  }
}

void SimulatedInstrument::check_replies() const {
  for (const Entry& entry : entries_) {
    if (!entry.reply || entry.role == Role::identity || entry.role == Role::error) continue;
    Values of_message;
    for (const std::string& place : entry.send.names())
      of_message[place] = "0";
    auto [numbers, texts] = reply_values(of_message);
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

SimulatedInstrument::Match SimulatedInstrument::find(const std::string& message) const {
  const std::string shortened = scpi_ ? short_form(message) : message;
  Match best;
  for (const Entry& entry : entries_) {
    const MessageTemplate& send = scpi_ ? entry.send_short : entry.send;
    const std::string& candidate = scpi_ ? shortened : message;
    auto values = send.match(candidate, true);
    if (!values || !same_header(send.text(), candidate)) continue;
    const bool complete =
        std::none_of(values->begin(), values->end(), [](const auto& value) { return value.second.empty(); });
    if (!complete) continue;
    if (values->empty()) return {&entry, {}};  // no places: nothing fits better
    // Of two templates with places, that of the function in use.
    const bool in_use = entry.role == Role::configure || entry.role == Role::read ? entry.owner == active_measure_
                                                                                  : entry.owner == active_source_;
    if (!best.entry || (in_use && best.entry->owner != entry.owner)) best = {&entry, *values};
  }
  return best;
}

bool SimulatedInstrument::has_reply(const std::string& message) const {
  const Match match = find(message);
  return match.entry && match.entry->reply;
}

void SimulatedInstrument::report(const std::pair<int, std::string>& error) {
  if (driver_.errors.query.empty()) return;
  // The last place of a full queue says that later errors are lost.
  if (static_cast<int>(errors_.size()) >= driver_.errors.length) {
    errors_.back() = driver_.errors.overflow;
  } else {
    errors_.push_back(error);
  }
}

std::string SimulatedInstrument::next_error() {
  if (errors_.empty()) {
    return driver_.errors.reply.fill_formatted({}, {{"code", driver_.errors.none}, {"text", "No error"}});
  }
  const auto [code, text] = errors_.front();
  errors_.pop_front();
  return driver_.errors.reply.fill_formatted({{"code", code}}, {{"text", text}});
}

long long SimulatedInstrument::status_word() const {
  long long word = 0;
  const auto set_bit = [&](const std::string& name, bool on) {
    const auto found = driver_.status.bits.find(name);
    if (on && found != driver_.status.bits.end()) word |= 1ll << found->second;
  };
  if (is_source()) {
    set_bit(active_source().description().operating, active_source().operating());
    set_bit(active_source().description().settled, active_source().settled(world_.clock().now()));
  }
  return word;
}

std::string SimulatedInstrument::identity(const std::string& model, const std::string& serial) const {
  std::string reply = with_replaced(driver_.identity.example, "{serial}", serial);
  if (model.empty()) return reply;
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
  for (const auto& [name, value] : of_message)
    texts[name] = value;
  std::map<std::string, double> numbers;
  for (const auto& [name, text] : texts) {
    if (const auto number = parse_number(text)) numbers[name] = *number;
  }
  if (is_meter()) {
    const double range = ranges_[active_measure_] > 0 ? ranges_[active_measure_]
                                                      : meters_[active_measure_]->automatic_range(world_.clock().now());
    numbers["range"] = range;
    numbers["resolution"] = driver_.measures[active_measure_].resolution_at(range);
  }
  if (is_source()) numbers["value"] = active_source().setting();
  numbers["status"] = static_cast<double>(status_word());
  return {numbers, texts};
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
      if (found == list.end()) return report(driver_.errors.out_of_range), false;
      taken = *found;
    }
    changed[name] = taken;
  }
  if (entry.role == Role::configure) {
    const double former = ranges_[entry.owner];
    if (const auto range = values.find("range"); range != values.end() && !take_range(range->second, entry.owner)) {
      ranges_[entry.owner] = former;
      return report(driver_.errors.out_of_range), false;
    }
    if (entry.first) {
      // CONFigure presets the function it selects (SCPI-1999 volume 2, 3.2); what other instruments do is not known.
      const double range = ranges_[entry.owner];
      select_measure(entry.owner, scpi_ && header_of(entry.send_short.text()).starts_with("CONF"));
      if (values.count("range")) ranges_[entry.owner] = range;
    }
  }
  if (entry.role == Role::set) {
    if (const auto value = values.find("value"); value != values.end()) {
      const auto number = parse_number(value->second);
      if (!number) return report(driver_.errors.unknown_message), false;
      if (!sources_[entry.owner]->set(*number, world_.clock().now())) {
        return report(driver_.errors.out_of_range), false;
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
  const auto nplc = state_.find("nplc");
  const double cycles = nplc == state_.end() ? 0 : parse_number(nplc->second).value_or(0);
  auto [numbers, texts] = reply_values({});
  auto overloaded = numbers;
  for (const auto& [place, measure] : places) {
    numbers[place] = meters_[measure]->read(ranges_[measure], cycles, begin, begin + duration);
    overloaded[place] = driver_.measures[measure].overload;
  }
  return {entry.reply->fill_formatted(numbers, texts), ReplyKind::reading,
          entry.reply->fill_formatted(overloaded, texts)};
}

std::optional<SimulatedReply> SimulatedInstrument::answer(const std::string& message,
                                                          const base::Cancellation& cancellation) {
  const Match match = find(message);
  if (!match.entry) {
    report(driver_.errors.unknown_message);
    return std::nullopt;
  }
  const Entry& entry = *match.entry;
  ReplyKind kind = ReplyKind::other;
  switch (entry.role) {
    case Role::identity:
      return SimulatedReply{identity(model_, serial_), ReplyKind::identity, ""};
    case Role::error:
      return SimulatedReply{next_error(), ReplyKind::error, ""};
    case Role::read:
      return reading(entry, cancellation);
    case Role::clear:
      errors_.clear();
      break;
    case Role::configure:
    case Role::set:
      if (!take_values(entry, match.values)) return std::nullopt;
      break;
    case Role::operate:
      select_source(active_source().description().operate == driver_.sources[entry.owner].operate
                        ? active_source_.load()
                        : entry.owner);
      active_source().operate(world_.clock().now());
      break;
    case Role::safe:
      fall_back_to_standby();
      break;
    case Role::simulated:
      if (!take_values(entry, match.values)) return std::nullopt;
      take_state(entry.set);
      break;
    case Role::status:
      kind = ReplyKind::status;
      break;
    case Role::check:
    case Role::read_back:
      kind = ReplyKind::setting;
      break;
    case Role::plain:
      break;
  }
  if (!entry.reply) return std::nullopt;
  const auto [numbers, texts] = reply_values(match.values);
  return SimulatedReply{entry.reply->fill_formatted(numbers, texts), kind, ""};
}

}  // namespace etalon::drivers::simulation
