// A simulated Prologix or AR488 adapter: one server port for the client, and for each instrument behind it a port of
// its own (a station on the simulated bus). Understands the commands of the Prologix GPIB-USB manual (2011) that a
// controller needs, in their order, and waits in ++read like the real one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "drivers/links/address.h"
#include "drivers/simulation/server_port.h"

namespace etalon::drivers {

// The bus end of an instrument. Bytes written by the instrument wait in its output queue until it is addressed to talk.
class GpibStationPort : public ServerPort {
 public:
  explicit GpibStationPort(const GpibAddress& address) : address_(address) {}

  std::string address() const override { return format_address(address_); }
  // A message as it came, with LF where it had none (EOI ends it as well). 0 after a device clear.
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  // A message with EOI at its end. What answers a message from before a device clear is dropped.
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  bool write_part(std::string_view bytes, const base::Cancellation& cancellation) override;
  // With bit 6 it asserts SRQ, until a serial poll.
  void set_status_byte(std::uint8_t status) override;
  void set_status_bits(std::uint8_t bits) override;
  // As when the instrument loses its power: what it was told and what it had to say are gone.
  void drop_client() override;
  void close() override {}

  // An instrument without device clear: late replies still come.
  void ignore_device_clear();
  // How often the controller did: ++clr, ++trg, ++loc.
  int clears() const;
  int triggers() const;
  int locals() const;
  // Reads that were begun although nothing had been asked since the last END: an error to IEEE 488.2 instruments.
  int unasked_reads() const;

 private:
  friend class SimulatedPrologixAdapter;
  struct Output {
    char byte;
    bool end;
  };

  bool put(std::string_view bytes, bool end);

  const GpibAddress address_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  std::string reading_;  // rest of a message of which the instrument took a part
  std::deque<Output> output_;
  bool cleared_ = false;  // tell the instrument
  bool stale_ = false;    // what it writes answers a message from before the clear
  bool obeys_clear_ = true;
  bool asked_ = false;
  std::uint8_t status_ = 0;
  int clears_ = 0, triggers_ = 0, locals_ = 0, unasked_reads_ = 0;
};

class SimulatedPrologixAdapter {
 public:
  SimulatedPrologixAdapter(std::unique_ptr<ServerPort> port,
                           std::string version = "Prologix GPIB-ETHERNET Controller version 01.06.06.00");
  ~SimulatedPrologixAdapter();
  SimulatedPrologixAdapter(const SimulatedPrologixAdapter&) = delete;
  SimulatedPrologixAdapter& operator=(const SimulatedPrologixAdapter&) = delete;

  // For clients of the adapter itself.
  std::string address() const { return port_->address(); }
  // The port of an instrument; before start(). It belongs to the caller, but must not outlive the adapter's stop().
  std::unique_ptr<ServerPort> station(const GpibAddress& address);
  // The same port, to look at and to misbehave with.
  GpibStationPort& bus_end(const GpibAddress& address) { return *stations_.at(key(address)); }

  // Begins to serve; once.
  void start();
  void stop();
  // As after a power failure that the client's line does not notice: forgets all settings.
  void restart();
  // The commands that came, for tests: "++mode 1", ….
  std::vector<std::string> commands() const;

 private:
  static int key(const GpibAddress& address) {
    return address.primary * 32 + (address.secondary ? *address.secondary + 1 : 0);
  }
  void serve();
  void take_line(const std::string& line, bool is_command);
  void command(const std::string& line);
  void read_from_instrument();
  void say(const std::string& text);
  std::shared_ptr<GpibStationPort> addressed() const;

  std::unique_ptr<ServerPort> port_;
  std::string version_;
  std::map<int, std::shared_ptr<GpibStationPort>> stations_;
  base::Cancellation cancellation_;
  mutable std::mutex mutex_;  // of what follows
  std::vector<std::string> commands_;
  std::map<std::string, int> settings_;
  std::optional<GpibAddress> addressed_;
  std::thread thread_;
};

}  // namespace etalon::drivers
