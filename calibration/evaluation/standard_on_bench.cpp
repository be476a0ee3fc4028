#include "calibration/evaluation/standard_on_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "base/language.h"
#include "base/toml.h"
#include "base/units.h"
#include "drivers/identity_claim.h"

namespace etalon::calibration {

using base::FileError;
using base::tr;
using drivers::BenchInstrument;

namespace {

// A standard ten times outside of its own specification is none; nobody certifies one a thousand times better than its
// maker warrants it. A slip of a prefix is three orders of magnitude, of "ppm" six.
constexpr double most_of_accuracy = 10;
constexpr double least_of_accuracy = 1e-3;

void compare_identity(const Standard& standard, const BenchInstrument& instrument) {
  const auto refuse = [&](const std::string& why) { throw FileError(instrument.position, why); };
  if (standard.serial != instrument.serial) {
    refuse(fmt::format(fmt::runtime(tr("{} has the serial number {}, but its standard {} is {}")), instrument.name,
                       instrument.serial, standard.file_name, standard.serial));
  }
  if (!instrument.model.empty() && !standard.model.empty() && standard.model != instrument.model) {
    refuse(fmt::format(fmt::runtime(tr("{} is of the model {}, but its standard {} is a {}")), instrument.name,
                       instrument.model, standard.file_name, standard.model));
  }
  const auto refuse_claim = [&](const std::string& what, const std::string& said) {
    refuse(fmt::format(fmt::runtime(tr("{} is driven by {} ({}), but its standard {} has the {} {}")), instrument.name,
                       instrument.driver_name, instrument.driver.title, standard.file_name, what, said));
  };
  if (!drivers::may_be_of_model(instrument.driver, standard.model)) refuse_claim(tr("model"), standard.model);
  if (!drivers::may_be_made_by(instrument.driver, standard.maker)) refuse_claim(tr("maker"), standard.maker);
}

// What the instrument does with a quantity, as its driver file says it.
struct Ability {
  std::string unit;
  std::vector<double> ranges;  // of a source; the blocks of a meter follow its readings
  std::optional<drivers::Accuracy> accuracy;
};

std::optional<Ability> ability(const BenchInstrument& instrument, const std::string& quantity) {
  if (const auto* source = instrument.driver.source(quantity))
    return Ability{source->unit, source->ranges, source->accuracy};
  if (const auto* measure = instrument.driver.measure(quantity)) return Ability{measure->unit, {}, measure->accuracy};
  return std::nullopt;
}

Ability ability_for(const SourceCorrection& row, const BenchInstrument& instrument) {
  if (auto found = ability(instrument, row.quantity)) return *found;
  std::vector<std::string> known;
  for (const auto& source : instrument.driver.sources)
    known.push_back(source.quantity);
  for (const auto& measure : instrument.driver.measures)
    known.push_back(measure.quantity);
  const std::string near = base::nearest_word(row.quantity, known);
  throw FileError(
      row.position,
      fmt::format(fmt::runtime(tr("corrections of '{}': the driver file {} of {} knows no such quantity{}; it "
                                  "knows: {}")),
                  row.quantity, instrument.driver_name, instrument.name,
                  near.empty() ? "" : fmt::format(fmt::runtime(tr(" (did you mean {}?)")), near),
                  fmt::join(known, ", ")));
}

// The blocks are for the source's own ranges: that is how a setting finds its block. One for a range above what is
// fitted here has no part.
void compare_ranges(const SourceCorrection& row, const Ability& source, const BenchInstrument& instrument) {
  const auto refuse = [&](const std::string& why) {
    throw FileError(row.position, fmt::format(fmt::runtime(tr("corrections of {} up to {} {}: {}")), row.quantity,
                                              row.up_to, row.unit, why));
  };
  if (!base::convertible(row.unit, source.unit)) {
    refuse(fmt::format(fmt::runtime(tr("{} has it in {}")), instrument.driver_name, source.unit));
  }
  if (source.ranges.empty() || base::convert(row.up_to, row.unit, source.unit) > source.ranges.back() * (1 + 1e-5))
    return;
  std::vector<double> ends{row.up_to};
  ends.insert(ends.end(), row.covers.begin(), row.covers.end());
  SourceCorrection one = row;
  one.covers.clear();
  for (const double end : ends) {
    one.up_to = end;
    const auto is_its = [&](double range) { return one.is_for(range, source.unit); };
    if (std::any_of(source.ranges.begin(), source.ranges.end(), is_its)) continue;
    refuse(fmt::format(fmt::runtime(tr("{} {} is no range of {}; its ranges in {}: {}")), end, row.unit,
                       instrument.driver_name, source.unit, fmt::join(source.ranges, ", ")));
  }
}

const drivers::AccuracyRow* accuracy_at(const Ability& source, double range) {
  if (!source.accuracy) return nullptr;
  const auto& rows = source.accuracy->rows;
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return range <= row.range * (1 + 1e-5); });
  return found == rows.end() ? nullptr : &*found;
}

