// An instrument made from its driver file: takes messages, keeps the state that they change, and makes the replies that
// the file describes. What is no message of the file becomes an entry of the error queue and brings no reply, as in
// real instruments. One that knows *IDN? also knows the common commands of status reporting and messages of several
// units ("CONF:VOLT:DC 10;:READ?"). Messages come one at a time, from one thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/simulation/simulated_meter.h"
#include "drivers/simulation/simulated_source.h"
#include "drivers/simulation/status_registers.h"
#include "drivers/simulation/truth.h"
#include "drivers/simulation/vocabulary.h"
#include "drivers/simulation/world.h"

namespace etalon::drivers::simulation {

enum class ReplyKind { identity, error, status, reading, setting, other };

struct SimulatedReply {
  std::string text;  // without terminator; several lines for some identities
  ReplyKind kind = ReplyKind::other;
  std::string overloaded;     // readings: the same reply with overload instead of the values
  std::string in_wrong_unit;  // … and in a unit that the driver file does not know; empty where the reply has none
  bool binary = false;        // a block: its bytes go over the line as they are
  // Identities: those of another model, and of another individual of the same model.
  std::string of_other_model{}, of_other_serial{};
  // Readings: overload in other digits than the readings have; empty where that cannot be.
  std::string overloaded_otherwise{};
};

class SimulatedInstrument {
 public:
  // The world must outlive the instrument; source and meter are made known to it. InputError when a reply of the driver
  // file has a place that nothing fills.
  SimulatedInstrument(const BenchInstrument& instrument, const InstrumentTruth& truth, World& world);

  const std::string& name() const { return name_; }
  const LinkSettings& link() const { return driver_.link; }
  const DriverFile& driver() const { return driver_; }

  // A message without its terminator. Measuring takes its time on the world's clock: InterruptedError when cancelled.
  std::optional<SimulatedReply> answer(const std::string& message, const base::Cancellation& cancellation);
  // Whether `answer` will bring a reply.
  bool has_reply(const std::string& message) const;
  // Whether an error waits in the queue.
  bool error_waits() const { return !errors_.empty(); }
  // The input buffer was too small for a message: it is lost, and the error queue says so.
  void lose_message() { report(driver_.errors.unknown_message, StatusRegisters::command_error); }
  StatusRegisters& status() { return status_; }
  // An operation that was to be told of (*OPC) may be complete by now. From any thread.
  void look_at_operations() { status_.look(world_.clock().now()); }

  bool is_source() const { return !sources_.empty(); }
  bool is_meter() const { return !meters_.empty(); }
  // The output goes off without being told to.
  void fall_back_to_standby();
  // As after switching off and on: outputs off, settings standard, error queue empty.
  void power_cycle();

 private:
  using Role = Vocabulary::Role;
  using Entry = Vocabulary::Entry;
  using Match = Vocabulary::Match;

  void take_state_names();
  void check_replies() const;
  Match find(const std::string& message) const;

  std::optional<SimulatedReply> answer_unit(const std::string& message, const base::Cancellation& cancellation);
  // The units of a message; the whole message where it is one.
  std::vector<std::string> units_of(const std::string& message) const;
  void report(const std::pair<int, std::string>& error, StatusRegisters::Event event);
  // *CLS, *OPC?, …
  std::optional<SimulatedReply> answer_common(const Entry& entry, const Values& values,
                                              const base::Cancellation& cancellation);
  bool take_mask(const Values& values, std::uint8_t& mask);
  // What the message began takes its time, where the driver file says that its end must be waited for.
  void begin_operation(const Entry& entry);
  // False when a value is not allowed; the error is reported then and nothing has changed.
  bool take_values(const Entry& entry, const Values& values);
  bool take_range(const std::string& text, std::size_t measure);
  void take_state(const Values& state);
  void select_measure(std::size_t measure, bool preset);
  void select_source(std::size_t source);
  SimulatedSource& active_source() const { return *sources_[active_source_]; }

  SimulatedReply reading(const Entry& entry, const base::Cancellation& cancellation);
  SimulatedReply block_reading(const Entry& entry, const Values& values, const base::Cancellation& cancellation);
  double power_line_cycles() const;
  std::string next_error();
  bool flag_is_on(const std::string& name) const;
  void add_flags(const Entry& entry, std::map<std::string, double>& numbers, Values& texts) const;
  void add_unit(const Entry& entry, Values& texts) const;
  void add_safe_state(std::map<std::string, double>& numbers, Values& texts) const;
  // What one of the identity queries brings of the whole.
  std::string identity_line(const std::string& identity, std::size_t query) const;
  std::optional<SimulatedReply> refusal(const std::string& text) const;
  bool same_operate(const Entry& entry) const;
  std::string identity(const std::string& model, const std::string& serial) const;
  std::string other_model() const;
  std::string other_serial() const;
  // The texts and numbers that replies may name.
  std::pair<std::map<std::string, double>, Values> reply_values(const Values& of_message) const;
  std::optional<std::size_t> measure_of_place(const Entry& entry, const std::string& place) const;

  std::string name_;
  DriverFile driver_;
  World& world_;
  Vocabulary vocabulary_;
  std::string model_, serial_;
  std::vector<std::unique_ptr<SimulatedMeter>> meters_;    // one a measure
  std::vector<std::shared_ptr<SimulatedSource>> sources_;  // one a source
  std::size_t active_measure_ = 0;
  std::atomic<std::size_t> active_source_{0};
  std::vector<double> ranges_;  // by measure; 0: automatic
  Values state_;                // settings, and what [[simulated]] messages set
  std::deque<std::pair<int, std::string>> errors_;
  StatusRegisters status_;
  base::Seconds operations_end_;               // of all that were begun
  std::optional<base::Seconds> series_begin_;  // of readings that were begun and not yet fetched
};

}  // namespace etalon::drivers::simulation
