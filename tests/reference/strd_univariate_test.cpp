// NIST StRD, univariate summary statistics: the data sets of measurements. Their values were checked to give all
// certified digits in 40-digit arithmetic; and PiDigits, computed. The constructed sets NumAcc1 to NumAcc4 are in
// statistics_test.cpp.
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/statistics.h"

using namespace etalon::calibration;

namespace {

// deflection of a steel-concrete beam
const std::vector<double> lew{
    -213, -564, -35,  -15,  141,  115,  -420, -360, 203,  -338, -431, 194,  -220, -513, 154,  -125, -559, 92,   -21,
    -579, -52,  99,   -543, -175, 162,  -457, -346, 204,  -300, -474, 164,  -107, -572, -8,   83,   -541, -224, 180,
    -420, -374, 201,  -236, -531, 83,   27,   -564, -112, 131,  -507, -254, 199,  -311, -495, 143,  -46,  -579, -90,
    136,  -472, -338, 202,  -287, -477, 169,  -124, -568, 17,   48,   -568, -135, 162,  -430, -422, 172,  -74,  -577,
    -13,  92,   -534, -243, 194,  -355, -465, 156,  -81,  -578, -64,  139,  -449, -384, 193,  -198, -538, 110,  -44,
    -577, -6,   66,   -552, -164, 161,  -460, -344, 205,  -281, -504, 134,  -28,  -576, -118, 156,  -437, -381, 200,
    -220, -540, 83,   11,   -568, -160, 172,  -414, -408, 188,  -125, -572, -32,  139,  -492, -321, 205,  -262, -504,
    142,  -83,  -574, 0,    48,   -571, -106, 137,  -501, -266, 190,  -391, -406, 194,  -186, -553, 83,   -13,  -577,
    -49,  103,  -515, -280, 201,  300,  -506, 131,  -45,  -578, -80,  138,  -462, -361, 201,  -211, -554, 32,   74,
    -533, -235, 187,  -372, -442, 182,  -147, -566, 25,   68,   -535, -244, 194,  -351, -463, 174,  -125, -570, 15,
    72,   -550, -190, 172,  -424, -385, 198,  -218, -536, 96};

// digits of a lottery
const std::vector<double> lottery{
    162, 671, 933, 414, 788, 730, 817, 33,  536, 875, 670, 236, 473, 167, 877, 980, 316, 950, 456, 92,  517, 557,
    956, 954, 104, 178, 794, 278, 147, 773, 437, 435, 502, 610, 582, 780, 689, 562, 964, 791, 28,  97,  848, 281,
    858, 538, 660, 972, 671, 613, 867, 448, 738, 966, 139, 636, 847, 659, 754, 243, 122, 455, 195, 968, 793, 59,
    730, 361, 574, 522, 97,  762, 431, 158, 429, 414, 22,  629, 788, 999, 187, 215, 810, 782, 47,  34,  108, 986,
    25,  644, 829, 630, 315, 567, 919, 331, 207, 412, 242, 607, 668, 944, 749, 168, 864, 442, 533, 805, 372, 63,
    458, 777, 416, 340, 436, 140, 919, 350, 510, 572, 905, 900, 85,  389, 473, 758, 444, 169, 625, 692, 140, 897,
    672, 288, 312, 860, 724, 226, 884, 508, 976, 741, 476, 417, 831, 15,  318, 432, 241, 114, 799, 955, 833, 358,
    935, 146, 630, 830, 440, 642, 356, 373, 271, 715, 367, 393, 190, 669, 8,   861, 108, 795, 269, 590, 326, 866,
    64,  523, 862, 840, 219, 382, 998, 4,   628, 305, 747, 247, 34,  747, 729, 645, 856, 974, 24,  568, 24,  694,
    608, 480, 410, 729, 947, 293, 53,  930, 223, 203, 677, 227, 62,  455, 387, 318, 562, 242, 428, 968};

// transmittance of a filter
const std::vector<double> mavro{
    2.00180, 2.00170, 2.00180, 2.00190, 2.00180, 2.00170, 2.00150, 2.00140, 2.00150, 2.00150, 2.00170, 2.00180, 2.00180,
    2.00190, 2.00190, 2.00210, 2.00200, 2.00160, 2.00140, 2.00130, 2.00130, 2.00150, 2.00150, 2.00160, 2.00150, 2.00140,
    2.00130, 2.00140, 2.00150, 2.00140, 2.00150, 2.00160, 2.00150, 2.00160, 2.00190, 2.00200, 2.00200, 2.00210, 2.00220,
    2.00230, 2.00240, 2.00250, 2.00270, 2.00260, 2.00260, 2.00260, 2.00270, 2.00260, 2.00250, 2.00240};

// Michelson's speed of light in air, 1000 km/s
const std::vector<double> michelso{
    299.85, 299.74, 299.90, 300.07, 299.93, 299.85, 299.95, 299.98, 299.98, 299.88, 300.00, 299.98, 299.93,
    299.65, 299.76, 299.81, 300.00, 300.00, 299.96, 299.96, 299.96, 299.94, 299.96, 299.94, 299.88, 299.80,
    299.85, 299.88, 299.90, 299.84, 299.83, 299.79, 299.81, 299.88, 299.88, 299.83, 299.80, 299.79, 299.76,
    299.80, 299.88, 299.88, 299.88, 299.86, 299.72, 299.72, 299.62, 299.86, 299.97, 299.95, 299.88, 299.91,
    299.85, 299.87, 299.84, 299.84, 299.85, 299.84, 299.84, 299.84, 299.89, 299.81, 299.81, 299.82, 299.80,
    299.77, 299.76, 299.74, 299.75, 299.76, 299.91, 299.92, 299.89, 299.86, 299.88, 299.72, 299.84, 299.85,
    299.85, 299.78, 299.89, 299.84, 299.78, 299.81, 299.76, 299.81, 299.79, 299.81, 299.82, 299.85, 299.87,
    299.87, 299.81, 299.74, 299.81, 299.94, 299.95, 299.80, 299.81, 299.87};

// The first digits of pi = 16 arctan(1/5) - 4 arctan(1/239) (Machin), in limbs of nine digits after the integer.
using Limbs = std::vector<std::int64_t>;
constexpr std::int64_t limb = 1000000000;

bool divide(Limbs& number, std::int64_t by) {
  std::int64_t rest = 0;
  bool left = false;
  for (std::int64_t& digits : number) {
    const std::int64_t value = rest * limb + digits;
    digits = value / by;
    rest = value % by;
    left = left || digits != 0;
  }
  return left;
}

void add(Limbs& sum, const Limbs& number, int sign) {
  std::int64_t carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    const std::int64_t value = sum[i] + sign * number[i] + carry;
    carry = value < 0 ? -1 : (i > 0 && value >= limb ? 1 : 0);
    sum[i] = value - carry * limb;
  }
}

