#include "drivers/links/instrument_error.h"

#include <array>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

using base::message_id;

struct FaultText {
  Fault fault;
  const char* name;    // stable, never translated
  const char* title;   // message id
  const char* advice;  // message id, may be empty
};

constexpr std::array<FaultText, 21> fault_texts{{
    {Fault::connect_failed, "connect-failed", message_id("cannot connect"),
     message_id("check power, cable and the address in the bench file")},
    {Fault::link_lost, "link-lost", message_id("link lost"),
     message_id("check power and cable; the instrument may have lost its settings")},
    {Fault::timeout, "time-out", message_id("time-out"),
     message_id("check that the instrument is on, in remote mode, and that the terminators are right")},
    {Fault::empty_reply, "empty-reply", message_id("empty reply"),
     message_id("check the terminators, and the instrument's error queue")},
    {Fault::truncated_reply, "truncated-reply", message_id("truncated reply"),
     message_id("check the read terminator and the serial settings")},
    {Fault::oversized_reply, "oversized-reply", message_id("reply too long"),
     message_id("check the read terminator, or allow longer replies in the driver file")},
    {Fault::not_a_number, "not-a-number", message_id("not a number"),
     message_id("the reading is lost; check the instrument's display")},
    {Fault::unexpected_reply, "unexpected-reply", message_id("unexpected reply"),
     message_id("check that the driver file fits this instrument and its settings")},
    {Fault::wrong_unit, "wrong-unit", message_id("wrong unit"), message_id("check the instrument's unit setting")},
    {Fault::no_result, "no-result", message_id("no result"),
     message_id("the instrument could not determine the value: check its function and its inputs")},
    {Fault::overload, "overload", message_id("overload"), message_id("check the range and the connections")},
    {Fault::not_operating, "not-operating", message_id("output not in operation"),
     message_id("check the connections and the instrument's display before operating it again")},
    {Fault::wrong_instrument, "wrong-instrument", message_id("wrong instrument"),
     message_id("connect the instrument that the bench file names, or correct the bench file")},
    {Fault::device_error, "device-error", message_id("the instrument reports an error"), ""},
    {Fault::not_settled, "not-settled", message_id("not settled"), message_id("check the connections and the load")},
    {Fault::value_differs, "value-differs", message_id("read-back differs from what was set"),
     message_id("check the instrument's limits and its display")},
    {Fault::contradicts_wiring, "contradicts-wiring", message_id("reading contradicts the wiring"),
     message_id("look at leads, terminals and the input that is selected before any source is switched on again")},
    {Fault::out_of_range, "out-of-range", message_id("out of the instrument's range"),
     message_id("nothing was sent; choose another instrument or point")},
    {Fault::unsolicited_input, "unsolicited-input", message_id("bytes that no query asked for"),
     message_id("check the terminators, and that no other program or talk-only mode uses this line")},
    {Fault::stale_reply, "late-reply", message_id("out of step"),
     message_id("the reply is not used; switch the instrument off and on, then try again")},
    {Fault::safe_state_failed, "safe-state-failed", message_id("SAFE STATE NOT CONFIRMED"),
     message_id("switch the output off by hand at the instrument, now")},
}};

const FaultText& text_of(Fault fault) {
  for (const FaultText& text : fault_texts) {
    if (text.fault == fault) return text;
  }
  throw std::logic_error("fault without a text");
}

std::string translated(const char* id) {
  // gettext answers an empty id with the catalogue's header.
  return *id == '\0' ? std::string() : tr(id);
}

std::string compose(Fault fault, const FaultContext& context, const std::string& detail, const std::string& advice) {
  std::string text;
  if (!context.instrument.empty() && !context.address.empty()) {
    text = filled(tr("{0} at {1}"), context.instrument, context.address);
  } else {
    text = context.instrument + context.address;
  }
  const std::string title = translated(text_of(fault).title);
  text = text.empty() ? title : filled(tr("{0}: {1}"), text, title);
  if (!detail.empty()) text = filled(tr("{0}: {1}"), text, detail);
  if (!context.sent.empty() || !context.received.empty()) {
    text = filled(tr("{0}; {1}"), text,
                  filled(tr("sent \"{0}\", received \"{1}\""), printable(context.sent), printable(context.received)));
  }
  const std::string todo = advice.empty() ? translated(text_of(fault).advice) : advice;
  if (!todo.empty()) text = filled(tr("{0}; {1}"), text, todo);
  return text;
}

}  // namespace

std::string fault_name(Fault fault) {
  return text_of(fault).name;
}

Fault parse_fault(const std::string& name) {
  for (const FaultText& text : fault_texts) {
    if (name == text.name) return text.fault;
  }
  throw base::InputError(filled(tr("\"{}\" is not the name of a fault"), name));
}

InstrumentError::InstrumentError(Fault fault, const FaultContext& context, const std::string& detail,
                                 const std::string& advice)
    : base::Error(base::ExitCode::instrument, compose(fault, context, detail, advice)),
      fault_(fault),
      instrument_(context.instrument),
      address_(context.address),
      sent_(printable(context.sent)),
      received_(printable(context.received)),
      detail_(detail) {}

}  // namespace etalon::drivers
