// A simulated instrument at a server port, in a thread of its own: puts bytes together to messages, sends the replies,
// and misbehaves as told.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "drivers/dialects/dialect.h"
#include "drivers/simulation/fault.h"
#include "drivers/simulation/message_assembler.h"
#include "drivers/simulation/random_stream.h"
#include "drivers/simulation/server_port.h"
#include "drivers/simulation/simulated_instrument.h"

namespace etalon::drivers::simulation {

class Simulator {
 public:
  // InputError for a fault that this instrument cannot have (a meter has no output to switch off).
  Simulator(std::unique_ptr<SimulatedInstrument> instrument, std::unique_ptr<ServerPort> port,
            std::vector<Fault> faults, std::uint64_t seed);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const std::string& name() const { return instrument_->name(); }
  const std::string& address() const { return address_; }
  // Replies sent, or swallowed by a fault, so far.
  int replies() const { return replies_; }
  // Begins to serve; once.
  void start();
  // Ends the thread and releases the port. More than once is allowed.
  void stop();
  // Why the thread ended by itself; empty while all is well.
  std::string failure() const;

 private:
  void serve();
  // One message as it came over the line. False when the client is gone and what it sent before is to be forgotten.
  bool take(const std::string& line);
  void watch_operations();
  Fault* due(FaultKind kind, int reply_number, bool fits);
  bool send(const std::string& message, const SimulatedReply& reply);

  std::unique_ptr<SimulatedInstrument> instrument_;
  std::unique_ptr<ServerPort> port_;
  std::vector<Fault> faults_;
  RandomStream noise_;
  std::string address_;
  std::unique_ptr<Dialect> dialect_;
  MessageAssembler assembler_;
  std::atomic<int> replies_{0};
  bool hung_up_ = false;
  base::Cancellation cancellation_;
  mutable std::mutex mutex_;
  std::string failure_;
  std::thread thread_;
  std::thread operations_;  // looks whether they are complete; begun with the first that takes its time
};

}  // namespace etalon::drivers::simulation
