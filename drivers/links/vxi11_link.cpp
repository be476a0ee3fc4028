#include "drivers/links/vxi11_link.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/tcp_connection.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

// The instrument keeps the time-out itself; this long its answer may be on the way.
constexpr milliseconds answer_margin{1000};
constexpr std::uint32_t largest_piece = 1u << 20;
const std::string service_request_handle = "etalon";

std::uint32_t milliseconds_until(SteadyTime moment) {
  const auto left = std::chrono::ceil<milliseconds>(moment - steady_clock::now()).count();
  return static_cast<std::uint32_t>(std::clamp<long long>(left, 0, 24ll * 3600 * 1000));
}

}  // namespace

Vxi11Link::Vxi11Link(const Vxi11Address& address, const LinkOptions& options, std::optional<std::uint16_t> core_port)
    : Link(format_address(address), options), address_(address), core_port_(core_port) {}

Vxi11Link::~Vxi11Link() {
  close_device();
}

// ---- calls

void Vxi11Link::abort_call() noexcept {
  abort_.call_one_way(vxi11::device_abort, vxi11::encode(vxi11::LinkNumber{link_}));
}

template <typename Result, typename Arguments>
std::optional<Result> Vxi11Link::call(std::uint32_t procedure, const Arguments& arguments, const Deadline& deadline) {
  refused_ = false;
  try {
    const Deadline answer{deadline.at + answer_margin, deadline.cancellation};
    const auto results = core_.call(procedure, vxi11::encode(arguments), answer);
    if (!results) {
      abort_call();
      return std::nullopt;
    }
    auto result = vxi11::decode<Result>(*results);
    if (!result) throw RpcError(tr("the answer to a VXI-11 call is not understood"));
    return result;
  } catch (const base::InterruptedError&) {
    abort_call();
    throw;
  } catch (const ConnectionError& failure) {
    core_.close();
    throw error(Fault::link_lost, unread(), failure.what());
  } catch (const RpcRefused& failure) {
    refused_ = true;
    throw error(Fault::unexpected_reply, unread(), failure.what());
  } catch (const RpcError& failure) {
    core_.close();
    throw error(Fault::unexpected_reply, unread(), failure.what());
  }
}

void Vxi11Link::check(std::int32_t code) {
  const auto fail = [&](Fault fault) { throw error(fault, unread(), vxi11::error_text(code)); };
  switch (code) {
    case vxi11::no_error:
      return;
    case vxi11::io_timeout:
    case vxi11::aborted:
      fail(Fault::timeout);
      break;
    case vxi11::device_not_accessible:
    case vxi11::invalid_link:
    case vxi11::channel_not_established:
    case vxi11::io_error:
      fail(Fault::link_lost);
      break;
    default:
      fail(Fault::unexpected_reply);
  }
}

void Vxi11Link::call_generic(std::uint32_t procedure, const Deadline& deadline) {
  const vxi11::Generic arguments{link_, 0, 0, milliseconds_until(deadline.at)};
  const auto outcome = call<vxi11::Outcome>(procedure, arguments, deadline);
  if (!outcome) throw error(Fault::timeout, unread(), tr("the instrument does not answer the VXI-11 call"));
  check(outcome->error);
}

// ---- opening and closing

void Vxi11Link::open_device(const Deadline& deadline) {
  const auto fail = [&](const std::string& detail) {
    core_.close();
    return error(Fault::connect_failed, "", detail);
  };
  try {
    connect(deadline);
  } catch (const ConnectionError& failure) {
    throw fail(failure.what());
  } catch (const RpcError& failure) {
    throw fail(failure.what());
  } catch (const InstrumentError& failure) {
    throw fail(failure.detail());
  } catch (...) {
    core_.close();
    throw;
  }
}

