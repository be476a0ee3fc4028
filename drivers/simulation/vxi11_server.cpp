#include "drivers/simulation/vxi11_server.h"

#include <netconfig.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_clnt.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/tcp_connection.h"
#include "drivers/simulation/tcp_listener.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

constexpr std::uint8_t message_available = 0x10;
const std::string host = "127.0.0.1";

// libtirpc writes to the port mapper with write(2): a port mapper that leaves must not end this program.
class NoSigpipe {
 public:
  NoSigpipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &former_);
  }
  ~NoSigpipe() {
    const timespec at_once{0, 0};
    if (!was_pending_) {
      while (::sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_, former_;
  bool was_pending_ = false;
};

class TcpTransport {
 public:
  TcpTransport() : entry_(::getnetconfigent("tcp")) {}
  ~TcpTransport() {
    if (entry_) ::freenetconfigent(entry_);
  }
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;
  netconfig* get() const { return entry_; }

 private:
  netconfig* entry_;
};

void unregister() {
  const NoSigpipe guard;
  const TcpTransport tcp;
  if (tcp.get()) (void)::rpcb_unset(vxi11::core_program, vxi11::program_version, tcp.get());
}

}  // namespace

Vxi11Server::Vxi11Server(const Vxi11ServerOptions& options) : options_(options), buffers_([this] { waker_.wake(); }) {
  TcpListener core(0, host);
  TcpListener abort(0, host);
  core_port_ = core.port();
  abort_port_ = abort.port();
  core_listener_ = core.release();
  abort_listener_ = abort.release();
  if (options_.register_with_port_mapper) register_port();
  thread_ = std::thread([this] { serve(); });
}

Vxi11Server::~Vxi11Server() {
  close();
}

void Vxi11Server::register_port() {
  const NoSigpipe guard;
  const Deadline deadline = within(std::chrono::seconds(3));
  const std::string advice =
      tr("a simulated VXI-11 instrument at inst0 needs the port mapper of this computer: install and "
         "start rpcbind, or give the instrument the address inst0,0, which needs none");
  std::uint16_t other = 0;
  try {
    other = ask_port_mapper(host, vxi11::core_program, vxi11::program_version, deadline);
  } catch (const std::runtime_error&) {
    throw base::InputError(advice);
  }
  if (other != 0) {
    bool serves = true;
    try {
      (void)connect_tcp(host, other, deadline);
    } catch (const ConnectionError&) {
      serves = false;  // left behind by a program that crashed
    }
    if (serves)
      throw base::InputError(
          tr("another VXI-11 instrument is served at inst0 on this computer; only one is possible: end the "
             "other program, or give one of the instruments the address inst0,0"));
    (void)::pmap_unset(vxi11::core_program, vxi11::program_version);
  }
  if (!::pmap_set(vxi11::core_program, vxi11::program_version, IPPROTO_TCP, core_port_)) throw base::InputError(advice);
  registered_ = true;
}

std::string Vxi11Server::address() const {
  const bool mapped = options_.register_with_port_mapper || !options_.device.starts_with("inst");
  return format_address(Vxi11Address{host, options_.device, mapped ? std::uint16_t{0} : core_port_});
}

std::size_t Vxi11Server::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  return buffers_.read(data, size, cancellation);
}

bool Vxi11Server::write(std::string_view bytes, const base::Cancellation&) {
  return buffers_.write(bytes, true);
}

bool Vxi11Server::write_part(std::string_view bytes, const base::Cancellation&) {
  return buffers_.write(bytes, false);
}

void Vxi11Server::set_status_byte(std::uint8_t status) {
  buffers_.set_status(status);
}

void Vxi11Server::set_status_bits(std::uint8_t bits) {
  buffers_.set_status_bits(bits);
}

void Vxi11Server::drop_client() {
  waker_.drop_client();
}

void Vxi11Server::close() {
  stopping_.cancel("the server is being stopped");
  waker_.stop();
  if (thread_.joinable()) thread_.join();
  if (std::exchange(registered_, false)) unregister();
  core_listener_.reset();
  abort_listener_.reset();
}

