#include "app/driver_record.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "app/configuration.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "drivers/instrument.h"
#include "drivers/meter.h"
#include "drivers/simulation/vocabulary.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

drivers::ConversationSettings settings_of(const drivers::DriverFile* driver) {
  drivers::ConversationSettings settings;
  if (!driver) return settings;
  settings.write_terminator = driver->link.send_terminator;
  settings.read_terminator = driver->link.reply_terminator;
  if (!driver->link.echo_terminator.empty()) settings.echo_terminator = driver->link.echo_terminator;
  settings.first_byte_timeout = drivers::milliseconds(static_cast<long long>(driver->link.timeout * 1000));
  settings.message_pause = drivers::milliseconds(static_cast<long long>(driver->link.pause * 1000));
  return settings;
}

// What the driver file does with the instrument by itself: identity, start, and one reading of each quantity. Nothing
// is sourced.
void record_driver_session(const drivers::DriverFile& driver, const std::string& address,
                           const std::shared_ptr<drivers::Transcript>& transcript,
                           const base::Cancellation& cancellation) {
  drivers::BenchInstrument described;
  described.name = "instrument";
  described.driver = driver;
  described.driver_name = driver.name;
  described.address = address;
  described.any_serial = true;
  drivers::Instrument instrument(described, transcript, &cancellation);
  std::cout << base::visible_line(instrument.identify().reply) << "\n";
  instrument.start_up();
  for (const drivers::Measure& measure : driver.measures) {
    drivers::Meter meter(instrument, measure.quantity);
    meter.configure(measure.ranges.empty() ? 0 : measure.ranges.back(), {});
    const drivers::Reading reading = meter.read();
    instrument.confirm();
    std::cout << fmt::format("{}: {} {}\n", measure.quantity, base::visible_line(reading.text), reading.unit);
  }
}

// Message by message, from the command line or from standard input.
void record_messages(const CommandLine& line, const drivers::DriverFile* driver,
                     const std::shared_ptr<drivers::Transcript>& transcript, const base::Cancellation& cancellation) {
  drivers::LinkOptions options;
  options.instrument = "instrument";
  options.cancellation = &cancellation;
  options.transcript = transcript;
  drivers::Conversation conversation(drivers::open_link(line.text("ADDRESS"), options), settings_of(driver));
  std::unique_ptr<const drivers::Dialect> dialect;
  std::unique_ptr<const drivers::simulation::Vocabulary> vocabulary;
  if (driver) {
    dialect = drivers::make_dialect(driver->dialect, driver->link);
    vocabulary = std::make_unique<drivers::simulation::Vocabulary>(*driver);
  }
  drivers::QueryOptions query;
  query.cancellation = &cancellation;
  const auto exchange = [&](const std::string& message) {
    std::size_t lines = message.find('?') == std::string::npos ? 0 : 1;
    if (vocabulary) {
      const auto match = vocabulary->find(message, 0, 0);
      if (match.entry) lines = match.entry->reply ? 1 : 0;
      if (lines)
        std::cout << base::visible_text(dialect->query(conversation, message, {lines, {}}, query)) << std::endl;
      if (!lines) dialect->send(conversation, message, query);
    } else if (lines) {
      std::cout << base::visible_text(conversation.query(message, query)) << std::endl;
    } else {
      conversation.send(message, query);
    }
    if (!lines) conversation.confirm(&cancellation);  // its answer is not that of the next message
  };
  if (line.has("MESSAGE")) {
    for (const std::string& message : line.texts("MESSAGE"))
      exchange(message);
    conversation.confirm(&cancellation);
    return;
  }
  for (std::string message; std::getline(std::cin, message);) {
    if (message.empty()) continue;
    try {
      exchange(message);
    } catch (const drivers::InstrumentError& error) {
      std::cerr << error.what() << std::endl;  // it is recorded, too
      conversation.reopen();
    }
  }
}

}  // namespace

int driver_record(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon driver record ADDRESS --out T.jsonl [--driver FILE] [MESSAGE…]",
                   tr("Records a session: the messages given, or those of standard input, or with --driver alone what "
                      "the driver file does by itself (nothing is sourced). etalon driver check FILE --replay T.jsonl "
                      "compares it with a driver file."),
                   "etalon driver record TCPIP::192.0.2.10::5025::SOCKET --driver keysight-34461a --out session.jsonl");
  line.positional("ADDRESS", true);
  line.positional("MESSAGE", false, true);
  line.add_options()("out", po::value<std::string>(), tr("the file of the session; it must not exist yet").c_str())(
      "driver", po::value<std::string>(), tr("driver file: its terminators, and its own session").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  if (!line.has("out")) throw base::InputError(tr("--out FILE is missing: where the session is kept"));
  const std::string out = line.text("out");
  if (std::filesystem::exists(out))
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: exists already; nothing was written")), out));
  std::optional<drivers::DriverFile> driver;
  if (line.has("driver")) {
    const std::string name = line.text("driver");
    driver = drivers::read_driver_file(
        name.ends_with(".toml") ? name : configuration_path(configs_folder(line.text("configs")), "drivers", name));
  }
  const auto transcript = std::make_shared<drivers::Transcript>();
  transcript->log_to(out);
  const base::Cancellation& cancellation = interruption.cancellation();
  if (driver && !line.has("MESSAGE")) {
    record_driver_session(*driver, line.text("ADDRESS"), transcript, cancellation);
  } else {
    record_messages(line, driver ? &*driver : nullptr, transcript, cancellation);
  }
  if (const std::string error = transcript->file_error(); !error.empty())
    throw base::InputError(fmt::format("{}: {}", out, error));
  return 0;
}

}  // namespace etalon::app