std::vector<double> digits_of_pi(std::size_t count) {
  Limbs pi(count / 9 + 4, 0);
  for (const auto& [factor, x, sign] : {std::tuple{16, 5, 1}, {4, 239, -1}}) {
    Limbs power(pi.size(), 0);
    power[0] = factor;
    divide(power, x);
    int term_sign = sign;
    for (std::int64_t k = 1;; k += 2, term_sign = -term_sign) {
      Limbs term = power;
      if (!divide(term, k)) break;
      add(pi, term, term_sign);
      divide(power, std::int64_t{x} * x);
    }
  }
  std::vector<double> digits{static_cast<double>(pi[0])};
  for (std::size_t i = 1; i < pi.size(); ++i) {
    const std::string text = std::to_string(limb + pi[i]);
    for (std::size_t k = 1; k < text.size(); ++k)
      digits.push_back(text[k] - '0');
  }
  digits.resize(count);
  return digits;
}

}  // namespace

TEST_CASE("NIST StRD Univariate: PiDigits") {
  std::vector<double> digits = digits_of_pi(5000);
  REQUIRE(digits[956] == 8);
  digits[956] = 3;  // the published data, which are what is certified, have a 3 there in place of the 8 of pi
  const Summary summary = summarise(digits);
  CHECK(summary.mean == Approx(4.53480000000000).epsilon(1e-15));
  CHECK(summary.standard_deviation == Approx(2.86733906028871).epsilon(2e-15));
  CHECK(autocorrelation(digits) == Approx(-0.00355099287237972).epsilon(1e-12));
}

TEST_CASE("NIST StRD Univariate: Lew, Lottery, Mavro, Michelso") {
  struct Certified {
    const std::vector<double>& data;
    std::size_t count;
    double mean;
    double standard_deviation;
    double autocorrelation;
  };
  const std::vector<Certified> sets{{lew, 200, -177.435, 277.332168044316, -0.307304800605679},
                                    {lottery, 218, 518.95871559633, 291.699727470969, -0.120948622967393},
                                    {mavro, 50, 2.001856, 0.000429123454003053, 0.937989183438248},
                                    {michelso, 100, 299.8524, 0.0790105478190518, 0.535199668621283}};
  for (const Certified& set : sets) {
    const Summary summary = summarise(set.data);
    REQUIRE(summary.count == set.count);
    CHECK(summary.mean == Approx(set.mean).epsilon(1e-14));
    // Mavro and Michelso hold five and six leading digits that do not vary: so many of 16 are lost in a double.
    CHECK(summary.standard_deviation == Approx(set.standard_deviation).epsilon(1e-12));
    CHECK(autocorrelation(set.data) == Approx(set.autocorrelation).epsilon(1e-11));
  }
}
