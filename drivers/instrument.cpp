#include "drivers/instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "base/language.h"

namespace etalon::drivers {

using base::tr;

namespace {

milliseconds to_milliseconds(double seconds) {
  return milliseconds(static_cast<long long>(seconds * 1000));
}

ConversationSettings settings_for(const LinkSettings& link) {
  ConversationSettings settings;
  settings.write_terminator = link.send_terminator;
  settings.read_terminator = link.reply_terminator;
  settings.first_byte_timeout = to_milliseconds(link.timeout);
  settings.connect_timeout = to_milliseconds(link.timeout);
  settings.write_timeout = to_milliseconds(link.timeout);
  settings.between_bytes_timeout = to_milliseconds(link.between_bytes);
  settings.max_reply_size = link.longest_reply;
  settings.message_pause = to_milliseconds(link.pause);
  settings.character_pause = to_milliseconds(link.character_pause);
  if (!link.echo_terminator.empty()) settings.echo_terminator = link.echo_terminator;
  settings.opening_quiet_time = to_milliseconds(link.timeout);
  // One try at getting in step again: long enough for a busy instrument, and not so long that the way to the safe state
  // of a dead one takes minutes.
  settings.recovery_timeout = to_milliseconds(1.2 * link.timeout) + milliseconds{300};
  return settings;
}

LinkOptions link_options(const BenchInstrument& instrument, const std::shared_ptr<Transcript>& transcript,
                         const base::Cancellation* cancellation) {
  LinkOptions options;
  options.instrument = instrument.name;
  options.connect_timeout = to_milliseconds(instrument.driver.link.timeout);
  options.transcript = transcript;
  options.cancellation = cancellation;
  options.gpib_adapters = instrument.adapters;
  return options;
}

// The file gives some messages as plain texts: braces in them are themselves.
MessageTemplate as_template(std::string text) {
  for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string::npos; at += 2)
    text.insert(at, 1, text[at]);
  return MessageTemplate(text);
}

std::string without_blanks(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// Maker, model, serial number, firmware (IEEE 488.2, 10.14). No reading begins with a letter.
bool looks_like_identity(const std::string& reply) {
  return !reply.empty() && std::isalpha(static_cast<unsigned char>(reply.front())) &&
         std::count(reply.begin(), reply.end(), ',') >= 3;
}

}  // namespace

Instrument::Instrument(const BenchInstrument& instrument, std::shared_ptr<Transcript> transcript,
                       const base::Cancellation* cancellation)
    : bench_(instrument), transcript_(std::move(transcript)), cancellation_(cancellation) {
  dialect_ = make_dialect(bench_.driver.dialect, bench_.driver.link, bench_.address);
  conversation_ = std::make_unique<Conversation>(
      open_link(bench_.address, link_options(bench_, transcript_, cancellation)), settings_for(bench_.driver.link));
  // A link that got out of step is proven with the identity, which no reading can be mistaken for. Where it has several
  // lines, and where it cannot be asked, there is no proof (prove_by_last_identity_line apart).
  if (one_line_identity()) {
    conversation_->set_proof({dialect_->wrapped(bench_.driver.identity.queries.front()),
                              [this](const std::string& line) {
                                const auto reply = dialect_->unwrapped(line);
                                return reply && reply_is_identity(*reply);
                              },
                              [this](const std::string& line) { return dialect_->comes_beside_replies(line); }});
  }
}

bool Instrument::one_line_identity() const {
  return bench_.driver.identity.queries.size() == 1 && bench_.driver.identity.last_line.empty();
}

// Until the individual is known, another instrument's identity is an answer too: `identify` then says so at once. Later
// no other one proves the link, not even one of the same model at the same address.
bool Instrument::reply_is_identity(const std::string& reply) const {
  const auto found = match_identity(bench_.driver, reply);
  if (identity_.reply.empty()) return found || looks_like_identity(reply);
  return found && found->model == identity_.model &&
         (!bench_.driver.identity.has_serial || found->serial == identity_.serial);
}

InstrumentError Instrument::error(Fault fault, const std::string& sent, const std::string& received,
                                  const std::string& detail) const {
  return InstrumentError(fault, {bench_.name, bench_.address, sent, received}, detail);
}

// Where the identity has several lines, the last one, known by now, proves a link: unless it is a number. The others
// come before it; what follows a colon, such as the date, may be another one today.
void Instrument::prove_by_last_identity_line() {
  if (one_line_identity()) return;
  const std::vector<std::string>& queries = bench_.driver.identity.queries;
  const auto up_to_colon = [](const std::string& line) { return without_blanks(line.substr(0, line.find(':'))); };
  std::set<std::string> names;
  std::string last;
  std::istringstream lines(identity_.reply);
  for (std::string line; std::getline(lines, line);) {
    last = line;
    const std::string name = up_to_colon(line);
    if (name.empty() || std::isalpha(static_cast<unsigned char>(name.front()))) names.insert(name);
  }
  last = without_blanks(last);
  if (last.empty() || !std::isalpha(static_cast<unsigned char>(last.front()))) return;
  // Of several queries only the last one is put again.
  if (queries.size() > 1) names.clear();
  conversation_->set_proof({dialect_->wrapped(queries.back()),
                            [this, last](const std::string& line) {
                              const auto reply = dialect_->unwrapped(line);
                              return reply && without_blanks(*reply) == last;
                            },
                            [this, names, up_to_colon](const std::string& line) {
                              const auto reply = dialect_->unwrapped(line);
                              return dialect_->comes_beside_replies(line) ||
                                     (reply && names.count(up_to_colon(*reply)) > 0);
                            }});
}

std::string Instrument::identity_reply() {
  const IdentityMessage& identity = bench_.driver.identity;
  QueryOptions options;
  options.cancellation = cancellation_;
  options.discard_waiting_input = true;  // what an earlier session left behind
  if (one_line_identity()) {
    // Past late replies of an earlier, broken-off session. Another instrument's identity is accepted here, too: the
    // caller says that it is the wrong one.
    try {
      const std::string line = conversation_->get_in_step(cancellation_);
      return dialect_->unwrapped(line).value_or(line);
    } catch (const InstrumentError& fault) {
      if (fault.fault() != Fault::stale_reply) throw;
      if (fault.received().empty()) {
        throw error(Fault::timeout, identity.queries.front(), "", tr("it does not answer at all, not even who it is"));
      }
      return fault.received();  // an identity of another kind
    }
  }
  std::string reply;
  for (const std::string& query : identity.queries) {
    ReplyShape shape;
    if (!identity.last_line.empty()) {
      shape.lines = 200;
      shape.is_last = [&](const std::string& line) { return line.find(identity.last_line) != std::string::npos; };
    }
    const std::string lines = dialect_->query(*conversation_, query, shape, options);
    if (shape.is_last && !shape.is_last(lines.substr(lines.rfind('\n') + 1))) {
      throw error(Fault::unexpected_reply, query, lines,
                  fmt::format(fmt::runtime(tr("the last line, with \"{}\", did not come")), identity.last_line));
    }
    reply += (reply.empty() ? "" : "\n") + lines;
  }
  // Late replies of an earlier, broken-off session may stand before the first line.
  for (std::string rest = reply;;) {
    if (match_identity(bench_.driver, rest)) return rest;
    const std::size_t end = rest.find('\n');
    if (end == std::string::npos) return reply;
    rest.erase(0, end + 1);
  }
}

const Identity& Instrument::identify() {
  if (bench_.driver.identity.queries.empty()) {
    // It cannot be asked who it is: the bench file is believed.
    identity_ = {bench_.driver.identity.maker, bench_.model, bench_.serial, "", ""};
    return identity_;
  }
  const std::string reply = identity_reply();
  const auto found = match_identity(bench_.driver, reply);
  const std::string query = fmt::format("{}", fmt::join(bench_.driver.identity.queries, "; "));
  if (!found) {
    throw error(Fault::wrong_instrument, query, reply,
                fmt::format(fmt::runtime(tr("it is not an instrument of the driver file {}")), bench_.driver_name));
  }
  if (!bench_.model.empty() && found->model != bench_.model) {
    throw error(Fault::wrong_instrument, query, reply,
                fmt::format(fmt::runtime(tr("the model is {}, the bench file, or that of its standard, says {}")), found->model, bench_.model));
  }
  if (bench_.driver.identity.has_serial && !bench_.any_serial && found->serial != bench_.serial) {
    throw error(
        Fault::wrong_instrument, query, reply,
        fmt::format(fmt::runtime(tr("the serial number is {}, the bench file says {}")), found->serial, bench_.serial));
  }
  narrow_to(bench_.driver, found->model);
  identity_ = *found;
  if (identity_.serial.empty()) identity_.serial = bench_.serial;
  prove_by_last_identity_line();
  return identity_;
}

Values Instrument::values_of_settings(const Values& chosen) const {
  Values values;
  for (const auto& [name, setting] : bench_.driver.settings) {
    const auto choice = chosen.find(name);
    values[name] = choice == chosen.end() ? setting.standard : choice->second;
    const auto& allowed = setting.values;
    if (allowed.empty() || std::find(allowed.begin(), allowed.end(), values[name]) != allowed.end()) continue;
    throw error(
        Fault::out_of_range, "", "",
        fmt::format(fmt::runtime(tr("{} cannot be {}; possible: {}")), name, values[name], fmt::join(allowed, ", ")));
  }
  return values;
}

void Instrument::start_up() {
  const DriverFile& driver = bench_.driver;
  if (!driver.errors.clear.empty()) {
    tell(driver.errors.clear);
  } else if (!driver.errors.query.empty()) {
    drain_errors();
  }
  const Values values = values_of_settings({});
  for (const Exchange& exchange : driver.startup)
    carry_out(exchange, values);
  check_errors(tr("starting up"));
}

void Instrument::tell(const std::string& message) {
  QueryOptions options;
  options.cancellation = cancellation_;
  commands_unproven_ = true;
  dialect_->send(*conversation_, message, options);
}

std::string Instrument::say(const std::string& message, std::size_t lines, const QueryOptions& options) {
  ReplyShape shape{lines, {}};
  if (lines > 1) {
    shape.is_last = [this](const std::string& line) { return match_fault(bench_.driver, line) != nullptr; };
  }
  const std::string reply = dialect_->query(*conversation_, message, shape, options);
  const std::size_t last_line = lines > 1 ? reply.rfind('\n') + 1 : 0;
  if (const ReplyFault* fault = match_fault(bench_.driver, reply.substr(last_line)))
    throw error(fault->fault, message, reply, fault->meaning);
  return reply;
}

std::string Instrument::ask(const std::string& message, std::size_t lines, double extra_time, bool repeatable) {
  QueryOptions options;
  options.takes = to_milliseconds(extra_time);
  options.repeatable = repeatable;
  options.first_byte_timeout = to_milliseconds(bench_.driver.link.timeout + extra_time);
  options.cancellation = cancellation_;
  try {
    return say(message, lines, options);
  } catch (const InstrumentError& fault) {
    // An instrument that refuses a message often says nothing: its error queue knows why.
    const bool silent = fault.fault() == Fault::timeout || fault.fault() == Fault::truncated_reply;
    if (!silent || bench_.driver.errors.query.empty() || message == bench_.driver.errors.query) throw;
    std::vector<std::string> entries;
    try {
      entries = drain_errors();
    } catch (const InstrumentError&) {
      throw fault;  // the first fault is the one to tell
    }
    if (entries.empty()) throw;
    throw InstrumentError(
        fault.fault(), {bench_.name, bench_.address, message, fault.received()},
        fmt::format(fmt::runtime(tr("{}; its error queue says: {}")), fault.detail(), fmt::join(entries, "; ")));
  }
}

void Instrument::pause(milliseconds duration) const {
  if (cancellation_) {
    cancellation_->sleep(duration);
  } else {
    std::this_thread::sleep_for(duration);
  }
}

void Instrument::confirm(const base::Cancellation* cancellation) {
  conversation_->confirm(cancellation);
  commands_unproven_ = came_early_ = false;
}

// An identity that every reading holds tells nothing.
bool Instrument::has_known_answer() const {
  const IdentityMessage& identity = bench_.driver.identity;
  if (!conversation_->has_known_answer()) return false;
  if (identity.queries.empty()) return true;
  return std::none_of(bench_.driver.measures.begin(), bench_.driver.measures.end(), [&](const Measure& measure) {
    return measure.read.send.names().empty() && measure.read.send.fill({}) == identity.queries.back();
  });
}

void Instrument::take_up_again() {
  if (conversation_->lost()) conversation_->reopen(cancellation_);
}

void Instrument::confirm_at_the_end(const base::Cancellation* cancellation) {
  conversation_->confirm_at_the_end(cancellation);
  commands_unproven_ = came_early_ = false;
}

// An error queue whose entries hold more than a number is such a proof itself: a confirmation has not their form.
void Instrument::prove_after_commands(const std::string& message) {
  if (!commands_unproven_) return;
  const ErrorQueue& errors = bench_.driver.errors;
  if (message == errors.query && errors.reply.names().size() > 1) {
    commands_unproven_ = false;
    return;
  }
  confirm();
}

Values Instrument::carry_out(const Exchange& exchange, const Values& values, double extra_time) {
  const std::string message = exchange.send.fill(values);
  if (!exchange.reply) {
    const CompletionWatch watch = arm_completion(exchange);
    tell(message);
    await_completion(exchange, message, watch, extra_time);
    return {};
  }
  return reply_to(exchange, message, extra_time, false, {});
}

Values Instrument::reply_to(const Exchange& exchange, const std::string& message, double extra_time, bool repeatable,
                            const MessageTemplate::IsSign& is_sign) {
  prove_after_commands(message);
  const std::string reply = ask(message, exchange.reply_lines(), exchange.takes + extra_time, repeatable);
  const bool echoed = reply == message && exchange.reply->text() != exchange.send.text();
  // Where an instrument confirms a message by repeating it, its echo looks the same.
  if (reply == message) commands_unproven_ = true;
  const auto found = exchange.reply->match_with_signs(reply, is_sign);
  if (found && !echoed) return *found;
  conversation_->taint(tr("a reply of another form"));
  if (echoed) {
    throw error(Fault::unexpected_reply, message, reply,
                tr("the line repeats what is sent: say so in the driver file (echo)"));
  }
  // A number with too few digits is a reply that was cut off; anything else is unknown.
  const bool cut = is_number_cut_off(reply);
  throw error(cut ? Fault::truncated_reply : Fault::unexpected_reply, message, reply, exchange.reply->mismatch(reply));
}

Values Instrument::take_reading(const Exchange& exchange, const Values& values, double reading_time,
                                const MessageTemplate::IsSign& is_sign) {
  const std::string message = exchange.send.fill(values);
  const auto asked = std::chrono::steady_clock::now();
  const Values reply = reply_to(exchange, message, reading_time, true, is_sign);
  if (std::chrono::steady_clock::now() - asked < to_milliseconds(reading_time / 2)) came_early_ = true;
  return reply;
}

std::vector<double> Instrument::numbers(const std::string& message, const NumberArrayFormat& format,
                                        double extra_time) {
  QueryOptions options;
  options.first_byte_timeout = to_milliseconds(bench_.driver.link.timeout + extra_time);
  options.takes = to_milliseconds(extra_time);
  options.cancellation = cancellation_;
  const std::string data = format.in_block ? conversation_->query_block(message, options) : say(message, 1, options);
  try {
    return parse_number_array(data, format);
  } catch (const base::InputError& what) {
    conversation_->taint(tr("text where a number belongs"));
    throw error(Fault::not_a_number, message, data.substr(0, 200), what.what());
  }
}

double Instrument::number_in(const Values& reply, const std::string& place, const std::string& sent) {
  const std::string& text = reply.at(place);
  if (const auto number = parse_number(text)) return *number;
  conversation_->taint(tr("text where a number belongs"));
  throw error(Fault::not_a_number, sent, text, tr("a number belongs here"));
}

std::vector<std::string> Instrument::drain_errors() {
  const ErrorQueue& queue = bench_.driver.errors;
  std::vector<std::string> entries;
  if (queue.query.empty()) return entries;
  const Exchange exchange{as_template(queue.query), queue.reply, 0, Completion::none};
  for (int i = 0; i <= queue.length + 1; ++i) {
    const Values reply = carry_out(exchange, {});
    const auto code = parse_number(reply.at("code"));
    if (!code) {
      conversation_->taint(tr("text where an error number belongs"));
      throw error(Fault::not_a_number, queue.query, reply.at("code"), tr("an error number belongs here"));
    }
    if (*code == parse_number(queue.none).value()) return entries;
    const auto text = reply.find("text");
    entries.push_back(reply.at("code") + (text == reply.end() ? "" : " " + text->second));
  }
  entries.push_back(tr("… and more: the queue does not become empty"));
  return entries;
}

void Instrument::check_errors(const std::string& after) {
  const auto entries = drain_errors();
  if (entries.empty()) return;
  throw error(Fault::device_error, bench_.driver.errors.query, fmt::format("{}", fmt::join(entries, "; ")),
              fmt::format(fmt::runtime(tr("it reports errors after {}")), after));
}

std::uint32_t Instrument::register_of(const Flag& flag) {
  const Values reply = carry_out(flag.read, {});
  last_flag_reply_ = reply.at("status");
  const double number = number_in(reply, "status", flag.read.send.text());
  if (!(number >= 0 && number <= 4294967295.0) || number != static_cast<double>(static_cast<std::uint32_t>(number))) {
    conversation_->taint(tr("no status register"));
    throw error(Fault::unexpected_reply, flag.read.send.text(), reply.at("status"),
                tr("a status register belongs here"));
  }
  return static_cast<std::uint32_t>(number);
}

bool Instrument::flag(const std::string& name) {
  const auto found = bench_.driver.flags.find(name);
  if (found == bench_.driver.flags.end())
    throw base::InputError(fmt::format(fmt::runtime(tr("{} has no flag '{}'")), bench_.driver.title, name));
  const Flag& flag = found->second;
  const std::string sent = flag.read.send.text();
  if (!flag.bit) {
    last_flag_reply_ = carry_out(flag.read, {}).at("flag");
    const auto is_one_of = [&](const std::vector<std::string>& words) {
      return std::find(words.begin(), words.end(), last_flag_reply_) != words.end();
    };
    if (is_one_of(flag.on)) return true;
    if (is_one_of(flag.off)) return false;
    conversation_->taint(tr("a reply of another form"));
    throw error(
        Fault::unexpected_reply, sent, last_flag_reply_,
        fmt::format(fmt::runtime(tr("expected {} or {}")), fmt::join(flag.on, ", "), fmt::join(flag.off, ", ")));
  }
  std::uint32_t former = register_of(flag);
  for (int tries = 0; tries < 4; ++tries) {
    const std::uint32_t now = register_of(flag);
    if (now == former) return (now >> *flag.bit) & 1u;
    former = now;
  }
  conversation_->taint(tr("a status register that never reads the same"));
  throw error(Fault::unexpected_reply, sent, std::to_string(former),
              tr("the status register reads differently each time"));
}

void Instrument::wait_for_flag(const std::string& name, double at_most) {
  const auto end = std::chrono::steady_clock::now() + to_milliseconds(at_most);
  while (!flag(name)) {
    if (std::chrono::steady_clock::now() >= end) {
      throw error(Fault::not_settled, bench_.driver.flags.at(name).read.send.text(), last_flag_reply_,
                  fmt::format(fmt::runtime(tr("'{}' did not come in {:g} s")), name, at_most));
    }
    pause(milliseconds{20});
  }
}

void Instrument::check_read_backs() {
  // Quantities that share a message answer it each in its own form: the one that was set last decides.
  std::map<std::string, std::vector<const Exchange*>> forms;
  for (const Source& source : bench_.driver.sources) {
    if (source.read_back) forms[source.read_back->send.text()].push_back(&*source.read_back);
  }
  for (const auto& [message, exchanges] : forms) {
    const std::string reply = ask(exchanges.front()->send.fill({}), exchanges.front()->reply_lines(), 0);
    std::optional<Values> found;
    for (const Exchange* exchange : exchanges) {
      if (!found) found = exchange->reply->match(reply);
    }
    if (!found) {
      conversation_->taint(tr("a reply of another form"));
      throw error(Fault::unexpected_reply, message, reply, exchanges.front()->reply->mismatch(reply));
    }
    number_in(*found, "value", message);
  }
}

bool Instrument::shows_safe_state() {
  const SafeState& safe = *bench_.driver.safe_state;
  const auto shows = [&] {
    if (!safe.flag.empty()) return flag(safe.flag) == safe.is;
    last_flag_reply_.clear();
    const Values reply = carry_out(*safe.shows, {});
    for (const auto& [place, wanted] : safe.means) {
      last_flag_reply_ += (last_flag_reply_.empty() ? "" : ", ") + reply.at(place);
      const auto number = parse_number(reply.at(place));
      const auto meant = parse_number(wanted);
      if (number && meant ? *number != *meant : reply.at(place) != wanted) return false;
    }
    return true;
  };
  // What is read back below has a form of its own: it proves that the replies are those of their questions.
  const auto& sources = bench_.driver.sources;
  if (std::any_of(sources.begin(), sources.end(), [](const Source& source) { return source.read_back.has_value(); }))
    commands_unproven_ = false;
  const auto end = std::chrono::steady_clock::now() + to_milliseconds(safe.takes);
  while (!shows()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds{50});
  }
  check_read_backs();
  return shows();
}

