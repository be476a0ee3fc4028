#include "drivers/links/tty_link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/language.h"
#include "drivers/links/exclusive_tty.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

struct BaudRate {
  int rate;
  speed_t code;
};
constexpr std::array<BaudRate, 25> baud_rates{
    {{50, B50},         {75, B75},         {110, B110},         {134, B134},         {150, B150},
     {200, B200},       {300, B300},       {600, B600},         {1200, B1200},       {1800, B1800},
     {2400, B2400},     {4800, B4800},     {9600, B9600},       {19200, B19200},     {38400, B38400},
     {57600, B57600},   {115200, B115200}, {230400, B230400},   {460800, B460800},   {500000, B500000},
     {576000, B576000}, {921600, B921600}, {1000000, B1000000}, {2000000, B2000000}, {3000000, B3000000}}};

[[noreturn]] void refuse(const SerialAddress& serial, const std::string& what) {
  throw base::InputError(filled(tr("address \"{0}\": {1}"), format_address(serial), what));
}

speed_t baud_code(const SerialAddress& serial) {
  for (const BaudRate& baud : baud_rates) {
    if (baud.rate == serial.settings.baud_rate) return baud.code;
  }
  refuse(serial, filled(tr("{} baud is not possible on this port"), serial.settings.baud_rate));
}

termios wanted_settings(const SerialAddress& serial, const termios& present) {
  const SerialSettings& settings = serial.settings;
  termios wanted = present;
  ::cfmakeraw(&wanted);
  wanted.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS | HUPCL);
  wanted.c_cflag |= CLOCAL | CREAD;
  constexpr std::array<tcflag_t, 4> sizes = {CS5, CS6, CS7, CS8};
  wanted.c_cflag |= sizes.at(static_cast<std::size_t>(settings.data_bits - 5));
  if (settings.stop_bits == 2) wanted.c_cflag |= CSTOPB;
  if (settings.parity != Parity::none) wanted.c_cflag |= PARENB;
  if (settings.parity == Parity::odd || settings.parity == Parity::mark) wanted.c_cflag |= PARODD;
  if (settings.parity == Parity::mark || settings.parity == Parity::space) wanted.c_cflag |= CMSPAR;
  wanted.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY | INPCK);
  if (settings.parity != Parity::none)
    wanted.c_iflag |= INPCK;  // a byte of wrong parity reads as NUL, never as a digit
  if (settings.flow_control == FlowControl::xon_xoff) wanted.c_iflag |= IXON | IXOFF;
  if (settings.flow_control == FlowControl::rts_cts || settings.flow_control == FlowControl::dtr_dsr)
    refuse(serial, tr("this port has no modem lines, so no RTSCTS or DTRDSR; leave the flow control out"));
  wanted.c_cc[VMIN] = 0;
  wanted.c_cc[VTIME] = 1;  // reading_slice, for the descriptor that waits
  const speed_t speed = baud_code(serial);
  ::cfsetispeed(&wanted, speed);
  ::cfsetospeed(&wanted, speed);
  return wanted;
}

// tcsetattr says yes when it could do any of it (POSIX): what counts is read back.
bool taken(int descriptor, const termios& wanted) {
  termios present{};
  if (::tcgetattr(descriptor, &present) != 0) return false;
  constexpr tcflag_t frame = CSIZE | PARENB | PARODD | CMSPAR | CSTOPB;
  return (present.c_cflag & frame) == (wanted.c_cflag & frame) && ::cfgetospeed(&present) == ::cfgetospeed(&wanted);
}

}  // namespace

TtyLink::TtyLink(const SerialAddress& serial, const LinkOptions& options)
    : Link(format_address(serial), options), serial_(serial) {}

TtyLink::~TtyLink() = default;

void TtyLink::open_device(const Deadline&) {
  const auto fail = [&](int reason) {
    return error(Fault::connect_failed, "", filled(tr("{0}: {1}"), serial_.device, std::strerror(reason)));
  };
  FileDescriptor tty(::open(serial_.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!tty.valid()) throw fail(errno);
  FileDescriptor waiting(::open(serial_.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!waiting.valid()) throw fail(errno);
  if (const int flags = ::fcntl(waiting.get(), F_GETFL);
      flags < 0 || ::fcntl(waiting.get(), F_SETFL, flags & ~O_NONBLOCK))
    throw fail(errno);
  const int busy = take_exclusively(tty.get());
  if (busy == EWOULDBLOCK)
    throw error(Fault::connect_failed, "", filled(tr("{}: another program uses this port"), serial_.device));
  if (busy != 0) throw fail(busy);
  termios present{};
  if (::tcgetattr(tty.get(), &present) != 0) throw fail(errno);
  const termios wanted = wanted_settings(serial_, present);
  if (::tcsetattr(tty.get(), TCSANOW, &wanted) != 0 || !taken(tty.get(), wanted))
    refuse(serial_, filled(tr("this port does not take {0} (a pseudo-terminal always has 8 bits and no parity); write "
                              "{1}-8N1 in the address"),
                           format_serial_settings(serial_.settings), serial_.settings.baud_rate));
  ::tcflush(tty.get(), TCIOFLUSH);  // what came while nobody listened
  descriptor_ = std::move(tty);
  waiting_ = std::move(waiting);
}

std::size_t TtyLink::send_device(std::string_view bytes, const Deadline& deadline) {
  for (;;) {
    const ssize_t sent = ::write(descriptor_.get(), bytes.data(), bytes.size());
    if (sent > 0) return static_cast<std::size_t>(sent);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) throw error(Fault::link_lost, "", std::strerror(errno));
    if (!wait_for(descriptor_.get(), POLLOUT, deadline)) return 0;
  }
}

// How long one read that waits lasts (VTIME, in tenths of a second), and so how late a cancellation is seen.
constexpr milliseconds reading_slice{100};

std::size_t TtyLink::received(ssize_t count) const {
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && errno != EAGAIN && errno != EINTR) throw error(Fault::link_lost, unread(), std::strerror(errno));
  // An empty line, too, reads as 0 bytes.
  pollfd state{descriptor_.get(), 0, 0};
  if (count == 0 && ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)))
    throw error(Fault::link_lost, unread(), tr("the port hung up"));
  return 0;
}

std::size_t TtyLink::receive_waiting(char* data, std::size_t size) {
  int waiting = 0;
  if (::ioctl(descriptor_.get(), FIONREAD, &waiting) != 0)
    throw error(Fault::link_lost, unread(), std::strerror(errno));
  return waiting > 0 ? received(::read(descriptor_.get(), data, size)) : 0;
}

std::size_t TtyLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  // The reply to a query is hardly ever here yet: one call that waits costs less than a look, a wait and a look.
  while (deadline.at - std::chrono::steady_clock::now() > 2 * reading_slice) {
    if (deadline.cancellation) deadline.cancellation->check();
    if (const std::size_t count = received(::read(waiting_.get(), data, size))) return count;
  }
  for (;;) {
    if (const std::size_t count = received(::read(descriptor_.get(), data, size))) return count;
    if (!wait_for(descriptor_.get(), POLLIN, deadline)) return 0;
  }
}

}  // namespace etalon::drivers
