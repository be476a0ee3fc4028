// The calls of VXI-11 (VXIbus Consortium, TCP/IP Instrument Protocol, revision 1.0, 1995): arguments and results, both
// ways, by the definitions of its appendix C.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etalon::drivers::vxi11 {

constexpr std::uint32_t core_program = 0x0607AF;
constexpr std::uint32_t abort_program = 0x0607B0;
constexpr std::uint32_t interrupt_program = 0x0607B1;
constexpr std::uint32_t program_version = 1;

// Procedures of the core channel.
constexpr std::uint32_t create_link = 10;
constexpr std::uint32_t device_write = 11;
constexpr std::uint32_t device_read = 12;
constexpr std::uint32_t device_readstb = 13;
constexpr std::uint32_t device_trigger = 14;
constexpr std::uint32_t device_clear = 15;
constexpr std::uint32_t device_remote = 16;
constexpr std::uint32_t device_local = 17;
constexpr std::uint32_t device_lock = 18;
constexpr std::uint32_t device_unlock = 19;
constexpr std::uint32_t device_enable_srq = 20;
constexpr std::uint32_t device_docmd = 22;
constexpr std::uint32_t destroy_link = 23;
constexpr std::uint32_t create_intr_chan = 25;
constexpr std::uint32_t destroy_intr_chan = 26;
// Of the other two.
constexpr std::uint32_t device_abort = 1;
constexpr std::uint32_t device_intr_srq = 30;

constexpr std::uint32_t end_flag = 0x08;  // device_write: END with the last byte (B.5.3)
// Why device_read came to its end (B.6.4): any of them.
constexpr std::int32_t reason_count = 1;
constexpr std::int32_t reason_terminator = 2;
constexpr std::int32_t reason_end = 4;

// Device_ErrorCode (table B.2).
constexpr std::int32_t no_error = 0;
constexpr std::int32_t device_not_accessible = 3;
constexpr std::int32_t invalid_link = 4;
constexpr std::int32_t channel_not_established = 6;
constexpr std::int32_t not_supported = 8;
constexpr std::int32_t io_timeout = 15;
constexpr std::int32_t io_error = 17;
constexpr std::int32_t aborted = 23;
constexpr std::int32_t channel_already_established = 29;
// "VXI-11 error 11: device locked by another link".
std::string error_text(std::int32_t code);

struct CreateLink {
  std::int32_t client = 0;
  bool lock = false;
  std::uint32_t lock_timeout = 0;
  std::string device;
};
struct LinkCreated {
  std::int32_t error = 0;
  std::int32_t link = 0;
  std::uint32_t abort_port = 0;
  std::uint32_t max_receive_size = 0;
};
struct Write {
  std::int32_t link = 0;
  std::uint32_t io_timeout = 0, lock_timeout = 0;  // ms
  std::uint32_t flags = 0;
  std::string data;
};
struct Written {
  std::int32_t error = 0;
  std::uint32_t size = 0;
};
struct Read {
  std::int32_t link = 0;
  std::uint32_t size = 0;
  std::uint32_t io_timeout = 0, lock_timeout = 0;  // ms
  std::uint32_t flags = 0;
  std::int32_t terminator = 0;
};
struct WasRead {
  std::int32_t error = 0;
  std::int32_t reason = 0;
  std::string data;
};
// device_readstb, device_trigger, device_clear, device_remote, device_local.
struct Generic {
  std::int32_t link = 0;
  std::uint32_t flags = 0;
  std::uint32_t lock_timeout = 0, io_timeout = 0;  // ms
};
struct StatusByte {
  std::int32_t error = 0;
  std::uint32_t status = 0;
};
struct EnableServiceRequest {
  std::int32_t link = 0;
  bool enable = false;
  std::string handle;
};
struct InterruptChannel {
  std::uint32_t host = 0;  // IPv4
  std::uint32_t port = 0;
  std::uint32_t program = 0, version = 0;
  std::int32_t family = 0;  // 0: TCP
};
struct ServiceRequest {
  std::string handle;
};
struct LinkNumber {  // device_abort, destroy_link
  std::int32_t link = 0;
};
struct Outcome {
  std::int32_t error = 0;
};

// XDR. decode: nothing when the bytes are no such message.
template <typename Message>
std::string encode(const Message& message);
template <typename Message>
std::optional<Message> decode(std::string_view bytes);

}  // namespace etalon::drivers::vxi11
