#include "drivers/simulation/hislip_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "drivers/links/address.h"

namespace etalon::drivers {

namespace {

constexpr std::uint8_t message_available = 0x10;

}  // namespace

HislipServer::HislipServer(std::uint16_t port, const HislipServerOptions& options)
    : options_(options), buffers_([this] { waker_.wake(); }) {
  TcpListener listener(port);
  port_ = listener.port();
  listener_ = listener.release();
  thread_ = std::thread([this] { serve(); });
}

HislipServer::~HislipServer() {
  close();
}

std::string HislipServer::address() const {
  return format_address(HislipAddress{"127.0.0.1", "hislip0", port_});
}

std::size_t HislipServer::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  return buffers_.read(data, size, cancellation);
}

bool HislipServer::write(std::string_view bytes, const base::Cancellation&) {
  return buffers_.write(bytes, true);
}

bool HislipServer::write_part(std::string_view bytes, const base::Cancellation&) {
  return buffers_.write(bytes, false);
}

void HislipServer::set_status_byte(std::uint8_t status) {
  buffers_.set_status(status);
}

void HislipServer::set_status_bits(std::uint8_t bits) {
  buffers_.set_status_bits(bits);
}

void HislipServer::drop_client() {
  waker_.drop_client();
}

void HislipServer::close() {
  waker_.stop();
  if (thread_.joinable()) thread_.join();
  listener_.reset();
}

// ---- the protocol's thread

void HislipServer::serve() {
  while (!waker_.stopped()) {
    std::vector<pollfd> waiting = {{waker_.descriptor(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    std::vector<Connection*> connections;
    const auto watch = [&](Connection* connection) {
      if (!connection) return;
      const bool to_send = !connection->output.empty();
      waiting.push_back({connection->descriptor.get(), static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN), 0});
      connections.push_back(connection);
    };
    for (const auto& newcomer : newcomers_)
      watch(newcomer.get());
    watch(sync_.get());
    watch(async_.get());
    (void)::poll(waiting.data(), waiting.size(), -1);
    waker_.calm();
    if (waker_.take_drop()) {
      end_session();
      continue;
    }
    for (std::size_t i = 0; i < connections.size(); ++i) {
      const short events = waiting[i + 2].revents;
      if ((events & POLLOUT) != 0) flush(*connections[i]);
      if ((events & ~POLLOUT) != 0) receive(*connections[i]);
    }
    if ((waiting[1].revents & POLLIN) != 0) {
      auto newcomer = std::make_unique<Connection>();
      newcomer->descriptor = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (newcomer->descriptor.valid()) newcomers_.push_back(std::move(newcomer));
    }
    if (left()) hear_out();
    for (auto& newcomer : newcomers_)
      understand_newcomer(newcomer);
    std::erase_if(newcomers_, [](const auto& newcomer) { return !newcomer || newcomer->broken; });
    if (sync_) understand_sync();
    if (async_) understand_async();
    if (sync_ && async_) send_replies();
    if (left()) hear_out();
  }
}

bool HislipServer::left() const {
  return (sync_ && sync_->broken) || (async_ && async_->broken);
}

// A client may send and leave: its connections are ready one after the other, so the end of one is no sign that all of
// the other was read.
void HislipServer::hear_out() {
  if (sync_ && async_) {
    receive(*sync_);
    understand_sync();
  }
  end_session();
}

void HislipServer::end_session() {
  if (sync_ || async_) buffers_.leave();
  sync_.reset();
  async_.reset();
  clearing_ = false;
  unread_reply_ = false;
}

// To the end of what is there: a client that left must be seen before the next one is let in.
void HislipServer::receive(Connection& connection) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = ::recv(connection.descriptor.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
      connection.input.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) connection.broken = true;
      return;
    }
  }
}

void HislipServer::flush(Connection& connection) {
  const ssize_t count =
      ::send(connection.descriptor.get(), connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
  if (count > 0) connection.output.erase(0, static_cast<std::size_t>(count));
  if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) connection.broken = true;
}

void HislipServer::send(Connection& connection, HislipType type, std::uint8_t control, std::uint32_t parameter,
                        std::string_view payload) {
  connection.output += encode_hislip(type, control, parameter, payload);
  flush(connection);
}

