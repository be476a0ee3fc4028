// Decimal numbers as text: exact digits, half-even rounding on decimal digits (GB/T 8170, ISO 80000-1 Annex B rule A),
// results aligned to their uncertainty (GUM 7.2.6, ILAC-P14:09/2020 5.3).
#pragma once

#include <string>
#include <string_view>

namespace etalon::base {

// A finite decimal number: (negative ? -1 : 1) * digits * 10^exponent, `digits` a string of decimal digits.
class Decimal {
 public:
  // "12.50", "+9.99E-01", "-3"; blanks around, "nan", "inf", hex, anything else: InputError naming the text. So is a
  // number whose places lie outside 10^±1000.
  static Decimal parse(std::string_view text);
  // The shortest decimal text that reads back as the same double (so 0.1 is 0.1). Not finite: InputError.
  static Decimal from_double(double value);

  // Half-even at the place 10^last_place; a place finer than the number's own appends zeros.
  Decimal rounded(int last_place) const;
  // Away from zero at the place 10^last_place, unless exact there.
  Decimal rounded_away_from_zero(int last_place) const;
  // Rounded to `count` significant digits (9.96 to two digits: 10, that is last place 0). Zero stays zero.
  Decimal rounded_significant(int count) const;

  int last_place() const { return exponent_; }
  int leading_place() const;  // place of the first digit that is not zero; 0 for zero
  bool is_zero() const;
  bool is_negative() const { return negative_; }
  // The nearest double, +0 for zero; InputError when it is too large for one.
  double to_double() const;
  // Plain notation with all digits kept: "0.0250", "-10.000"; a positive last place is written out ("2500" for 25e2).
  // Zero has no sign, also when a negative number was rounded to it.
  std::string str() const;

 private:
  bool negative_ = false;
  std::string digits_ = "0";
  int exponent_ = 0;
};

// A value and its expanded uncertainty as they stand in a certificate: U to `significant_digits` digits, value aligned.
struct RoundedResult {
  std::string value;
  std::string expanded_uncertainty;
  int last_place = 0;
};
// Both in the same unit. U must be positive and finite (InputError otherwise). U is rounded half-even, but up where
// that would lower it by more than 5 % (EA-4/02 M:2022 6.3), which can happen with one digit only.
RoundedResult round_result(double value, double expanded_uncertainty, int significant_digits = 2);

// A double with `significant_digits` digits, half-even, plain notation.
std::string format_significant(double value, int significant_digits);

}  // namespace etalon::base