void Vxi11Link::connect(const Deadline& deadline) {
  clear_refused_ = false;
  service_request_refused_ = false;
  ended_ = false;
  std::uint16_t port = core_port_.value_or(address_.port);
  if (port == 0) port = ask_port_mapper(address_.host, vxi11::core_program, vxi11::program_version, deadline);
  if (port == 0) throw ConnectionError(filled(tr("\"{}\" offers no VXI-11"), address_.host));
  core_.connect(address_.host, port, deadline);
  const vxi11::CreateLink wanted{static_cast<std::int32_t>(::getpid()), false, 0, address_.device};
  const auto results = core_.call(vxi11::create_link, vxi11::encode(wanted), deadline);
  if (!results) throw ConnectionError(filled(tr("no answer from \"{}\" in time"), address_.host));
  const auto created = vxi11::decode<vxi11::LinkCreated>(*results);
  if (!created) throw RpcError(tr("the answer to a VXI-11 call is not understood"));
  if (created->error != vxi11::no_error)
    throw ConnectionError(filled(tr("device \"{0}\": {1}"), address_.device, vxi11::error_text(created->error)));
  link_ = created->link;
  largest_write_ = std::clamp<std::uint32_t>(created->max_receive_size, 1, largest_piece);
  if (created->abort_port == 0 || created->abort_port > 65535) return;
  try {
    abort_.connect(address_.host, static_cast<std::uint16_t>(created->abort_port), deadline);
  } catch (const ConnectionError& failure) {
    note(std::string("no abort channel: ") + failure.what());  // calls then end with their time-outs
  }
}

void Vxi11Link::close_device() noexcept {
  try {
    // A busy or silent instrument notices the end of the connection.
    if (core_.connected() && core_.in_step())
      (void)core_.call(vxi11::destroy_link, vxi11::encode(vxi11::LinkNumber{link_}), within(milliseconds{300}));
  } catch (const std::exception&) {
  }
  core_.close();
  abort_.close();
  interrupt_listener_.reset();
  interrupt_.reset();
  interrupt_records_.clear();
}

// ---- messages

std::size_t Vxi11Link::send_device(std::string_view bytes, const Deadline& deadline) {
  const std::string_view piece = bytes.substr(0, largest_write_);
  const bool last = sends_last() && piece.size() == bytes.size();
  const vxi11::Write arguments{link_, milliseconds_until(deadline.at), 0, last ? vxi11::end_flag : 0,
                               std::string(piece)};
  const auto written = call<vxi11::Written>(vxi11::device_write, arguments, deadline);
  if (!written) return 0;
  if (written->size > piece.size() || (written->error == vxi11::no_error && written->size == 0))
    throw error(Fault::unexpected_reply, "", tr("the answer to a VXI-11 call is not understood"));
  if (written->error == vxi11::io_timeout) return written->size;
  check(written->error);
  return written->size;
}

std::size_t Vxi11Link::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  ended_ = false;
  while (!deadline.passed()) {
    const vxi11::Read arguments{link_, static_cast<std::uint32_t>(size), milliseconds_until(deadline.at), 0, 0, 0};
    const auto read = call<vxi11::WasRead>(vxi11::device_read, arguments, deadline);
    if (!read) return 0;
    if (read->data.size() > size)
      throw error(Fault::unexpected_reply, unread(), tr("the instrument sent more than it was asked for"));
    if (read->error != vxi11::io_timeout) check(read->error);
    ended_ = read->error == vxi11::no_error && (read->reason & vxi11::reason_end) != 0;
    std::memcpy(data, read->data.data(), read->data.size());
    if (!read->data.empty() || ended_ || read->error == vxi11::io_timeout) return read->data.size();
    std::this_thread::sleep_for(milliseconds{10});  // nothing, and no reason
  }
  return 0;
}

// ---- the rest

void Vxi11Link::clear_device(const Deadline& deadline) {
  const vxi11::Generic arguments{link_, 0, 0, milliseconds_until(deadline.at)};
  std::optional<vxi11::Outcome> outcome;
  try {
    outcome = call<vxi11::Outcome>(vxi11::device_clear, arguments, deadline);
  } catch (const InstrumentError&) {
    clear_refused_ = refused_;
    throw;
  }
  if (!outcome) throw error(Fault::timeout, unread(), tr("the instrument does not answer the VXI-11 call"));
  clear_refused_ = outcome->error == vxi11::not_supported;
  check(outcome->error);
}

