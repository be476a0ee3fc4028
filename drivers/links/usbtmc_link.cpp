#include "drivers/links/usbtmc_link.h"

#include <fcntl.h>
#include <linux/usb/tmc.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t largest_out = 32768;  // data of one transfer to the instrument
constexpr std::size_t largest_in = 65536;   // data asked for at once
constexpr std::size_t buffer_size = 4096;   // of the driver

// USBTMC 1.0, tables 1, 3 and 4.
std::string header(std::uint8_t id, std::uint8_t tag, std::size_t size, std::uint8_t attributes) {
  std::string bytes(header_size, '\0');
  bytes[0] = static_cast<char>(id);
  bytes[1] = static_cast<char>(tag);
  bytes[2] = static_cast<char>(~tag);
  for (std::size_t i = 0; i < 4; ++i)
    bytes[4 + i] = static_cast<char>(size >> (8 * i) & 0xff);
  bytes[8] = static_cast<char>(attributes);
  return bytes;
}

int call(int descriptor, unsigned long request, void* argument) {
  int result = 0;
  do
    result = ::ioctl(descriptor, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

UsbtmcLink::UsbtmcLink(const UsbtmcAddress& address, const LinkOptions& options)
    : Link(format_address(address), options), usbtmc_(address) {}

UsbtmcLink::~UsbtmcLink() = default;

bool UsbtmcLink::has_trigger() const {
  return (capabilities_ & USBTMC488_CAPABILITY_TRIGGER) != 0;
}

bool UsbtmcLink::has_go_to_local() const {
  return (capabilities_ & USBTMC488_CAPABILITY_GOTO_LOCAL) != 0;
}

void UsbtmcLink::fail(int reason, const std::string& what) {
  throw error(Fault::link_lost, input_, filled(tr("{0}: {1}"), what, std::strerror(reason)));
}

void UsbtmcLink::control(unsigned long request, void* argument, const std::string& what) {
  if (call(device_.get(), request, argument) < 0) fail(errno, what);
}

void UsbtmcLink::open_device(const Deadline&) {
  const auto refuse = [&](const std::string& detail) {
    return error(Fault::connect_failed, "", filled(tr("{0}: {1}"), usbtmc_.device, detail));
  };
  FileDescriptor device(::open(usbtmc_.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!device.valid()) {
    if (errno == EACCES)
      throw refuse(tr("no permission to use this device (a udev rule gives USBTMC instruments to a group)"));
    if (errno == ENOENT)
      throw refuse(tr("there is no such device; is the instrument on, and the kernel module usbtmc loaded?"));
    throw refuse(std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(device.get(), &status) != 0) throw refuse(std::strerror(errno));
  unsigned version = 0;
  if (!S_ISCHR(status.st_mode) || call(device.get(), USBTMC_IOCTL_API_VERSION, &version) < 0)
    throw refuse(tr("this is no USBTMC device (or the kernel is older than 5.0)"));
  if (::flock(device.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw refuse(tr("another program uses this instrument"));
  unsigned char capabilities = 0;
  if (call(device.get(), USBTMC488_IOCTL_GET_CAPS, &capabilities) < 0) capabilities = 0;
  device_ = std::move(device);
  capabilities_ = capabilities;
  tag_ = 0;
}

void UsbtmcLink::close_device() noexcept {
  if (device_.valid()) (void)call(device_.get(), USBTMC_IOCTL_CANCEL_IO, nullptr);
  device_.reset();
  written_.clear();
  input_.clear();
  asked_ = submitted_ = end_ = received_end_ = false;
}

void UsbtmcLink::clear() {
  control(USBTMC_IOCTL_CANCEL_IO, nullptr, tr("ending transfers"));
  control(USBTMC_IOCTL_CLEANUP_IO, nullptr, tr("ending transfers"));
  control(USBTMC_IOCTL_CLEAR, nullptr, tr("device clear"));
  written_.clear();
  input_.clear();
  asked_ = submitted_ = end_ = received_end_ = false;
}

void UsbtmcLink::transfer_out(std::string transfer, const Deadline& deadline) {
  usbtmc_message message{};
  message.transfer_size = static_cast<__u32>(transfer.size());
  message.flags = USBTMC_FLAG_ASYNC;
  message.message = transfer.data();
  control(USBTMC_IOCTL_WRITE, &message, tr("writing"));
  const auto cancel = [&] {
    (void)call(device_.get(), USBTMC_IOCTL_CANCEL_IO, nullptr);
    (void)call(device_.get(), USBTMC_IOCTL_CLEANUP_IO, nullptr);
  };
  bool done = false;
  try {
    done = wait_for(device_.get(), POLLOUT, deadline);
  } catch (...) {
    cancel();
    throw;
  }
  if (!done) {
    cancel();
    throw error(Fault::timeout, "", tr("the instrument does not take the message"));
  }
  __u32 transferred = 0;
  control(USBTMC_IOCTL_WRITE_RESULT, &transferred, tr("writing"));
  if (transferred < transfer.size())
    throw error(Fault::timeout, "",
                filled(tr("only {0} of {1} bytes could be written in time"), transferred, transfer.size()));
}

std::size_t UsbtmcLink::send_device(std::string_view bytes, const Deadline& deadline) {
  written_ += bytes;
  if (!sends_last()) return bytes.size();
  const std::string message = std::exchange(written_, {});
  if (asked_) {
    // A reply that nobody waits for any more: the protocol allows no message before its end.
    note("device clear: a reply was still under way");
    clear();
  }
  input_.clear();
  end_ = false;
  for (std::size_t sent = 0; sent < message.size();) {
    const std::size_t size = std::min(largest_out, message.size() - sent);
    const bool last = sent + size == message.size();
    if (++tag_ == 0) ++tag_;
    transfer_out(header(1, tag_, size, last ? 1 : 0) + message.substr(sent, size), deadline);
    sent += size;
  }
  return bytes.size();
}

// A part of the transfer from the instrument.
void UsbtmcLink::take(std::string_view bytes) {
  if (!header_seen_) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < header_size || byte(0) != 2 || byte(1) != tag_ || byte(2) != (~tag_ & 0xff)) {
      asked_ = false;
      throw error(Fault::unexpected_reply, std::string(bytes),
                  tr("this is not the beginning of the transfer that was asked for"));
    }
    expected_ = byte(4) | byte(5) << 8 | byte(6) << 16 | static_cast<std::size_t>(byte(7)) << 24;
    last_transfer_ = (byte(8) & 1) != 0;
    if (expected_ > largest_in) {
      asked_ = false;
      throw error(Fault::unexpected_reply, std::string(bytes),
                  filled(tr("the instrument announces {0} bytes, {1} were asked for"), expected_, largest_in));
    }
    header_seen_ = true;
    bytes.remove_prefix(header_size);
  }
  bytes = bytes.substr(0, expected_);  // without what fills the last packet
  input_ += bytes;
  expected_ -= bytes.size();
  if (expected_ > 0) return;
  asked_ = false;
  end_ = last_transfer_;
}

std::size_t UsbtmcLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  received_end_ = false;
  while (input_.empty() && !end_) {
    if (!asked_) {
      if (deadline.passed()) return 0;
      if (++tag_ == 0) ++tag_;
      transfer_out(header(2, tag_, largest_in, 0), deadline);
      asked_ = true;
      submitted_ = false;
      header_seen_ = false;
    }
    std::array<char, buffer_size> buffer;
    usbtmc_message message{};
    message.transfer_size = buffer.size();
    message.flags = USBTMC_FLAG_ASYNC;
    message.message = buffer.data();
    if (!submitted_) {
      if (call(device_.get(), USBTMC_IOCTL_READ, &message) < 0 && errno != EAGAIN) fail(errno, tr("reading"));
      submitted_ = true;
      if (message.transferred > 0) {
        submitted_ = false;
        take({buffer.data(), message.transferred});
        continue;
      }
    }
    if (!wait_for(device_.get(), POLLIN, deadline)) return 0;
    if (call(device_.get(), USBTMC_IOCTL_READ, &message) < 0) {
      if (errno == EAGAIN) continue;
      fail(errno, tr("reading"));
    }
    submitted_ = false;
    take({buffer.data(), message.transferred});
  }
  const std::size_t count = std::min(size, input_.size());
  input_.copy(data, count);
  input_.erase(0, count);
  if (input_.empty()) received_end_ = std::exchange(end_, false);
  return count;
}

void UsbtmcLink::clear_device(const Deadline&) {
  clear();
}

std::uint8_t UsbtmcLink::poll_device(const Deadline&) {
  unsigned char status = 0;
  control(USBTMC488_IOCTL_READ_STB, &status, tr("serial poll"));
  return status;
}

bool UsbtmcLink::await_service_request(const Deadline& deadline) {
  // The driver remembers a request, with its status byte, until it is read.
  while (wait_for(device_.get(), POLLPRI, deadline)) {
    if (poll_device(deadline) & 0x40) return true;
  }
  return false;
}

void UsbtmcLink::trigger_device(const Deadline&) {
  control(USBTMC488_IOCTL_TRIGGER, nullptr, tr("trigger"));
}

void UsbtmcLink::release_device(const Deadline&) {
  control(USBTMC488_IOCTL_GOTO_LOCAL, nullptr, tr("return to local control"));
}

}  // namespace etalon::drivers
