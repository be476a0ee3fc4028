#include "drivers/simulation/vocabulary.h"

#include <algorithm>
#include <cctype>

#include "drivers/simulation/scpi_header.h"

namespace etalon::drivers::simulation {

namespace {

bool same_text(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

// Blanks of a template match no blank at all, too, but a header that a blank ends must be the whole word.
bool same_header(const std::string& template_text, const std::string& message) {
  const std::string header = header_of(template_text);
  const std::size_t end = template_text.find(header) + header.size();
  if (end < template_text.size() && template_text[end] == '{') return true;
  return same_text(header, header_of(message));
}

// The file gives some messages as plain texts: braces in them are themselves.
MessageTemplate literal(std::string text) {
  for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string::npos; at += 2)
    text.insert(at, 1, text[at]);
  return MessageTemplate(text);
}

const MessageTemplate reply_made_elsewhere("{any=}");

}  // namespace

std::string header_of(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, std::min(text.find_first_of(" \t{", begin), text.size()) - begin);
}

Vocabulary::Vocabulary(const DriverFile& driver) {
  scpi_ = short_form(driver.errors.query) == "SYST:ERR?";
  has_common_commands_ = std::any_of(driver.identity.queries.begin(), driver.identity.queries.end(),
                                     [](const std::string& query) { return same_text(query, "*IDN?"); });
  entries_.reserve(256);
  add_identity(driver);
  if (!driver.errors.query.empty()) add(Role::error, literal(driver.errors.query), reply_made_elsewhere);
  if (!driver.errors.clear.empty()) add(Role::clear, literal(driver.errors.clear), std::nullopt);
  for (const Exchange& exchange : driver.startup)
    add(Role::plain, exchange);
  add_measures(driver);
  // After the measures: a reply may hold a reading and a flag.
  for (const auto& [name, flag] : driver.flags)
    add(Role::flag, flag.read.send, flag.read.reply);
  add_sources(driver);
  for (const SimulatedExchange& exchange : driver.simulated) {
    if (Entry* entry = add(Role::simulated, exchange.send, exchange.reply)) entry->set = exchange.set;
  }
  has_common_commands_ = has_common_commands_ || std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
                           return entry.completion != Completion::none;
                         });
  if (has_common_commands_) add_common_commands();
}

Vocabulary::Entry* Vocabulary::add(Role role, const MessageTemplate& send, const std::optional<MessageTemplate>& reply,
                                   std::size_t owner) {
  if (send.empty()) return nullptr;
  const auto same = [&](const Entry& entry) {
    const bool same_reply = (entry.reply ? entry.reply->text() : "") == (reply ? reply->text() : "");
    return entry.role == role && entry.send.text() == send.text() && same_reply;
  };
  // One SEND may read several quantities; in another form, it is the other quantity's.
  if (std::any_of(entries_.begin(), entries_.end(), same)) return nullptr;
  entries_.push_back({role,
                      send,
                      scpi_ ? MessageTemplate(short_form(send.text())) : send,
                      reply,
                      owner,
                      false,
                      {},
                      Completion::none,
                      0});
  return &entries_.back();
}

Vocabulary::Entry* Vocabulary::add(Role role, const Exchange& exchange, std::size_t owner) {
  Entry* entry = add(role, exchange.send, exchange.reply, owner);
  if (entry) {
    entry->completion = exchange.completion;
    entry->takes = exchange.takes;
  }
  return entry;
}

void Vocabulary::add_identity(const DriverFile& driver) {
  // Some say with every reading who they are: then the reading is the answer.
  const auto reads = [&](const std::string& query) {
    return std::any_of(driver.measures.begin(), driver.measures.end(),
                       [&](const Measure& measure) { return literal(query).text() == measure.read.send.text(); });
  };
  for (std::size_t i = 0; i < driver.identity.queries.size(); ++i) {
    if (!reads(driver.identity.queries[i]))
      add(Role::identity, literal(driver.identity.queries[i]), reply_made_elsewhere, i);
  }
}

