#include "calibration/evaluation/standard.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/identification.h"
#include "base/language.h"
#include "base/toml.h"
#include "base/units.h"

namespace etalon::calibration {

using base::tr;

using base::TomlTable;

namespace {

// A number, or a quantity with a unit when `unit` is not empty: offsets are differences, 0.1 K is 0.1 degC.
double number_in(const TomlTable& table, const std::string& key, const std::string& unit) {
  return unit.empty() ? table.number(key) : table.quantity_difference(key, unit);
}

// t of one degree of freedom at 95 % would be 12.7, but nobody certifies a standard from two observations: what is
// outside is a slip.
constexpr double least_coverage_factor = 1;
constexpr double most_coverage_factor = 10;
constexpr int longest_validity = 10;  // years

// A certificate writes 330 V for the range that ends at 329.9999 V.
constexpr double same_range = 1e-5;

bool is_same_range(double a, double b) {
  return std::fabs(a - b) <= same_range * std::fabs(b);
}

InputQuantity certified(const TomlTable& table, const std::string& unit) {
  const double value = number_in(table, "value", unit);
  const double expanded = number_in(table, "expanded_uncertainty", unit);
  const double factor = table.number("coverage_factor");
  InputQuantity input = from_certificate(value, expanded, CoverageFactor{factor});
  if (factor < least_coverage_factor || factor > most_coverage_factor) {
    table.fail("coverage_factor", fmt::format(fmt::runtime(tr("is {}; expected {} to {}, such as 2")), factor,
                                              least_coverage_factor, most_coverage_factor));
  }
  if (expanded == 0 && value != 0)
    table.fail("expanded_uncertainty", tr("is 0: no certificate states a value without uncertainty"));
  input.unit = unit.empty() ? "1" : unit;
  return input;
}

InputQuantity drift(const TomlTable& table, const std::string& unit) {
  InputQuantity input = from_limits(0, number_in(table, "half_width", unit), Distribution::rectangular);
  input.unit = unit.empty() ? "1" : unit;
  return input;
}

SourceCorrection correction_from(const TomlTable& table, const Standard& standard) {
  SourceCorrection row;
  row.quantity = table.text("quantity");
  const base::Quantity up_to = table.quantity_as_written("up_to");
  row.unit = up_to.unit;
  row.up_to = up_to.value;
  row.position = table.position();
  if (!(row.up_to > 0)) table.fail("up_to", tr("expected a value above 0"));
  for (const std::string& text : table.texts_or_none("covers")) {
    try {
      row.covers.push_back(base::parse_quantity(text).in(row.unit));
    } catch (const base::InputError& error) {
      table.fail("covers", error.what());
    }
    if (!(row.covers.back() > 0 && row.covers.back() < row.up_to))
      table.fail("covers", tr("expected ranges of the source below up_to"));
  }
  const std::string range = fmt::format("{} up to {} {}", row.quantity, up_to.value, up_to.unit);
  const std::string who = fmt::format("{} {} {}", standard.maker, standard.model, standard.serial);
  const auto name = [&](InputQuantity& input, const std::string& what, const base::LocalText& description) {
    input.name = what;
    input.identity = fmt::format("{}, certificate {}, {}, {}", who, standard.certificate_number, range, what);
    input.description = description;
  };
  try {
    row.gain = certified(table.table("gain"), "");
    row.offset = certified(table.table("offset"), row.unit);
    row.gain_drift = drift(table.table("gain_drift"), "");
    row.offset_drift = drift(table.table("offset_drift"), row.unit);
  } catch (const base::FileError&) {
    throw;
  } catch (const base::InputError& error) {
    throw base::FileError(table.position(), error.what());
  }
  name(row.gain, "gain", {"gain of the standard, certificate", "标准器增益（证书）"});
  name(row.offset, "offset", {"offset of the standard, certificate", "标准器零位（证书）"});
  name(row.gain_drift, "gain_drift", {"drift of the gain since the certificate", "标准器增益漂移"});
  name(row.offset_drift, "offset_drift", {"drift of the offset since the certificate", "标准器零位漂移"});
  return row;
}

// The lowest range that a block holds for.
double lowest(const SourceCorrection& row) {
  return row.covers.empty() ? row.up_to : *std::min_element(row.covers.begin(), row.covers.end());
}

// Each range once, smallest first: in another order the blocks of two ranges may have been exchanged.
void require_order(const std::vector<SourceCorrection>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (rows[i].quantity != rows[j].quantity) continue;
      const auto refuse = [&](const std::string& why) {
        throw base::FileError(rows[i].position, fmt::format(fmt::runtime(tr("corrections of {} up to {} {}: {}")),
                                                            rows[i].quantity, rows[i].up_to, rows[i].unit, why));
      };
      if (!base::convertible(rows[j].unit, rows[i].unit))
        refuse(fmt::format(fmt::runtime(tr("'{}' beside '{}'")), rows[i].unit, rows[j].unit));
      const double former = base::convert(rows[j].up_to, rows[j].unit, rows[i].unit);
      if (lowest(rows[i]) <= former || is_same_range(lowest(rows[i]), former)) {
        refuse(fmt::format(fmt::runtime(tr("overlaps with the block before, up to {} {}; expected each range once, the "
                                           "smallest first")),
                           rows[j].up_to, rows[j].unit));
      }
    }
  }
}

