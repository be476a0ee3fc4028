// Electronic signatures in a digital calibration certificate: that they are there, of which kind, and whom they name.
// Nothing is verified here.
#pragma once

#include "archive/dcc_elements.h"

namespace etalon::archive {

// Every ds:Signature of the document (W3C XML Signature; XAdES, ETSI EN 319 132-1), wherever it stands.
std::vector<DccSignature> read_signatures(DccElements& elements);

}  // namespace etalon::archive
