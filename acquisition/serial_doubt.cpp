#include "acquisition/serial_doubt.h"

#include <fmt/format.h>

#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

std::optional<std::string> serial_doubt(const drivers::BenchInstrument& instrument) {
  const auto& identity = instrument.driver.identity;
  if (instrument.any_serial || (identity.has_serial && !identity.queries.empty())) return std::nullopt;
  if (identity.queries.empty()) {
    return fmt::format(
        fmt::runtime(tr("who {} is, with its serial number {}, is taken from the bench file: the instrument cannot be "
                        "asked; compare its plate")),
        instrument.name, instrument.serial);
  }
  return fmt::format(fmt::runtime(tr("the serial number {} of {} is taken from the bench file: the instrument cannot "
                                     "report it; compare its plate")),
                     instrument.serial, instrument.name);
}

}  // namespace etalon::acquisition
