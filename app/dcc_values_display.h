// The values of a quantity of a certificate, one a line, each with all that belongs to it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "archive/dcc_document.h"

namespace etalon::app {

// False when a list could not be dealt out to the values: it is then printed as it is, in a line that says so.
bool print_quantity(std::ostream& out, const archive::DccQuantity& quantity, const std::string& indent);
// Words of conformity in the language of the interface; an unknown one as it is.
std::string verdict_in_words(const std::string& word);
std::string verdicts_in_words(const archive::Words& words);
// The texts of a statement or metadata: description, declaration, rule, norms, references, date, authority.
std::vector<std::string> metadata_details(const archive::DccMetaData& metadata);

}  // namespace etalon::app