// ---- the protocol's thread

int Vxi11Server::wait_time() const {
  SteadyTime next = SteadyTime::max();
  for (const auto& connection : connections_) {
    if (connection->reading) next = std::min(next, connection->reading->end);
  }
  if (next == SteadyTime::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(next - steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 60000));
}

void Vxi11Server::serve() {
  while (!waker_.stopped()) {
    std::vector<pollfd> waiting = {
        {waker_.descriptor(), POLLIN, 0}, {core_listener_.get(), POLLIN, 0}, {abort_listener_.get(), POLLIN, 0}};
    const std::size_t first = waiting.size();
    for (const auto& connection : connections_) {
      const bool to_send = !connection->output.empty();
      waiting.push_back({connection->descriptor.get(), static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN), 0});
    }
    (void)::poll(waiting.data(), waiting.size(), wait_time());
    waker_.calm();
    if (waker_.take_drop()) {
      for (const auto& connection : connections_)
        connection->broken = true;
    }
    for (std::size_t i = 0; i + first < waiting.size(); ++i) {
      const short events = waiting[i + first].revents;
      if ((events & POLLOUT) != 0) flush(*connections_[i]);
      if ((events & ~POLLOUT) != 0) receive(*connections_[i]);
    }
    if ((waiting[1].revents & POLLIN) != 0) accept_from(core_listener_, false);
    if ((waiting[2].revents & POLLIN) != 0) accept_from(abort_listener_, true);
    for (const auto& connection : connections_) {
      if (connection->reading) go_on_reading(*connection);
      if (!connection->broken) continue;
      for (const std::int32_t link : std::exchange(connection->links, {}))
        remove_link(link);
    }
    std::erase_if(connections_, [](const auto& connection) { return connection->broken; });
    request_service();
  }
}

void Vxi11Server::accept_from(const FileDescriptor& listener, bool abort_channel) {
  auto connection = std::make_unique<Connection>();
  connection->descriptor = FileDescriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  connection->of_abort_channel = abort_channel;
  if (connection->descriptor.valid()) connections_.push_back(std::move(connection));
}

void Vxi11Server::receive(Connection& connection) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::recv(connection.descriptor.get(), buffer.data(), buffer.size(), 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) connection.broken = true;
  if (count <= 0) return;
  connection.records.append({buffer.data(), static_cast<std::size_t>(count)});
  try {
    while (const auto record = connection.records.next()) {
      const auto call = decode_rpc_call(*record);
      if (!call) {
        connection.broken = true;
        return;
      }
      understand(connection, *call);
    }
  } catch (const RpcError&) {
    connection.broken = true;
  }
}

void Vxi11Server::flush(Connection& connection) {
  const ssize_t count =
      ::send(connection.descriptor.get(), connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
  if (count > 0) connection.output.erase(0, static_cast<std::size_t>(count));
  if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) connection.broken = true;
}

void Vxi11Server::answer(Connection& connection, std::uint32_t call, const std::string& results) {
  connection.output += encode_rpc_reply(call, results);
  flush(connection);
}

void Vxi11Server::understand(Connection& connection, const RpcCall& call) {
  const std::uint32_t program = connection.of_abort_channel ? vxi11::abort_program : vxi11::core_program;
  if (call.program != program || call.version != vxi11::program_version) {
    connection.output += encode_rpc_refusal(call.id, RpcRefusal::unknown_program);
    flush(connection);
    return;
  }
  if (call.procedure == 0) return answer(connection, call.id, "");  // the null procedure of every RPC program
  if (!connection.of_abort_channel) return understand_core(connection, call);
  const auto link = vxi11::decode<vxi11::LinkNumber>(call.arguments);
  if (call.procedure != vxi11::device_abort || !link) {
    connection.output += encode_rpc_refusal(call.id, RpcRefusal::unknown_procedure);
    flush(connection);
    return;
  }
  abort_reading(link->link);
  answer(connection, call.id, vxi11::encode(vxi11::Outcome{knows(link->link) ? vxi11::no_error : vxi11::invalid_link}));
}

