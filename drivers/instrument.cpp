#include "drivers/instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
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
  settings.max_reply_size = link.longest_reply;
  settings.message_pause = to_milliseconds(link.pause);
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
  return options;
}

bool has_several_lines(const DriverFile& driver) {
  return !driver.identity.last_line.empty();
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
  conversation_ = std::make_unique<Conversation>(
      open_link(bench_.address, link_options(bench_, transcript_, cancellation)), settings_for(bench_.driver.link));
  // A link that got out of step is proven with the identity, which no reading can be mistaken for. An identity of
  // several lines is proven by its first line.
  const DriverFile& driver = bench_.driver;
  if (!has_several_lines(driver)) {
    conversation_->set_proof(
        {driver.identity.query, [this](const std::string& reply) { return reply_is_identity(reply); }});
  }
}

// Until the individual is known, another instrument's identity is an answer too: `identify` then says so at once. Later
// no other one proves the link, not even one of the same model at the same address.
bool Instrument::reply_is_identity(const std::string& reply) const {
  const auto found = match_identity(bench_.driver, reply);
  if (identity_.reply.empty()) return found || looks_like_identity(reply);
  return found && found->serial == identity_.serial && found->model == identity_.model;
}

InstrumentError Instrument::error(Fault fault, const std::string& sent, const std::string& received,
                                  const std::string& detail) const {
  return InstrumentError(fault, {bench_.name, bench_.address, sent, received}, detail);
}

std::string Instrument::identity_reply() {
  const IdentityMessage& identity = bench_.driver.identity;
  QueryOptions options;
  options.cancellation = cancellation_;
  options.discard_waiting_input = true;  // what an earlier session left behind
  if (!has_several_lines(bench_.driver)) {
    // Past late replies of an earlier, broken-off session. Another instrument's identity is accepted here, too: the
    // caller says that it is the wrong one.
    try {
      return conversation_->get_in_step(cancellation_);
    } catch (const InstrumentError& fault) {
      if (fault.fault() != Fault::stale_reply) throw;
      if (fault.received().empty()) {
        throw error(Fault::timeout, identity.query, "", tr("it does not answer at all, not even who it is"));
      }
      return fault.received();  // an identity of another kind
    }
  }
  std::string reply;
  conversation_->exchange(identity.query, options, [&](ReplyReader& reader) {
    for (int lines = 0; lines < 200; ++lines) {
      const std::string line = reader.line();
      reply += (reply.empty() ? "" : "\n") + line;
      if (line.find(identity.last_line) != std::string::npos) return;
    }
    throw error(Fault::unexpected_reply, identity.query, reply,
                fmt::format(fmt::runtime(tr("the last line, with \"{}\", did not come")), identity.last_line));
  });
  // Late replies of an earlier, broken-off session may stand before the first line.
  for (std::string rest = reply;;) {
    if (match_identity(bench_.driver, rest)) return rest;
    const std::size_t end = rest.find('\n');
    if (end == std::string::npos) return reply;
    rest.erase(0, end + 1);
  }
}

const Identity& Instrument::identify() {
  const std::string reply = identity_reply();
  const auto found = match_identity(bench_.driver, reply);
  const std::string& query = bench_.driver.identity.query;
  if (!found) {
    throw error(Fault::wrong_instrument, query, reply,
                fmt::format(fmt::runtime(tr("it is not an instrument of the driver file {}")), bench_.driver_name));
  }
  if (!bench_.model.empty() && found->model != bench_.model) {
    throw error(Fault::wrong_instrument, query, reply,
                fmt::format(fmt::runtime(tr("the model is {}, the bench file says {}")), found->model, bench_.model));
  }
  if (found->serial != bench_.serial) {
    throw error(
        Fault::wrong_instrument, query, reply,
        fmt::format(fmt::runtime(tr("the serial number is {}, the bench file says {}")), found->serial, bench_.serial));
  }
  identity_ = *found;
  return identity_;
}

