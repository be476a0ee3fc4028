#include "drivers/links/modbus_link.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds longest_gap{1000};  // between two bytes of a frame
// How long an instrument may take to answer a write that was confirmed at once, perhaps by the line itself.
constexpr milliseconds reply_time{300};
constexpr std::size_t longest_frame = 260;  // Modbus Application Protocol V1.1b3, 4.1

LinkOptions options_of_line(const LinkOptions& options) {
  LinkOptions line = options;
  line.transcript = nullptr;  // the lines of text are recorded, not the frames
  return line;
}

// Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters of 11 bits, fixed above 19200 baud.
milliseconds frame_silence(int baud_rate) {
  if (baud_rate > 19200) return milliseconds{2};
  return milliseconds{1 + 38500 / std::max(baud_rate, 50)};
}

}  // namespace

ModbusLink::ModbusLink(const ModbusTcpAddress& address, const LinkOptions& options)
    : Link(format_address(address), options),
      line_address_(SocketAddress{address.host, address.port}),
      line_options_(options_of_line(options)),
      framing_(ModbusFraming::tcp),
      unit_(address.unit) {}

ModbusLink::ModbusLink(const ModbusRtuAddress& address, const LinkOptions& options)
    : Link(format_address(address), options),
      line_address_(SerialAddress{address.device, address.settings}),
      line_options_(options_of_line(options)),
      framing_(ModbusFraming::rtu),
      unit_(address.unit),
      silence_(frame_silence(address.settings.baud_rate)),
      echo_(address.echo) {}

ModbusLink::~ModbusLink() = default;

template <typename Work>
auto ModbusLink::on_line(Work work) {
  try {
    return work();
  } catch (const InstrumentError& fault) {
    throw error(fault.fault(), frame_, fault.detail());
  }
}

void ModbusLink::open_device(const Deadline& deadline) {
  LinkOptions options = line_options_;
  options.connect_timeout = std::max(
      milliseconds{0}, std::chrono::duration_cast<milliseconds>(deadline.at - steady_clock::now()) + milliseconds{1});
  options.cancellation = deadline.cancellation;
  line_ = on_line([&] { return open_link(line_address_, options); });
  last_traffic_ = steady_clock::now();
}

void ModbusLink::close_device() noexcept {
  line_.reset();
  written_.clear();
  pending_.reset();
  frame_.clear();
  input_.clear();
  request_.clear();
  echo_free_ = false;
}

std::size_t ModbusLink::send_device(std::string_view bytes, const Deadline& deadline) {
  written_ += bytes;
  for (std::size_t end; (end = written_.find('\n')) != std::string::npos;) {
    std::string line = written_.substr(0, end);
    written_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    try {
      send_request(parse_modbus_message(line), deadline);
    } catch (...) {
      written_.clear();
      throw;
    }
  }
  return bytes.size();
}

void ModbusLink::send_request(const ModbusMessage& message, const Deadline& deadline) {
  pending_.reset();
  frame_.clear();
  // Without numbers in its frames, RTU would take a reply that waits here for that to the next request.
  const std::string waiting = on_line([&] { return line_->read_waiting(); });
  if (!waiting.empty())
    throw error(Fault::unsolicited_input, waiting, tr("bytes were waiting before the request was sent"));
  if (const auto earliest = last_traffic_ + silence_; steady_clock::now() < earliest)
    std::this_thread::sleep_until(earliest);
  transmit(message, deadline);
  pending_ = message;
}

void ModbusLink::transmit(const ModbusMessage& message, const Deadline& deadline) {
  request_ = modbus_request(framing_, ++transaction_, unit_, message);
  on_line([&] { line_->write(request_, deadline); });
  if (echo_) take_echo(deadline);
  last_traffic_ = steady_clock::now();
}

void ModbusLink::take_echo(const Deadline& deadline) {
  std::string echo;
  while (echo.size() < request_.size()) {
    const std::string piece =
        on_line([&] { return line_->read_some(deadline.earlier(steady_clock::now() + longest_gap)); });
    if (piece.empty())
      throw error(Fault::timeout, echo, tr("the address says ::ECHO, but the line does not repeat what is sent"));
    echo += piece;
  }
  if (!echo.starts_with(request_))
    throw error(Fault::unexpected_reply, echo,
                tr("the address says ::ECHO, but the line does not repeat what is sent"));
  frame_ = echo.substr(request_.size());
}

