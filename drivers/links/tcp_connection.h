// A connected TCP socket, for the links that run over TCP. Never raises SIGPIPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

// What went wrong, in the user interface's language; the link adds instrument and address.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Non-blocking, without delay, with keep-alive. ConnectionError when it cannot be had until the deadline, name look-up
// included.
FileDescriptor connect_tcp(const std::string& host, std::uint16_t port, const Deadline& deadline);
// At least one byte unless the deadline passes (then 0). ConnectionError when the connection is gone.
std::size_t send_bytes(int descriptor, std::string_view bytes, const Deadline& deadline);
std::size_t receive_bytes(int descriptor, char* data, std::size_t size, const Deadline& deadline);
// What is here already; 0: nothing.
std::size_t receive_present(int descriptor, char* data, std::size_t size);

// For the fastest queries: a socket that waits inside of the call, in slices.
void make_blocking(int descriptor);
std::size_t receive_blocking(int descriptor, char* data, std::size_t size, const Deadline& deadline);

}  // namespace etalon::drivers
