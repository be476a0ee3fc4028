// Whether a certificate states what its run holds: the run is evaluated again, and a certificate is made of it anew.
#pragma once

#include <string>
#include <vector>

#include "acquisition/run_record.h"
#include "archive/certificate.h"
#include "archive/dcc_reader.h"

namespace etalon::archive {

struct RunEvaluatedAgain {
  Certificate certificate;
  std::string results_json;
};
// `issue_date` stands in the certificate; a run does not know it. Throws what evaluate and make_certificate throw.
RunEvaluatedAgain evaluate_again(const acquisition::RunRecord& run, const std::string& issue_date);

// One line for each statement of the certificate (number, dates, laboratory, customer, item, persons, standards,
// method, decision rule, environment) that the DCC does not make. The sentences that etalon itself puts into
// certificates are not compared: another version may word them otherwise. For the results see results_comparison.h.
std::vector<std::string> differing_statements(const Certificate& certificate, const DccDocument& dcc,
                                              const std::string& dcc_bytes);

// "draft", "simulated", "issued": what the DCC says of itself.
std::string status_of(const DccDocument& dcc);

// The serial number of the item, or the laboratory's identification where it has none.
std::string identity_of_item(const DccDocument& dcc);

}  // namespace etalon::archive