void Instrument::send_safe_state_blindly() noexcept {
  try {
    conversation_->close();
    Conversation blind(open_link(bench_.address, link_options(bench_, transcript_, nullptr)),
                       settings_for(bench_.driver.link));
    // Twice: a first message can be lost in what a broken-off message left in the instrument's input.
    for (int i = 0; i < 2; ++i) {
      for (const Exchange& exchange : bench_.driver.safe_state->send)
        blind.send(dialect_->wrapped(exchange.send.fill({})));
    }
    std::this_thread::sleep_for(milliseconds{300});  // what is still on its way is lost when a port is closed
  } catch (...) {
    return;  // what it brought shows in the tries that follow
  }
}

void Instrument::make_safe() {
  if (!bench_.driver.safe_state) return;
  const SafeState& safe = *bench_.driver.safe_state;
  const struct WithoutCancellation {
    const base::Cancellation*& place;
    const base::Cancellation* before;
    ~WithoutCancellation() { place = before; }
  } without_cancellation{cancellation_, std::exchange(cancellation_, nullptr)};
  std::string reason;
  // A person must hear soon that a source may still be on: no third try after a long time.
  const auto soon = std::chrono::steady_clock::now() + 5 * to_milliseconds(bench_.driver.link.timeout);
  for (int attempt = 0; attempt < 2 || (attempt < 3 && std::chrono::steady_clock::now() < soon); ++attempt) {
    try {
      if (attempt > 0) conversation_->reopen();
      for (int i = 0; i < (attempt > 0 ? 2 : 1); ++i) {
        for (const Exchange& exchange : safe.send)
          carry_out(exchange, {});
      }
      if (shows_safe_state()) return;
      reason = safe.flag.empty() ? fmt::format(fmt::runtime(tr("\"{}\" does not show it: \"{}\"")),
                                               safe.shows->send.text(), last_flag_reply_)
                                 : fmt::format(fmt::runtime(tr("the flag '{}' is not {}")), safe.flag,
                                               safe.is ? tr("on") : tr("off"));
    } catch (const std::exception& fault) {
      reason = fault.what();
    }
    if (attempt == 0) send_safe_state_blindly();
  }
  throw error(Fault::safe_state_failed, safe.send.front().send.text(), "", reason);
}

}  // namespace etalon::drivers
