// Units that come in replies. One spelling for another prefix would make a reading wrong by its factor, so a list may
// only hold spellings that are known to be the measure's own unit; all others come as a table with their factors.
#pragma once

#include <string>
#include <vector>

#include "base/toml.h"
#include "drivers/driver_file/measure.h"

namespace etalon::drivers {

// `reply_units = ["V", "VDC"]` or `reply_units = { V = 1, mV = 1e-3 }`, in the order of the file; none when the key is
// missing. FileError for a spelling that is known as another unit, with the factor to write, for a factor that
// contradicts it, and for a spelling in a list that is not known or has several meanings.
std::vector<ReplyUnit> reply_units_from(const base::TomlTable& table, const std::string& unit);

// What one `spelling` is in `unit`, when it is known as a unit of the same kind: the factors of all ways to read it,
// since instruments write units in capitals ("MV"); names of the field (oz, inH2O) too, and what says the kind of value
// ("mV DC", "kPag") taken off. MOHM and MHZ are mega (SCPI-99 volume 1). Empty: not known, an instrument's own word. A
// unit with another zero (degF for degC) has no factor: NaN.
std::vector<double> known_factors(const std::string& spelling, const std::string& unit);

}  // namespace etalon::drivers