bool Vxi11Server::knows(std::int32_t link) const {
  return std::any_of(links_.begin(), links_.end(), [&](const Link& known) { return known.number == link; });
}

void Vxi11Server::understand_core(Connection& connection, const RpcCall& call) {
  const auto outcome = [&](std::int32_t error) { answer(connection, call.id, vxi11::encode(vxi11::Outcome{error})); };
  const auto generic = vxi11::decode<vxi11::Generic>(call.arguments);
  const std::int32_t generic_error = generic && knows(generic->link) ? vxi11::no_error : vxi11::invalid_link;
  switch (call.procedure) {
    case vxi11::create_link:
      return create_link(connection, call);
    case vxi11::device_write:
      return take_write(connection, call);
    case vxi11::device_read:
      return begin_reading(connection, call);
    case vxi11::device_readstb: {
      const std::uint8_t available = buffers_.has_reply() ? message_available : 0;
      const std::uint32_t status = generic_error == 0 ? buffers_.poll_status() | available : 0u;
      return answer(connection, call.id, vxi11::encode(vxi11::StatusByte{generic_error, status}));
    }
    case vxi11::device_trigger:
      if (generic_error == 0) take_message("*TRG", true);
      return outcome(generic_error);
    case vxi11::device_clear:
      if (generic_error == 0) buffers_.forget();
      return outcome(generic_error);
    case vxi11::device_remote:
    case vxi11::device_local:
      return outcome(generic_error);
    case vxi11::device_lock:
    case vxi11::device_unlock:
    case vxi11::device_docmd:
      return outcome(vxi11::not_supported);
    case vxi11::device_enable_srq: {
      const auto enable = vxi11::decode<vxi11::EnableServiceRequest>(call.arguments);
      if (!enable || !knows(enable->link)) return outcome(vxi11::invalid_link);
      for (Link& link : links_) {
        if (link.number != enable->link) continue;
        link.service_request_handle = enable->enable ? std::optional(enable->handle) : std::nullopt;
      }
      return outcome(vxi11::no_error);
    }
    case vxi11::create_intr_chan: {
      const auto channel = vxi11::decode<vxi11::InterruptChannel>(call.arguments);
      return outcome(channel ? open_interrupt_channel(*channel) : 5);
    }
    case vxi11::destroy_intr_chan:
      outcome(interrupt_.valid() ? vxi11::no_error : vxi11::channel_not_established);
      interrupt_.reset();
      return;
    case vxi11::destroy_link: {
      const auto link = vxi11::decode<vxi11::LinkNumber>(call.arguments);
      if (!link || !knows(link->link)) return outcome(vxi11::invalid_link);
      remove_link(link->link);
      std::erase(connection.links, link->link);
      return outcome(vxi11::no_error);
    }
    default:
      connection.output += encode_rpc_refusal(call.id, RpcRefusal::unknown_procedure);
      flush(connection);
  }
}

void Vxi11Server::create_link(Connection& connection, const RpcCall& call) {
  const auto wanted = vxi11::decode<vxi11::CreateLink>(call.arguments);
  vxi11::LinkCreated created;
  if (!wanted || wanted->device != options_.device) {
    created.error = vxi11::device_not_accessible;
  } else {
    created = {vxi11::no_error, ++last_link_, abort_port_, options_.largest_write};
    connection.links.push_back(last_link_);
    links_.push_back({last_link_, std::nullopt});
  }
  answer(connection, call.id, vxi11::encode(created));
}

void Vxi11Server::remove_link(std::int32_t link) {
  std::erase_if(links_, [&](const Link& known) { return known.number == link; });
  if (links_.empty()) interrupt_.reset();
  if (std::exchange(writer_, writer_ == link ? 0 : writer_) == link) buffers_.leave();
}

