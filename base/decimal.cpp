#include "base/decimal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
namespace {

// Wider than any double (1e308 … 5e-324 with 17 digits), narrow enough that no text can ask for gigabytes of zeros.
constexpr int kOutermostPlace = 1000;
constexpr std::size_t kLongestText = 2000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  std::string shown(text.substr(0, 60));
  if (text.size() > 60) shown += "...";
  throw InputError(fmt::format(fmt::runtime(tr("'{}' is not a number: {}")), shown, why));
}

void check_place(int place) {
  if (place < -kOutermostPlace || place > kOutermostPlace) {
    throw InputError(fmt::format(fmt::runtime(tr("cannot round at the place 10^{}: it lies outside 10^±{}")), place,
                                 kOutermostPlace));
  }
}

// Adds one unit to the last digit; grows by one digit on carry.
void increment(std::string& digits) {
  std::size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9')
    digits[--i] = '0';
  if (i > 0) {
    ++digits[i - 1];
  } else {
    digits.insert(digits.begin(), '1');
  }
}

void strip_leading_zeros(std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) {
    digits = "0";
  } else {
    digits.erase(0, first);
  }
}

}  // namespace

Decimal Decimal::parse(std::string_view text) {
  if (text.empty()) refuse(text, tr("it is empty"));
  if (text.size() > kLongestText) refuse(text, tr("it is too long"));
  Decimal number;
  std::size_t i = 0;
  if (text[i] == '+' || text[i] == '-') number.negative_ = text[i++] == '-';
  number.digits_.clear();
  for (; i < text.size() && is_digit(text[i]); ++i)
    number.digits_ += text[i];
  int exponent = 0;
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && is_digit(text[i]); ++i, --exponent)
      number.digits_ += text[i];
  }
  if (number.digits_.empty()) refuse(text, tr("expected digits, such as -12.50 or 9.99E-01"));
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    int sign = 1;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) sign = text[i++] == '-' ? -1 : 1;
    if (i == text.size()) refuse(text, tr("the exponent has no digits"));
    int written = 0;
    for (; i < text.size() && is_digit(text[i]); ++i)
      written = std::min(written * 10 + (text[i] - '0'), 100000);
    exponent += sign * written;
  }
  if (i < text.size()) refuse(text, fmt::format(fmt::runtime(tr("unexpected '{}'")), text.substr(i, 20)));
  strip_leading_zeros(number.digits_);
  number.exponent_ = exponent;
  if (number.is_zero()) number.negative_ = false;
  if (number.leading_place() > kOutermostPlace || number.exponent_ > kOutermostPlace ||
      number.exponent_ < -kOutermostPlace) {
    refuse(text, tr("its exponent is out of range"));
  }
  return number;
}

Decimal Decimal::from_double(double value) {
  if (!std::isfinite(value)) throw InputError(fmt::format(fmt::runtime(tr("{} is not a finite number")), value));
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return parse(std::string_view(text, static_cast<std::size_t>(end - text)));
}

bool Decimal::is_zero() const {
  return digits_ == "0";
}

int Decimal::leading_place() const {
  return is_zero() ? 0 : exponent_ + static_cast<int>(digits_.size()) - 1;
}

Decimal Decimal::rounded(int last_place) const {
  check_place(last_place);
  Decimal result = *this;
  result.exponent_ = last_place;
  if (is_zero()) return result;
  if (last_place <= exponent_) {
    result.digits_.append(static_cast<std::size_t>(exponent_ - last_place), '0');
    return result;
  }
  const auto dropped = static_cast<std::size_t>(last_place - exponent_);
  // A leading zero for every digit dropped, and one for a carry: 0.96 at 10^0 becomes 0|96.
  std::string digits = digits_;
  if (digits.size() < dropped + 1) digits.insert(0, dropped + 1 - digits.size(), '0');
  const std::string_view tail = std::string_view(digits).substr(digits.size() - dropped);
  const char last_kept = digits[digits.size() - dropped - 1];
  const bool beyond_half = tail[0] > '5' || (tail[0] == '5' && tail.find_first_not_of('0', 1) != tail.npos);
  const bool at_half = tail[0] == '5' && !beyond_half;
  const bool up = beyond_half || (at_half && (last_kept - '0') % 2 == 1);
  digits.resize(digits.size() - dropped);
  if (up) increment(digits);
  strip_leading_zeros(digits);
  result.digits_ = std::move(digits);
  if (result.is_zero()) result.negative_ = false;
  return result;
}

Decimal Decimal::rounded_away_from_zero(int last_place) const {
  Decimal result = rounded(last_place);
  if (last_place <= exponent_ || is_zero()) return result;
  // Nothing but zeros dropped: exact.
  const auto dropped = static_cast<std::size_t>(last_place - exponent_);
  const std::string_view digits = digits_;
  const std::string_view tail = dropped >= digits.size() ? digits : digits.substr(digits.size() - dropped);
  if (tail.find_first_not_of('0') == tail.npos) return result;
  std::string kept = dropped >= digits.size() ? "0" : digits_.substr(0, digits.size() - dropped);
  increment(kept);
  result.digits_ = std::move(kept);
  result.negative_ = negative_;
  return result;
}

Decimal Decimal::rounded_significant(int count) const {
  if (count < 1) throw InputError(tr("a number is rounded to one significant digit at least"));
  if (is_zero()) return *this;
  const int last_place = leading_place() - count + 1;
  const Decimal result = rounded(last_place);
  // A carry made one digit more (9.96 -> 10.0); it ends in zeros, so dropping one is exact.
  return result.leading_place() > leading_place() ? result.rounded(last_place + 1) : result;
}

double Decimal::to_double() const {
  const std::string text = fmt::format("{}{}e{}", negative_ ? "-" : "", digits_, exponent_);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && leading_place() < 0) return 0;  // nearer to zero than any double
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    throw InputError(fmt::format(fmt::runtime(tr("{} is too large for a double")), text));
  }
  return value;
}

std::string Decimal::str() const {
  std::string text = digits_;
  if (exponent_ > 0) {
    if (!is_zero()) text.append(static_cast<std::size_t>(exponent_), '0');
  } else if (exponent_ < 0) {
    const auto decimals = static_cast<std::size_t>(-exponent_);
    if (text.size() <= decimals) text.insert(0, decimals + 1 - text.size(), '0');
    text.insert(text.size() - decimals, 1, '.');
  }
  return negative_ ? "-" + text : text;
}

RoundedResult round_result(double value, double expanded_uncertainty, int significant_digits) {
  if (!std::isfinite(expanded_uncertainty) || expanded_uncertainty <= 0) {
    throw InputError(fmt::format(fmt::runtime(tr("the expanded uncertainty {} is not a positive finite number")),
                                 expanded_uncertainty));
  }
  const Decimal exact = Decimal::from_double(expanded_uncertainty);
  Decimal rounded = exact.rounded_significant(significant_digits);
  if (rounded.to_double() < 0.95 * expanded_uncertainty) {
    rounded = exact.rounded_away_from_zero(exact.leading_place() - significant_digits + 1)
                  .rounded_significant(significant_digits);
  }
  return {Decimal::from_double(value).rounded(rounded.last_place()).str(), rounded.str(), rounded.last_place()};
}

std::string format_significant(double value, int significant_digits) {
  return Decimal::from_double(value).rounded_significant(significant_digits).str();
}

}  // namespace etalon::base
