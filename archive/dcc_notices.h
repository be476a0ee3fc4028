// What a digital calibration certificate says against itself, or what a reader must know before any number: said first.
#pragma once

#include <string>
#include <vector>

#include "archive/dcc_document.h"

namespace etalon::archive {

struct DccNotice {
  enum class Kind {
    not_a_certificate,    // simulated, draft
    not_valid,            // valid = false, not traceable
    unchecked_signature,  // there, or only claimed; nobody has verified it
    replaces,             // amends or substitutes another certificate
    adjustment            // holds results from before or after an adjustment or repair
  };
  Kind kind = Kind::not_valid;
  int line = 0;
  std::string message;
};

// In that order of kinds; within one, in the order of the file.
std::vector<DccNotice> notices(const DccDocument& document);

// "beforeAdjustment" in words; any other text as it is.
std::string status_words(const std::string& status);

}  // namespace etalon::archive
