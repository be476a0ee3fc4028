// `etalon instrument identify|query`.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "app/configuration.h"
#include "base/language.h"
#include "base/units.h"
#include "drivers/driver_file.h"
#include "drivers/messages/conversation.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

drivers::ConversationSettings settings_for(const CommandLine& line) {
  drivers::ConversationSettings settings;
  if (line.has("timeout")) {
    const std::string given = line.text("timeout");
    double seconds = 0;
    try {
      seconds = base::parse_quantity(given).in("s");
    } catch (const base::InputError&) {
      // said below
    }
    if (!(seconds > 0)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("--timeout {}: a time above 0 with its unit belongs here, such as 5s")), given));
    }
    settings.first_byte_timeout = settings.connect_timeout =
        drivers::milliseconds(static_cast<long long>(seconds * 1000));
  }
  return settings;
}

// Opens the address that the command line names, with its time-out.
drivers::Conversation connect(const CommandLine& line, const base::Cancellation& cancellation) {
  const drivers::ConversationSettings settings = settings_for(line);
  drivers::LinkOptions options;
  options.instrument = "instrument";
  options.cancellation = &cancellation;
  options.connect_timeout = settings.connect_timeout;
  return {drivers::open_link(line.text("ADDRESS"), options), settings};
}

// Terminators differ: CR and LF in a reply's ends are no part of it.
std::string trimmed(std::string reply) {
  while (!reply.empty() && (reply.back() == '\r' || reply.back() == '\n'))
    reply.pop_back();
  return reply;
}

int query(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon instrument query ADDRESS MESSAGE… [--timeout 5s]",
      tr("Sends each message over one connection and prints each reply on a line. A message with a question mark "
         "brings a reply."),
      "etalon instrument query TCPIP::192.0.2.10::5025::SOCKET '*IDN?'");
  line.positional("ADDRESS", true);
  line.positional("MESSAGE", true, true);
  line.add_options()("timeout", po::value<std::string>(), tr("time-out of connection and reply (5s)").c_str());
  if (!line.parse(arguments)) return 0;
  drivers::Conversation conversation = connect(line, interruption.cancellation());
  drivers::QueryOptions query_options;
  query_options.cancellation = &interruption.cancellation();
  for (const std::string& message : line.texts("MESSAGE")) {
    if (message.find('?') == std::string::npos) {
      conversation.send(message, query_options);
    } else {
      std::cout << trimmed(conversation.query(message, query_options)) << std::endl;
    }
  }
  return 0;
}

int identify(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon instrument identify ADDRESS [--timeout 5s]",
                   tr("Asks *IDN? and says which driver files claim the reply."),
                   "etalon instrument identify TCPIP::192.0.2.10::5025::SOCKET");
  line.positional("ADDRESS", true);
  line.add_options()("timeout", po::value<std::string>(), tr("time-out of connection and reply (5s)").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string folder = configs_folder(line.text("configs")) + "/drivers";
  drivers::Conversation conversation = connect(line, interruption.cancellation());
  const std::string reply = trimmed(conversation.query("*IDN?"));
  std::cout << reply << "\n";
  bool claimed = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    const drivers::DriverFile driver = drivers::read_driver_file(entry.path().string());
    const auto identity = drivers::match_identity(driver, reply);
    if (!identity) continue;
    claimed = true;
    std::cout << fmt::format(fmt::runtime(tr("driver {}: {}, model {}, serial number {}")), driver.name, driver.title,
                             identity->model, identity->serial)
              << "\n";
  }
  if (!claimed) std::cout << tr("no driver file claims it") << "\n";
  return claimed ? 0 : 1;
}

}  // namespace

int instrument_command(const Arguments& arguments, Interruption& interruption) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1, arguments.end());
  if (what == "query") return query(rest, interruption);
  if (what == "identify") return identify(rest, interruption);
  throw base::InputError(tr("usage") + ": etalon instrument identify|query ADDRESS …");
}

}  // namespace etalon::app
