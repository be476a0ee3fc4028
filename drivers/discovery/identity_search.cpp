#include "drivers/discovery/identity_search.h"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <tuple>

#include "drivers/dialects/dialect.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/messages/conversation.h"

namespace etalon::drivers {

namespace {

constexpr milliseconds between_bytes{1500};
constexpr int most_lines = 200;
constexpr std::size_t longest_reply = 16384;
// An instrument with a single connection needs a moment to notice that the one before was closed.
constexpr int tries_to_open_again = 5;
constexpr milliseconds pause_before_opening_again{200};

struct Question {
  const DriverFile* driver = nullptr;  // one of those that ask like this
  int rank = 0;                        // lower ones are asked before
};

bool is_modbus(const Address& address) {
  return std::holds_alternative<ModbusTcpAddress>(address) || std::holds_alternative<ModbusRtuAddress>(address);
}

// 0: as delivered, the instrument is found like this; 1: the file does not say; 2: differently.
int unlikeliness(const LinkSettings& link, const Address& address) {
  if (const auto* serial = std::get_if<SerialAddress>(&address)) {
    if (link.serial.empty()) return 1;
    return parse_serial_settings(link.serial) == serial->settings ? 0 : 2;
  }
  if (const auto* socket = std::get_if<SocketAddress>(&address)) {
    if (link.port == socket->port) return 0;
    return link.port == 0 && link.serial.empty() ? 1 : 2;
  }
  return 0;
}

// The distinct questions of the driver files, likeliest first.
std::vector<Question> questions_for(const Address& address, const std::vector<DriverFile>& drivers) {
  using Key = std::tuple<std::string, std::string, std::vector<std::string>, std::string>;
  std::map<Key, Question> questions;
  for (const DriverFile& driver : drivers) {
    if (driver.identity.queries.empty() || driver.link.modbus != is_modbus(address)) continue;
    const bool first = driver.dialect.empty() && driver.identity.queries.front() == "*IDN?";
    const int rank = (first ? 0 : 10) + unlikeliness(driver.link, address);
    Question& question =
        questions[{driver.dialect, driver.link.send_terminator, driver.identity.queries, driver.identity.last_line}];
    if (!question.driver || rank < question.rank) question = {&driver, rank};
  }
  std::vector<Question> ordered;
  for (const auto& [key, question] : questions)
    ordered.push_back(question);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Question& a, const Question& b) { return a.rank < b.rank; });
  return ordered;
}

// Without line ends at its ends.
std::string stripped(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of("\r\n") - begin + 1);
}

std::string bytes_of(const InstrumentError& fault) {
  try {
    return unescape_bytes(fault.received());
  } catch (const base::InputError&) {
    return fault.received();  // shortened: too long for an identity
  }
}

// What came, however it ended: terminators of the reply are not known yet. LF ends a line; a reply that ends with CR
// alone is broken off by silence.
std::string ask_plainly(Conversation& conversation, const std::string& query, const std::string& last_line,
                        const QueryOptions& options) {
  std::string reply;
  const auto add = [&](const std::string& line) {
    if (line.empty() || line == query) return false;  // an echo
    reply += (reply.empty() ? "" : "\n") + line;
    return true;
  };
  try {
    conversation.exchange(query, options, [&](ReplyReader& reader) {
      for (int lines = 0; lines < most_lines; ++lines) {
        const std::string line = stripped(reader.line());
        if (add(line) && (last_line.empty() || line.find(last_line) != std::string::npos)) return;
      }
    });
  } catch (const InstrumentError& fault) {
    if (reply.empty() || !last_line.empty()) add(stripped(bytes_of(fault)));
  }
  return reply;
}

std::string ask_in_dialect(const Dialect& dialect, Conversation& conversation, const std::string& query,
                           const QueryOptions& options) {
  try {
    return dialect.query(conversation, query, {}, options);
  } catch (const InstrumentError& fault) {
    return stripped(bytes_of(fault));
  }
}

ConversationSettings settings_for(const DriverFile& driver, const IdentitySearchOptions& options) {
  const LinkSettings& link = driver.link;
  ConversationSettings settings;
  settings.write_terminator = link.send_terminator;
  settings.connect_timeout = options.connect_timeout;
  settings.first_byte_timeout = options.reply_timeout;
  settings.write_timeout = std::max(options.reply_timeout, milliseconds{1000});
  settings.between_bytes_timeout = between_bytes;
  settings.max_reply_size = longest_reply;
  settings.message_pause = milliseconds(static_cast<long long>(link.pause * 1000));
  settings.character_pause = milliseconds(static_cast<long long>(link.character_pause * 1000));
  if (!driver.dialect.empty()) {
    settings.read_terminator = link.reply_terminator;
    if (!link.echo_terminator.empty()) settings.echo_terminator = link.echo_terminator;
  }
  return settings;
}