void compare_sizes(const SourceCorrection& row, const Ability& source) {
  const double range = base::convert(row.up_to, row.unit, source.unit);
  const drivers::AccuracyRow* stated = accuracy_at(source, range);
  if (stated == nullptr) return;
  // A part that the data sheet leaves out is held against the whole.
  const double whole = stated->of_reading * range + stated->of_range * range + stated->floor;
  const double relative =
      stated->of_reading + stated->of_range > 0 ? stated->of_reading + stated->of_range : whole / range;
  const double fixed = stated->floor + stated->of_range * range > 0 ? stated->floor + stated->of_range * range : whole;
  const auto look = [&](const std::string& what, double value, double accuracy, const std::string& unit,
                        bool is_uncertainty) {
    const bool too_small = is_uncertainty && value != 0 && value < least_of_accuracy * accuracy;
    if (std::fabs(value) <= most_of_accuracy * accuracy && !too_small) return;
    const std::string number_unit = unit == "1" ? "" : " " + unit;
    throw FileError(
        row.position,
        fmt::format(
            fmt::runtime(too_small ? tr("corrections of {} up to {} {}: {} of {}{} is less than a thousandth of "
                                        "the instrument's own accuracy {}{} ({}); is the exponent right?")
                                   : tr("corrections of {} up to {} {}: {} of {}{} is more than ten times the "
                                        "instrument's own accuracy {}{} ({}); is the exponent right?")),
            row.quantity, row.up_to, row.unit, what, value, number_unit, accuracy, number_unit,
            source.accuracy->source));
  };
  const auto certified = [&](const InputQuantity& input, const std::string& name, double accuracy) {
    const bool number = input.unit == "1";
    const auto own = [&](double value) {
      return number ? value : base::convert_difference(value, input.unit, source.unit);
    };
    const std::string unit = number ? "1" : source.unit;
    look(name, own(input.estimate), accuracy, unit, false);
    look(fmt::format(fmt::runtime(tr("a standard uncertainty of the {}")), name), own(input.standard_uncertainty),
         accuracy, unit, true);
  };
  certified(row.gain, tr("gain"), relative);
  certified(row.offset, tr("offset"), fixed);
  certified(row.gain_drift, tr("drift of the gain"), relative);
  certified(row.offset_drift, tr("drift of the offset"), fixed);
  if (row.gain.standard_uncertainty == 0 && row.offset.standard_uncertainty == 0) {
    throw FileError(row.position,
                    fmt::format(fmt::runtime(tr("corrections of {} up to {} {}: both uncertainties are 0; "
                                                "no certificate says that")),
                                row.quantity, row.up_to, row.unit));
  }
}

}  // namespace

void require_agreement(const Standard& standard, const BenchInstrument& instrument) {
  compare_identity(standard, instrument);
  for (const SourceCorrection& row : standard.corrections) {
    const Ability source = ability_for(row, instrument);
    compare_ranges(row, source, instrument);
    compare_sizes(row, source);
  }
}

std::string answering_model(const Standard& standard, const BenchInstrument& instrument) {
  if (drivers::is_model(instrument.driver, standard.model)) return standard.model;
  std::string word;
  for (const char c : standard.model + " ") {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) {
      word += static_cast<char>(std::toupper(byte));
    } else {
      if (!word.empty() && drivers::is_model(instrument.driver, word)) return word;
      word.clear();
    }
  }
  return "";
}

std::vector<std::string> not_compared(const Standard& standard, const BenchInstrument& instrument) {
  std::vector<std::string> lines;
  for (const SourceCorrection& row : standard.corrections) {
    const auto source = ability(instrument, row.quantity);
    if (source && accuracy_at(*source, base::convert(row.up_to, row.unit, source->unit)) != nullptr) continue;
    lines.push_back(fmt::format(fmt::runtime(tr("{}: {} up to {} {}: whether the numbers can be true was not checked: "
                                                "the driver file {} states no accuracy there")),
                                standard.file_name, row.quantity, row.up_to, row.unit, instrument.driver_name));
  }
  return lines;
}

}  // namespace etalon::calibration
