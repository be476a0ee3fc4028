// Druck's DUCI frames (DPI 620 Genii, PM 620, PV 62x): "#IV0?:63" to the instrument, "!IV0=1.00000:94" back. The two
// digits are the sum of all bytes up to and with the colon, modulo 100 (GE Druck DPI 740 user manual K0200, 6.2:
// "modulo 100 sum of all the ASCII codes"). The line carries what is sent back as well, so the first line is an echo,
// and the reply is the second one.
//
// The driver file says what stands between the mark and the colon: "IV0?" and "IV0={value:.5f}".
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

// A frame without terminator. `mark` is '#' to the instrument and '!' from it.
std::string duci_frame(char mark, std::string_view body);
// What stands between the mark (# or !) and the colon of a frame; InputError says what is wrong with it.
std::string duci_body(std::string_view frame);

class DuciDialect : public Dialect {
 public:
  DuciDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  // The echo shows that it arrived.
  void send(Conversation& conversation, const std::string& message, const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;
  bool comes_beside_replies(const std::string& line) const override;
  std::string wrapped(const std::string& message) const override { return duci_frame('#', message); }

  std::optional<std::string> heard(const std::string& line) override;
  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
};

}  // namespace etalon::drivers
