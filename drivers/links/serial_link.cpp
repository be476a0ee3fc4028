#include "drivers/links/serial_link.h"

#include <libserialport.h>
#include <poll.h>
#include <termios.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/language.h"
#include "drivers/links/exclusive_tty.h"
#include "drivers/links/file_descriptor.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

struct PortDeleter {
  void operator()(sp_port* port) const {
    ::sp_close(port);
    ::sp_free_port(port);
  }
};

// What libserialport says about the call that failed last.
std::string reason(sp_return code) {
  switch (code) {
    case SP_ERR_ARG:
      return tr("this is no serial port");
    case SP_ERR_MEM:
      return tr("out of memory");
    case SP_ERR_SUPP:
      return tr("not supported by this port");
    default:
      break;
  }
  return std::strerror(::sp_last_error_code());
}

sp_parity parity_code(Parity parity) {
  switch (parity) {
    case Parity::even:
      return SP_PARITY_EVEN;
    case Parity::odd:
      return SP_PARITY_ODD;
    case Parity::mark:
      return SP_PARITY_MARK;
    case Parity::space:
      return SP_PARITY_SPACE;
    case Parity::none:
      break;
  }
  return SP_PARITY_NONE;
}

sp_flowcontrol flow_code(FlowControl flow) {
  switch (flow) {
    case FlowControl::xon_xoff:
      return SP_FLOWCONTROL_XONXOFF;
    case FlowControl::rts_cts:
      return SP_FLOWCONTROL_RTSCTS;
    case FlowControl::dtr_dsr:
      return SP_FLOWCONTROL_DTRDSR;
    case FlowControl::none:
      break;
  }
  return SP_FLOWCONTROL_NONE;
}

// libserialport sets the parity but lets wrong bytes pass. A byte of wrong parity must read as NUL, never as a digit.
void check_parity(int descriptor) {
  termios settings{};
  if (::tcgetattr(descriptor, &settings) != 0) return;
  settings.c_iflag |= INPCK;
  settings.c_iflag &= ~static_cast<tcflag_t>(IGNPAR | PARMRK);
  (void)::tcsetattr(descriptor, TCSANOW, &settings);
}

}  // namespace

SerialLink::SerialLink(const SerialAddress& serial, const std::string& port_name, const LinkOptions& options)
    : Link(format_address(serial), options), serial_(serial), port_name_(port_name) {}

SerialLink::~SerialLink() {
  close_device();
}

void SerialLink::open_device(const Deadline&) {
  const auto fail = [&](sp_return code) {
    return error(Fault::connect_failed, "", filled(tr("{0}: {1}"), serial_.device, reason(code)));
  };
  sp_port* found = nullptr;
  if (const sp_return code = ::sp_get_port_by_name(port_name_.c_str(), &found); code != SP_OK) throw fail(code);
  std::unique_ptr<sp_port, PortDeleter> port(found);
  if (const sp_return code = ::sp_open(port.get(), SP_MODE_READ_WRITE); code != SP_OK) {
    if (code == SP_ERR_FAIL && ::sp_last_error_code() == EBUSY)
      throw error(Fault::connect_failed, "", filled(tr("{}: another program uses this port"), serial_.device));
    throw fail(code);
  }
  int descriptor = -1;
  if (const sp_return code = ::sp_get_port_handle(port.get(), &descriptor); code != SP_OK) throw fail(code);
  const int busy = take_exclusively(descriptor);
  if (busy == EWOULDBLOCK)
    throw error(Fault::connect_failed, "", filled(tr("{}: another program uses this port"), serial_.device));
  if (busy != 0) throw error(Fault::connect_failed, "", filled(tr("{0}: {1}"), serial_.device, std::strerror(busy)));

  const auto need = [&](sp_return code) {
    if (code != SP_OK)
      throw base::InputError(filled(tr("address \"{0}\": this port does not take {1}: {2}"), address(),
                                    format_serial_settings(serial_.settings), reason(code)));
  };
  const SerialSettings& settings = serial_.settings;
  need(::sp_set_baudrate(port.get(), settings.baud_rate));
  need(::sp_set_bits(port.get(), settings.data_bits));
  need(::sp_set_parity(port.get(), parity_code(settings.parity)));
  need(::sp_set_stopbits(port.get(), settings.stop_bits));
  need(::sp_set_flowcontrol(port.get(), flow_code(settings.flow_control)));
  if (settings.parity != Parity::none) check_parity(descriptor);
  // Without flow control many instruments still want both lines raised before they talk.
  if (settings.flow_control == FlowControl::none || settings.flow_control == FlowControl::xon_xoff) {
    need(::sp_set_rts(port.get(), SP_RTS_ON));
    need(::sp_set_dtr(port.get(), SP_DTR_ON));
  }
  ::sp_flush(port.get(), SP_BUF_BOTH);  // what came while nobody listened
  port_ = port.release();
  descriptor_ = descriptor;
}

void SerialLink::close_device() noexcept {
  if (port_) PortDeleter{}(port_);
  port_ = nullptr;
  descriptor_ = -1;
}

std::size_t SerialLink::send_device(std::string_view bytes, const Deadline& deadline) {
  for (;;) {
    const int sent = ::sp_nonblocking_write(port_, bytes.data(), bytes.size());
    if (sent > 0) return static_cast<std::size_t>(sent);
    if (sent < 0) throw error(Fault::link_lost, "", reason(static_cast<sp_return>(sent)));
    if (!wait_for(descriptor_, POLLOUT, deadline)) return 0;
  }
}

std::size_t SerialLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  for (bool waited = false;; waited = true) {
    const int received = ::sp_nonblocking_read(port_, data, size);
    if (received > 0) return static_cast<std::size_t>(received);
    if (received < 0) throw error(Fault::link_lost, unread(), reason(static_cast<sp_return>(received)));
    // poll said there was something and there is nothing: the adapter was pulled.
    if (waited) throw error(Fault::link_lost, unread(), tr("the port hung up"));
    if (!wait_for(descriptor_, POLLIN, deadline)) return 0;
  }
}

}  // namespace etalon::drivers
