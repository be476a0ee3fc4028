// What ISO/IEC 17025:2017 7.8.2.1, 7.8.4.1 and 7.8.6 require of a certificate and this one lacks.
#pragma once

#include <string>
#include <vector>

#include "archive/certificate.h"

namespace etalon::archive {

// One sentence for each missing or contradictory content, in English, with the clause; empty when complete.
std::vector<std::string> missing_content(const Certificate& certificate);

// InputError that lists them all, when there are any.
void require_complete(const Certificate& certificate);

}  // namespace etalon::archive
