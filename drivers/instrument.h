// The client made from a driver file: one instrument at an address, proven to be the one the bench file names. Every
// failure is an InstrumentError with instrument, address, what was sent and what came; a reply that is late, short,
// empty, text or an overload sentinel never becomes a value (design decision 6).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/dialects/dialect.h"
#include "drivers/links/transcript.h"
#include "drivers/messages/conversation.h"

namespace etalon::drivers {

// A value as the instrument gave it: the number and the text it came as.
struct Reading {
  double value = 0;
  std::string unit;
  std::string text;  // the place of the value in the reply, blanks trimmed
};

class Instrument {
 public:
  // Opens the link; sends nothing. connect_failed when that fails.
  Instrument(const BenchInstrument& instrument, std::shared_ptr<Transcript> transcript,
             const base::Cancellation* cancellation);
  Instrument(const Instrument&) = delete;  // its link's proof asks this object
  Instrument& operator=(const Instrument&) = delete;

  const std::string& name() const { return bench_.name; }
  const std::string& address() const { return bench_.address; }
  const DriverFile& driver() const { return bench_.driver; }

  // Asks who is there and compares with driver file and bench file: wrong_instrument.
  const Identity& identify();
  // Empties the error queue and sends the driver's startup messages. Identify first.
  void start_up();

  // What the places of messages carry: each setting of the driver file, as chosen here or else its standard. Names that
  // the driver does not know are meant for another instrument. out_of_range for a value that it does not allow.
  Values values_of_settings(const Values& chosen) const;

  // A message that brings no reply, or one that must have the exchange's form. The places come from `values`. A message
  // that says how it completes is waited for: timeout, or device_error when its event register says that it failed.
  Values carry_out(const Exchange& exchange, const Values& values, double extra_time = 0);
  // As carry_out, for a message whose reply holds readings, which takes `reading_time` (s). `is_sign` says of a
  // value that it stands for no reading (overload): it need not have the form of the others.
  Values take_reading(const Exchange& exchange, const Values& values, double reading_time,
                      const MessageTemplate::IsSign& is_sign);
  // Proves that every reply since the last proof answered its own question: Conversation::confirm. unsolicited_input,
  // late-reply.
  void confirm() { confirm(cancellation_); }
  void confirm(const base::Cancellation* cancellation);
  // After the last reading: Conversation::confirm_at_the_end.
  void confirm_at_the_end(const base::Cancellation* cancellation);
  // The same, only after messages without a reply: some instruments answer them.
  void prove_commands() { prove_after_commands(""); }
  // A reading since the last proof came earlier than half the time that it takes: it may be a line that was there
  // before.
  bool came_early() const { return came_early_; }
  // Whether there is anything to prove; and whether the silence since then already shows it: unsolicited_input.
  bool unproven() const { return conversation_->unproven(); }
  bool confirmed_by_silence() { return conversation_->confirmed_by_silence(cancellation_); }
  bool tainted() const { return conversation_->tainted(); }
  // How often the line was put in step: Conversation::recoveries.
  unsigned recoveries() const { return conversation_->recoveries(); }
  // Whether a question with a known answer, or the protocol, can prove it; else only silence does.
  bool has_known_answer() const;
  // After a fault: opens the link again when it was lost.
  void take_up_again();
  // The number in a place of a reply: not_a_number, and taints the link.
  double number_in(const Values& reply, const std::string& place, const std::string& sent);

  // Reads the error queue until it is empty (bounded): its entries, oldest first.
  std::vector<std::string> drain_errors();
  // device_error when the queue holds anything; `after` says what was being done.
  void check_errors(const std::string& after);
  // A flag of the driver file by its name. A register is read until two replies in succession agree, because a plain
  // number that lost digits on its way ("40" of "4097") is still a number: unexpected_reply when none do, and for a
  // word that is neither on nor off.
  bool flag(const std::string& name);
  // The flag's reply as it came last, as text; empty when none was asked for.
  const std::string& last_flag_reply() const { return last_flag_reply_; }
  // Asks until the flag is on, not_settled after `at_most` seconds of real time.
  void wait_for_flag(const std::string& name, double at_most);

  // Numbers of one reply, in the form of the driver file: not_a_number taints the link.
  std::vector<double> numbers(const std::string& message, const NumberArrayFormat& format, double extra_time);

  // The driver's safe state: sent, and read back, with a few tries over a re-opened link, the message also without any
  // reply when none comes. Without cancellation: this must happen also after Ctrl-C. safe_state_failed when it cannot
  // be shown.
  void make_safe();

  InstrumentError error(Fault fault, const std::string& sent, const std::string& received,
                        const std::string& detail) const;

 private:
  std::string ask(const std::string& message, std::size_t lines, double extra_time, bool repeatable = false);
  Values reply_to(const Exchange& exchange, const std::string& message, double extra_time, bool repeatable,
                  const MessageTemplate::IsSign& is_sign);
  // Messages without a reply may have been answered all the same: proven before the first reply that counts.
  void prove_after_commands(const std::string& message);
  std::string say(const std::string& message, std::size_t lines, const QueryOptions& options);
  bool one_line_identity() const;
  bool reply_is_identity(const std::string& reply) const;
  std::string identity_reply();
  void prove_by_last_identity_line();
  void tell(const std::string& message);
  // How the end of an operation is noticed: on the link's service request, by serial polls, or with *STB?.
  enum class CompletionWatch { none, service_request, serial_poll, status_query };
  // Before and after the message (operation_complete.cpp).
  CompletionWatch arm_completion(const Exchange& exchange);
  void await_completion(const Exchange& exchange, const std::string& message, CompletionWatch watch, double extra_time);
  void await_service_request(const Exchange& exchange, const std::string& message, CompletionWatch watch,
                             double extra_time);
  std::uint8_t register_byte(const std::string& query, double extra_time);
  std::uint32_t register_of(const Flag& flag);
  void pause(milliseconds duration) const;
  // What a source answers about its output has the form that the driver file gives: a line that loses characters of
  // every reply shows here.
  void check_read_backs();
  bool shows_safe_state();
  // Over a link of its own, without waiting for anything: the instrument may hear even when it cannot be heard.
  void send_safe_state_blindly() noexcept;

  BenchInstrument bench_;
  std::shared_ptr<Transcript> transcript_;
  const base::Cancellation* cancellation_;
  std::unique_ptr<const Dialect> dialect_;
  std::unique_ptr<Conversation> conversation_;
  Identity identity_;
  std::string last_flag_reply_;
  bool commands_unproven_ = false;
  bool came_early_ = false;
};

}  // namespace etalon::drivers
