// Reads the D-SI elements of a quantity: si:real, si:complex, si:constant, lists of them, si:hybrid (D-SI 1.0 to 2.2).
#pragma once

#include "archive/dcc_elements.h"

namespace etalon::archive {

// The first D-SI child of `parent` that holds numbers, into `quantity`; false when there is none.
bool read_numbers(DccElements& elements, const xmlNode* parent, DccQuantity& quantity);
// The content of an element of the type of si:real or si:realListXMLList, whatever its name.
DccNumbers read_real(DccElements& elements, const xmlNode* element);

}  // namespace etalon::archive
