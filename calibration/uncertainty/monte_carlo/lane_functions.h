// Elementary functions on a register full of numbers. Only additions, multiplications, divisions, square roots, bit
// operations and choices, each rounded by itself and the same for every lane, so that a result depends neither on the
// instruction set, nor on the C library, nor on what stands in the neighbouring lanes. Errors are below 4 units in the
// last place (tests/calibration/uncertainty/monte_carlo_functions_test.cpp).
//
// For lane_kernels_*.cpp alone: everything here is local to the including source. Reductions and polynomials follow
// FDLIBM (Sun Microsystems, 1993: log, sin, cos) and the Cephes library (S. L. Moshier: atan, sin on a quarter turn).
#pragma once

#include <cstddef>
#include <cstdint>

#include "calibration/uncertainty/monte_carlo/lanes.h"

namespace etalon::calibration {
namespace {

constexpr double infinity = __builtin_inf();
constexpr double undefined = __builtin_nan("");
constexpr double rounder = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to whole numbers, kept in the low bits
constexpr std::uint64_t sign_bit = 0x8000000000000000;
constexpr double pi = 3.14159265358979311600;
constexpr double half_pi = 1.57079632679489655800;
constexpr double half_pi_rest = 6.123233995736766035868820147292e-17;
constexpr double ln_2_high = 6.93147180369123816490e-01;  // 33 bits
constexpr double ln_2_low = 1.90821492927058770002e-10;

template <class A>
inline Real<A> absolute(const Real<A>& x) {
  return from_bits<A>(to_bits<A>(x) & Bits<A>(~sign_bit));
}
template <class A>
inline Real<A> negative(const Real<A>& x) {
  return from_bits<A>(to_bits<A>(x) ^ Bits<A>(sign_bit));
}
// The magnitude of x >= 0 with the sign of y.
template <class A>
inline Real<A> with_sign(const Real<A>& x, const Real<A>& y) {
  return from_bits<A>(to_bits<A>(x) | (to_bits<A>(y) & Bits<A>(sign_bit)));
}

// c[0] + x (c[1] + x (…)) in Horner's order.
template <class A, std::size_t n>
inline Real<A> polynomial(const Real<A>& x, const double (&c)[n]) {
  Real<A> sum(c[n - 1]);
  for (std::size_t i = n - 1; i-- > 0;)
    sum = sum * x + Real<A>(c[i]);
  return sum;
}

// ln x for positive normal finite x (FDLIBM e_log).
template <class A>
inline Real<A> log_of_normal(const Real<A>& x) {
  constexpr std::uint64_t root_half = 0x3fe6a09e00000000;
  const Bits<A> bits = to_bits<A>(x) + Bits<A>(std::uint64_t{0x3ff0000000000000} - root_half);
  const Real<A> k =
      from_bits<A>((bits >> 52) | Bits<A>(std::uint64_t{0x4330000000000000})) - Real<A>(4503599627370496.0 + 1023.0);
  const Real<A> m = from_bits<A>((bits & Bits<A>(std::uint64_t{0x000fffffffffffff})) + Bits<A>(root_half));
  const Real<A> f = m - Real<A>(1.0);
  const Real<A> half_square = Real<A>(0.5) * f * f;
  const Real<A> s = f / (f + Real<A>(2.0));
  const Real<A> z = s * s;
  const Real<A> w = z * z;
  static constexpr double odd[] = {3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01};
  static constexpr double even[] = {6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01,
                                    1.479819860511658591e-01};
  const Real<A> r = w * polynomial<A>(w, odd) + z * polynomial<A>(w, even);
  return k * Real<A>(ln_2_high) + ((s * (half_square + r) + k * Real<A>(ln_2_low)) - half_square + f);
}

template <class A>
inline Real<A> logarithm(const Real<A>& x) {
  const auto tiny = x < Real<A>(0x1p-1022);
  Real<A> result = log_of_normal<A>(choose(tiny, x * Real<A>(0x1p54), x));
  result = choose(tiny, result - Real<A>(54 * 6.93147180559945286227e-01), result);
  result = choose(x == Real<A>(0.0), Real<A>(-infinity), result);
  result = choose(x < Real<A>(0.0), Real<A>(undefined), result);
  // Infinity and not-a-number stay.
  return choose(x < Real<A>(infinity), result, x + absolute<A>(x));
}

// 2^n for n in the low bits of a sum with `rounder`, -1022 <= n <= 1023.
template <class A>
inline Real<A> power_of_two(const Real<A>& n_and_rounder) {
  return from_bits<A>((to_bits<A>(n_and_rounder) + Bits<A>(std::uint64_t{1023})) << 52);
}

// exp(r) - 1 for |r| <= ln(2)/2, by the series, whose remainder is below 2^-56 of the result.
template <class A>
inline Real<A> expm1_of_small(const Real<A>& r) {
  static constexpr double c[] = {1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                                 1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                                 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  const Real<A> r2 = r * r;
  const Real<A> r4 = r2 * r2;
  const auto pair = [&](std::size_t i) { return Real<A>(c[i]) + r * Real<A>(c[i + 1]); };
  const Real<A> low = pair(0) + r2 * pair(2);
  const Real<A> middle = pair(4) + r2 * pair(6);
  const Real<A> high = pair(8) + r2 * pair(10);
  return r + r2 * (low + r4 * (middle + r4 * high));
}

// x = n ln 2 + r, |r| <= ln(2)/2; `tail` is added to r. n is kept with `rounder` added.
template <class A>
inline Real<A> reduced_exponent(const Real<A>& x, const Real<A>& tail, Real<A>& n_and_rounder) {
  n_and_rounder = x * Real<A>(1.44269504088896338700) + Real<A>(rounder);
  const Real<A> n = n_and_rounder - Real<A>(rounder);
  return ((x - n * Real<A>(ln_2_high)) - n * Real<A>(ln_2_low)) + tail;
}

// exp(x + tail), |tail| far below 1.
template <class A>
inline Real<A> exponential(const Real<A>& x, const Real<A>& tail) {
  const Real<A> bounded = choose(x < Real<A>(-746.0), Real<A>(-746.0), choose(x > Real<A>(710.0), Real<A>(710.0), x));
  Real<A> n;
  const Real<A> p = expm1_of_small<A>(reduced_exponent<A>(bounded, tail, n));
  // 2^n as a product of two powers, since n may be beyond the normal exponents.
  const Real<A> half = (n - Real<A>(rounder)) * Real<A>(0.5) + Real<A>(rounder);
  const Real<A> rest = (n - (half - Real<A>(rounder)));
  const Real<A> result = (Real<A>(1.0) + p) * power_of_two<A>(half) * power_of_two<A>(rest);
  return choose(x == x, result, x);
}
template <class A>
inline Real<A> exponential(const Real<A>& x) {
  return exponential<A>(x, Real<A>(0.0));
}

// exp(x) - 1 for |x| <= 709.
template <class A>
inline Real<A> expm1(const Real<A>& x) {
  Real<A> n;
  const Real<A> p = expm1_of_small<A>(reduced_exponent<A>(x, Real<A>(0.0), n));
  const Real<A> scale = power_of_two<A>(n);
  return scale * p + (scale - Real<A>(1.0));
}

// sin and cos of r + tail, |r| <= pi/4 (FDLIBM k_sin, k_cos).
template <class A>
inline void sine_and_cosine_of_small(const Real<A>& r, const Real<A>& tail, Real<A>& sine, Real<A>& cosine) {
  static constexpr double s[] = {8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                                 -2.50507602534068634195e-08, 1.58969099521155010221e-10};
  static constexpr double c[] = {4.16666666666666019037e-02,  -1.38888888888741095749e-03, 2.48015872894767294178e-05,
                                 -2.75573143513906633035e-07, 2.08757232129817482790e-09,  -1.13596475577881948265e-11};
  const Real<A> z = r * r;
  const Real<A> v = z * r;
  sine = r - ((z * (Real<A>(0.5) * tail - v * polynomial<A>(z, s)) - tail) - v * Real<A>(-1.66666666666666324348e-01));
  const Real<A> half = Real<A>(0.5) * z;
  const Real<A> w = Real<A>(1.0) - half;
  cosine = w + (((Real<A>(1.0) - w) - half) + (z * z * polynomial<A>(z, c) - r * tail));
}

// Turns the pair of the reduced angle by `quarters` (in the low bits) quarter turns.
template <class A>
inline void turn(const Bits<A>& quarters, Real<A>& sine, Real<A>& cosine) {
  const Bits<A> one(std::uint64_t{1});
  const Bits<A> two(std::uint64_t{2});
  const Bits<A> swap = Bits<A>(std::uint64_t{0}) - (quarters & one);
  const Bits<A> s = to_bits<A>(sine);
  const Bits<A> c = to_bits<A>(cosine);
  const Bits<A> difference = (s ^ c) & swap;
  sine = from_bits<A>((s ^ difference) ^ ((quarters & two) << 62));
  cosine = from_bits<A>((c ^ difference) ^ (((quarters + one) & two) << 62));
}

// sin and cos of 2 pi u, 0 <= u <= 1; the reduction to an eighth of a turn is exact.
template <class A>
inline void sine_and_cosine_of_turns(const Real<A>& u, Real<A>& sine, Real<A>& cosine) {
  const Real<A> t = u * Real<A>(4.0);
  const Real<A> n = t + Real<A>(rounder);
  const Real<A> x = (t - (n - Real<A>(rounder))) * Real<A>(half_pi);
  static constexpr double s[] = {-1.66666666666666307295e-1, 8.33333333332211858878e-3,  -1.98412698295895385996e-4,
                                 2.75573136213857245213e-6,  -2.50507477628578072866e-8, 1.58962301576546568060e-10};
  static constexpr double c[] = {4.16666666666665929218e-2,  -1.38888888888730564116e-3, 2.48015872888517045348e-5,
                                 -2.75573141792967388112e-7, 2.08757008419747316778e-9,  -1.13585365213876817300e-11};
  const Real<A> z = x * x;
  sine = x + x * (z * polynomial<A>(z, s));
  cosine = (Real<A>(1.0) - Real<A>(0.5) * z) + z * z * polynomial<A>(z, c);
  turn<A>(to_bits<A>(n), sine, cosine);
}

// sin(2 pi w) for |w| <= 1/4, without a choice between two polynomials: the series of sin x to x^21.
template <class A>
inline Real<A> sine_of_quarter_turn(const Real<A>& w) {
  static constexpr double c[] = {-1.0 / 6,
                                 1.0 / 120,
                                 -1.0 / 5040,
                                 1.0 / 362880,
                                 -1.0 / 39916800,
                                 1.0 / 6227020800,
                                 -1.0 / 1307674368000,
                                 1.0 / 355687428096000,
                                 -1.0 / 121645100408832000,
                                 1.0 / 51090942171709440000.0};
  const Real<A> x = w * Real<A>(2 * pi);
  const Real<A> z = x * x;
  return x + x * (z * polynomial<A>(z, c));
}
template <class A>
inline Real<A> cosine_of_turns(const Real<A>& u) {  // cos(2 pi u), 0 <= u <= 1
  return sine_of_quarter_turn<A>(absolute<A>(u - Real<A>(0.5)) - Real<A>(0.25));
}
template <class A>
inline Real<A> sine_of_turns(const Real<A>& u) {  // sin(2 pi u), 0 <= u <= 1
  const Real<A> v = u - Real<A>(0.5);             // sin(2 pi u) = -sin(2 pi v), |v| <= 1/2
  const Real<A> a = absolute<A>(v);
  // about the quarter: sin(2 pi a) = sin(2 pi (1/2 - a))
  const Real<A> folded = choose(a > Real<A>(0.25), Real<A>(0.5) - a, a);
  return sine_of_quarter_turn<A>(from_bits<A>(to_bits<A>(folded) | (~to_bits<A>(v) & Bits<A>(sign_bit))));
}

// Angles up to 10^6: pi/2 in three parts, the first two of 33 bits, so that their multiples are exact.
constexpr double largest_reduced_angle = 1e6;

template <class A>
inline void sine_and_cosine(const Real<A>& x, Real<A>& sine, Real<A>& cosine) {
  const Real<A> n_and_rounder = x * Real<A>(6.36619772367581382433e-01) + Real<A>(rounder);
  const Real<A> n = n_and_rounder - Real<A>(rounder);
  const Real<A> a = x - n * Real<A>(1.57079632673412561417e+00);
  const Real<A> w = n * Real<A>(6.07710050630396597660e-11);
  const Real<A> b = a - w;
  const Real<A> lost = (a - b) - w;
  const Real<A> rest = n * Real<A>(2.02226624879595063154e-21) - lost;
  const Real<A> r = b - rest;
  const Real<A> tail = (b - r) - rest;
  sine_and_cosine_of_small<A>(r, tail, sine, cosine);
  turn<A>(to_bits<A>(n_and_rounder), sine, cosine);
  sine = choose(x == Real<A>(0.0), x, sine);
}

// atan (Cephes) for any x.
template <class A>
inline Real<A> arc_tangent(const Real<A>& x) {
  const Real<A> a = absolute<A>(x);
  const auto large = a > Real<A>(2.41421356237309504880);  // tan(3 pi/8)
  const auto middle = a > Real<A>(0.66);
  const Real<A> numerator = choose(large, Real<A>(-1.0), choose(middle, a - Real<A>(1.0), a));
  const Real<A> denominator = choose(large, a, choose(middle, a + Real<A>(1.0), Real<A>(1.0)));
  const Real<A> t = numerator / denominator;
  const Real<A> base = choose(large, Real<A>(half_pi), choose(middle, Real<A>(0.5 * half_pi), Real<A>(0.0)));
  const Real<A> rest = choose(large, Real<A>(half_pi_rest), choose(middle, Real<A>(0.5 * half_pi_rest), Real<A>(0.0)));
  static constexpr double p[] = {-6.485021904942025371773E1, -1.228866684490136173410E2, -7.500855792314704667340E1,
                                 -1.615753718733365076637E1, -8.750608600031904122785E-1};
  static constexpr double q[] = {1.945506571482613964425E2, 4.853903996359136964868E2, 4.328810604912902668951E2,
                                 1.650270098316988542046E2, 2.485846490142306297962E1, 1.0};
  const Real<A> z = t * t;
  const Real<A> result = base + ((t * (z * (polynomial<A>(z, p) / polynomial<A>(z, q))) + rest) + t);
  return with_sign<A>(result, x);
}

template <class A>
inline Real<A> arc_tangent2(const Real<A>& y, const Real<A>& x) {
  const Real<A> ay = absolute<A>(y);
  const Real<A> ax = absolute<A>(x);
  Real<A> ratio = ay / ax;
  ratio = choose(ay == ax, Real<A>(1.0), ratio);  // also for two infinities
  ratio = choose(ay == Real<A>(0.0), Real<A>(0.0), ratio);
  ratio = choose((x == x) && (y == y), ratio, x + y);
  const Real<A> angle = arc_tangent<A>(ratio);
  const auto left = with_sign<A>(Real<A>(1.0), x) < Real<A>(0.0);  // also for -0
  const Real<A> turned = (Real<A>(2 * half_pi) - angle) + Real<A>(2 * half_pi_rest);
  return with_sign<A>(choose(left, turned, angle), y);
}
template <class A>
inline Real<A> arc_sine(const Real<A>& x) {
  return arc_tangent<A>(x / root((Real<A>(1.0) - x) * (Real<A>(1.0) + x)));
}
template <class A>
inline Real<A> arc_cosine(const Real<A>& x) {
  return Real<A>(2.0) * arc_tangent<A>(root(Real<A>(1.0) - x) / root(Real<A>(1.0) + x));
}

// For large |x|, exp(|x|/2) squared does not overflow before its time.
template <class A>
inline Real<A> hyperbolic_sine(const Real<A>& x) {
  const Real<A> a = absolute<A>(x);
  const Real<A> bounded = choose(a < Real<A>(22.0), a, Real<A>(22.0));
  const Real<A> t = expm1<A>(bounded);
  const Real<A> small = Real<A>(0.5) * (t + t / (t + Real<A>(1.0)));
  const Real<A> e = exponential<A>(Real<A>(0.5) * a);
  const Real<A> large = (Real<A>(0.5) * e) * e;
  return choose(x == x, with_sign<A>(choose(a < Real<A>(22.0), small, large), x), x);
}
template <class A>
inline Real<A> hyperbolic_cosine(const Real<A>& x) {
  const Real<A> a = absolute<A>(x);
  const Real<A> e = exponential<A>(a);
  const Real<A> small = Real<A>(0.5) * e + Real<A>(0.5) / e;
  const Real<A> h = exponential<A>(Real<A>(0.5) * a);
  const Real<A> large = (Real<A>(0.5) * h) * h;
  return choose(x == x, choose(a < Real<A>(22.0), small, large), x);
}
template <class A>
inline Real<A> hyperbolic_tangent(const Real<A>& x) {
  const Real<A> a = absolute<A>(x);
  const Real<A> bounded = choose(a < Real<A>(22.0), a, Real<A>(22.0));
  const auto small = a < Real<A>(1.0);
  const Real<A> t = expm1<A>(choose(small, Real<A>(-2.0) * bounded, Real<A>(2.0) * bounded));
  const Real<A> result =
      choose(small, negative<A>(t) / (t + Real<A>(2.0)), Real<A>(1.0) - Real<A>(2.0) / (t + Real<A>(2.0)));
  return choose(x == x, with_sign<A>(absolute<A>(result), x), x);
}

// a b = product + error, exactly (T. J. Dekker, Numer. Math. 18 (1971) 224).
template <class A>
inline Real<A> product(const Real<A>& a, const Real<A>& b, Real<A>& error) {
  const Real<A> splitter(134217729.0);
  const Real<A> ta = splitter * a;
  const Real<A> ah = ta - (ta - a);
  const Real<A> al = a - ah;
  const Real<A> tb = splitter * b;
  const Real<A> bh = tb - (tb - b);
  const Real<A> bl = b - bh;
  const Real<A> p = a * b;
  error = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
  return p;
}

// x^y = exp(y ln x), with ln x and the product to more than double length.
template <class A>
inline Real<A> power(const Real<A>& x, const Real<A>& y) {
  const Real<A> one(1.0);
  const Real<A> ax = absolute<A>(x);
  const auto tiny = ax < Real<A>(0x1p-1022);
  const Real<A> normal = choose(tiny, ax * Real<A>(0x1p54), ax);
  constexpr std::uint64_t root_half = 0x3fe6a09e00000000;
  const Bits<A> bits = to_bits<A>(normal) + Bits<A>(std::uint64_t{0x3ff0000000000000} - root_half);
  const Real<A> k = from_bits<A>((bits >> 52) | Bits<A>(std::uint64_t{0x4330000000000000})) -
                    Real<A>(4503599627370496.0 + 1023.0) - choose(tiny, Real<A>(54.0), Real<A>(0.0));
  const Real<A> m = from_bits<A>((bits & Bits<A>(std::uint64_t{0x000fffffffffffff})) + Bits<A>(root_half));
  // s = (m - 1)/(m + 1) = sh + sl; ln m = 2 s + 2/3 s^3 + 2/5 s^5 + …
  const Real<A> f = m - one;
  const Real<A> g = m + one;
  const Real<A> g_error = m - (g - one);
  const Real<A> sh = f / g;
  Real<A> back_error;
  const Real<A> back = product<A>(sh, g, back_error);
  const Real<A> sl = (((f - back) - back_error) - sh * g_error) / g;
  Real<A> z_error;
  const Real<A> z = product<A>(sh, sh, z_error);
  z_error = z_error + Real<A>(2.0) * sh * sl;
  // 2/3 s^2 (1 + …) as a pair: the first term carries most of it.
  static constexpr double c[] = {2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  constexpr double two_thirds = 2.0 / 3;
  constexpr double two_thirds_rest = 3.700743415417188e-17;  // 2/3 - double(2/3)
  Real<A> q_error;
  const Real<A> q = product<A>(z, Real<A>(two_thirds), q_error);
  const Real<A> q_low =
      q_error + z_error * Real<A>(two_thirds) + z * Real<A>(two_thirds_rest) + z * z * polynomial<A>(z, c);
  Real<A> cube_error;
  const Real<A> cube = product<A>(sh, q, cube_error);  // s q
  cube_error = cube_error + sh * q_low + sl * q;
  // ln x = k ln 2 + 2 s + s q, added from the largest, errors kept
  const Real<A> kh = k * Real<A>(ln_2_high);
  const Real<A> two_s = Real<A>(2.0) * sh;
  const Real<A> sum1 = kh + two_s;
  const Real<A> b1 = sum1 - kh;
  const Real<A> e1 = (kh - (sum1 - b1)) + (two_s - b1);
  const Real<A> sum2 = sum1 + cube;
  const Real<A> b2 = sum2 - sum1;
  const Real<A> e2 = (sum1 - (sum2 - b2)) + (cube - b2);
  // ln 2 - ln_2_high to double length would need more than ln_2_low; the rest is 5.5e-27 and does not matter.
  const Real<A> low = ((e1 + e2) + cube_error) + (Real<A>(2.0) * sl + k * Real<A>(ln_2_low));
  const Real<A> log_high = sum2 + low;
  const Real<A> log_low = low - (log_high - sum2);
  // exp(y ln x); |y| beyond 2^68 is out of range whatever x, except 1, and would overflow in the product
  const Real<A> limit(0x1p68);
  const Real<A> yb = choose(y > limit, limit, choose(y < negative<A>(limit), negative<A>(limit), y));
  Real<A> t_error;
  const Real<A> t = product<A>(yb, log_high, t_error);
  Real<A> result = exponential<A>(t, t_error + yb * log_low);
  // Beyond the range of the exponential function the tail means nothing.
  result = choose(t > Real<A>(710.0), Real<A>(infinity), result);
  result = choose(t < Real<A>(-746.0), Real<A>(0.0), result);
  // Negative x: whole y only. All doubles from 2^53 on are even whole numbers.
  const Real<A> ay = absolute<A>(y);
  const auto huge = ay >= Real<A>(9007199254740992.0);
  const Real<A> bounded = choose(huge, Real<A>(0.0), ay);
  const Real<A> half = Real<A>(0.5) * bounded;
  const auto nearest = [](const Real<A>& v) {  // for 0 <= v < 2^53
    const Real<A> big(4503599627370496.0);
    return choose(v < big, (v + big) - big, v);
  };
  const auto whole = nearest(bounded) == bounded;
  const auto odd = whole && (nearest(half) != half);
  const auto negative_x = x < Real<A>(0.0);
  result = choose(negative_x && odd, negative<A>(result), result);
  result = choose(negative_x && !whole, Real<A>(undefined), result);
  const Real<A> at_zero = choose(y > Real<A>(0.0), Real<A>(0.0), Real<A>(infinity));
  result = choose(x == Real<A>(0.0), choose(odd, with_sign<A>(at_zero, x), at_zero), result);
  // Infinities: |x|^y grows or vanishes.
  const auto growing = ((ax > one) && (y > Real<A>(0.0))) || ((ax < one) && (y < Real<A>(0.0)));
  const auto infinite_argument = (ax == Real<A>(infinity)) || (ay == Real<A>(infinity));
  const Real<A> extreme = choose(growing, Real<A>(infinity), Real<A>(0.0));
  result = choose(infinite_argument, choose(negative_x && odd, negative<A>(extreme), extreme), result);
  result = choose((x == x) && (y == y), result, x + y);
  result = choose((ax == one) && (ay == Real<A>(infinity)), one, result);
  return choose((y == Real<A>(0.0)) || (x == one), one, result);
}

template <class A>
inline Real<A> hypotenuse(const Real<A>& x, const Real<A>& y) {
  const Real<A> a = absolute<A>(x);
  const Real<A> b = absolute<A>(y);
  const Real<A> large = choose(a > b, a, b);
  const Real<A> small = choose(a > b, b, a);
  const Real<A> ratio = small / large;
  Real<A> result = large * root(Real<A>(1.0) + ratio * ratio);
  result = choose(large == Real<A>(0.0), large, result);
  result = choose((a == a) && (b == b), result, a + b);
  return choose((a == Real<A>(infinity)) || (b == Real<A>(infinity)), Real<A>(infinity), result);
}

// log10 x = ln x / ln 10, with the product to more than double length.
template <class A>
inline Real<A> logarithm10(const Real<A>& x) {
  const Real<A> l = logarithm<A>(x);
  // 1/ln 10 in two parts, the first of 26 bits, for an exact product with the upper half of l.
  const Real<A> splitter(134217729.0);
  const Real<A> t = splitter * l;
  const Real<A> high = t - (t - l);
  const Real<A> result = high * Real<A>(0x1.bcb7b1p-2) +
                         (high * Real<A>(4.798111141615973e-09) + (l - high) * Real<A>(4.34294481903251816668e-01));
  return choose(absolute<A>(l) < Real<A>(infinity), result, l);
}

}  // namespace
}  // namespace etalon::calibration
