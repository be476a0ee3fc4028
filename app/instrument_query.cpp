// `etalon instrument query`: messages to an instrument, and its replies.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

#include "app/instrument_commands.h"
#include "app/instrument_options.h"
#include "app/terminal.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "drivers/dialects/dialect.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/messages/conversation.h"
#include "drivers/simulation/vocabulary.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

constexpr std::size_t longest_reply = 256u << 20;  // bytes: screen shots and traces

// Whether a reply is a block of definite length (IEEE 488.2, 8.7.9), and how long it is with its header; 0: it is none.
std::size_t block_length(const std::string& reply) {
  if (reply.size() < 3 || reply[0] != '#' || reply[1] < '1' || reply[1] > '9') return 0;
  const auto digits = static_cast<std::size_t>(reply[1] - '0');
  if (reply.size() < 2 + digits) return 0;
  std::size_t length = 0;
  for (const char c : std::string_view(reply).substr(2, digits)) {
    if (c < '0' || c > '9') return 0;
    length = 10 * length + static_cast<std::size_t>(c - '0');
  }
  return 2 + digits + length;
}

struct Reply {
  std::string bytes;
  bool block = false;  // with its header
};

// A line, or a block, whose data may hold line ends.
Reply ask(drivers::Conversation& conversation, const std::string& message, const drivers::QueryOptions& options) {
  Reply reply;
  const std::string& terminator = conversation.settings().read_terminator;
  conversation.exchange(message, options, [&](drivers::ReplyReader& reader) {
    reply.bytes = reader.message();
    const std::size_t length = block_length(reply.bytes);
    reply.block = length > 0;
    if (length > longest_reply) {
      throw drivers::dialect_error(conversation, drivers::Fault::oversized_reply, message, reply.bytes,
                                   fmt::format(fmt::runtime(tr("a block of {} bytes")), length));
    }
    // What looked like the terminator was data.
    if (reply.bytes.size() < length) {
      reply.bytes += terminator;
      if (reply.bytes.size() < length) {
        reply.bytes += reader.exact(length - reply.bytes.size());
        if (const std::string rest = reader.message(conversation.settings().between_bytes_timeout); !rest.empty())
          reply.bytes += rest;  // said below
      }
    }
    if (length > 0 && reply.bytes.size() != length) {
      throw drivers::dialect_error(
          conversation, drivers::Fault::unexpected_reply, message, reply.bytes.substr(0, 100),
          fmt::format(fmt::runtime(tr("{} bytes came, the block says {}")), reply.bytes.size(), length));
    }
  });
  if (reply.bytes.empty()) throw drivers::dialect_error(conversation, drivers::Fault::empty_reply, message, "", "");
  return reply;
}

// Terminators differ: CR and LF in a reply's ends are no part of it.
std::string trimmed(std::string reply) {
  while (!reply.empty() && (reply.back() == '\r' || reply.back() == '\n'))
    reply.pop_back();
  return reply;
}

// A terminal obeys some characters and hides others; a script gets the reply as it came.
void print_reply(const std::string& reply) {
  const std::string text = trimmed(reply);
  std::cout << (is_terminal(STDOUT_FILENO) ? base::visible_text(text) : text) << std::endl;
}

drivers::ConversationSettings settings_for(const CommandLine& line, const std::optional<drivers::DriverFile>& driver) {
  drivers::ConversationSettings settings;
  settings.max_reply_size = longest_reply;
  if (driver) {
    const drivers::LinkSettings& link = driver->link;
    const auto time = [](double seconds) { return drivers::milliseconds(static_cast<long long>(seconds * 1000)); };
    settings.write_terminator = link.send_terminator;
    settings.read_terminator = link.reply_terminator;
    settings.first_byte_timeout = settings.connect_timeout = time(link.timeout);
    settings.between_bytes_timeout = time(link.between_bytes);
    settings.message_pause = time(link.pause);
    settings.character_pause = time(link.character_pause);
    if (!link.echo_terminator.empty()) settings.echo_terminator = link.echo_terminator;
  }
  if (line.has("send-terminator")) settings.write_terminator = drivers::unescape_bytes(line.text("send-terminator"));
  if (line.has("reply-terminator")) {
    settings.read_terminator = drivers::unescape_bytes(line.text("reply-terminator"));
    if (settings.read_terminator.empty())
      throw base::InputError(tr("--reply-terminator must not be empty: it says where a reply ends"));
  }
  if (const auto timeout = timeout_option(line)) settings.first_byte_timeout = settings.connect_timeout = *timeout;
  return settings;
}

