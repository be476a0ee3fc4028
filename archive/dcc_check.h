// Whether a digital calibration certificate is sound: its schema (dcc_schema.h), and what neither XML schema nor
// Schematron catch: lists of different lengths, dates out of order, unknown units, results without uncertainty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/dcc_reader.h"
#include "archive/dcc_schema.h"

namespace etalon::archive {

struct DccIssue {
  int line = 0;  // 0: the document as a whole
  std::string message;
};

// In the order of the document; empty when sound:
//  * begin <= end <= issue, receipt <= begin, real dates (ISO/IEC 17025:2017 7.8.2.1 h, i, j)
//  * values, U, k, p, units and conformity of a quantity have as many members as values, or one (D-SI 2.2.1)
//  * the quantities of a table, and limits and nominal values with their quantity, have equally many values, or one
//  * numbers are decimal numbers; U is not negative, k >= 1, 0 < p < 1; units are known
//  * each table of results has an uncertainty; a measurement error has it itself (7.8.4.1 a)
//  * a standard's certificate was in its validity range; refId names an id of the document
//  * "pass" does not stand where the error exceeds an acceptance limit by more than rounding explains, nor do
//    conformity and etalon_verdict contradict each other
std::vector<DccIssue> semantic_issues(const DccDocument& document);

struct DccCheck {
  SchemaResult schema;
  std::vector<DccIssue> issues;
  // Nothing found; with a skipped schema too: the caller says that it was skipped.
  bool sound() const { return schema.state != SchemaState::invalid && issues.empty(); }
};

// FileError when it cannot be read at all.
DccCheck check_dcc(std::string_view bytes, const std::string& schema_folder,
                   const std::string& name = "certificate.xml");

}  // namespace etalon::archive
