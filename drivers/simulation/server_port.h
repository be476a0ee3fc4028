// The other end of a link: where a simulated instrument listens. One client at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace etalon::drivers {

class ServerPort {
 public:
  virtual ~ServerPort() = default;
  // The address for clients, for example TCPIP::127.0.0.1::40123::SOCKET.
  virtual std::string address() const = 0;
  // Waits for a client and its bytes; at least one byte. 0: the client left, or cleared the device (forget its
  // unfinished message); call again. InterruptedError within 50 ms of cancellation. Where the link signals END, a
  // message that ended without a newline is given one.
  virtual std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) = 0;
  // To the client whose bytes were read last. False when it is gone or has cleared the device since: the bytes are
  // lost, as on a line. Where the link signals END, they are a whole message.
  virtual bool write(std::string_view bytes, const base::Cancellation& cancellation) = 0;
  // Where the link signals END, the bytes of a message that goes on; elsewhere as write().
  virtual bool write_part(std::string_view bytes, const base::Cancellation& cancellation) {
    return write(bytes, cancellation);
  }
  // For serial polls, where the link has them; when bit 6 (RQS) becomes set, service is requested.
  virtual void set_status_byte(std::uint8_t) {}
  // The other bits alone: a request that has not been polled yet stays, and there is no new one.
  virtual void set_status_bits(std::uint8_t) {}
  // Cuts the line to the present client only (fault simulation): on TCP it sees the end of the stream.
  virtual void drop_client() = 0;
  // Releases the port; not while another thread is in read or write.
  virtual void close() = 0;
};

}  // namespace etalon::drivers
