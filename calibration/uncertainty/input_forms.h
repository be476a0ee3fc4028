// The forms in which a file states an input quantity (docs/uncertainty.md): readings, standard or expanded uncertainty,
// limits, counts, a constant. One reader for model files and procedures.
#pragma once

#include <optional>
#include <string>

#include "base/toml.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// How the numbers of a form are written.
struct FormNumbers {
  std::string unit;   // that of the input; a text such as "20 mV" is converted into it; empty: none is known
  bool plain = true;  // a number without a unit is one in `unit`
  std::optional<double> value = {};  // of the estimate, where it is left out
};

// Told apart by the keys that are there. Fills the numbers; name, identity, unit and description are the caller's.
// FileError says where: no form, two forms, a key that does not go with the form, a number or unit that is not usable.
InputQuantity read_input_form(const base::TomlTable& table, const FormNumbers& numbers = {});

// Refuses keys of two forms at once, and such that the form would pass over.
void check_input_form(const base::TomlTable& table);

}  // namespace etalon::calibration