void Vxi11Server::take_write(Connection& connection, const RpcCall& call) {
  const auto write = vxi11::decode<vxi11::Write>(call.arguments);
  vxi11::Written written;
  if (!write || !knows(write->link)) {
    written.error = vxi11::invalid_link;
  } else if (write->data.size() > options_.largest_write) {
    written.error = 5;
  } else {
    const bool end = (write->flags & vxi11::end_flag) != 0;
    writer_ = write->link;
    written.size = static_cast<std::uint32_t>(write->data.size());
    take_message(write->data, end);
  }
  answer(connection, call.id, vxi11::encode(written));
}

void Vxi11Server::take_message(std::string_view bytes, bool end) {
  buffers_.take(bytes, end, message_);
  if (end) latest_message_ = message_++;
}

void Vxi11Server::begin_reading(Connection& connection, const RpcCall& call) {
  const auto read = vxi11::decode<vxi11::Read>(call.arguments);
  if (!read || !knows(read->link))
    return answer(connection, call.id, vxi11::encode(vxi11::WasRead{vxi11::invalid_link, 0, ""}));
  const auto limit = milliseconds(std::min<std::uint32_t>(read->io_timeout, 3600 * 1000));
  connection.reading = Reading{call.id, read->link, read->size, steady_clock::now() + limit, ""};
  go_on_reading(connection);
}

void Vxi11Server::go_on_reading(Connection& connection) {
  Reading& reading = *connection.reading;
  while (buffers_.has_reply() && reading.data.size() < reading.size) {
    const MessageBuffers::Reply part = buffers_.take_reply(reading.size - reading.data.size());
    if (part.query != latest_message_) continue;  // an interrupted reply is lost (IEEE 488.2, 6.3.2.3)
    reading.data += part.bytes;
    if (part.end) {
      const bool full = reading.data.size() == reading.size;
      return end_reading(connection, vxi11::no_error, vxi11::reason_end | (full ? vxi11::reason_count : 0));
    }
  }
  if (reading.data.size() >= reading.size) return end_reading(connection, vxi11::no_error, vxi11::reason_count);
  if (steady_clock::now() >= reading.end) end_reading(connection, vxi11::io_timeout, 0);
}

void Vxi11Server::end_reading(Connection& connection, std::int32_t error, std::int32_t reason) {
  const Reading reading = *std::exchange(connection.reading, std::nullopt);
  answer(connection, reading.call, vxi11::encode(vxi11::WasRead{error, reason, reading.data}));
}

void Vxi11Server::abort_reading(std::int32_t link) {
  for (const auto& connection : connections_) {
    if (connection->reading && connection->reading->link == link) end_reading(*connection, vxi11::aborted, 0);
  }
}

std::int32_t Vxi11Server::open_interrupt_channel(const vxi11::InterruptChannel& channel) {
  if (interrupt_.valid()) return vxi11::channel_already_established;
  if (channel.program != vxi11::interrupt_program || channel.family != 0 || channel.port > 65535)
    return vxi11::not_supported;
  const auto part = [&](int shift) { return std::to_string((channel.host >> shift) & 0xff); };
  try {
    interrupt_ = connect_tcp(part(24) + "." + part(16) + "." + part(8) + "." + part(0),
                             static_cast<std::uint16_t>(channel.port), within(std::chrono::seconds(2), &stopping_));
  } catch (const ConnectionError&) {
    return vxi11::channel_not_established;
  } catch (const base::InterruptedError&) {
    return vxi11::channel_not_established;
  }
  return vxi11::no_error;
}

void Vxi11Server::request_service() {
  if (!buffers_.take_service_request() || !interrupt_.valid()) return;
  for (const Link& link : links_) {
    if (!link.service_request_handle) continue;
    const RpcCall call{++interrupt_calls_, vxi11::interrupt_program, vxi11::program_version, vxi11::device_intr_srq,
                       vxi11::encode(vxi11::ServiceRequest{*link.service_request_handle})};
    const std::string bytes = encode_rpc_call(call);
    if (::send(interrupt_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) interrupt_.reset();
    if (!interrupt_.valid()) return;
  }
}

}  // namespace etalon::drivers
