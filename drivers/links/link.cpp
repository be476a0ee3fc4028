#include "drivers/links/link.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/file_descriptor.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/serial_link.h"
#include "drivers/links/tcp_link.h"
#include "drivers/links/tty_link.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

std::string seconds_text(milliseconds duration) {
  return fmt::format("{:g} s", static_cast<double>(duration.count()) / 1000.0);
}

void pause_for(milliseconds duration, const base::Cancellation* cancellation) {
  if (duration <= milliseconds{0}) return;
  if (cancellation) {
    cancellation->sleep(duration);
  } else {
    std::this_thread::sleep_for(duration);
  }
}

}  // namespace

Deadline within(milliseconds duration, const base::Cancellation* cancellation) {
  return {steady_clock::now() + duration, cancellation};
}

Link::Link(std::string address, const LinkOptions& options)
    : address_(std::move(address)), instrument_(options.instrument), transcript_(options.transcript) {}

void Link::open(const Deadline& deadline) {
  close();
  open_device(deadline);
  note("opened");
}

void Link::close() {
  if (is_open()) {
    close_device();
    note("closed");
  }
  input_.clear();
  last_sent_.clear();
}

void Link::write(std::string_view bytes, const Deadline& deadline, milliseconds character_pause) {
  last_sent_ = bytes;
  if (!is_open()) throw error(Fault::link_lost, "", tr("the link is closed"));
  std::size_t sent = 0;
  // What left is recorded even when the rest could not.
  const auto record = [&] {
    if (transcript_ && sent > 0) transcript_->record(Direction::sent, address_, bytes.substr(0, sent));
  };
  try {
    while (sent < bytes.size()) {
      const std::size_t piece = character_pause > milliseconds{0} ? 1 : bytes.size() - sent;
      const std::size_t now = send_device(bytes.substr(sent, piece), deadline);
      if (now == 0)
        throw error(Fault::timeout, "",
                    filled(tr("only {0} of {1} bytes could be written in time"), sent, bytes.size()));
      sent += now;
      pause_for(character_pause, deadline.cancellation);
    }
  } catch (...) {
    record();
    throw;
  }
  record();
}

bool Link::fill(const Deadline& deadline) {
  if (!is_open()) throw error(Fault::link_lost, input_, tr("the link is closed"));
  if (deadline.cancellation) deadline.cancellation->check();  // also while bytes never stop coming
  std::array<char, 16384> buffer;
  const std::size_t count = receive_device(buffer.data(), buffer.size(), deadline);
  if (count == 0) return false;
  const std::string_view received(buffer.data(), count);
  if (transcript_) transcript_->record(Direction::received, address_, received);
  input_ += received;
  return true;
}

template <typename Complete>
void Link::fill_until(const ReplyLimits& limits, const std::string& expected, Complete complete) {
  const auto start = steady_clock::now();
  SteadyTime first_byte = start;
  SteadyTime latest = start;
  bool any = !input_.empty();
  while (!complete()) {
    SteadyTime at = start + limits.first_byte;
    if (any) at = std::min(latest + limits.between_bytes, first_byte + limits.whole);
    if (fill({at, limits.cancellation})) {
      latest = steady_clock::now();
      if (!any) first_byte = latest;
      any = true;
      // A slow drip is cut off even while bytes keep coming.
      if (latest <= first_byte + limits.whole || complete()) continue;
    }
    if (!any)
      throw error(Fault::timeout, "",
                  filled(tr("nothing came within {0}, expected {1}"), seconds_text(limits.first_byte), expected));
    if (steady_clock::now() >= first_byte + limits.whole)
      throw error(Fault::timeout, input_,
                  filled(tr("{0} bytes came, but not all within {1}, expected {2}"), input_.size(),
                         seconds_text(limits.whole), expected));
    throw error(Fault::truncated_reply, input_,
                filled(tr("{0} bytes came, then nothing for {1}, expected {2}"), input_.size(),
                       seconds_text(limits.between_bytes), expected));
  }
}

std::string Link::read_some(const Deadline& deadline) {
  if (input_.empty()) fill(deadline);
  return std::exchange(input_, {});
}

