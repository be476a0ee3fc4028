// `etalon instrument scan`: what instruments are there, and under which addresses.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "app/instrument_commands.h"
#include "app/instrument_options.h"
#include "app/terminal.h"
#include "base/file.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "drivers/discovery/gpib_bus.h"
#include "drivers/discovery/mdns_services.h"
#include "drivers/discovery/serial_ports.h"
#include "drivers/discovery/usbtmc_devices.h"
#include "drivers/discovery/vxi11_broadcast.h"

namespace etalon::app {

using base::tr;
using base::visible_line;
using drivers::FoundInstrument;
namespace po = boost::program_options;

namespace {

// Who it is, when it was asked.
struct Identified {
  std::string driver, model, serial, reply;
  std::string trouble;  // why it is not known
};

struct Scan {
  std::vector<FoundInstrument> found;
  std::vector<std::pair<std::string, std::string>> not_searched;  // way, why

  void add(const std::vector<FoundInstrument>& more) { found.insert(found.end(), more.begin(), more.end()); }
};

void say(const std::string& text) {
  if (is_terminal(STDERR_FILENO)) std::cerr << coloured(text, Colour::dim, wants_colour(STDERR_FILENO)) << std::endl;
}

drivers::Deadline deadline_for(drivers::milliseconds timeout, const Interruption& interruption) {
  return drivers::within(timeout, &interruption.cancellation());
}

void scan_gpib(const CommandLine& line, const std::shared_ptr<drivers::GpibAdapters>& adapters,
               drivers::milliseconds timeout, const Interruption& interruption, Scan& scan) {
  for (const std::string& text : line.texts("adapter")) {
    const int board = parse_adapter(text).board;
    scan.add(drivers::find_gpib_instruments(
        adapters, board, std::max(timeout, drivers::milliseconds{5000}), interruption.cancellation(),
        [&](int primary) { say(fmt::format(fmt::runtime(tr("polling GPIB{}::{} …")), board, primary)); }));
  }
}

// Adapters that do not wait long for addresses where nobody is.
std::shared_ptr<drivers::GpibAdapters> quick_adapters(const CommandLine& line) {
  std::vector<drivers::GpibAdapterDescription> descriptions;
  for (const std::string& text : line.texts("adapter")) {
    descriptions.push_back(parse_adapter(text));
    descriptions.back().read_time = drivers::milliseconds{300};
  }
  return descriptions.empty() ? nullptr : std::make_shared<drivers::GpibAdapters>(descriptions);
}

Scan search(const CommandLine& line, const std::shared_ptr<drivers::GpibAdapters>& adapters,
            drivers::milliseconds timeout, const Interruption& interruption) {
  Scan scan;
  scan.add(drivers::find_serial_ports());
  scan.add(drivers::find_usbtmc_devices());
  const drivers::MdnsSearch mdns = drivers::find_mdns_services(deadline_for(timeout, interruption));
  if (mdns.impossible.empty()) {
    scan.add(drivers::instruments_of(mdns.services));
  } else if (line.has("mdns")) {
    throw base::Error(base::ExitCode::instrument, "mdns: " + mdns.impossible);
  } else {
    scan.not_searched.emplace_back("mdns", mdns.impossible);
  }
  if (line.has("vxi11")) scan.add(drivers::find_vxi11_instruments(deadline_for(timeout, interruption)));
  scan_gpib(line, adapters, timeout, interruption, scan);
  return scan;
}

Identified ask_once(const std::string& address, const std::vector<drivers::DriverFile>& drivers,
                    const drivers::IdentitySearchOptions& options) {
  try {
    const drivers::IdentitySearch search = drivers::find_identity(address, drivers, options);
    if (search.driver)
      return {search.driver->name, search.identity.model, search.identity.serial, search.identity.reply, ""};
    if (!search.answered()) return {"", "", "", "", tr("no answer")};
    std::string reply;
    for (const drivers::IdentityAnswer& answer : search.answers) {
      if (reply.empty()) reply = answer.received;
    }
    return {"", "", "", reply, tr("no driver file claims it")};
  } catch (const drivers::InstrumentError& fault) {
    return {"", "", "", "", fault.detail()};
  }
}

// A serial line is asked with the settings that driver files name, each with the questions of those files; the address
// becomes the one that was answered.
Identified ask_serial(drivers::SerialAddress serial, FoundInstrument& found,
                      const std::vector<drivers::DriverFile>& drivers, const drivers::IdentitySearchOptions& options) {
  const std::string usual = drivers::format_serial_settings({});
  std::set<std::string> others;
  for (const drivers::DriverFile& driver : drivers)
    others.insert(driver.link.serial.empty()
                      ? usual
                      : format_serial_settings(drivers::parse_serial_settings(driver.link.serial)));
  others.erase(usual);
  std::vector<std::string> all{usual};
  all.insert(all.end(), others.begin(), others.end());
  Identified last;
  for (const std::string& settings : all) {
    serial.settings = drivers::parse_serial_settings(settings);
    std::vector<drivers::DriverFile> some;
    for (const drivers::DriverFile& driver : drivers) {
      const bool this_one = driver.link.serial.empty()
                                ? settings == usual
                                : drivers::parse_serial_settings(driver.link.serial) == serial.settings;
      if (this_one) some.push_back(driver);
    }
    const std::string address = drivers::format_address(serial);
    say(address);
    Identified identified = ask_once(address, some, options);
    if (!identified.driver.empty()) {
      found.address = address;
      return identified;
    }
    // What is no text came with the wrong settings.
    if (last.reply.empty()) last = identified;
  }
  return last;
}

std::vector<Identified> identify(const CommandLine& line, Scan& scan,
                                 const std::shared_ptr<drivers::GpibAdapters>& adapters, drivers::milliseconds timeout,
                                 const Interruption& interruption) {
  drivers::IdentitySearchOptions options;
  options.connect_timeout = options.reply_timeout = timeout;
  options.gpib_adapters = adapters;
  options.cancellation = &interruption.cancellation();
  show_questions(options);
  const std::vector<drivers::DriverFile> drivers = all_driver_files(line);
  std::vector<Identified> identities;
  for (FoundInstrument& found : scan.found) {
    if (found.address.empty()) {
      identities.push_back({"", "", "", "", tr("no link to it is known")});
      continue;
    }
    const drivers::Address address = drivers::parse_address(found.address);
    if (const auto* serial = std::get_if<drivers::SerialAddress>(&address)) {
      identities.push_back(ask_serial(*serial, found, drivers, options));
    } else {
      identities.push_back(ask_once(found.address, drivers, options));
    }
  }
  return identities;
}

std::string facts_text(const FoundInstrument& found) {
  std::string text = found.way;
  for (const auto& [name, value] : found.facts)
    text += fmt::format("{} {} {}", text == found.way ? ":" : ",", name, value);
  return visible_line(text);
}

void print(const Scan& scan, const std::vector<Identified>& identities) {
  for (std::size_t i = 0; i < scan.found.size(); ++i) {
    const FoundInstrument& found = scan.found[i];
    std::cout << (found.address.empty() ? "-" : found.address) << "  " << facts_text(found) << "\n";
    if (i >= identities.size()) continue;
    const Identified& who = identities[i];
    if (!who.driver.empty()) {
      std::cout << fmt::format(fmt::runtime(tr("    driver {}, model {}, serial number {}")), who.driver,
                               visible_line(who.model), visible_line(who.serial))
                << "\n";
    } else {
      std::cout << "    " << visible_line(who.trouble + (who.reply.empty() ? "" : ": \"" + who.reply + "\"")) << "\n";
    }
  }
  if (scan.found.empty()) std::cout << tr("nothing was found") << "\n";
  for (const auto& [way, reason] : scan.not_searched)
    std::cout << fmt::format(fmt::runtime(tr("{} was not searched: {}")), way, reason) << "\n";
}

std::string to_json(const Scan& scan, const std::vector<Identified>& identities) {
  nlohmann::ordered_json json;
  json["found"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < scan.found.size(); ++i) {
    nlohmann::ordered_json one;
    one["way"] = scan.found[i].way;
    one["address"] = scan.found[i].address;
    one["facts"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : scan.found[i].facts)
      one["facts"][name] = value;
    if (i < identities.size()) {
      const Identified& who = identities[i];
      one["identity"] = nlohmann::ordered_json{{"driver", who.driver},
                                               {"model", who.model},
                                               {"serial", who.serial},
                                               {"reply", who.reply},
                                               {"trouble", who.trouble}};
    }
    json["found"].push_back(one);
  }
  json["not_searched"] = nlohmann::ordered_json::object();
  for (const auto& [way, reason] : scan.not_searched)
    json["not_searched"][way] = reason;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

int instrument_scan(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon instrument scan [--vxi11] [--mdns] [--adapter ADDRESS] [--identify] [--json FILE|-] [--timeout 2s]",
      tr("Lists serial ports, USBTMC instruments, and what announces itself by mDNS (LXI), with addresses for a bench "
         "file. It opens no instrument and sends none a byte unless --identify says so."),
      "etalon instrument scan --vxi11 --adapter TCPIP::192.0.2.20::1234::SOCKET --identify");
  line.add_options()("vxi11", tr("also broadcast to the VXI-11 instruments of the local networks").c_str())(
      "mdns", tr("fail when mDNS cannot be searched").c_str())(
      "adapter", po::value<std::vector<std::string>>(),
      tr("also poll GPIB addresses 1 to 30 behind this adapter: ADDRESS, GPIB1=ADDRESS, GPIB0=ar488:ADDRESS").c_str())(
      "identify", tr("ask each one who it is; serial ports with the settings that driver files name").c_str())(
      "json", po::value<std::string>(),
      tr("write what was found as JSON to this file (- for standard output)").c_str())(
      "timeout", po::value<std::string>(), tr("how long to listen, and to wait for each answer (2s)").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  const drivers::milliseconds timeout = timeout_option(line).value_or(drivers::milliseconds{2000});
  const auto adapters = quick_adapters(line);
  Scan scan = search(line, adapters, timeout, interruption);
  std::vector<Identified> identities;
  if (line.has("identify")) identities = identify(line, scan, adapters, timeout, interruption);
  const std::string json = line.text("json");
  if (json != "-") print(scan, identities);
  if (json == "-") {
    std::cout << to_json(scan, identities);
  } else if (!json.empty()) {
    base::write_file_or_standard_output(json, to_json(scan, identities));
  }
  return 0;
}

}  // namespace etalon::app
