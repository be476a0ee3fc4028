#include "base/unit_conversion.h"

#include <fmt/format.h>
#include <udunits2.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::base {
namespace {

const char* definition(const Unit& unit, const UnitFactor& factor) {
  return has_offset(unit) || !factor.symbol->interval ? factor.symbol->definition : factor.symbol->interval;
}

int power_of_ten(const Unit& unit) {
  int ten = 0;
  for (const UnitFactor& factor : unit)
    ten += factor.power * (factor.prefix->ten + factor.symbol->ten);
  return ten;
}

// What is left of a unit without its powers of ten; two units with equal bases differ by a power of ten alone.
std::map<std::string, int> bases(const Unit& unit) {
  std::map<std::string, int> powers;
  for (const UnitFactor& factor : unit)
    powers[definition(unit, factor)] += factor.power;
  std::erase_if(powers, [](const auto& base) { return base.second == 0 || base.first == "1"; });
  return powers;
}

// value * 10^ten, rounded once.
double scale_by_ten(double value, int ten) {
  if (std::abs(ten) > 22) return value * std::pow(10.0, ten);
  const double factor = std::pow(10.0, std::abs(ten));  // exact up to 10^22
  return ten >= 0 ? value * factor : value / factor;
}
using SystemPointer = std::unique_ptr<ut_system, decltype(&ut_free_system)>;
using UnitPointer = std::unique_ptr<ut_unit, decltype(&ut_free)>;
using ConverterPointer = std::unique_ptr<cv_converter, decltype(&cv_free)>;

// UDUNITS keeps its state in globals: one thread at a time.
class Udunits {
 public:
  static Udunits& instance() {
    static Udunits udunits;
    return udunits;
  }

  // Nothing when the units have different dimensions.
  std::optional<double> convert(double value, const Unit& from, const Unit& to) {
    const std::lock_guard lock(mutex_);
    const UnitPointer source = make(from);
    const UnitPointer target = make(to);
    // ut_are_convertible says yes to reciprocals too (s and Hz); a quotient without dimension is what is meant.
    const UnitPointer quotient(ut_divide(source.get(), target.get()), ut_free);
    if (!quotient || !ut_is_dimensionless(quotient.get())) return std::nullopt;
    const ConverterPointer forward(ut_get_converter(source.get(), target.get()), cv_free);
    const ConverterPointer backward(ut_get_converter(target.get(), source.get()), cv_free);
    if (!forward || !backward) return std::nullopt;
    if (has_offset(from) || has_offset(to)) return cv_convert_double(forward.get(), value);
    // Of a factor and its inverse the one above 1 is more often exact (60, not 1/60).
    const double factor = cv_convert_double(forward.get(), 1.0);
    return factor >= 1 ? value * factor : value / cv_convert_double(backward.get(), 1.0);
  }

  // Powers of "kg", "m", "s", "A", "K", "mol", "cd"; angles have none.
  std::map<std::string, int> dimension(const Unit& unit) {
    const std::lock_guard lock(mutex_);
    const UnitPointer made = make(unit);
    static const ut_visitor visitor = {
        [](const ut_unit* basic, void* powers) { return add_power(basic, 1, powers); },
        [](const ut_unit*, int count, const ut_unit* const* basics, const int* exponents, void* powers) {
          for (int i = 0; i < count; ++i)
            add_power(basics[i], exponents[i], powers);
          return UT_SUCCESS;
        },
        [](const ut_unit*, double, const ut_unit* underlying, double, void* powers) {
          return ut_accept_visitor(underlying, &visitor, powers);
        },
        [](const ut_unit*, const ut_unit*, double, void*) { return UT_BAD_ARG; },
        [](const ut_unit*, double, const ut_unit*, void*) { return UT_BAD_ARG; }};
    std::map<std::string, int> powers;
    if (ut_accept_visitor(made.get(), &visitor, &powers) != UT_SUCCESS)
      throw std::logic_error("UDUNITS has no dimension for '" + unit_text(unit) + "'");
    powers.erase("rad");
    std::erase_if(powers, [](const auto& power) { return power.second == 0; });
    return powers;
  }

 private:
  Udunits() : system_(nullptr, ut_free_system) {
    ut_set_error_message_handler(ut_ignore);
    system_.reset(ut_read_xml(nullptr));
    if (!system_) {
      throw InputError(tr("the UDUNITS-2 database cannot be read: install the package libudunits2-data"));
    }
  }

  static ut_status add_power(const ut_unit* basic, int power, void* powers) {
    const char* symbol = ut_get_symbol(basic, UT_ASCII);
    if (symbol == nullptr) return UT_BAD_ARG;
    (*static_cast<std::map<std::string, int>*>(powers))[symbol] += power;
    return UT_SUCCESS;
  }

  UnitPointer make(const Unit& unit) {
    std::string text;
    for (const UnitFactor& factor : unit) {
      text += fmt::format("{}({})^{}", text.empty() ? "" : " ", definition(unit, factor), factor.power);
    }
    // A bare symbol: UDUNITS drops the offset of a temperature in a product.
    if (has_offset(unit)) text = definition(unit, unit[0]);
    if (const int ten = power_of_ten(unit); ten != 0) text = fmt::format("1e{} {}", ten, text);
    UnitPointer made(ut_parse(system_.get(), text.c_str(), UT_ASCII), ut_free);
    if (!made) throw std::logic_error("UDUNITS does not read '" + text + "'");
    return made;
  }

  std::mutex mutex_;
  SystemPointer system_;
};

// 1 Hz is one period a second, which is 2 pi rad/s: UDUNITS, to which both are 1/s, would convert them as equal.
bool periods_against_angles(const Unit& a, const Unit& b) {
  const auto periods = [](const Unit& unit) { return has_any_symbol(unit, {"Hz", "rpm"}); };
  const auto angles = [](const Unit& unit) { return has_any_symbol(unit, {"rad", "deg", "arcmin", "arcsec"}); };
  return (periods(a) && !angles(a) && angles(b) && !periods(b)) ||
         (periods(b) && !angles(b) && angles(a) && !periods(a));
}

}  // namespace

std::optional<double> convert_unit(double value, const Unit& from, const Unit& to) {
  if (periods_against_angles(from, to)) return std::nullopt;
  if (bases(from) == bases(to) && has_offset(from) == has_offset(to)) {
    return scale_by_ten(value, power_of_ten(from) - power_of_ten(to));
  }
  return Udunits::instance().convert(value, from, to);
}

std::map<std::string, int> dimension_of(const Unit& unit) {
  return Udunits::instance().dimension(unit);
}

bool convertible(std::string_view from, std::string_view to) {
  const auto source = parse_unit(from);
  const auto target = parse_unit(to);
  return source && target && convert_unit(1, *source, *target).has_value();
}

namespace {

double convert_required(double value, std::string_view from, std::string_view to, bool difference) {
  Unit source = require_unit(from);
  Unit target = require_unit(to);
  if (difference) {
    // In a product a unit has no offset.
    source.push_back(one());
    target.push_back(one());
  }
  if (const auto converted = convert_unit(value, source, target)) return *converted;
  throw InputError(
      fmt::format(fmt::runtime(tr("'{}' cannot be converted to '{}': they are of different kinds")), from, to));
}

}  // namespace

double convert(double value, std::string_view from, std::string_view to) {
  return convert_required(value, from, to, false);
}

double convert_difference(double difference, std::string_view from, std::string_view to) {
  return convert_required(difference, from, to, true);
}

bool periods_against_angles(std::string_view a, std::string_view b) {
  return periods_against_angles(require_unit(a), require_unit(b));
}

}  // namespace etalon::base
