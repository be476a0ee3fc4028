// A server port that speaks HiSLIP (IVI-6.1, revision 1.0), both modes. One client; a second one is refused with
// "too many clients".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/hislip_message.h"
#include "drivers/simulation/message_buffers.h"
#include "drivers/simulation/server_port.h"
#include "drivers/simulation/tcp_listener.h"
#include "drivers/simulation/waker.h"

namespace etalon::drivers {

struct HislipServerOptions {
  bool prefers_overlapped = false;
  bool can_change_mode = true;               // grants the client's preference at a device clear
  std::uint64_t largest_message = 1u << 20;  // bytes that it takes in one protocol message, header included
};

class HislipServer : public ServerPort {
 public:
  // Port 0 takes a free one. InputError as TcpListener's.
  explicit HislipServer(std::uint16_t port = 0, const HislipServerOptions& options = {});
  ~HislipServer() override;
  HislipServer(const HislipServer&) = delete;
  HislipServer& operator=(const HislipServer&) = delete;

  // TCPIP::127.0.0.1::hislip0,PORT::INSTR
  std::string address() const override;
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  bool write_part(std::string_view bytes, const base::Cancellation& cancellation) override;
  void set_status_byte(std::uint8_t status) override;
  void set_status_bits(std::uint8_t bits) override;
  void drop_client() override;
  void close() override;

 private:
  struct Connection {
    FileDescriptor descriptor;
    std::string input, output;
    bool broken = false;
  };

  void serve();
  void receive(Connection& connection);
  void flush(Connection& connection);
  void send(Connection& connection, HislipType type, std::uint8_t control, std::uint32_t parameter,
            std::string_view payload = {});
  // Each takes the whole messages out of the connection's input.
  void understand_newcomer(std::unique_ptr<Connection>& newcomer);
  void understand_sync();
  void understand_async();
  void send_replies();
  bool left() const;
  void hear_out();
  void end_session();
  bool next_message(Connection& connection, HislipHeader& header, std::string& payload);

  HislipServerOptions options_;
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  Waker waker_;
  MessageBuffers buffers_;
  std::vector<std::unique_ptr<Connection>> newcomers_;
  std::unique_ptr<Connection> sync_, async_;
  std::uint16_t session_ = 0;
  bool overlapped_ = false;
  bool clearing_ = false;            // between the two halves of a device clear
  bool unread_reply_ = false;        // sent, and not yet said to be delivered (MAV)
  std::uint32_t next_reply_id_ = 0;  // overlapped mode
  std::thread thread_;
};

}  // namespace etalon::drivers
