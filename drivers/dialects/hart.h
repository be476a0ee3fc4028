// Hart Scientific (Fluke) baths and wells with the old command set: 6102, 7102, 7103, 6331, 7341, 9105, 9107 …
// ("Controller Communications Commands" of their manuals). "s=100.00" sets, "s" brings "set: 100.00 C". The controller
// echoes what it hears (full duplex) unless it was told du=h, sends samples "t: 25.00 C" by itself while sa is above 0,
// and takes any abbreviation of a word that is long enough.
//
// The client knows replies by their label, skips echoes and samples, and follows each setting with a question, so that
// nothing of it is left on the line. Messages that would change calibration constants (r=, al=, de=, be=, *…=) are
// refused before anything is sent.
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

// A message in its shortest form and small letters: "Setpoint = 100" is "s=100". Words that the command table does not
// have stay as they are.
std::string hart_short_form(std::string_view message);
// Whether a message would change a constant of the calibration.
bool hart_sets_calibration(std::string_view message);
// What a line from the controller is to someone who waits for the reply to `message` and may still hear the end of the
// echo of an earlier message.
enum class HartLine { reply, echo, sample, remainder, foreign };
HartLine classify_hart_line(std::string_view line, std::string_view message, std::string_view earlier_message = {});

class HartDialect : public Dialect {
 public:
  HartDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  void send(Conversation& conversation, const std::string& message, const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;
  // InputError for a message that would change the calibration.
  std::string wrapped(const std::string& message) const override;

  std::optional<std::string> heard(const std::string& line) override;
  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
  std::optional<std::string> streams() const override;
  void power_on() override;

 private:
  std::string ask(Conversation& conversation, const std::string& message, const std::string& earlier_message,
                  const QueryOptions& options) const;

  // As the simulated controller.
  bool full_duplex_ = true;
  bool samples_flow_ = false;
  std::string echo_;  // of what was heard last
};

}  // namespace etalon::drivers