void require_plausible_validity(const TomlTable& certificate, const Standard& standard) {
  if (standard.valid_until < standard.certificate_date)
    certificate.fail("valid_until", tr("is before the certificate's date"));
  const auto year = [](const std::string& day) { return std::stoi(day.substr(0, 4)); };
  if (year(standard.valid_until) - year(standard.certificate_date) > longest_validity) {
    certificate.fail("valid_until",
                     fmt::format(fmt::runtime(tr("is more than {} years after the certificate's date {}")),
                                 longest_validity, standard.certificate_date));
  }
}

}  // namespace

Standard parse_standard(const std::string& text, const std::string& file_name) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  Standard standard;
  standard.position = root.position();
  standard.file_name = std::filesystem::path(file_name).stem().string();
  const TomlTable head = root.table("standard");
  standard.name = base::local_name(head, "name");
  standard.maker = base::name(head, "maker");
  standard.model = base::name(head, "model");
  standard.serial = base::identification(head, "serial");
  const TomlTable certificate = root.table("certificate");
  standard.certificate_number = base::identification(certificate, "number");
  standard.certificate_laboratory = base::local_name(certificate, "laboratory");
  standard.certificate_date = certificate.date("date");
  standard.valid_until = certificate.date("valid_until");
  standard.certificate_sha256 = certificate.text_or("sha256", "");
  require_plausible_validity(certificate, standard);
  for (const TomlTable& table : root.tables("corrections"))
    standard.corrections.push_back(correction_from(table, standard));
  require_order(standard.corrections);
  if (standard.corrections.empty()) root.fail("corrections", tr("expected at least one [[corrections]]"));
  root.finish();
  return standard;
}

bool SourceCorrection::is_for(double range, const std::string& range_unit) const {
  if (!base::convertible(range_unit, unit)) return false;
  const double own = base::convert(range, range_unit, unit);
  return is_same_range(own, up_to) ||
         std::any_of(covers.begin(), covers.end(), [&](double covered) { return is_same_range(own, covered); });
}

const SourceCorrection& Standard::correction(const std::string& quantity, double source_range,
                                             const std::string& range_unit) const {
  std::string known;
  for (const SourceCorrection& row : corrections) {
    if (row.quantity != quantity) continue;
    if (row.is_for(source_range, range_unit)) return row;
    known += fmt::format("{}{} {}", known.empty() ? "" : ", ", row.up_to, row.unit);
  }
  throw base::InputError(fmt::format(
      fmt::runtime(tr("standard {}: certificate {} says nothing about {} in the source's range up to {} {}; "
                      "it has the ranges: {}. A block that holds for several says so with covers = [...]")),
      file_name, certificate_number, quantity, source_range, range_unit, known));
}

void require_valid(const Standard& standard, const std::string& day) {
  if (day > standard.valid_until) {
    throw base::RefusedError(
        fmt::format(fmt::runtime(tr("standard {} ({} {} {}): its certificate {} was valid until {}, the day is {}; "
                                    "have it calibrated and enter the new certificate")),
                    standard.file_name, standard.maker, standard.model, standard.serial, standard.certificate_number,
                    standard.valid_until, day));
  }
  if (day < standard.certificate_date) {
    throw base::RefusedError(fmt::format(
        fmt::runtime(tr("standard {}: its certificate {} is dated {}, after the day of the measurement {}")),
        standard.file_name, standard.certificate_number, standard.certificate_date, day));
  }
}

}  // namespace etalon::calibration