std::string Link::read_until(std::string_view terminator, const ReplyLimits& limits) {
  if (terminator.empty()) throw base::InputError(tr("a read terminator must not be empty"));
  std::size_t end = std::string::npos;
  std::size_t searched = 0;
  fill_until(limits, filled(tr("the terminator \"{}\""), escape_bytes(terminator)), [&] {
    end = input_.find(terminator, searched);
    searched = input_.size() - std::min(input_.size(), terminator.size() - 1);
    const std::size_t size = end == std::string::npos ? input_.size() : end;
    if (size > limits.max_size)
      throw error(Fault::oversized_reply, input_, filled(tr("more than {} bytes"), limits.max_size));
    return end != std::string::npos;
  });
  std::string reply = input_.substr(0, end);
  input_.erase(0, end + terminator.size());
  return reply;
}

std::string Link::read_exact(std::size_t count, const ReplyLimits& limits) {
  if (count > limits.max_size)
    throw error(Fault::oversized_reply, input_,
                filled(tr("{0} bytes, at most {1} are allowed"), count, limits.max_size));
  fill_until(limits, filled(tr("{} bytes"), count), [&] { return input_.size() >= count; });
  std::string bytes = input_.substr(0, count);
  input_.erase(0, count);
  return bytes;
}

std::string Link::read_waiting() {
  while (fill({steady_clock::now(), nullptr}) && input_.size() < (1u << 20)) {
  }
  return std::exchange(input_, {});
}

std::string Link::drain(milliseconds quiet, const Deadline& deadline) {
  constexpr std::size_t kept = 65536;
  std::string drained = std::exchange(input_, {});
  for (;;) {
    const Deadline silence = within(quiet, deadline.cancellation);
    if (!fill(silence)) return drained;
    drained += std::exchange(input_, {});
    if (drained.size() > kept) drained.erase(0, drained.size() - kept);
    if (deadline.passed())
      throw error(Fault::unsolicited_input, drained.substr(drained.size() - std::min<std::size_t>(drained.size(), 200)),
                  filled(tr("the instrument keeps sending; it was never quiet for {}"), seconds_text(quiet)));
  }
}

void Link::note(const std::string& text) const {
  if (transcript_) transcript_->record(Direction::note, address_, text);
}

InstrumentError Link::error(Fault fault, const std::string& received, const std::string& detail) const {
  return InstrumentError(fault, {instrument_, address_, last_sent_, received}, detail);
}

namespace {

// The tty behind a device path, and what it is.
struct Tty {
  std::string device;  // without symbolic links
  FileDescriptor descriptor;
  bool for_libserialport = false;
};

Tty find_tty(const SerialAddress& serial, const LinkOptions& options) {
  const auto fail = [&](const std::string& detail) {
    return InstrumentError(Fault::connect_failed, {options.instrument, format_address(serial), "", ""}, detail);
  };
  std::array<char, PATH_MAX> resolved;
  if (!::realpath(serial.device.c_str(), resolved.data()))
    throw fail(filled(tr("{0}: {1}"), serial.device, std::strerror(errno)));
  Tty tty{resolved.data(), FileDescriptor(::open(resolved.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))};
  if (!tty.descriptor.valid()) {
    if (errno == EBUSY) throw fail(filled(tr("{}: another program uses this port"), serial.device));
    if (errno == EACCES)
      throw fail(filled(tr("{}: no permission to use this port (on Debian, its users are in the group dialout)"),
                        serial.device));
    throw fail(filled(tr("{0}: {1}"), serial.device, std::strerror(errno)));
  }
  if (!::isatty(tty.descriptor.get())) throw fail(filled(tr("{}: this is no serial port"), serial.device));
  int modem_lines = 0;
  const std::string name = std::filesystem::path(tty.device).filename().string();
  tty.for_libserialport =
      ::ioctl(tty.descriptor.get(), TIOCMGET, &modem_lines) == 0 && std::filesystem::exists("/sys/class/tty/" + name);
  return tty;
}

}  // namespace

std::unique_ptr<Link> open_link(const Address& address, const LinkOptions& options) {
  std::unique_ptr<Link> link;
  const Deadline deadline = within(options.connect_timeout, options.cancellation);
  if (const auto* serial = std::get_if<SerialAddress>(&address)) {
    // Kept open until the link is: closing the port in between would drop DTR, which resets some instruments.
    const Tty tty = find_tty(*serial, options);
    if (tty.for_libserialport) {
      link = std::make_unique<SerialLink>(*serial, tty.device, options);
    } else {
      link = std::make_unique<TtyLink>(*serial, options);
    }
    link->open(deadline);
  } else {
    link = std::make_unique<TcpLink>(std::get<SocketAddress>(address), options);
    link->open(deadline);
  }
  return link;
}

std::unique_ptr<Link> open_link(const std::string& address, const LinkOptions& options) {
  return open_link(parse_address(address), options);
}

}  // namespace etalon::drivers
