// Whether results (docs/results.md) are those of a certificate, and those that the run gives when it is evaluated
// again.
#pragma once

#include <string>
#include <vector>

#include "archive/dcc_reader.h"

namespace etalon::archive {

// Each function gives one line for each difference, none when there is no difference. `results` is the JSON text;
// InputError when it is none, or when a key stands in it twice (readers disagree on which of the two counts).

// Every key of the archived results has the same value in the others, numbers to the last digit; the others may have
// more keys, of a later version. What results have had from the first version on must be there.
std::vector<std::string> differing_results(const std::string& archived, const std::string& evaluated);

// Number and order of the ranges and points; of each point nominal and reference value, indication, error, U, k,
// coverage probability, degrees of freedom, limits, verdict and units; the parameters of each curve; the days of the
// measurement.
std::vector<std::string> differing_from_dcc(const DccDocument& dcc, const std::string& results);

}  // namespace etalon::archive
