// A link over VXI-11: the core channel for messages, the abort channel to break a call off, and, once service requests
// are waited for, the interrupt channel, on which the instrument calls this computer (IPv4 only). A reading is always a
// call to the instrument, so nothing is read without a query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"
#include "drivers/links/vxi11_messages.h"
#include "drivers/links/vxi11_rpc.h"

namespace etalon::drivers {

class Vxi11Link : public Link {
 public:
  // Not open yet. With `core_port`, or one in the address, the port mapper of the instrument is not asked (firewalls,
  // simulators).
  Vxi11Link(const Vxi11Address& address, const LinkOptions& options,
            std::optional<std::uint16_t> core_port = std::nullopt);
  ~Vxi11Link() override;
  bool is_open() const override { return core_.connected(); }
  bool reopening_drops_replies() const override { return true; }
  bool signals_end() const override { return true; }
  bool sends_unasked() const override { return false; }
  bool has_device_clear() const override { return !clear_refused_; }
  bool has_status_byte() const override { return true; }
  bool signals_service_request() const override { return !service_request_refused_; }
  bool has_trigger() const override { return true; }
  bool has_go_to_local() const override { return true; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  bool received_end() const override { return ended_; }
  void clear_device(const Deadline& deadline) override;
  std::uint8_t poll_device(const Deadline& deadline) override;
  bool await_service_request(const Deadline& deadline) override;
  void trigger_device(const Deadline& deadline) override;
  void release_device(const Deadline& deadline) override;

  void connect(const Deadline& deadline);
  // The results of a call of the core channel; nothing when the deadline passed.
  template <typename Result, typename Arguments>
  std::optional<Result> call(std::uint32_t procedure, const Arguments& arguments, const Deadline& deadline);
  void call_generic(std::uint32_t procedure, const Deadline& deadline);
  void abort_call() noexcept;
  // Named errors for all codes but 0.
  void check(std::int32_t code);
  void open_interrupt_channel(const Deadline& deadline);
  // Reads what came on the interrupt channel; true when it was a service request.
  bool take_service_request();

  Vxi11Address address_;
  std::optional<std::uint16_t> core_port_;
  RpcClient core_{vxi11::core_program, vxi11::program_version};
  RpcClient abort_{vxi11::abort_program, vxi11::program_version};
  std::int32_t link_ = 0;
  std::uint32_t largest_write_ = 0;
  bool ended_ = false;    // with the last receive_device
  bool refused_ = false;  // the instrument does not offer the procedure called last
  bool clear_refused_ = false;
  bool service_request_refused_ = false;
  FileDescriptor interrupt_listener_, interrupt_;
  RpcRecords interrupt_records_;
};

}  // namespace etalon::drivers
