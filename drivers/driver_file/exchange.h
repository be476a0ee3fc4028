// A message to an instrument, and the reply it must bring when it brings one.
#pragma once

#include <optional>
#include <string>

#include "drivers/messages/message_template.h"

namespace etalon::drivers {

// How an instrument shows that a message without a reply is done.
enum class Completion {
  none,             // it need not
  operation_query,  // "*OPC?" is answered by 1 when it is (IEEE 488.2, 12.5.3)
  service_request,  // "*OPC" sets bit 0 of the event register (IEEE 488.2, 12.5.2), which requests service
};

struct Exchange {
  MessageTemplate send;
  std::optional<MessageTemplate> reply;  // several lines are separated by \n in the template
  double takes = 0;                      // s, beyond the link's time-out
  Completion completion = Completion::none;

  // Lines of the reply; 0 without one.
  std::size_t reply_lines() const;
};

}  // namespace etalon::drivers
