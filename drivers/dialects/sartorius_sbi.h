// Sartorius balances with the SBI interface: commands are escape sequences (ESC P prints), replies are print frames of
// 16 characters, or of 22 with an identification of six before them, CR LF included:
//
//   N     +  100.0000 g      identification, sign, weight, unit
//   N     +  100.0012        no unit: the reading is not stable
//   Stat        H            overload (L underload, C adjusting); "Stat     ERR 054" an error
//
// (Operating instructions of the GC803S, ME215S, FB and Master series: data output formats.) An automatic print-out may
// stand before a reply. Unsupported commands bring none.
//
// The driver file sees "+100.0000 g", "unstable", "overload", "underload", "adjusting", "error 54", or the text of a
// line that is no frame (model, serial number).
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

struct SbiFrame {
  enum class Kind { weight, unstable, overload, underload, adjusting, error };
  Kind kind = Kind::weight;
  std::string weight;  // with its sign, of `weight` and `unstable`
  std::string unit;    // of `weight`
  std::string error;   // number, of `error`
};
// Nothing for a line that is no frame: another length, brackets about unverified digits, another identification than
// that of the net weight.
std::optional<SbiFrame> parse_sbi_frame(std::string_view line);
std::string sbi_words(const SbiFrame& frame);
// The inverse of sbi_words, as a frame of 22 characters without CR LF; nothing for words of another form.
std::optional<std::string> sbi_frame(std::string_view words);

class SartoriusSbiDialect : public Dialect {
 public:
  SartoriusSbiDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;

  std::optional<std::string> heard(const std::string& line) override;
  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
  std::optional<std::string> streams() const override;
  std::string streamed(const std::string& reply) const override;
  void power_on() override { autoprint_ = false; }
  bool keeps_control_characters() const override { return true; }

 private:
  std::string on_the_line(const std::string& words) const;
  bool autoprint_ = false;  // as the simulated balance
};

}  // namespace etalon::drivers
