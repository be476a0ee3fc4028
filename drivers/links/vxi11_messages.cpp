#include "drivers/links/vxi11_messages.h"

#include <rpc/rpc.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers::vxi11 {

using base::message_id;
using base::tr;

namespace {

constexpr std::array<std::pair<std::int32_t, const char*>, 13> errors{{
    {1, message_id("syntax error")},
    {device_not_accessible, message_id("device not accessible")},
    {invalid_link, message_id("invalid link identifier")},
    {5, message_id("parameter error")},
    {channel_not_established, message_id("channel not established")},
    {not_supported, message_id("operation not supported")},
    {9, message_id("out of resources")},
    {11, message_id("device locked by another link")},
    {12, message_id("no lock held by this link")},
    {io_timeout, message_id("I/O timeout")},
    {io_error, message_id("I/O error")},
    {aborted, message_id("aborted")},
    {channel_already_established, message_id("channel already established")},
}};

// Both ways: each function writes or reads one field, by the direction of the XDR stream.
class Stream {
 public:
  Stream(char* bytes, std::size_t size, xdr_op direction) : size_(size) {
    ::xdrmem_create(&xdr_, bytes, static_cast<u_int>(size), direction);
  }
  ~Stream() { xdr_destroy(&xdr_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  std::size_t position() { return xdr_getpos(&xdr_); }

  bool field(std::int32_t& number) { return ::xdr_int32_t(&xdr_, &number) != 0; }
  bool field(std::uint32_t& number) { return ::xdr_uint32_t(&xdr_, &number) != 0; }
  bool field(bool& flag) {
    bool_t value = flag ? 1 : 0;
    const bool done = ::xdr_bool(&xdr_, &value) != 0;
    flag = value != 0;
    return done;
  }
  bool field(std::string& bytes) {
    auto count = static_cast<std::uint32_t>(bytes.size());
    if (!field(count) || count > size_ - position()) return false;
    bytes.resize(count);
    return ::xdr_opaque(&xdr_, bytes.data(), count) != 0;
  }
  template <typename... Fields>
  bool fields(Fields&... all) {
    return (field(all) && ...);
  }

 private:
  XDR xdr_{};
  std::size_t size_;
};

bool transfer(Stream& stream, CreateLink& m) {
  return stream.fields(m.client, m.lock, m.lock_timeout, m.device);
}
bool transfer(Stream& stream, LinkCreated& m) {
  return stream.fields(m.error, m.link, m.abort_port, m.max_receive_size);
}
bool transfer(Stream& stream, Write& m) {
  return stream.fields(m.link, m.io_timeout, m.lock_timeout, m.flags, m.data);
}
bool transfer(Stream& stream, Written& m) {
  return stream.fields(m.error, m.size);
}
bool transfer(Stream& stream, Read& m) {
  return stream.fields(m.link, m.size, m.io_timeout, m.lock_timeout, m.flags, m.terminator);
}
bool transfer(Stream& stream, WasRead& m) {
  return stream.fields(m.error, m.reason, m.data);
}
bool transfer(Stream& stream, Generic& m) {
  return stream.fields(m.link, m.flags, m.lock_timeout, m.io_timeout);
}
bool transfer(Stream& stream, StatusByte& m) {
  return stream.fields(m.error, m.status);
}
bool transfer(Stream& stream, EnableServiceRequest& m) {
  return stream.fields(m.link, m.enable, m.handle);
}
bool transfer(Stream& stream, InterruptChannel& m) {
  return stream.fields(m.host, m.port, m.program, m.version, m.family);
}
bool transfer(Stream& stream, ServiceRequest& m) {
  return stream.fields(m.handle);
}
bool transfer(Stream& stream, LinkNumber& m) {
  return stream.fields(m.link);
}
bool transfer(Stream& stream, Outcome& m) {
  return stream.fields(m.error);
}

template <typename Message>
std::size_t text_size(const Message& message) {
  if constexpr (requires { message.data; }) return message.data.size();
  if constexpr (requires { message.handle; }) return message.handle.size();
  if constexpr (requires { message.device; }) return message.device.size();
  return 0;
}

}  // namespace

std::string error_text(std::int32_t code) {
  for (const auto& [number, text] : errors) {
    if (number == code) return filled(tr("VXI-11 error {0}: {1}"), code, tr(text));
  }
  return filled(tr("VXI-11 error {}"), code);
}

template <typename Message>
std::string encode(const Message& message) {
  std::string bytes(text_size(message) + 64, '\0');
  Message copy = message;  // one function for both directions
  Stream stream(bytes.data(), bytes.size(), XDR_ENCODE);
  if (!transfer(stream, copy)) throw std::logic_error("VXI-11 message");
  bytes.resize(stream.position());
  return bytes;
}

template <typename Message>
std::optional<Message> decode(std::string_view bytes) {
  std::string copy(bytes);  // xdrmem wants it changeable
  Stream stream(copy.data(), copy.size(), XDR_DECODE);
  Message message;
  if (!transfer(stream, message)) return std::nullopt;
  return message;
}

#define ETALON_VXI11_MESSAGE(Message)          \
  template std::string encode(const Message&); \
  template std::optional<Message> decode<Message>(std::string_view);
ETALON_VXI11_MESSAGE(CreateLink)
ETALON_VXI11_MESSAGE(LinkCreated)
ETALON_VXI11_MESSAGE(Write)
ETALON_VXI11_MESSAGE(Written)
ETALON_VXI11_MESSAGE(Read)
ETALON_VXI11_MESSAGE(WasRead)
ETALON_VXI11_MESSAGE(Generic)
ETALON_VXI11_MESSAGE(StatusByte)
ETALON_VXI11_MESSAGE(EnableServiceRequest)
ETALON_VXI11_MESSAGE(InterruptChannel)
ETALON_VXI11_MESSAGE(ServiceRequest)
ETALON_VXI11_MESSAGE(LinkNumber)
ETALON_VXI11_MESSAGE(Outcome)
#undef ETALON_VXI11_MESSAGE

}  // namespace etalon::drivers::vxi11
