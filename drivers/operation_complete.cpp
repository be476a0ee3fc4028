// How the client waits for the end of what a message began (IEEE 488.2, 12.5): *OPC?, or *OPC and the status byte. For
// the latter the event register requests service when it shows completion or an error; where the link has no service
// request the status byte is polled. Only the event register says what happened: a service request may have another
// reason.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/language.h"
#include "drivers/instrument.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

// Event register (11.5.1.1) and status byte (11.2).
constexpr unsigned complete = 0x01, errors = 0x3c, event_summary = 0x20;
constexpr milliseconds poll_interval{20};

std::string error_names(unsigned events) {
  std::string names;
  const auto add = [&](unsigned bit, const std::string& name) {
    if (events & bit) names += (names.empty() ? "" : ", ") + name;
  };
  add(0x20, tr("command error"));
  add(0x10, tr("execution error"));
  add(0x08, tr("device-dependent error"));
  add(0x04, tr("query error"));
  return names;
}

}  // namespace

std::uint8_t Instrument::register_byte(const std::string& query, double extra_time) {
  const std::string reply = ask(query, 1, extra_time);
  const auto number = parse_number(reply);
  if (!number || !(*number >= 0 && *number <= 255) || *number != static_cast<std::uint8_t>(*number)) {
    conversation_->taint(tr("no status register"));
    throw error(Fault::not_a_number, query, reply, tr("a number from 0 to 255 belongs here"));
  }
  return static_cast<std::uint8_t>(*number);
}

Instrument::CompletionWatch Instrument::arm_completion(const Exchange& exchange) {
  if (exchange.completion != Completion::service_request) return CompletionWatch::none;
  // *CLS, which also forgets an earlier *OPC that is still pending, would hide errors from before.
  if (!bench_.driver.errors.query.empty()) {
    check_errors(tr("what was sent before"));
  } else if (const unsigned events = register_byte("*ESR?", 0); (events & errors) != 0) {
    throw error(Fault::device_error, "*ESR?", std::to_string(events),
                fmt::format(fmt::runtime(tr("it reports errors after {}: {}")), tr("what was sent before"),
                            error_names(events)));
  }
  CompletionWatch watch =
      conversation_->has_status_byte() ? CompletionWatch::serial_poll : CompletionWatch::status_query;
  if (conversation_->signals_service_request()) {
    try {
      // Requests from before are not this one; over VXI-11 this opens the channel for them.
      for (int i = 0; i < 8 && conversation_->wait_for_service_request(milliseconds{0}, cancellation_); ++i) {
      }
      watch = CompletionWatch::service_request;
    } catch (const InstrumentError&) {
      // Some gateways, and firewalls in between, show only now that they let none through.
      if (conversation_->signals_service_request()) throw;
    }
  }
  tell("*CLS");
  tell(fmt::format("*ESE {}", complete | errors));
  tell(fmt::format("*SRE {}", event_summary));
  return watch;
}

void Instrument::await_completion(const Exchange& exchange, const std::string& message, CompletionWatch watch,
                                  double extra_time) {
  if (exchange.completion == Completion::none) return;
  if (exchange.completion == Completion::service_request)
    return await_service_request(exchange, message, watch, extra_time);
  const std::string reply = ask("*OPC?", 1, exchange.takes + extra_time);
  if (parse_number(reply) == 1.0) return;
  conversation_->taint(tr("a reply of another form"));
  throw error(Fault::unexpected_reply, message + "; *OPC?", reply, tr("expected 1 when it is done"));
}

void Instrument::await_service_request(const Exchange& exchange, const std::string& message, CompletionWatch watch,
                                       double extra_time) {
  tell("*OPC");
  const double allowed = bench_.driver.link.timeout + exchange.takes + extra_time;
  const auto end = steady_clock::now() + milliseconds(static_cast<long long>(allowed * 1000));
  for (bool first = true;; first = false) {
    const auto left = std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end - steady_clock::now()));
    // A request whose reason is another one must not make the loop spin.
    if (!first) pause(std::min(poll_interval, left));
    if (watch == CompletionWatch::service_request) (void)conversation_->wait_for_service_request(left, cancellation_);
    // Some instruments answer *STB? only when they are done with what was sent before.
    const unsigned status = watch == CompletionWatch::status_query ? register_byte("*STB?", exchange.takes + extra_time)
                                                                   : conversation_->status_byte(cancellation_);
    if ((status & event_summary) != 0) {
      const unsigned events = register_byte("*ESR?", 0);
      std::vector<std::string> entries;
      if ((events & (complete | errors)) != 0) entries = drain_errors();
      if ((events & errors) != 0 || !entries.empty()) {
        throw error(
            Fault::device_error, message, "*ESR? " + std::to_string(events),
            fmt::format(fmt::runtime(tr("it reports errors after {}: {}")), "\"" + message + "\"",
                        fmt::format("{}{}{}", error_names(events),
                                    entries.empty() || (events & errors) == 0 ? "" : "; ", fmt::join(entries, "; "))));
      }
      if ((events & complete) != 0) return;
    }
    if (steady_clock::now() >= end) {
      throw error(Fault::timeout, message + "; *OPC", fmt::format("status byte {}", status),
                  fmt::format(fmt::runtime(tr("it does not say within {:g} s that it is done")), allowed));
    }
  }
}

}  // namespace etalon::drivers
