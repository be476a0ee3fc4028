// Whether a digital calibration certificate is sound: its schema (dcc_schema.h), and what neither XML schema nor
// Schematron catch: lists of different lengths, dates out of order, unknown units, results without uncertainty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/dcc_document.h"
#include "archive/dcc_findings.h"
#include "archive/dcc_notices.h"
#include "archive/dcc_schema.h"
#include "base/error.h"

namespace etalon::archive {

// Sorted by line; nothing at all when sound:
//  * begin <= end <= issue, receipt <= begin, real dates (ISO/IEC 17025:2017 7.8.2.1 h, i, j)
//  * values, U, k, p, units and conformity of a quantity have as many members as values, or one (D-SI 2.2.1)
//  * the quantities of a table, and limits and nominal values with their quantity, have equally many values, or one
//  * numbers are decimal numbers (NaN: no value, a remark); U is positive, k >= 1, 0 < p < 1; units are known
//  * each table of results has an uncertainty; a measurement error has it itself (7.8.4.1 a)
//  * a standard's certificate was in its validity range
//  * verdicts do not contradict the limits beside them (dcc_verdicts.h), nor etalon_verdict
//  * references, languages and characters (dcc_tree_check.h), in check_dcc only
// Undecided is what was not read, verdicts that cannot be compared, units known by name only.
DccFindings semantic_findings(const DccDocument& document);

struct DccCheck {
  SchemaResult schema;
  std::vector<DccNotice> notices;  // what the certificate says against itself
  DccFindings findings;
  bool whole = true;  // every part was read

  // check_failed: something is wrong, or the certificate says that it is none; undecided: something could not be
  // checked: schema, signature, a part that is not read; done: everything was checked and is right.
  base::ExitCode exit_code() const;
  bool sound() const { return exit_code() == base::ExitCode::done; }
};

// FileError when it is no XML or no DCC at all; any other fault is a finding, and the check goes on.
DccCheck check_dcc(std::string_view bytes, const std::string& schema_folder,
                   const std::string& name = "certificate.xml");

}  // namespace etalon::archive
