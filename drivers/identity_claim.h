// Whether what another file says of an instrument (the plate of an item, the certificate of a standard) can be true of
// one that its driver file speaks to. What cannot be told is not held against it.
#pragma once

#include <string>

#include "drivers/driver_file.h"

namespace etalon::drivers {

// Plates, certificates and replies write a maker differently ("Fluke", "FLUKE CORPORATION"): one common word of the
// name is enough. A name without Latin letters cannot be compared and passes.
bool may_be_made_by(const DriverFile& driver, const std::string& maker);

// As the identity's pattern finds it, or written longer or shorter ("3458A" for HP3458A, "5522A/1G"). A driver whose
// identity says no model passes all.
bool may_be_of_model(const DriverFile& driver, const std::string& model);

}  // namespace etalon::drivers
