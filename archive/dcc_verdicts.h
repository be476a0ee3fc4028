// Compares the verdicts of a certificate with the limits that stand beside them.
#pragma once

#include "archive/dcc_document.h"
#include "archive/dcc_findings.h"

namespace etalon::archive {

// Each judgement of the quantity against its own limits; a contradiction is found only where no usual decision rule
// (JCGM 106:2012, 8; ILAC-G8:09/2019, 4.2) could give the word, all else is undecided:
//  * "pass" beyond an acceptance limit, or beyond a tolerance limit by more than U; not a fail within the acceptance
//    limits, nor within the tolerance limits with U to spare on both sides
//  * half a digit of both numbers may come from rounding
//  * limits in another unit of the same dimension are converted
void compare_verdicts(const DccQuantity& quantity, const std::string& label, DccFindings& findings);

}  // namespace etalon::archive
