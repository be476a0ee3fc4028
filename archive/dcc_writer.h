// The certificate as a digital calibration certificate, DCC 3.3.0 with D-SI 2.2.1 (PTB, https://ptb.de/dcc).
#pragma once

#include <string>

#include "archive/certificate.h"

namespace etalon::archive {

// UTF-8 XML; the same certificate gives the same bytes. Every number stands in it exactly as the certificate's text has
// it. InputError that lists what is missing (certificate_completeness.h) or cannot be said in a DCC (an unknown unit,
// a control character, a coverage factor below 1).
//
// Each table becomes a dcc:result with one dcc:list of quantities over the points:
//   basic_referenceValue    reference value; its metadata basic_calibrationValue holds the nominal values
//   basic_measuredValue     indication
//   basic_measurementError  error with U, k, p (expandedMUXMLList); its metadata basic_conformity holds
//                           conformityXMLList and the tolerance and acceptance limits
//   etalon_effectiveDegreesOfFreedom, etalon_verdict   words ("inf" for infinite)
// The DCC has no word for `inconclusive` (待定 of JJF 1094): it is written as conditionalPass where |error| <= mpe and
// as conditionalFail otherwise, and a declaration says so; etalon_verdict keeps the exact word. Each curve becomes a
// dcc:result of si:real parameters with U, its equation as LaTeX, refId to the table's result.
std::string write_dcc(const Certificate& certificate);

// The words of etalon_verdict: "pass", "conditional-pass", "conditional-fail", "fail", "inconclusive", "not-stated".
std::string verdict_word(Conformity verdict);
// InputError for any other word.
Conformity parse_verdict_word(const std::string& word);
// The DCC's word for the verdict of a row (see above); empty for not_stated.
std::string dcc_conformity_word(const Row& row);

}  // namespace etalon::archive
