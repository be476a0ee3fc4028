// Numbers of about 32 digits as the unevaluated sum of two doubles (Dekker 1971; Knuth, TAOCP 2, 4.2.2): for the few
// places where a double loses digits that the answer still needs, such as the plain powers of a polynomial of
// degree 10. Needs round-to-nearest and no contraction (-ffp-contract=off).
#pragma once

#include <cmath>

namespace etalon::calibration {

struct DoubleDouble {
  double high = 0;
  double low = 0;

  DoubleDouble() = default;
  DoubleDouble(double value) : high(value) {}  // every double is one: not explicit
  DoubleDouble(double h, double l) : high(h), low(l) {}
  explicit operator double() const { return high + low; }
};

// Exact sum of two doubles.
inline DoubleDouble two_sum(double a, double b) {
  const double s = a + b;
  const double part = s - a;
  return {s, (a - (s - part)) + (b - part)};
}
// The same for |a| >= |b|.
inline DoubleDouble quick_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}
// Exact product of two doubles.
inline DoubleDouble two_product(double a, double b) {
  const double p = a * b;
  return {p, std::fma(a, b, -p)};
}

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  DoubleDouble high = two_sum(a.high, b.high);
  const DoubleDouble low = two_sum(a.low, b.low);
  high = quick_two_sum(high.high, high.low + low.high);
  return quick_two_sum(high.high, high.low + low.low);
}
inline DoubleDouble operator-(const DoubleDouble& a) {
  return {-a.high, -a.low};
}
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) {
  return a + -b;
}
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble p = two_product(a.high, b.high);
  return quick_two_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
  const double first = a.high / b.high;
  DoubleDouble rest = a - b * first;
  const double second = rest.high / b.high;
  rest = rest - b * second;
  const double third = rest.high / b.high;
  return quick_two_sum(first, second) + third;
}
inline DoubleDouble& operator+=(DoubleDouble& a, const DoubleDouble& b) {
  return a = a + b;
}
inline DoubleDouble& operator-=(DoubleDouble& a, const DoubleDouble& b) {
  return a = a - b;
}
// Of a number that is not negative.
inline DoubleDouble square_root(const DoubleDouble& a) {
  if (!(a.high > 0)) return 0.0;
  const double x = std::sqrt(a.high);  // one step of Newton's method doubles the digits
  return DoubleDouble(x) + (a - two_product(x, x)) / DoubleDouble(2 * x);
}

}  // namespace etalon::calibration
