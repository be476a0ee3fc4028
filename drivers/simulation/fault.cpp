#include "drivers/simulation/fault.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::message_id;
using base::tr;

const std::vector<FaultDescription>& fault_kinds() {
  static const std::vector<FaultDescription> kinds = {
      {FaultKind::late_reply, "late-reply", message_id("the reply comes 1.5 s late (late-reply=SECONDS: so much)")},
      {FaultKind::empty_reply, "empty-reply", message_id("the reply is a terminator alone")},
      {FaultKind::truncated_reply, "truncated-reply", message_id("the reply stops in the middle, without terminator")},
      {FaultKind::cut_reply, "cut-reply", message_id("a number's last digits are missing, the terminator is there")},
      {FaultKind::text_reply, "text-reply", message_id("a text stands where a number belongs")},
      {FaultKind::overload, "overload", message_id("the reading is an overload")},
      {FaultKind::overload_digits, "overload-digits",
       message_id("the sign for overload comes with other digits than the readings")},
      {FaultKind::no_reply, "no-reply", message_id("no reply at all")},
      {FaultKind::standby, "standby", message_id("the source switches its output off by itself, before this reply")},
      {FaultKind::wrong_identity, "wrong-identity", message_id("the instrument says that it is another model")},
      {FaultKind::wrong_serial, "wrong-serial", message_id("the instrument says that it has another serial number")},
      {FaultKind::cut_line, "cut-line", message_id("the line is cut instead of the reply")},
      {FaultKind::garbage, "garbage", message_id("random bytes come instead of the reply")},
      {FaultKind::power_cycle, "power-cycle", message_id("the instrument is switched off and on instead of the reply")},
      {FaultKind::wrong_unit, "wrong-unit",
       message_id("the reading comes in a unit that the driver file does not know")},
      {FaultKind::stray_line, "stray-line", message_id("a line like a reading comes unasked before the reading")},
  };
  return kinds;
}

std::string to_string(FaultKind kind) {
  for (const FaultDescription& description : fault_kinds()) {
    if (description.kind == kind) return description.name;
  }
  throw std::logic_error("fault kind without a name");
}

Fault parse_fault(const std::string& text) {
  const auto fail = [&](const std::string& what) {
    throw InputError(filled(tr("fault '{0}': {1}; expected INSTRUMENT:KIND@N or INSTRUMENT:KIND@N+"), text, what));
  };
  const std::size_t colon = text.find(':');
  const std::size_t at = text.rfind('@');
  if (colon == std::string::npos || colon == 0) fail(tr("no instrument"));
  if (at == std::string::npos || at < colon) fail(tr("no number of a reply"));
  Fault fault;
  fault.instrument = text.substr(0, colon);
  std::string kind = text.substr(colon + 1, at - colon - 1);
  std::optional<double> delay;
  if (const std::size_t equals = kind.find('='); equals != std::string::npos) {
    delay = parse_number(kind.substr(equals + 1));
    if (!delay || !(*delay >= 0) || *delay > 3600) fail(tr("the delay is not a number of seconds"));
    kind.resize(equals);
  }
  std::vector<std::string> names;
  bool known = false;
  for (const FaultDescription& description : fault_kinds()) {
    names.push_back(description.name);
    if (description.name != kind) continue;
    fault.kind = description.kind;
    known = true;
  }
  if (!known) {
    const std::string nearest = base::nearest_word(kind, names);
    const std::string all = fmt::format("{}", fmt::join(names, ", "));
    fail(nearest.empty() ? filled(tr("unknown kind '{0}'; the kinds are {1}"), kind, all)
                         : filled(tr("unknown kind '{0}' (did you mean {1}?); the kinds are {2}"), kind, nearest, all));
  }
  if (delay && fault.kind != FaultKind::late_reply) fail(tr("only late-reply takes a time"));
  fault.delay = delay.value_or(fault.delay);
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data() + at + 1, end, fault.at);
  fault.from_then_on = number.ptr + 1 == end && *number.ptr == '+';
  if (number.ec != std::errc() || fault.at < 1 || (number.ptr != end && !fault.from_then_on)) {
    fail(tr("the number of the reply must be a whole number from 1"));
  }
  return fault;
}

}  // namespace etalon::drivers::simulation