// What came that no message asked for must not be taken for the next reply, nor what was printed for the right one.
void expect_silence(drivers::Conversation& conversation, const drivers::QueryOptions& options, const std::string& what,
                    const std::string& advice) {
  try {
    conversation.confirm(options.cancellation);
  } catch (const drivers::InstrumentError& fault) {
    if (fault.fault() != drivers::Fault::unsolicited_input) throw;
    throw drivers::InstrumentError(
        fault.fault(),
        {conversation.instrument(), conversation.address(), "", drivers::unescape_bytes(fault.received())}, what,
        advice);
  }
}

// Maker, model, serial number, firmware: no answer but that to *IDN? has this form (IEEE 488.2, 10.14).
bool shows_its_own_answer(const std::string& message, const std::string& reply) {
  return message == "*IDN?" && !reply.empty() && std::isalpha(static_cast<unsigned char>(reply.front())) &&
         std::count(reply.begin(), reply.end(), ',') >= 3;
}

// What a message without a reply may be answered all the same, late: how long that is waited for when nothing follows.
constexpr drivers::milliseconds after_the_last_message{1500};

// How many lines a message brings.
class ExpectedLines {
 public:
  ExpectedLines(const std::string& address, const drivers::DriverFile* driver)
      : modbus_(std::holds_alternative<drivers::ModbusTcpAddress>(drivers::parse_address(address)) ||
                std::holds_alternative<drivers::ModbusRtuAddress>(drivers::parse_address(address))) {
    if (driver) vocabulary_ = std::make_unique<drivers::simulation::Vocabulary>(*driver);
  }
  std::size_t of(const std::string& message) const {
    if (modbus_) return 1;  // each request is answered
    if (vocabulary_) {
      if (const auto* entry = vocabulary_->find(message, 0, 0).entry) {
        if (!entry->reply) return 0;
        const std::string& form = entry->reply->text();
        return 1 + static_cast<std::size_t>(std::count(form.begin(), form.end(), '\n'));
      }
    }
    return message.find('?') == std::string::npos ? 0 : 1;
  }

 private:
  bool modbus_;
  std::unique_ptr<const drivers::simulation::Vocabulary> vocabulary_;
};

}  // namespace

