#include "calibration/uncertainty/model_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/at_key.h"
#include "base/error.h"
#include "base/language.h"
#include "base/sha256.h"
#include "calibration/uncertainty/quantities_behind.h"

namespace etalon::calibration {

using base::at_key;
using base::TomlTable;
using base::tr;

namespace {

constexpr std::size_t digits_of_id = 12;

// "noise (day-1.toml, 3f2c90ab14de)"
std::string own_identity(const std::string& name, const std::string& evaluation) {
  return fmt::format("{} ({})", name, evaluation);
}

std::string name_and_digest(const std::string& path, const std::string& digest) {
  return fmt::format("{}, {}", std::filesystem::path(path).filename().string(), digest.substr(0, digits_of_id));
}

}  // namespace

std::string evaluation_id(const std::string& text, const std::string& file_name, const OtherFile& other_file) {
  std::string all = text;
  const TomlTable root = TomlTable::parse_text(text, file_name);
  if (const auto inputs = root.table_if_any("inputs")) {
    for (const std::string& name : inputs->keys()) {
      const TomlTable table = inputs->table(name);
      if (!table.has("from") || !other_file) continue;
      // What is wrong with it is said where it is read.
      try {
        all += '\0' + other_file(table.text("from"));
      } catch (const base::InputError&) {
      }
    }
  }
  return name_and_digest(file_name, base::sha256(all));
}

const ModelInputs::File& ModelInputs::file(const std::string& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second;
  if (!other_file_) throw base::InputError(tr("no other file can be read here"));
  const std::string text = other_file_(path);
  File file{uncertain_numbers_from_json(text, path), !says_whose_identities(text), base::sha256(text),
            refused_numbers(text)};
  return files_.emplace(path, std::move(file)).first->second;
}

void ModelInputs::check_same(const TomlTable& table, const char* key, const std::string& identity,
                             double degrees_of_freedom, const std::shared_ptr<const StatedQuantity>& stated,
                             const Known& known) const {
  if (degrees_of_freedom != known.degrees_of_freedom) {
    table.fail(key,
               fmt::format(fmt::runtime(tr("the quantity '{}' has {} degrees of freedom here and {} {}: one quantity "
                                           "has one number")),
                           identity, degrees_of_freedom, known.degrees_of_freedom, known.place));
  }
  if (!stated || !known.stated) return;
  const std::string different = difference(*stated, *known.stated);
  if (different.empty()) return;
  table.fail(key,
             fmt::format(fmt::runtime(tr("the quantity '{}' is said to be one, but differs here and {}, in {}: one "
                                         "quantity has one value and one uncertainty; give another identity, or "
                                         "correlate the two")),
                         identity, known.place, different));
}

void ModelInputs::refuse_old(const TomlTable& table, const char* key, const std::string& identity,
                             const std::string& one, const std::string& other) const {
  table.fail(key,
             fmt::format(fmt::runtime(tr("'{}' stands in {} and in {}, and one of them was written by a program that "
                                         "took mere names for identities: whether both are one quantity is not "
                                         "known. Evaluate its model again, with an identity if they are")),
                         identity, one, other));
}

void ModelInputs::check_components(const TomlTable& table, const UncertainNumber& number, const File& file) {
  const std::string path = table.text("from");
  for (const auto& [identity, part] : number.components) {
    const auto old = old_.find(identity);
    if (old != old_.end() && !(file.old && old->second.digest == file.digest))
      refuse_old(table, "from", identity, old->second.path, path);
    const Known known{part.degrees_of_freedom, part.stated,
                      fmt::format(fmt::runtime(tr("as a component of '{}' from {}")), number.name, path)};
    const Part& other =
        parts_.emplace(quantity_of_part(identity), Part{identity, known.place, file.digest}).first->second;
    // Files from before the coefficient stood in the name do not say for which it is.
    const bool unsaid = other.digest != file.digest && is_part_without_coefficient(identity);
    if (other.identity != identity || unsaid) {
      table.fail("from", fmt::format(fmt::runtime(tr("'{}' {} and '{}' {} are parts of one quantity for different "
                                                     "correlations, or of different others: one pair of quantities has "
                                                     "one coefficient; evaluate both in one model")),
                                     other.identity, other.place, identity, known.place));
    }
    const auto [place, is_new] = known_.emplace(identity, known);
    if (!is_new && file.old && old == old_.end()) refuse_old(table, "from", identity, place->second.place, path);
    if (file.old) old_.emplace(identity, Old{path, file.digest});
    if (!is_new) check_same(table, "from", identity, part.degrees_of_freedom, part.stated, place->second);
  }
}

InputQuantity ModelInputs::read(const TomlTable& table, const std::string& name) {
  if (table.has("identity")) {
    table.fail("identity", tr("an input from a file has the identities of its components, no other"));
  }
  const std::string path = table.text("from");
  const std::string quantity = table.text_or("quantity", name);
  const File& from = at_key(table, "from", [&]() -> const File& { return file(path); });
  const auto found = std::find_if(from.numbers.begin(), from.numbers.end(),
                                  [&](const auto& number) { return number.name == quantity; });
  if (const auto refused = from.refused.find(quantity); refused != from.refused.end()) {
    table.fail("from",
               fmt::format(fmt::runtime(tr("{} holds no result of '{}': {}")), path, quantity, refused->second));
  }
  if (found == from.numbers.end()) {
    std::vector<std::string> names;
    for (const UncertainNumber& number : from.numbers)
      names.push_back(number.name);
    const std::string nearest = base::nearest_word(quantity, names);
    table.fail(table.has("quantity") ? "quantity" : "from",
               fmt::format(fmt::runtime(nearest.empty() ? tr("{1} has no quantity '{0}': it has {3}")
                                                        : tr("{1} has no quantity '{0}' (did you mean '{2}'?): it "
                                                             "has {3}")),
                           quantity, path, nearest, fmt::join(names, ", ")));
  }
  UncertainNumber number = *found;
  if (table.has("unit")) number = at_key(table, "unit", [&] { return in_unit(number, table.text("unit")); });
  check_components(table, number, from);
  if (from.old) {
    // What is passed on must not meet namesakes in yet another file.
    Components own;
    for (auto [identity, part] : number.components) {
      if (!part.ensemble.empty()) part.ensemble = own_identity(part.ensemble, name_and_digest(path, from.digest));
      own.emplace(own_identity(identity, name_and_digest(path, from.digest)), std::move(part));
    }
    number.components = std::move(own);
  }
  if (number.validation == "differ" && number.method == "gum") {
    notes_.push_back(fmt::format(
        fmt::runtime(
            tr("{} from {}: y ± U was refuted there because of the shape of its distribution, which is not in the "
               "file: each component counts as normal, or t")),
        quantity, path));
  } else if (number.validation == "differ") {
    notes_.push_back(fmt::format(
        fmt::runtime(tr("{} from {} is the result by Monte Carlo: the GUM's was refuted. What first order did not see "
                        "stands as a component of its own, taken as normal and independent")),
        quantity, path));
  } else if (number.validation == "undecided") {
    notes_.push_back(
        fmt::format(fmt::runtime(tr("{} from {}: it was not decided whether the GUM's result holds")), quantity, path));
  } else if (number.method == "gum" && number.validation != "agree") {
    notes_.push_back(
        fmt::format(fmt::runtime(tr("{} from {}: the GUM's result was not validated there")), quantity, path));
  }
  return at_key(table, "from", [&] { return to_input(number); });
}

void ModelInputs::identify(const TomlTable& table, InputQuantity& input) const {
  if (!table.has("identity")) {
    input.identity = own_identity(input.name, evaluation_);
    return;
  }
  input.identity = table.text("identity");
  if (input.identity.empty()) table.fail("identity", tr("expected a text that says which physical quantity it is"));
  StatedQuantity stated;
  stated.value = input.estimate;
  stated.standard_uncertainty = input.standard_uncertainty;
  stated.degrees_of_freedom = input.degrees_of_freedom;
  stated.distribution = input.distribution;
  stated.shape = input.shape;
  stated.limit_uncertainty = input.limit_uncertainty;
  stated.unit = input.unit;
  if (table.has("readings")) {
    std::string text;
    for (const double reading : table.numbers("readings"))
      text += fmt::format("{} ", reading);
    stated.readings = base::sha256(text);
  }
  input.stated = std::make_shared<const StatedQuantity>(stated);
}

void ModelInputs::check_own_input(const TomlTable& table, const InputQuantity& input) {
  if (!(input.standard_uncertainty > 0)) return;
  if (!input.stated) {
    // Only the name is no proof, and hardly chance either.
    const auto known = known_.find(input.name);
    if (known == known_.end()) return;
    throw base::FileError(
        table.position(),
        fmt::format(
            fmt::runtime(tr("'{0}' is also the identity of a quantity {1}: say identity = \"{0}\" if both are one "
                            "quantity, else another identity")),
            input.name, known->second.place));
  }
  const auto old = old_.find(input.identity);
  if (old != old_.end()) {
    refuse_old(table, "identity", input.identity, base::to_string(table.position_of("identity")), old->second.path);
  }
  const Known own{input.degrees_of_freedom, input.stated,
                  fmt::format(fmt::runtime(tr("at {}")), base::to_string(table.position_of("identity")))};
  const auto [place, is_new] = known_.emplace(input.identity, own);
  if (!is_new) check_same(table, "identity", input.identity, input.degrees_of_freedom, input.stated, place->second);
}

}  // namespace etalon::calibration
