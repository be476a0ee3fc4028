#include "calibration/evaluation/reported_numbers.h"

#include <fmt/format.h>

#include <cmath>

#include "base/decimal.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::calibration {

using base::tr;

using base::Decimal;

namespace {

// How many decimal places one `from` is above one `to` (3 from mV to uV); InputError when it is no power of ten.
int places_between(const std::string& from, const std::string& to) {
  const double exponent = std::log10(base::convert_difference(1, from, to));
  const int places = static_cast<int>(std::lround(exponent));
  if (std::fabs(exponent - places) > 1e-9) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{} and {} do not differ by a power of ten")), from, to));
  }
  return places;
}

std::string factor_text(double coverage_factor) {
  return Decimal::from_double(coverage_factor).rounded(-2).str();
}

// Value (an error or another difference) and U in `unit`, with the place of U's last digit. U = 0 (nothing uncertain)
// is written as it is.
base::RoundedResult rounded_in(double value, double expanded_uncertainty, const std::string& from,
                               const std::string& unit) {
  const double v = base::convert_difference(value, from, unit);
  const double u = base::convert_difference(expanded_uncertainty, from, unit);
  if (u > 0) return base::round_result(v, u);
  return {Decimal::from_double(v).str(), "0", Decimal::from_double(v).last_place()};
}

}  // namespace

std::string handy_unit(double magnitude, const std::string& unit) {
  for (const char* prefix : {"", "m", "u", "n", "p"}) {
    const std::string candidate = prefix + unit;
    if (!base::is_unit(candidate) || !base::convertible(candidate, unit)) continue;
    if (magnitude >= base::convert(1, candidate, unit)) return candidate;
  }
  return unit;
}

std::string degrees_of_freedom_text(double degrees_of_freedom) {
  const double truncated = truncated_degrees_of_freedom(degrees_of_freedom);
  return truncated < 1000 ? fmt::format("{:.0f}", truncated) : "inf";
}

void report(EvaluatedPoint& point, const std::string& value_unit, const std::string& error_unit) {
  ReportedPoint& reported = point.reported;
  const std::string& unit = point.point.unit;
  reported.value_unit = value_unit;
  reported.error_unit = error_unit;
  const auto error = rounded_in(point.error.value, point.error.expanded_uncertainty, unit, error_unit);
  reported.error = error.value;
  reported.expanded_uncertainty = error.expanded_uncertainty;
  // The same absolute place in the unit of the values.
  const int place = error.last_place - places_between(value_unit, error_unit);
  const auto value = [&](double v) {
    return Decimal::from_double(base::convert(v, unit, value_unit)).rounded(place).str();
  };
  reported.nominal = Decimal::from_double(base::convert(point.point.nominal, unit, value_unit)).str();
  reported.reference = value(point.reference);
  reported.indication = value(point.indication);
  // One place more than U: limits are stated, not measured.
  const auto limit = [&](double v) {
    return Decimal::from_double(base::convert_difference(v, unit, error_unit)).rounded(error.last_place - 1).str();
  };
  reported.mpe = limit(point.mpe);
  if (point.acceptance_limit) reported.acceptance_limit = limit(*point.acceptance_limit);
  reported.coverage_factor = factor_text(point.error.coverage_factor);
  reported.degrees_of_freedom = degrees_of_freedom_text(point.error.effective_degrees_of_freedom);
}

void report(EvaluatedCurve& curve, const std::string& unit, const std::string& error_unit) {
  curve.reported.clear();
  const auto add = [&](const std::string& name, const BudgetResult& parameter, const std::string& from,
                       const std::string& to) {
    const auto rounded = rounded_in(parameter.value, parameter.expanded_uncertainty, from, to);
    curve.reported.push_back(
        {name, to, rounded.value, rounded.expanded_uncertainty, factor_text(parameter.coverage_factor)});
  };
  add("b0", curve.intercept, unit, error_unit);
  // uV/V; where the unit takes no further prefix (kPa, mV, degC), the same number in ppm.
  const bool takes_prefix = base::is_unit("u" + unit) && !base::has_offset(unit);
  add("b1", curve.slope, "1", takes_prefix ? fmt::format("u{}/{}", unit, unit) : "ppm");
}

}  // namespace etalon::calibration
