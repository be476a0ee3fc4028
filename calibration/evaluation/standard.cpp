#include "calibration/evaluation/standard.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "base/identification.h"
#include "base/language.h"
#include "base/toml.h"

namespace etalon::calibration {

using base::tr;

using base::TomlTable;

namespace {

// A number, or a quantity with a unit when `unit` is not empty: offsets are differences, 0.1 K is 0.1 degC.
double number_in(const TomlTable& table, const std::string& key, const std::string& unit) {
  return unit.empty() ? table.number(key) : table.quantity_difference(key, unit);
}

InputQuantity certified(const TomlTable& table, const std::string& unit) {
  InputQuantity input =
      from_certificate(number_in(table, "value", unit), number_in(table, "expanded_uncertainty", unit),
                       CoverageFactor{table.number("coverage_factor")});
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
  if (!(row.up_to > 0)) table.fail("up_to", tr("expected a value above 0"));
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

}  // namespace

Standard parse_standard(const std::string& text, const std::string& file_name) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  Standard standard;
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
  if (standard.valid_until < standard.certificate_date)
    certificate.fail("valid_until", tr("is before the certificate's date"));
  for (const TomlTable& table : root.tables("corrections"))
    standard.corrections.push_back(correction_from(table, standard));
  if (standard.corrections.empty()) root.fail("corrections", tr("expected at least one [[corrections]]"));
  root.finish();
  return standard;
}

const SourceCorrection& Standard::correction(const std::string& quantity, double setting,
                                             const std::string& unit) const {
  const SourceCorrection* found = nullptr;
  double smallest = 0;
  for (const SourceCorrection& row : corrections) {
    if (row.quantity != quantity) continue;
    const double up_to = base::convert(row.up_to, row.unit, unit);
    if (std::fabs(setting) > up_to || (found != nullptr && up_to >= smallest)) continue;
    found = &row;
    smallest = up_to;
  }
  if (found != nullptr) return *found;
  throw base::InputError(fmt::format(fmt::runtime(tr("standard {}: certificate {} says nothing about {} of {} {}")),
                                     file_name, certificate_number, quantity, setting, unit));
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