int instrument_query(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon instrument query ADDRESS MESSAGE… [--reply] [--timeout 5s] [--driver FILE] [--send-terminator T] "
      "[--reply-terminator T]",
      tr("Sends each message over one connection and prints each reply on a line. A message with a question mark "
         "brings a reply; with --driver, one that its file gives a reply to. What comes unasked is an error. In "
         "messages and terminators \\n, \\r, "
         "\\t, "
         "\\\\ and \\x1B are single bytes. A block is printed with such escapes."),
      "etalon instrument query TCPIP::192.0.2.10::5025::SOCKET '*IDN?'");
  line.positional("ADDRESS", true);
  line.positional("MESSAGE", true, true);
  line.add_options()("reply", tr("each message brings a reply, also one without a question mark").c_str())(
      "timeout", po::value<std::string>(), tr("time-out of connection and reply (5s)").c_str())(
      "driver", po::value<std::string>(), tr("driver file: terminators, dialect, times").c_str())(
      "send-terminator", po::value<std::string>(), tr("what ends a message (\\n)").c_str())(
      "reply-terminator", po::value<std::string>(), tr("what ends a reply (\\n)").c_str())(
      "raw", tr("write the data of a block as they are, without its header").c_str())(
      "adapter", po::value<std::vector<std::string>>(),
      tr("GPIB0=ADDRESS or GPIB0=ar488:ADDRESS, the adapter that leads to GPIB0::…").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instrument to this file").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string address = line.text("ADDRESS");
  const auto driver = driver_option(line);
  const drivers::ConversationSettings settings = settings_for(line, driver);
  const ExpectedLines expected(address, driver ? &*driver : nullptr);
  // Nothing is sent unless all of it can be.
  std::vector<std::string> messages;
  for (const std::string& message : line.texts("MESSAGE"))
    messages.push_back(drivers::unescape_bytes(message));
  const auto transcript = transcript_option(line);
  drivers::LinkOptions link;
  link.instrument = "instrument";
  link.cancellation = &interruption.cancellation();
  link.connect_timeout = settings.connect_timeout;
  link.gpib_adapters = adapters_option(line);
  link.transcript = transcript;
  drivers::Conversation conversation(drivers::open_link(address, link), settings);
  const auto dialect = driver ? drivers::make_dialect(driver->dialect, driver->link, address) : nullptr;
  drivers::QueryOptions options;
  options.cancellation = &interruption.cancellation();
  const drivers::milliseconds timeout = conversation.settings().first_byte_timeout;
  std::string unanswered;  // the last message that brings no reply, while it may still be answered
  const auto expect_no_answer = [&] {
    expect_silence(conversation, options,
                   fmt::format(fmt::runtime(tr("\"{}\" was answered")), drivers::printable(unanswered)),
                   tr("say --reply when a message without a question mark brings a reply; what came is not the answer "
                      "to the next message, which was not sent"));
  };
  for (const std::string& message : messages) {
    const std::size_t lines = line.has("reply") ? std::max<std::size_t>(expected.of(message), 1) : expected.of(message);
    if (lines == 0) {
      if (dialect) {
        dialect->send(conversation, message, options);
      } else {
        conversation.send(message, options);
      }
      unanswered = message;
      expect_no_answer();
      continue;
    }
    // Answers come in the order of their messages: one that can be no other's needs no waiting.
    const bool own_answer = !unanswered.empty() && message == "*IDN?" && lines == 1 && !dialect;
    if (!unanswered.empty() && !own_answer) {
      conversation.require_silence(timeout);
      expect_no_answer();
      unanswered.clear();
    }
    if (lines > 1 || (driver && !driver->dialect.empty())) {
      print_reply(dialect->query(conversation, message, {lines, {}}, options));
    } else {
      const Reply reply = ask(conversation, message, options);
      if (own_answer && !shows_its_own_answer(message, reply.bytes)) {
        throw drivers::InstrumentError(
            drivers::Fault::unsolicited_input, {conversation.instrument(), conversation.address(), "", reply.bytes},
            fmt::format(fmt::runtime(tr("\"{}\" may have been answered")), drivers::printable(unanswered)),
            tr("it is not the form of an answer to *IDN?; say --reply when a message without a question mark brings a "
               "reply"));
      }
      unanswered.clear();
      if (!reply.block) {
        print_reply(reply.bytes);
      } else if (line.has("raw")) {
        const std::size_t header = 2 + static_cast<std::size_t>(reply.bytes[1] - '0');
        std::cout << std::string_view(reply.bytes).substr(header) << std::flush;
      } else {
        std::cout << drivers::escape_bytes(reply.bytes) << std::endl;
      }
    }
  }
  if (!unanswered.empty()) {
    conversation.require_silence(std::min(timeout, after_the_last_message));
    expect_no_answer();
  }
  expect_silence(conversation, options, tr("something is left on the line"),
                 tr("the replies above may answer other questions"));
  check_transcript(line, *transcript);
  return 0;
}

}  // namespace etalon::app
