// The rules for one quantity of a certificate: its lists, numbers, units, uncertainty and verdicts.
#pragma once

#include <string>

#include "archive/dcc_document.h"
#include "archive/dcc_findings.h"

namespace etalon::archive {

// For messages: its name in quotes, or its refType.
std::string label(const DccQuantity& quantity);
// In any of the forms: expanded, standard, interval, relative, region.
bool has_uncertainty(const DccQuantity& quantity);
// `expected` values, or one; 0: any number. The quantities of its metadata are checked with it.
void check_quantity(const DccQuantity& quantity, std::size_t expected, DccFindings& findings);

}  // namespace etalon::archive
