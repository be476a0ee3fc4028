// A digital calibration certificate as text for a person.
#pragma once

#include <ostream>
#include <string>

#include "archive/dcc_document.h"
#include "archive/dcc_notices.h"

namespace etalon::app {

// All that was read, in the order a reader files it by: notices first, then number, dates, laboratory, items, customer,
// persons, statements, methods, equipment, conditions and results; then what was not read. Every value stands with its
// own unit, uncertainty, validity, and each judgement with its own limits; a list that cannot be dealt out to the
// values is printed as it is and named. False when such a list was met.
bool print_dcc(std::ostream& out, const archive::DccDocument& document, const std::string& file);

// "file:line: message", invisible characters made visible.
std::string dcc_line(const std::string& file, int line, const std::string& message);

}  // namespace etalon::app
