#include "drivers/conformance/replay.h"

#include <fmt/format.h>

#include "base/language.h"
#include "drivers/dialects/dialect.h"
#include "drivers/links/replay_link.h"
#include "drivers/simulation/vocabulary.h"

namespace etalon::drivers::conformance {

using base::tr;
using simulation::Vocabulary;

namespace {

// The messages of the session, in the driver file's words.
std::vector<std::string> messages_of(const std::vector<TranscriptEntry>& session, const DriverFile& driver,
                                     Dialect& dialect) {
  std::string sent;
  for (const TranscriptEntry& entry : session) {
    if (entry.direction == Direction::sent) sent += entry.bytes;
  }
  std::vector<std::string> messages;
  const std::string& ending = driver.link.send_terminator;
  for (std::size_t begin = 0; begin < sent.size();) {
    const std::size_t end = ending.empty() ? sent.size() : std::min(sent.find(ending, begin), sent.size());
    const std::string line = sent.substr(begin, end - begin);
    messages.push_back(dialect.heard(line).value_or(line));
    begin = end + ending.size();
  }
  return messages;
}

// Why a reply is not what the file says; empty when it is.
std::string judge_reply(const DriverFile& driver, const Vocabulary::Entry& entry, const std::string& reply) {
  switch (entry.role) {
    case Vocabulary::Role::identity:
      if (driver.identity.queries.size() > 1 || match_identity(driver, reply)) return "";
      return tr("the identity is not one of this driver file");
    case Vocabulary::Role::error:
      return driver.errors.reply.match(reply) ? "" : driver.errors.reply.mismatch(reply);
    default:
      if (match_fault(driver, reply)) return "";
      return entry.reply->match(reply) ? "" : entry.reply->mismatch(reply);
  }
}

std::size_t lines_of(const DriverFile& driver, const Vocabulary::Entry& entry) {
  if (entry.role == Vocabulary::Role::identity && !driver.identity.last_line.empty()) return 200;
  return Exchange{entry.send, entry.reply, 0, Completion::none}.reply_lines();
}

std::string ask(const DriverFile& driver, const Dialect& dialect, Conversation& conversation,
                const Vocabulary::Entry& entry, const std::string& message) {
  QueryOptions options;
  options.discard_waiting_input = true;
  if (entry.role == Vocabulary::Role::read_block) {
    const NumberArrayFormat& format = driver.measures.at(entry.owner).read_many->format;
    (void)parse_number_array(
        format.in_block ? conversation.query_block(message, options) : conversation.query(message, options), format);
    return "";
  }
  ReplyShape shape{lines_of(driver, entry), {}};
  shape.is_last = [&](const std::string& line) {
    const std::string& last = driver.identity.last_line;
    return match_fault(driver, line) != nullptr ||
           (entry.role == Vocabulary::Role::identity && !last.empty() && line.find(last) != std::string::npos);
  };
  return judge_reply(driver, entry, dialect.query(conversation, message, shape, options));
}

}  // namespace

Report check_replay(const std::string& driver_text, const std::string& driver_name, const std::string& transcript) {
  DriverFile driver = parse_driver_file(driver_text, driver_name + ".toml");
  driver.name = driver_name;
  const auto session = read_transcript(transcript);
  const auto dialect = make_dialect(driver.dialect, driver.link);
  const Vocabulary vocabulary(driver);
  LinkOptions link_options;
  link_options.instrument = driver_name;
  auto link = std::make_unique<ReplayLink>(session, link_options);
  link->open(within(milliseconds{1000}));
  ConversationSettings settings;
  settings.write_terminator = driver.link.send_terminator;
  settings.read_terminator = driver.link.reply_terminator;
  if (!driver.link.echo_terminator.empty()) settings.echo_terminator = driver.link.echo_terminator;
  settings.quiet_time = milliseconds{0};
  Conversation conversation(std::move(link), settings);

  Report report{driver_name, {}};
  std::size_t number = 0;
  for (const std::string& message : messages_of(session, driver, *dialect)) {
    Finding finding{fmt::format("{}: {}", ++number, message), Outcome::passed, ""};
    const auto match = vocabulary.find(message, 0, 0);
    try {
      if (!match.entry) {
        finding.detail = tr("is no message of this driver file");
        conversation.send(message);
      } else if (match.entry->reply) {
        finding.detail = ask(driver, *dialect, conversation, *match.entry, message);
      } else {
        dialect->send(conversation, message, {});
      }
    } catch (const base::Error& error) {
      // Out of step from here on.
      report.findings.push_back({finding.check, Outcome::failed, error.what()});
      return report;
    }
    if (!finding.detail.empty()) finding.outcome = Outcome::failed;
    report.findings.push_back(finding);
  }
  if (report.findings.empty())
    report.findings.push_back({tr("the recorded session"), Outcome::failed, tr("nothing was sent in it")});
  return report;
}

}  // namespace etalon::drivers::conformance
