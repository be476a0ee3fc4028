// A server port that speaks Modbus to its client and lines of text (modbus_message.h) to the simulated instrument
// behind it: a request becomes the messages that cover its registers, one after another; their replies become the
// frame of the answer.
//
//   client: read 2 holding registers from 40   ->  read() gives "read holding 40 float32\n"
//   write("21.83\n")                           ->  client: the two registers
//
// Without a reply the client gets none; a reply without terminator is sent as half a frame; a text where a number
// belongs is exception 4 (server device failure). A request for registers that no message covers is exception 2, a
// function that is not served exception 1, an impossible quantity exception 3.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "drivers/links/modbus_message.h"
#include "drivers/simulation/server_port.h"

namespace etalon::drivers {

// A message of the instrument's driver file.
struct RegisterMessage {
  bool is_write = false;
  RegisterRange range;
};

// From a message or a message template ("write holding 10 float32 {value}"); InputError for anything else.
RegisterMessage parse_register_message(const std::string& text);

class ModbusServer : public ServerPort {
 public:
  // Modbus TCP on a TcpListener, RTU on a PseudoTerminal.
  ModbusServer(std::unique_ptr<ServerPort> port, int unit, std::vector<RegisterMessage> messages);
  ~ModbusServer() override;

  // MODBUS::127.0.0.1::40123::UNIT1 or MODBUS/dev/pts/3::9600-8N1::UNIT1.
  std::string address() const override;
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  void drop_client() override;
  void close() override;
  // The next frame of values lacks its last register (or its last eight bits), with the byte count and checksum of what
  // is left: a cut reply, which the client must know from the length.
  void shorten_next() { shorten_ = true; }

 private:
  struct Request {
    std::string head;  // TCP: transaction and protocol
    int unit = 0;
    int function = 0;
    bool is_write = false;
    RegisterKind kind = RegisterKind::holding;
    unsigned address = 0;
    std::vector<std::uint16_t> content;  // what is written; for what is read, filled as replies come
    std::string confirmation;            // of a write: the body of the answer
    std::deque<RegisterMessage> asked;   // to do; the front one was handed out
  };

  bool take_frame(std::string& frame);
  // The lines for the instrument begin; or the request is answered here, and nothing is to be asked.
  void begin(const std::string& frame, const base::Cancellation& cancellation);
  bool find_messages(Request& request) const;
  std::string line_for_instrument() const;
  void take_reply(const std::string& text);
  bool answer(const std::string& body, const base::Cancellation& cancellation, bool half = false);
  bool refuse(int exception, const base::Cancellation& cancellation);
  void forget();

  std::unique_ptr<ServerPort> port_;
  bool rtu_;
  int unit_;
  std::vector<RegisterMessage> messages_;
  std::string received_;
  std::chrono::steady_clock::time_point last_received_;
  bool pending_ = false;
  bool shorten_ = false;
  Request request_;
  std::string line_;     // for the instrument, not yet read
  std::string replied_;  // by the instrument, without terminator so far
};

}  // namespace etalon::drivers
