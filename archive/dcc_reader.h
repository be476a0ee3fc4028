// Reads digital calibration certificates, ours or another laboratory's: DCC 2.1 to 3.3, D-SI 1.0 to 2.2, uncertainties
// in the new (measurementUncertaintyUnivariate) and the old (expandedUnc) style. What it does not understand is named
// in `unread`; nothing is passed over.
#pragma once

#include <string>
#include <string_view>

#include "archive/dcc_document.h"

namespace etalon::archive {

// FileError with `name` and line when the document is not well-formed, has a DTD, is not a DCC, or holds comments or
// markup inside a value. It does not validate: see dcc_check.h.
DccDocument read_dcc(std::string_view bytes, const std::string& name = "certificate.xml");
// The same, but values with markup inside them are listed in `faults` and the rest is read.
DccDocument examine_dcc(std::string_view bytes, const std::string& name = "certificate.xml");

}  // namespace etalon::archive
