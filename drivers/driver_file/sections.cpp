// The sections of a driver file beside its measures and sources.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/language.h"
#include "drivers/driver_file/reading.h"
#include "drivers/links/address.h"
#include "drivers/messages/regular_expression.h"

namespace etalon::drivers {

using base::FileError;
using base::InputError;
using base::TomlTable;
using base::tr;

const std::string& Setting::as_replied(const std::string& value) const {
  const auto found = replies.find(value);
  return found == replies.end() ? value : found->second;
}

LinkSettings link_from(const TomlTable& table) {
  LinkSettings link;
  link.send_terminator = table.text_or("send_terminator", link.send_terminator);
  link.reply_terminator = table.text_or("reply_terminator", link.reply_terminator);
  link.timeout = table.quantity_or("timeout", "s", link.timeout);
  link.between_bytes = table.quantity_or("between_bytes", "s", link.between_bytes);
  link.pause = table.quantity_or("pause", "s", 0);
  link.character_pause = table.quantity_or("character_pause", "s", 0);
  link.echo_terminator = table.text_or("echo_terminator", "");
  const long long longest = table.integer_or("longest_reply", static_cast<long long>(link.longest_reply));
  if (longest < 1 || longest > (1 << 30)) table.fail("longest_reply", tr("expected a number of bytes above 0"));
  link.longest_reply = static_cast<std::size_t>(longest);
  link.serial = table.text_or("serial", "");
  try {
    if (!link.serial.empty()) parse_serial_settings(link.serial);
  } catch (const InputError& error) {
    table.fail("serial", error.what());
  }
  const long long port = table.integer_or("port", 0);
  if (port < 0 || port > 65535) table.fail("port", tr("expected a TCP port"));
  link.port = static_cast<int>(port);
  link.modbus = table.boolean_or("modbus", false);
  if (link.reply_terminator.empty()) table.fail("reply_terminator", tr("expected at least one character"));
  if (!(link.timeout >= 1e-3 && link.timeout <= 3600)) table.fail("timeout", tr("expected a time from 1 ms to 1 h"));
  if (!(link.between_bytes >= 1e-3 && link.between_bytes <= 3600))
    table.fail("between_bytes", tr("expected a time from 1 ms to 1 h"));
  if (!(link.pause >= 0 && link.pause <= 3600)) table.fail("pause", tr("expected a time from 0 s to 1 h"));
  if (!(link.character_pause >= 0 && link.character_pause <= 1))
    table.fail("character_pause", tr("expected a time from 0 s to 1 s"));
  return link;
}

IdentityMessage identity_from(const TomlTable& table) {
  IdentityMessage identity;
  for (const std::string& query : table.texts_or_none("query"))
    identity.queries.push_back(plain_message(table, "query", query));
  identity.last_line = table.text_or("last_line", "");
  identity.maker = table.text_or("maker", "");
  identity.model = table.text_or("model", "");
  identity.generic = table.boolean_or("generic", false);
  identity.modules = table.texts_or_none("modules");
  if (identity.queries.empty()) {
    // It cannot be asked: the bench file is believed.
    identity.generic = true;
    identity.has_serial = false;
    return identity;
  }
  if (!identity.last_line.empty() && identity.queries.size() > 1)
    table.fail("last_line", tr("is for one query; several queries bring one line each"));
  identity.has_serial = table.boolean_or("has_serial", true);
  identity.pattern = table.text("pattern");
  identity.example = table.text("example");
  std::string example = identity.example;
  const std::string place = "{serial}";
  if (const auto at = example.find(place); at != std::string::npos) {
    example.replace(at, place.size(), "A0");
  } else if (identity.has_serial) {
    table.fail("example", tr("expected {serial} where the serial number stands, or has_serial = false"));
  }
  std::optional<std::map<std::string, std::string>> groups;
  try {
    groups = RegularExpression(identity.pattern).match(example);
  } catch (const InputError& error) {
    table.fail("pattern", error.what());
  }
  if (!groups) table.fail("pattern", tr("does not match the file's own example"));
  if (identity.has_serial && (groups->count("serial") == 0 || groups->at("serial") != "A0"))
    table.fail("pattern", tr("the named group (?<serial>…) does not find the serial number of the example"));
  return identity;
}

namespace {

std::pair<int, std::string> error_entry(const TomlTable& table, const std::string& key,
                                        const std::pair<int, std::string>& otherwise) {
  if (!table.has(key)) return otherwise;
  // [number, text]: a mixed array, written as two keys' worth in one place because manuals print it so.
  const auto [number, text] = table.number_and_text(key);
  if (number != std::round(number) || std::fabs(number) > 1e9)
    table.fail(key, tr("expected a whole number and a text"));
  return {static_cast<int>(number), text};
}

}  // namespace

ErrorQueue errors_from(const TomlTable& table) {
  ErrorQueue errors;
  errors.unknown_reply = table.text_or("unknown_reply", "");
  errors.refused_reply = table.text_or("refused_reply", errors.unknown_reply);
  if (table.has("clear")) errors.clear = plain_message(table, "clear");
  if (!table.has("query") && !errors.unknown_reply.empty()) return errors;
  errors.query = plain_message(table, "query");
  errors.reply = template_at(table.text("reply"), table.position_of("reply"));
  errors.none = table.text("none");
  const long long length = table.integer_or("length", errors.length);
  if (length < 1 || length > 1000) table.fail("length", tr("expected 1 to 1000 entries"));
  errors.length = static_cast<int>(length);
  errors.unknown_message = error_entry(table, "unknown_message", errors.unknown_message);
  errors.out_of_range = error_entry(table, "out_of_range", errors.out_of_range);
  errors.overflow = error_entry(table, "overflow", errors.overflow);
  if (!has_place(errors.reply, "code")) table.fail("reply", tr("expected a place {code}"));
  if (!parse_number(errors.none)) table.fail("none", tr("expected the number that means no error, such as \"0\""));
  return errors;
}

std::map<std::string, Flag> flags_from(const TomlTable& root) {
  std::map<std::string, Flag> flags;
  const auto bit_number = [](const TomlTable& table, const std::string& key) {
    const long long number = table.integer(key);
    if (number < 0 || number > 31) table.fail(key, tr("expected a bit number from 0 to 31"));
    return static_cast<int>(number);
  };
  const auto need_place = [](const TomlTable& table, const MessageTemplate& reply, const std::string& place) {
    if (!has_place(reply, place)) table.fail("reply", fmt::format(fmt::runtime(tr("expected a place {{{}}}")), place));
  };
  if (const auto status = root.table_if_any("status")) {
    Flag flag;
    flag.read.send = template_at(status->text("query"), status->position_of("query"));
    flag.read.reply = template_at(status->text("reply"), status->position_of("reply"));
    need_place(*status, *flag.read.reply, "status");
    const TomlTable bits = status->table("bits");
    for (const std::string& name : bits.keys()) {
      flag.bit = bit_number(bits, name);
      flags[name] = flag;
    }
  }
  const auto tables = root.table_if_any("flags");
  if (!tables) return flags;
  for (const std::string& name : tables->keys()) {
    const TomlTable table = tables->table(name);
    if (flags.count(name)) tables->fail(name, tr("is a bit of [status] too"));
    Flag flag;
    flag.read.send = template_at(table.text("query"), table.position_of("query"));
    flag.read.reply = template_at(table.text("reply"), table.position_of("reply"));
    if (table.has("bit")) {
      need_place(table, *flag.read.reply, "status");
      flag.bit = bit_number(table, "bit");
    } else {
      need_place(table, *flag.read.reply, "flag");
      flag.on = table.texts("on");
      flag.off = table.texts("off");
      for (const std::string& word : flag.on) {
        if (std::find(flag.off.begin(), flag.off.end(), word) != flag.off.end())
          table.fail("off", fmt::format(fmt::runtime(tr("'{}' cannot be both on and off")), word));
      }
      if (flag.on.empty() || flag.off.empty()) table.fail("on", tr("expected at least one word for on and for off"));
    }
    flags[name] = flag;
  }
  return flags;
}

std::map<std::string, Setting> settings_from(const TomlTable& root) {
  std::map<std::string, Setting> found;
  const auto settings = root.table_if_any("settings");
  if (!settings) return found;
  for (const std::string& name : settings->keys()) {
    const TomlTable table = settings->table(name);
    Setting setting{table.texts_or_none("values"), table.text("standard"), {}};
    const auto allowed = [&](const std::string& value) {
      return setting.values.empty() ||
             std::find(setting.values.begin(), setting.values.end(), value) != setting.values.end();
    };
    if (!allowed(setting.standard)) table.fail("standard", tr("is none of the values"));
    if (const auto replies = table.table_if_any("replies")) {
      for (const std::string& value : replies->keys()) {
        if (!allowed(value)) replies->fail(value, tr("is none of the values"));
        setting.replies[value] = replies->text(value);
      }
    }
    found[name] = setting;
  }
  return found;
}

std::vector<ReplyFault> faults_from(const TomlTable& root) {
  std::vector<ReplyFault> faults;
  for (const TomlTable& table : root.tables("faults")) {
    ReplyFault fault;
    fault.pattern = table.text("reply");
    fault.example = table.text("example");
    fault.meaning = table.text_or("meaning", "");
    try {
      fault.fault = parse_fault(table.text("fault"));
    } catch (const FileError&) {
      throw;
    } catch (const InputError& error) {
      table.fail("fault", error.what());
    }
    bool matches = false;
    try {
      matches = RegularExpression(fault.pattern).match(fault.example).has_value();
    } catch (const InputError& error) {
      table.fail("reply", error.what());
    }
    if (!matches) table.fail("example", tr("is not matched by the pattern `reply`"));
    faults.push_back(fault);
  }
  return faults;
}

SafeState safe_state_from(const TomlTable& table) {
  SafeState safe;
  safe.send = exchanges_from(table, "send");
  if (safe.send.empty()) table.fail("send", tr("expected at least one message"));
  for (const Exchange& exchange : safe.send) {
    if (!exchange.send.names().empty()) table.fail("send", tr("no places are possible here"));
  }
  safe.takes = table.quantity_or("takes", "s", 0);
  safe.flag = table.text_or("flag", "");
  if (!safe.flag.empty()) {
    safe.is = table.boolean_or("is", false);
    return safe;
  }
  safe.shows = exchange_if_any(table, "shows");
  if (!safe.shows || !safe.shows->reply)
    table.fail("shows", tr("expected `flag`, or `shows` with the form of the reply: what shows that it is safe"));
  const TomlTable means = table.table("means");
  for (const std::string& place : means.keys()) {
    if (!has_place(*safe.shows->reply, place))
      means.fail(place, fmt::format(fmt::runtime(tr("the reply has no place {{{}}}")), place));
    safe.means[place] = means.text(place);
  }
  if (safe.means.empty()) table.fail("means", tr("expected at least one place of the reply and what it must read"));
  return safe;
}

}  // namespace etalon::drivers