void ModbusLink::check_no_echo(const std::string& received, bool whole_request_only) {
  if (framing_ != ModbusFraming::rtu || received.empty()) return;
  const bool begins = whole_request_only ? received.starts_with(request_) : request_.starts_with(received);
  if (!begins && !received.starts_with(request_)) return;
  pending_.reset();
  frame_.clear();
  throw InstrumentError(Fault::unexpected_reply, {instrument(), address(), request_, received},
                        tr("the line repeats what is sent: the adapter hears itself"),
                        tr("write ::ECHO behind the unit of the address, or switch the receiver off while sending"));
}

// The confirmation of a single write is the request itself: the same bytes as its echo.
void ModbusLink::show_that_it_does_not_echo(const ModbusMessage& written, const Deadline& deadline) {
  // The true reply may still be on its way.
  const SteadyTime quiet = steady_clock::now() + reply_time;
  std::string more;
  while (steady_clock::now() < quiet)
    more += on_line([&] { return line_->read_some(deadline.earlier(quiet)); });
  if (!more.empty()) {
    std::string said;
    try {
      said = modbus_reply(framing_, transaction_, unit_, written, more);
    } catch (const ModbusReplyError& reply) {
      said = reply.what();
    }
    pending_.reset();
    throw InstrumentError(
        Fault::unexpected_reply, {instrument(), address(), request_, request_ + more},
        filled(tr("the line repeats what is sent: the adapter hears itself; the instrument's reply was: {}"), said),
        tr("write ::ECHO behind the unit of the address, or switch the receiver off while sending"));
  }
  ModbusMessage read = written;
  read.is_write = false;
  read.content.clear();
  transmit(read, deadline);
  pending_ = read;
  if (!receive_frame(deadline))
    throw error(Fault::timeout, "",
                tr("a read after the write was not answered, so the write's confirmation may be an echo of the line"));
  const std::string frame = std::exchange(frame_, {});
  check_no_echo(frame, false);
  try {
    (void)modbus_reply(framing_, transaction_, unit_, read, frame);
  } catch (const ModbusReplyError& wrong) {
    // An instrument that does not let it be read says so itself.
    if (wrong.kind != ModbusReplyError::Kind::exception) throw error(Fault::unexpected_reply, frame, wrong.what());
  }
  pending_.reset();
  echo_free_ = true;
}

// False when the deadline passed before the frame was complete.
bool ModbusLink::receive_frame(const Deadline& deadline) {
  for (;;) {
    const auto size = modbus_reply_size(framing_, frame_);
    if (size && (frame_.size() >= *size || *size > longest_frame)) return true;
    const SteadyTime silent = last_traffic_ + longest_gap;
    const std::string piece =
        on_line([&] { return line_->read_some(frame_.empty() ? deadline : deadline.earlier(silent)); });
    if (!piece.empty()) {
      frame_ += piece;
      last_traffic_ = steady_clock::now();
      continue;
    }
    if (!frame_.empty() && steady_clock::now() >= silent) {
      if (!echo_) check_no_echo(frame_, true);
      pending_.reset();
      throw error(Fault::truncated_reply, std::exchange(frame_, {}), tr("the frame of the reply is not complete"));
    }
    if (deadline.passed()) return false;
  }
}

void ModbusLink::take_reply(const std::string& frame, const Deadline& deadline) {
  const ModbusMessage message = *std::exchange(pending_, std::nullopt);
  std::string text;
  try {
    text = modbus_reply(framing_, transaction_, unit_, message, frame);
  } catch (const ModbusReplyError& wrong) {
    if (!echo_ && wrong.kind == ModbusReplyError::Kind::malformed) check_no_echo(frame, false);
    Fault fault = Fault::unexpected_reply;
    if (wrong.kind == ModbusReplyError::Kind::exception) fault = Fault::device_error;
    if (wrong.kind == ModbusReplyError::Kind::other_transaction) fault = Fault::stale_reply;
    if (fault == Fault::device_error) echo_free_ = true;
    throw error(fault, frame, wrong.what());
  }
  if (framing_ == ModbusFraming::rtu && !echo_ && !echo_free_) {
    if (frame == request_) {
      show_that_it_does_not_echo(message, deadline);
    } else {
      echo_free_ = true;
    }
  }
  input_ = text + "\n";
}

std::size_t ModbusLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  if (input_.empty() && pending_) {
    if (!receive_frame(deadline)) return 0;
    const std::string received = std::exchange(frame_, {});
    const std::size_t length = std::min(*modbus_reply_size(framing_, received), received.size());
    take_reply(received.substr(0, length), deadline);
    input_ += received.substr(length);  // nobody asked for these: as they came, for the check that follows a reply
  } else if (input_.empty()) {
    input_ = on_line([&] { return line_->read_some(deadline); });
  }
  const std::size_t count = std::min(size, input_.size());
  input_.copy(data, count);
  input_.erase(0, count);
  return count;
}

}  // namespace etalon::drivers
