// The colour in which a verdict stands on a terminal.
#pragma once

#include "app/terminal.h"
#include "calibration/conformity/decision_rule.h"

namespace etalon::app {

inline Colour colour_of(calibration::Verdict verdict) {
  switch (verdict) {
    case calibration::Verdict::pass:
      return Colour::green;
    case calibration::Verdict::fail:
      return Colour::red;
    default:
      return Colour::yellow;
  }
}

}  // namespace etalon::app