std::unique_ptr<Link> open_for(const std::string& address, const IdentitySearchOptions& options, bool again) {
  LinkOptions link;
  link.instrument = "instrument";
  link.connect_timeout = options.connect_timeout;
  link.transcript = options.transcript;
  link.cancellation = options.cancellation;
  link.gpib_adapters = options.gpib_adapters;
  for (int left = again ? tries_to_open_again : 1;;) {
    try {
      return open_link(address, link);
    } catch (const InstrumentError&) {
      if (--left == 0) throw;
    }
    if (options.cancellation) {
      options.cancellation->sleep(pause_before_opening_again);
    } else {
      std::this_thread::sleep_for(pause_before_opening_again);
    }
  }
}

// All replies to a question, its lines joined; empty when none came.
std::string put(const DriverFile& driver, const std::string& address, const IdentitySearchOptions& options,
                bool again) {
  Conversation conversation(open_for(address, options, again), settings_for(driver, options));
  const auto dialect = make_dialect(driver.dialect, driver.link, address);
  QueryOptions query_options;
  query_options.cancellation = options.cancellation;
  query_options.among_others = true;  // a strange instrument may say more than it was asked
  std::string reply;
  for (const std::string& query : driver.identity.queries) {
    std::string lines;
    try {
      lines = driver.dialect.empty() ? ask_plainly(conversation, query, driver.identity.last_line, query_options)
                                     : ask_in_dialect(*dialect, conversation, query, query_options);
    } catch (const base::InputError&) {
      break;  // the link does not take such a message
    }
    if (lines.empty()) break;
    reply += (reply.empty() ? "" : "\n") + lines;
  }
  return reply;
}

// The reply as another dialect would take it from the line.
std::optional<std::string> unwrapped(const DriverFile& driver, const std::string& reply) {
  const auto dialect = make_dialect(driver.dialect, driver.link);
  std::string result;
  for (std::size_t begin = 0; begin <= reply.size();) {
    const std::size_t end = std::min(reply.find('\n', begin), reply.size());
    const auto line = dialect->unwrapped(reply.substr(begin, end - begin));
    if (!line) return std::nullopt;
    result += (begin == 0 ? "" : "\n") + *line;
    begin = end + 1;
  }
  return result;
}

// The first driver file, generic ones last, that claims the reply to a question.
void claim(const Question& question, const std::string& reply, const std::vector<DriverFile>& drivers,
           IdentitySearch& search) {
  for (const bool generic : {false, true}) {
    for (const DriverFile& driver : drivers) {
      if (driver.identity.generic != generic || driver.identity.queries != question.driver->identity.queries ||
          driver.link.modbus != question.driver->link.modbus)
        continue;
      const bool same_dialect = driver.dialect == question.driver->dialect;
      if (!same_dialect && !question.driver->dialect.empty()) continue;
      const auto text = same_dialect ? std::optional(reply) : unwrapped(driver, reply);
      const auto identity = text ? match_identity(driver, *text) : std::nullopt;
      if (!identity) continue;
      search.driver = &driver;
      search.identity = *identity;
      return;
    }
  }
}

}  // namespace

bool IdentitySearch::answered() const {
  return std::any_of(answers.begin(), answers.end(), [](const IdentityAnswer& a) { return !a.received.empty(); });
}

IdentitySearch find_identity(const std::string& address, const std::vector<DriverFile>& drivers,
                             const IdentitySearchOptions& options) {
  IdentitySearch search;
  for (const Question& question : questions_for(parse_address(address), drivers)) {
    const auto dialect = make_dialect(question.driver->dialect, question.driver->link, address);
    std::string sent;
    for (const std::string& query : question.driver->identity.queries) {
      sent += (sent.empty() ? "" : " ") + escape_bytes(dialect->wrapped(query) + question.driver->link.send_terminator);
    }
    if (options.before) options.before(sent);
    const std::string reply = put(*question.driver, address, options, !search.answers.empty());
    search.answers.push_back({sent, printable(reply)});
    if (!reply.empty()) claim(question, reply, drivers, search);
    if (search.driver) break;
  }
  return search;
}

}  // namespace etalon::drivers
