// A server port that speaks VXI-11: core, abort and interrupt channel. Any number of links to its one device, all into
// the same instrument.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "drivers/links/file_descriptor.h"
#include "drivers/links/vxi11_messages.h"
#include "drivers/links/vxi11_rpc.h"
#include "drivers/simulation/message_buffers.h"
#include "drivers/simulation/server_port.h"
#include "drivers/simulation/waker.h"

namespace etalon::drivers {

struct Vxi11ServerOptions {
  // Clients find the server through the port mapper (rpcbind) of this computer. Without, only those who know
  // core_port().
  bool register_with_port_mapper = true;
  std::string device = "inst0";
  std::uint32_t largest_write = 1u << 16;  // bytes that it takes in one device_write
};

class Vxi11Server : public ServerPort {
 public:
  // InputError when there is no port mapper, or another VXI-11 server has registered there.
  explicit Vxi11Server(const Vxi11ServerOptions& options = {});
  ~Vxi11Server() override;
  Vxi11Server(const Vxi11Server&) = delete;
  Vxi11Server& operator=(const Vxi11Server&) = delete;

  std::uint16_t core_port() const { return core_port_; }
  // TCPIP::127.0.0.1::inst0::INSTR, or inst0,PORT when no port mapper knows it
  std::string address() const override;
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  bool write_part(std::string_view bytes, const base::Cancellation& cancellation) override;
  void set_status_byte(std::uint8_t status) override;
  void set_status_bits(std::uint8_t bits) override;
  void drop_client() override;
  void close() override;

 private:
  // A device_read that waits for the instrument.
  struct Reading {
    std::uint32_t call = 0;
    std::int32_t link = 0;
    std::size_t size = 0;
    SteadyTime end;
    std::string data;
  };
  struct Connection {
    FileDescriptor descriptor;
    RpcRecords records;
    std::string output;
    std::vector<std::int32_t> links;
    std::optional<Reading> reading;
    bool of_abort_channel = false;
    bool broken = false;
  };
  struct Link {
    std::int32_t number = 0;
    std::optional<std::string> service_request_handle;
  };

  void serve();
  void register_port();
  void accept_from(const FileDescriptor& listener, bool abort_channel);
  void receive(Connection& connection);
  void flush(Connection& connection);
  void answer(Connection& connection, std::uint32_t call, const std::string& results);
  void understand(Connection& connection, const RpcCall& call);
  void understand_core(Connection& connection, const RpcCall& call);
  // The number of the link when it is one of this server, else an answer with error 4 and nothing.
  bool knows(std::int32_t link) const;
  void create_link(Connection& connection, const RpcCall& call);
  void take_write(Connection& connection, const RpcCall& call);
  void take_message(std::string_view bytes, bool end);
  void begin_reading(Connection& connection, const RpcCall& call);
  void go_on_reading(Connection& connection);
  void end_reading(Connection& connection, std::int32_t error, std::int32_t reason);
  void abort_reading(std::int32_t link);
  std::int32_t open_interrupt_channel(const vxi11::InterruptChannel& channel);
  void request_service();
  void remove_link(std::int32_t link);
  int wait_time() const;

  Vxi11ServerOptions options_;
  FileDescriptor core_listener_, abort_listener_;
  std::uint16_t core_port_ = 0, abort_port_ = 0;
  bool registered_ = false;
  Waker waker_;
  MessageBuffers buffers_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Link> links_;
  std::int32_t last_link_ = 0;
  std::int32_t writer_ = 0;           // the link that wrote last: when it leaves, its replies are lost
  std::uint32_t message_ = 1;         // counts messages
  std::uint32_t latest_message_ = 0;  // the last one that is whole
  FileDescriptor interrupt_;
  std::uint32_t interrupt_calls_ = 0;
  base::Cancellation stopping_;
  std::thread thread_;
};

}  // namespace etalon::drivers