void Vocabulary::add_measures(const DriverFile& driver) {
  for (std::size_t i = 0; i < driver.measures.size(); ++i) {
    const Measure& measure = driver.measures[i];
    for (const Exchange& exchange : measure.configure) {
      if (Entry* entry = add(Role::configure, exchange, i)) entry->first = &exchange == &measure.configure.front();
    }
    for (const Exchange& exchange : measure.check)
      add(Role::check, exchange.send, exchange.reply, i);
    add(Role::read, measure.read.send, measure.read.reply, i);
    if (!measure.read_many) continue;
    for (const Exchange& exchange : measure.read_many->before)
      add(Role::start_block, exchange, i);
    add(Role::read_block, measure.read_many->send, reply_made_elsewhere, i);
  }
}

void Vocabulary::add_sources(const DriverFile& driver) {
  for (std::size_t i = 0; i < driver.sources.size(); ++i) {
    const Source& source = driver.sources[i];
    for (const Exchange& exchange : source.set)
      add(Role::set, exchange, i);
    if (source.operate) add(Role::operate, *source.operate, i);
    if (source.read_back) add(Role::read_back, source.read_back->send, source.read_back->reply, i);
  }
  if (!driver.safe_state) return;
  for (const Exchange& exchange : driver.safe_state->send) {
    // A safe state may also set 0 V by the ordinary message.
    if (!find(exchange.send.fill({}), 0, 0).entry) add(Role::safe, exchange);
  }
  if (driver.safe_state->shows) {
    const Exchange& shows = *driver.safe_state->shows;
    if (!find(shows.send.fill({}), 0, 0).entry) add(Role::read_back, shows.send, shows.reply);
  }
}

void Vocabulary::add_common_commands() {
  const auto add_unless_known = [&](const char* message, const std::optional<MessageTemplate>& reply) {
    const MessageTemplate send(message);
    Values values;
    for (const std::string& name : send.names())
      values[name] = "0";
    if (!find(send.fill(values), 0, 0).entry) add(Role::common, send, reply);
  };
  const MessageTemplate number("{status}");
  add_unless_known("*CLS", std::nullopt);
  add_unless_known("*ESE {mask}", std::nullopt);
  add_unless_known("*ESE?", number);
  add_unless_known("*ESR?", number);
  add_unless_known("*OPC", std::nullopt);
  add_unless_known("*OPC?", MessageTemplate("1"));
  add_unless_known("*SRE {mask}", std::nullopt);
  add_unless_known("*SRE?", number);
  add_unless_known("*STB?", number);
  add_unless_known("*WAI", std::nullopt);
}

Vocabulary::Match Vocabulary::find(const std::string& message, std::size_t active_measure,
                                   std::size_t active_source) const {
  const std::string shortened = scpi_ ? short_form(message) : message;
  const auto is_in_use = [&](const Entry& entry) {
    const bool of_measure = entry.role == Role::configure || entry.role == Role::read || entry.role == Role::check ||
                            entry.role == Role::start_block || entry.role == Role::read_block;
    return entry.owner == (of_measure ? active_measure : active_source);
  };
  Match best;
  for (const Entry& entry : entries_) {
    const MessageTemplate& send = scpi_ ? entry.send_short : entry.send;
    const std::string& candidate = scpi_ ? shortened : message;
    auto values = send.match(candidate, true);
    if (!values || !same_header(send.text(), candidate)) continue;
    const bool complete =
        std::none_of(values->begin(), values->end(), [](const auto& value) { return value.second.empty(); });
    if (!complete) continue;
    const bool better_kind = best.entry && values->size() < best.values.size();
    const bool same_kind = best.entry && values->size() == best.values.size();
    // The fewer places the better it fits: "OUT {v} V, 0 HZ" before "OUT {v} V, {f} HZ". Of two alike, that of the
    // function in use.
    if (!best.entry || better_kind || (same_kind && !is_in_use(*best.entry) && is_in_use(entry)))
      best = {&entry, *values};
  }
  return best;
}

}  // namespace etalon::drivers::simulation
