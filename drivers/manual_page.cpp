#include "drivers/manual_page.h"

#include <fmt/format.h>

#include <cmath>

#include "drivers/links/escaped_bytes.h"

namespace etalon::drivers {

namespace {

std::string code(const std::string& text) {
  // A backtick inside is fenced by two.
  const char* fence = text.find('`') == std::string::npos ? "`" : "``";
  std::string shown = escape_bytes(text);
  for (std::size_t at = 0; (at = shown.find('|', at)) != std::string::npos; at += 2)
    shown.insert(at, "\\");
  return fence + shown + fence;
}

std::string joined(const std::vector<std::string>& texts, const char* between = ", ") {
  std::string all;
  for (const std::string& text : texts)
    all += (all.empty() ? "" : between) + text;
  return all;
}

std::string message_text(const Exchange& exchange) {
  std::string text = code(exchange.send.text());
  if (exchange.reply) text += " → " + code(exchange.reply->text());
  if (exchange.completion == Completion::operation_query) text += " (done: `*OPC?`)";
  if (exchange.completion == Completion::service_request) text += " (done: `*OPC` and a service request, or `*STB?`)";
  if (exchange.takes > 0) text += fmt::format(" (takes up to {:g} s)", exchange.takes);
  return text;
}

std::string messages_text(const std::vector<Exchange>& exchanges) {
  std::vector<std::string> texts;
  for (const Exchange& exchange : exchanges)
    texts.push_back(message_text(exchange));
  return joined(texts, "<br>");
}

void add_row(std::string& page, const std::string& name, const std::string& text) {
  if (!text.empty()) page += fmt::format("| {} | {} |\n", name, text);
}

std::string numbers_text(const std::vector<double>& numbers, const std::string& unit) {
  std::vector<std::string> texts;
  for (const double number : numbers)
    texts.push_back(fmt::format("{:g}", number));
  return texts.empty() ? "" : joined(texts) + " " + unit;
}

void add_accuracy(std::string& page, const std::vector<Accuracy>& tables, const std::string& unit) {
  for (const Accuracy& table : tables) {
    page += fmt::format("\nAccuracy, {}", table.period);
    if (table.frequency) page += fmt::format(", {:g} Hz to {:g} Hz", table.frequency->first, table.frequency->second);
    if (table.temperature)
      page += fmt::format(", {:g} °C to {:g} °C", table.temperature->first, table.temperature->second);
    page += table.coverage_probability > 0 ? fmt::format(", {:g} % confidence", 100 * table.coverage_probability)
                                           : std::string(", limits");
    page +=
        fmt::format(" ({}):\n\n| up to / {} | of reading / 10⁻⁶ | of range / 10⁻⁶ | floor / {} |\n|---|---|---|---|\n",
                    table.source, unit, unit);
    for (const AccuracyRow& row : table.rows) {
      page += fmt::format("| {:g} | {:g} | {:g} | {:g} |\n", row.range, 1e6 * row.of_reading, 1e6 * row.of_range,
                          row.floor);
    }
  }
}

std::string limits_text(const LimitsByName& all, const std::string& unit) {
  std::vector<std::string> texts;
  for (const auto& [name, limits] : all) {
    std::string text = name + ":";
    const auto add = [&](const char* what, const std::optional<double>& limit) {
      if (limit) text += fmt::format(" {} {:g} {}", what, *limit, unit);
    };
    add("from", limits.minimum);
    add("to", limits.maximum);
    add("lowest range", limits.lowest_range);
    add("highest range", limits.highest_range);
    texts.push_back(text);
  }
  return joined(texts, "<br>");
}

std::string bands_text(const Bands& bands, const std::string& unit) {
  std::vector<std::string> texts;
  for (const Band& band : bands.rows)
    texts.push_back(fmt::format("up to {:g} {}: {:g} to {:g}", band.up_to, unit, band.from, band.to));
  return joined(texts, "<br>");
}

std::string reply_units_text(const Measure& measure) {
  std::vector<std::string> texts;
  for (const ReplyUnit& unit : measure.reply_units)
    texts.push_back(unit.factor == 1 ? unit.spelling
                                     : fmt::format("{} (× {:g} {})", unit.spelling, unit.factor, measure.unit));
  return joined(texts);
}

void add_measure(std::string& page, const Measure& measure) {
  page += fmt::format("\n## Measures {}\n\n| | |\n|---|---|\n", measure.quantity);
  add_row(page, "ranges", numbers_text(measure.ranges, measure.unit));
  add_row(page, "of single models", limits_text(measure.limits, measure.unit));
  if (measure.over_range > 1)
    add_row(page, "over-range", fmt::format("up to {:g} % of the range", 100 * measure.over_range));
  add_row(page, "resolution",
          measure.digit > 0 ? fmt::format("{:g} {}", measure.digit, measure.unit)
                            : fmt::format("{:g} of the range", measure.resolution));
  if (measure.own_output) add_row(page, "sensor", "the instrument's own, at its own output");
  add_row(page, "configure", messages_text(measure.configure));
  add_row(page, "read back", messages_text(measure.check));
  if (!measure.wait_for.empty())
    add_row(page, "waits for", fmt::format("flag {}, at most {:g} s", measure.wait_for, measure.wait_at_most));
  add_row(page, "read", message_text(measure.read));
  add_row(page, "unit in the reply", reply_units_text(measure));
  if (measure.read_many) {
    add_row(page, "many readings",
            fmt::format("{}{}, {}, up to {}",
                        measure.read_many->before.empty() ? "" : messages_text(measure.read_many->before) + "<br>",
                        code(measure.read_many->send.text()), to_string(measure.read_many->format),
                        measure.read_many->most));
  }
  add_row(page, "overload", fmt::format("{:g} {} and more", measure.overload, measure.unit));
  if (measure.largest > 0) add_row(page, "cannot be", fmt::format("more than {:g} {}", measure.largest, measure.unit));
  add_accuracy(page, measure.specifications, measure.unit);
}

void add_source(std::string& page, const Source& source) {
  page += fmt::format("\n## Sources {}\n\n| | |\n|---|---|\n", source.quantity);
  add_row(page, "limits", fmt::format("{:g} {} to {:g} {}", source.minimum, source.unit, source.maximum, source.unit));
  add_row(page, "of single models", limits_text(source.limits, source.unit));
  add_row(page, source.bands.setting, bands_text(source.bands, source.unit));
  add_row(page, "values", numbers_text(source.values, source.unit));
  add_row(page, "ranges up to", numbers_text(source.ranges, source.unit));
  add_row(page, "set", messages_text(source.set));
  add_row(page, "switch on", source.operate ? message_text(*source.operate) : "the output is always on");
  if (!source.operating.empty()) add_row(page, "is on", "flag " + source.operating);
  if (!source.settled.empty()) add_row(page, "has settled", "flag " + source.settled);
  if (source.read_back) add_row(page, "read back", message_text(*source.read_back));
  if (source.settle_time > 0) add_row(page, "settles in", fmt::format("about {:g} s", source.settle_time));
  add_accuracy(page, source.specifications, source.unit);
}

void add_flags(std::string& page, const DriverFile& driver) {
  if (driver.flags.empty()) return;
  page += "\n## Flags\n\n| flag | query | on |\n|---|---|---|\n";
  for (const auto& [name, flag] : driver.flags) {
    page +=
        fmt::format("| {} | {} | {} |\n", name, message_text(flag.read),
                    flag.bit ? fmt::format("bit {}", *flag.bit) : joined(flag.on) + " (off: " + joined(flag.off) + ")");
  }
}

void add_settings(std::string& page, const DriverFile& driver) {
  if (driver.settings.empty()) return;
  page += "\n## Settings\n\n| setting | values | standard |\n|---|---|---|\n";
  for (const auto& [name, setting] : driver.settings) {
    page += fmt::format("| {} | {} | {} |\n", name, setting.values.empty() ? "any" : joined(setting.values),
                        setting.standard);
  }
}

void add_link(std::string& page, const DriverFile& driver) {
  const LinkSettings& link = driver.link;
  page += "\n## Line\n\n| | |\n|---|---|\n";
  if (link.modbus) add_row(page, "kind", "Modbus");
  add_row(page, "serial line as delivered", link.serial);
  if (link.port > 0) add_row(page, "TCP port", std::to_string(link.port));
  if (!link.modbus) {
    add_row(page, "terminators", "sends " + code(link.send_terminator) + ", expects " + code(link.reply_terminator));
    if (!link.echo_terminator.empty()) add_row(page, "echo", "each message, ended by " + code(link.echo_terminator));
  }
  add_row(page, "time-out", fmt::format("{:g} s", link.timeout));
  if (link.pause > 0) add_row(page, "pause between messages", fmt::format("{:g} s", link.pause));
  if (link.character_pause > 0)
    add_row(page, "pause after each character", fmt::format("{:g} s", link.character_pause));
  if (!driver.dialect.empty()) add_row(page, "dialect", driver.dialect);
}

void add_identity(std::string& page, const IdentityMessage& identity) {
  page += "\n## Identity\n\n";
  if (identity.queries.empty()) {
    page += "It cannot be asked who it is: the bench file is believed.\n";
    return;
  }
  std::vector<std::string> queries;
  for (const std::string& query : identity.queries)
    queries.push_back(code(query));
  page += fmt::format("{}, answered such as {}.\n", joined(queries), code(identity.example));
  if (!identity.has_serial) page += "It does not say its serial number.\n";
  if (identity.generic) page += "This driver is for instruments that no other one knows.\n";
}

void add_errors(std::string& page, const DriverFile& driver) {
  const ErrorQueue& errors = driver.errors;
  if (!errors.query.empty()) {
    page += fmt::format("\n## Errors\n\n{} → {}, {} entries; {} means none.", code(errors.query),
                        code(errors.reply.text()), errors.length, code(errors.none));
    if (!errors.clear.empty()) page += fmt::format(" {} empties the queue.", code(errors.clear));
    page += "\n";
  } else if (!errors.unknown_reply.empty()) {
    page += fmt::format("\n## Errors\n\nAnswered at once: {} to an unknown message, {} to a refused one.\n",
                        code(errors.unknown_reply), code(errors.refused_reply));
  }
  if (driver.faults.empty()) return;
  page += "\nReplies that are none:\n\n| such as | fault | meaning |\n|---|---|---|\n";
  for (const ReplyFault& fault : driver.faults)
    page += fmt::format("| {} | {} | {} |\n", code(fault.example), fault_name(fault.fault), fault.meaning);
}

void add_safe_state(std::string& page, const DriverFile& driver) {
  if (!driver.safe_state) return;
  const SafeState& safe = *driver.safe_state;
  page += "\n## Safe state\n\n" + messages_text(safe.send) + ", shown by ";
  if (!safe.flag.empty()) {
    page += fmt::format("flag {} {}", safe.flag, safe.is ? "on" : "off");
  } else {
    std::vector<std::string> meant;
    for (const auto& [place, text] : safe.means)
      meant.push_back(place + " = " + text);
    page += message_text(*safe.shows) + " with " + joined(meant);
  }
  page += safe.takes > 0 ? fmt::format(" within {:g} s.\n", safe.takes) : std::string(".\n");
}

}  // namespace

std::string manual_page(const DriverFile& driver) {
  std::string page = fmt::format("# {}\n\nDriver `{}`.\n", driver.title, driver.name);
  add_identity(page, driver.identity);
  for (const Measure& measure : driver.measures)
    add_measure(page, measure);
  for (const Source& source : driver.sources)
    add_source(page, source);
  add_settings(page, driver);
  add_flags(page, driver);
  add_safe_state(page, driver);
  add_errors(page, driver);
  if (!driver.startup.empty()) page += "\n## At the start\n\n" + messages_text(driver.startup) + "\n";
  add_link(page, driver);
  page += "\n## Where this comes from\n\n";
  for (const std::string& source : driver.sources_of_facts)
    page += "* " + source + "\n";
  if (!driver.recalled.empty()) page += "\nRecalled, to be checked against the laboratory's own manual:\n\n";
  for (const std::string& fact : driver.recalled)
    page += "* " + fact + "\n";
  return page;
}

}  // namespace etalon::drivers