std::uint8_t Vxi11Link::poll_device(const Deadline& deadline) {
  const vxi11::Generic arguments{link_, 0, 0, milliseconds_until(deadline.at)};
  const auto status = call<vxi11::StatusByte>(vxi11::device_readstb, arguments, deadline);
  if (!status) throw error(Fault::timeout, unread(), tr("the instrument does not answer the VXI-11 call"));
  check(status->error);
  return static_cast<std::uint8_t>(status->status & 0xff);
}

void Vxi11Link::trigger_device(const Deadline& deadline) {
  call_generic(vxi11::device_trigger, deadline);
}

void Vxi11Link::release_device(const Deadline& deadline) {
  call_generic(vxi11::device_local, deadline);
}

void Vxi11Link::open_interrupt_channel(const Deadline& deadline) {
  const auto refuse = [&](const std::string& why) {
    interrupt_listener_.reset();
    service_request_refused_ = true;
    throw error(Fault::unexpected_reply, "", filled(tr("no service requests over VXI-11: {}"), why));
  };
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  auto* own = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(core_.descriptor(), own, &size) != 0) refuse(std::strerror(errno));
  if (storage.ss_family != AF_INET) refuse(tr("its interrupt channel knows IPv4 addresses only"));
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  ipv4->sin_port = 0;
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid() || ::bind(listener.get(), own, size) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), own, &size) != 0)
    refuse(std::strerror(errno));
  interrupt_listener_ = std::move(listener);
  const vxi11::InterruptChannel channel{ntohl(ipv4->sin_addr.s_addr), ntohs(ipv4->sin_port), vxi11::interrupt_program,
                                        vxi11::program_version, 0};
  const auto opened = call<vxi11::Outcome>(vxi11::create_intr_chan, channel, deadline);
  if (!opened) refuse(tr("the instrument does not answer the VXI-11 call"));
  if (opened->error != vxi11::no_error) refuse(vxi11::error_text(opened->error));
  const vxi11::EnableServiceRequest enable{link_, true, service_request_handle};
  const auto enabled = call<vxi11::Outcome>(vxi11::device_enable_srq, enable, deadline);
  if (!enabled) refuse(tr("the instrument does not answer the VXI-11 call"));
  if (enabled->error != vxi11::no_error) refuse(vxi11::error_text(enabled->error));
}

bool Vxi11Link::take_service_request() {
  bool requested = false;
  while (const auto record = interrupt_records_.next()) {
    const auto call = decode_rpc_call(*record);
    if (!call) continue;
    const std::string thanks = encode_rpc_reply(call->id, {});
    (void)::send(interrupt_.get(), thanks.data(), thanks.size(), MSG_NOSIGNAL);  // the instrument need not wait for it
    const bool of_interrupts = call->program == vxi11::interrupt_program && call->procedure == vxi11::device_intr_srq;
    const auto request = vxi11::decode<vxi11::ServiceRequest>(call->arguments);
    requested = requested || (of_interrupts && request && request->handle == service_request_handle);
  }
  return requested;
}

bool Vxi11Link::await_service_request(const Deadline& deadline) {
  constexpr std::uint8_t requests_service = 0x40;
  if (!interrupt_listener_.valid()) {
    const Deadline setting_up{std::max(deadline.at, steady_clock::now() + milliseconds{2000}), deadline.cancellation};
    try {
      open_interrupt_channel(setting_up);
    } catch (const InstrumentError&) {
      service_request_refused_ = service_request_refused_ || refused_;
      interrupt_listener_.reset();
      throw;
    }
    // What was requested before the channel was there.
    if ((poll_device(setting_up) & requests_service) != 0) return true;
  }
  std::array<char, 4096> buffer;
  for (;;) {
    if (take_service_request()) return true;
    if (!interrupt_.valid()) {
      if (!wait_for(interrupt_listener_.get(), POLLIN, deadline)) return false;
      interrupt_ = FileDescriptor(::accept4(interrupt_listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      continue;
    }
    try {
      const std::size_t count = receive_bytes(interrupt_.get(), buffer.data(), buffer.size(), deadline);
      if (count == 0) return false;
      interrupt_records_.append({buffer.data(), count});
    } catch (const ConnectionError& failure) {
      interrupt_.reset();
      interrupt_listener_.reset();
      interrupt_records_.clear();
      throw error(Fault::link_lost, unread(), failure.what());
    }
  }
}

}  // namespace etalon::drivers
