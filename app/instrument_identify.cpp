// `etalon instrument identify`: which driver file claims the instrument at an address.
#include <fmt/format.h>

#include <iostream>
#include <set>

#include "app/instrument_commands.h"
#include "app/instrument_options.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "drivers/links/instrument_error.h"

namespace etalon::app {

using base::tr;
using base::visible_line;
namespace po = boost::program_options;

namespace {

// What else might help where nothing answers.
std::string advice_for(const std::string& address, const std::vector<drivers::DriverFile>& drivers) {
  const drivers::Address parsed = drivers::parse_address(address);
  const auto* serial = std::get_if<drivers::SerialAddress>(&parsed);
  if (!serial) return "";
  std::set<std::string> others;
  for (const drivers::DriverFile& driver : drivers) {
    if (!driver.link.serial.empty() && drivers::parse_serial_settings(driver.link.serial) != serial->settings)
      others.insert(driver.link.serial);
  }
  return fmt::format(fmt::runtime(tr("check that the instrument is on and connected; settings that other driver files "
                                     "name: {}")),
                     fmt::join(others, ", "));
}

}  // namespace

int instrument_identify(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon instrument identify ADDRESS [--adapter GPIB0=ADDRESS] [--timeout 2s]",
                   tr("Finds out which driver file claims the instrument at an address: asks *IDN? and then what other "
                      "driver files ask, the likeliest first, until one knows the reply."),
                   "etalon instrument identify TCPIP::192.0.2.10::5025::SOCKET");
  line.positional("ADDRESS", true);
  line.add_options()("timeout", po::value<std::string>(), tr("time-out of each question (2s)").c_str())(
      "adapter", po::value<std::vector<std::string>>(),
      tr("GPIB0=ADDRESS or GPIB0=ar488:ADDRESS, the adapter that leads to GPIB0::…").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instrument to this file").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string address = line.text("ADDRESS");
  drivers::IdentitySearchOptions options;
  options.reply_timeout = timeout_option(line).value_or(options.reply_timeout);
  options.connect_timeout = timeout_option(line).value_or(options.connect_timeout);
  options.gpib_adapters = adapters_option(line);
  options.transcript = transcript_option(line);
  options.cancellation = &interruption.cancellation();
  show_questions(options);
  const std::vector<drivers::DriverFile> drivers = all_driver_files(line);
  const drivers::IdentitySearch search = drivers::find_identity(address, drivers, options);
  check_transcript(line, *options.transcript);
  if (search.driver) {
    std::cout << visible_line(search.identity.reply) << "\n"
              << fmt::format(fmt::runtime(tr("driver {}: {}, model {}, serial number {}")), search.driver->name,
                             search.driver->title, visible_line(search.identity.model),
                             search.driver->identity.has_serial ? visible_line(search.identity.serial) : tr("unknown"))
              << "\n";
    return 0;
  }
  if (search.answers.empty()) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{}: no driver file has a question for an instrument of this kind; look at its registers with "
                        "etalon instrument query")),
        address));
  }
  if (!search.answered()) {
    std::string sent;
    for (const drivers::IdentityAnswer& answer : search.answers)
      sent += (sent.empty() ? "\"" : ", \"") + answer.sent + "\"";
    throw drivers::InstrumentError(
        drivers::Fault::timeout, {"instrument", address, "", ""},
        fmt::format(fmt::runtime(tr("it answers none of the {} questions of the driver files: {}")),
                    search.answers.size(), sent),
        advice_for(address, drivers));
  }
  for (const drivers::IdentityAnswer& answer : search.answers) {
    if (!answer.received.empty())
      std::cout << fmt::format("\"{}\": \"{}\"\n", answer.sent, visible_line(answer.received));
  }
  std::cout << tr("no driver file claims it") << "\n";
  return 1;
}

}  // namespace etalon::app
