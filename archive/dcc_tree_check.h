// Checks that need no meaning, only the elements: references, languages, characters that nobody sees.
#pragma once

#include <string_view>

#include "archive/dcc_document.h"
#include "archive/dcc_findings.h"

namespace etalon::archive {

//  * refId names an id of the document, no id stands twice (libxml2 does not check IDREFS)
//  * each language of a content is declared (usedLangCodeISO639_1)
//  * no text or attribute holds control characters, marks of direction or zero-width characters
void check_tree(std::string_view bytes, const std::string& name, const DccDocument& document, DccIssues& found);

}  // namespace etalon::archive