bool HislipServer::next_message(Connection& connection, HislipHeader& header, std::string& payload) {
  if (connection.input.size() < hislip_header_size) return false;
  const auto found = decode_hislip_header(connection.input);
  if (!found) {
    send(connection, HislipType::fatal_error, 1, 0);
    connection.broken = true;
    return false;
  }
  header = *found;
  if (header.payload_size > options_.largest_message) {
    send(connection, HislipType::fatal_error, 1, 0, "message too large");
    connection.broken = true;
    return false;
  }
  const std::size_t size = hislip_header_size + static_cast<std::size_t>(header.payload_size);
  if (connection.input.size() < size) return false;
  payload = connection.input.substr(hislip_header_size, size - hislip_header_size);
  connection.input.erase(0, size);
  return true;
}

void HislipServer::understand_newcomer(std::unique_ptr<Connection>& newcomer) {
  HislipHeader header;
  std::string payload;
  if (!next_message(*newcomer, header, payload)) return;
  if (header.type == HislipType::initialize && !sync_) {
    sync_ = std::move(newcomer);
    ++session_;
    overlapped_ = options_.prefers_overlapped;
    next_reply_id_ = hislip_first_message_id;
    send(*sync_, HislipType::initialize_response, overlapped_ ? hislip_overlapped : 0, 0x0100u << 16 | session_);
  } else if (header.type == HislipType::async_initialize && sync_ && !async_ && header.parameter == session_) {
    async_ = std::move(newcomer);
    send(*async_, HislipType::async_initialize_response, 0, 0);
  } else {
    const std::uint8_t code = header.type == HislipType::initialize ? 4 : 3;
    send(*newcomer, HislipType::fatal_error, code, 0);
    newcomer->broken = true;
  }
}

void HislipServer::understand_sync() {
  HislipHeader header;
  std::string payload;
  while (next_message(*sync_, header, payload)) {
    if ((header.control & hislip_rmt_delivered) != 0 && header.type != HislipType::device_clear_complete)
      unread_reply_ = false;
    switch (header.type) {
      case HislipType::data:
      case HislipType::data_end:
        if (!async_) {
          send(*sync_, HislipType::fatal_error, 2, 0);
          sync_->broken = true;
        } else if (!clearing_) {
          buffers_.take(payload, header.type == HislipType::data_end, header.parameter);
        }
        break;
      case HislipType::trigger:
        if (!clearing_) buffers_.take("*TRG", true, header.parameter);
        break;
      case HislipType::device_clear_complete:
        clearing_ = false;
        overlapped_ = options_.can_change_mode ? (header.control & hislip_overlapped) != 0 : overlapped_;
        next_reply_id_ = hislip_first_message_id;
        unread_reply_ = false;
        send(*sync_, HislipType::device_clear_acknowledge, overlapped_ ? hislip_overlapped : 0, 0);
        break;
      case HislipType::fatal_error:
        sync_->broken = true;
        break;
      default:
        send(*sync_, HislipType::error, 1, 0);
    }
  }
}

void HislipServer::understand_async() {
  HislipHeader header;
  std::string payload;
  while (next_message(*async_, header, payload)) {
    switch (header.type) {
      case HislipType::async_maximum_message_size:
        send(*async_, HislipType::async_maximum_message_size_response, 0, 0,
             encode_hislip_size(options_.largest_message));
        break;
      case HislipType::async_device_clear:
        clearing_ = true;
        buffers_.forget();
        send(*async_, HislipType::async_device_clear_acknowledge, options_.prefers_overlapped ? hislip_overlapped : 0,
             0);
        break;
      case HislipType::async_status_query: {
        if ((header.control & hislip_rmt_delivered) != 0) unread_reply_ = false;
        const bool unread = overlapped_ ? header.parameter != next_reply_id_ - 2 : unread_reply_;
        const std::uint8_t available = unread ? message_available : 0;
        send(*async_, HislipType::async_status_response, static_cast<std::uint8_t>(buffers_.poll_status() | available),
             0);
        break;
      }
      case HislipType::async_remote_local_control:
        send(*async_, HislipType::async_remote_local_response, 0, 0);
        break;
      case HislipType::fatal_error:
        async_->broken = true;
        break;
      default:
        send(*async_, HislipType::error, 1, 0);
    }
  }
}

void HislipServer::send_replies() {
  if (buffers_.take_service_request()) send(*async_, HislipType::async_service_request, buffers_.status(), 0);
  while (!clearing_ && buffers_.has_reply()) {
    const MessageBuffers::Reply reply = buffers_.take_reply(1u << 16);
    std::uint32_t id = reply.query;
    if (overlapped_) id = std::exchange(next_reply_id_, next_reply_id_ + 2);
    send(*sync_, reply.end ? HislipType::data_end : HislipType::data, 0, id, reply.bytes);
    if (reply.end) unread_reply_ = true;
  }
}

}  // namespace etalon::drivers
