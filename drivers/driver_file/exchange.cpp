#include "drivers/driver_file/exchange.h"

#include <algorithm>

namespace etalon::drivers {

std::size_t Exchange::reply_lines() const {
  if (!reply) return 0;
  return 1 + static_cast<std::size_t>(std::count(reply->text().begin(), reply->text().end(), '\n'));
}

}  // namespace etalon::drivers