void Instrument::start_up() {
  const DriverFile& driver = bench_.driver;
  if (!driver.errors.clear.empty()) {
    carry_out({MessageTemplate(driver.errors.clear), std::nullopt}, {});
  } else if (!driver.errors.query.empty()) {
    drain_errors();
  }
  for (const Exchange& exchange : driver.startup)
    carry_out(exchange, {});
  check_errors(tr("starting up"));
}

std::string Instrument::ask(const std::string& message, double extra_time) {
  QueryOptions options;
  options.first_byte_timeout = to_milliseconds(bench_.driver.link.timeout + extra_time);
  options.cancellation = cancellation_;
  try {
    return conversation_->query(message, options);
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

Values Instrument::carry_out(const Exchange& exchange, const Values& values, double extra_time) {
  const std::string message = exchange.send.fill(values);
  if (!exchange.reply) {
    QueryOptions options;
    options.cancellation = cancellation_;
    conversation_->send(message, options);
    return {};
  }
  const std::string reply = ask(message, extra_time);
  const auto found = exchange.reply->match(reply);
  if (found) return *found;
  conversation_->taint(tr("a reply of another form"));
  // A number with too few digits is a reply that was cut off; anything else is unknown.
  const bool cut = is_number_cut_off(reply);
  throw error(cut ? Fault::truncated_reply : Fault::unexpected_reply, message, reply, exchange.reply->mismatch(reply));
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
  const Exchange exchange{MessageTemplate(queue.query), queue.reply};
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

std::uint32_t Instrument::status_word() {
  const StatusRegister& status = bench_.driver.status;
  const Values reply = carry_out({MessageTemplate(status.query), status.reply}, {});
  last_status_ = reply.at("status");
  const double number = number_in(reply, "status", status.query);
  if (!(number >= 0 && number <= 4294967295.0) || number != static_cast<double>(static_cast<std::uint32_t>(number))) {
    conversation_->taint(tr("no status register"));
    throw error(Fault::unexpected_reply, status.query, reply.at("status"), tr("a status register belongs here"));
  }
  return static_cast<std::uint32_t>(number);
}

bool Instrument::status_bit(const std::string& bit) {
  const StatusRegister& status = bench_.driver.status;
  std::uint32_t former = status_word();
  for (int tries = 0; tries < 4; ++tries) {
    const std::uint32_t now = status_word();
    if (now == former) return (now >> status.bits.at(bit)) & 1u;
    former = now;
  }
  conversation_->taint(tr("a status register that never reads the same"));
  throw error(Fault::unexpected_reply, status.query, std::to_string(former),
              tr("the status register reads differently each time"));
}

void Instrument::check_read_backs() {
  for (const Source& source : bench_.driver.sources) {
    if (!source.read_back) continue;
    const Values reply = carry_out(*source.read_back, {});
    number_in(reply, "value", source.read_back->send.text());
  }
}

bool Instrument::shows_safe_state() {
  const SafeState& safe = *bench_.driver.safe_state;
  if (status_bit(safe.bit) != safe.is) return false;
  check_read_backs();
  return status_bit(safe.bit) == safe.is;
}

void Instrument::send_safe_state_blindly() noexcept {
  try {
    conversation_->close();
    Conversation blind(open_link(bench_.address, link_options(bench_, transcript_, nullptr)),
                       settings_for(bench_.driver.link));
    // Twice: a first message can be lost in what a broken-off message left in the instrument's input.
    for (int i = 0; i < 2; ++i) {
      for (const std::string& message : bench_.driver.safe_state->send)
        blind.send(message);
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
        for (const std::string& message : safe.send)
          conversation_->send(message);
      }
      if (shows_safe_state()) return;
      reason = fmt::format(fmt::runtime(tr("status bit '{}' does not read {}")), safe.bit, safe.is ? 1 : 0);
    } catch (const std::exception& fault) {
      reason = fault.what();
    }
    if (attempt == 0) send_safe_state_blindly();
  }
  throw error(Fault::safe_state_failed, safe.send.front(), "", reason);
}

}  // namespace etalon::drivers
