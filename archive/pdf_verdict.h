// Verdicts in print: their words and colours.
#pragma once

#include "archive/certificate.h"
#include "archive/pdf_pages.h"

namespace etalon::archive {

inline const char* verdict_label(Conformity verdict) {
  switch (verdict) {
    case Conformity::pass:
      return label::kPass;
    case Conformity::conditional_pass:
      return label::kConditionalPass;
    case Conformity::conditional_fail:
      return label::kConditionalFail;
    case Conformity::fail:
      return label::kFail;
    case Conformity::inconclusive:
      return label::kInconclusive;
    case Conformity::not_stated:
      break;
  }
  return label::kNotStated;
}

inline Colour verdict_colour(Conformity verdict) {
  switch (verdict) {
    case Conformity::pass:
      return {0.07, 0.40, 0.20};
    case Conformity::fail:
      return paper::kWarning;
    case Conformity::conditional_pass:
    case Conformity::conditional_fail:
    case Conformity::inconclusive:
      return {0.62, 0.36, 0.02};
    case Conformity::not_stated:
      break;
  }
  return paper::kGrey;
}

}  // namespace etalon::archive
