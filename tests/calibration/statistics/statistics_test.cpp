#include "calibration/statistics/statistics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

std::vector<double> numerical_accuracy_data(double first, double low, double high, int pairs) {
  std::vector<double> data{first};
  for (int i = 0; i < pairs; ++i) {
    data.push_back(low);
    data.push_back(high);
  }
  return data;
}

}  // namespace

TEST_CASE("summary statistics of NIST StRD Univariate: NumAcc1 to NumAcc4") {
  const Summary one = summarise({10000001, 10000003, 10000002});
  CHECK(one.mean == 10000002);
  CHECK(one.standard_deviation == Approx(1).epsilon(1e-15));

  const Summary two = summarise(numerical_accuracy_data(1.2, 1.1, 1.3, 500));
  CHECK(two.mean == Approx(1.2).epsilon(1e-15));
  CHECK(two.standard_deviation == Approx(0.1).epsilon(1e-14));

  // 1000000.2 and 10000000.2 +- 0.1 are themselves only held to 1e-10 and 1e-9 in a double: the certified 0.1 can be
  // met no closer than that, by any algorithm.
  const Summary three = summarise(numerical_accuracy_data(1000000.2, 1000000.1, 1000000.3, 500));
  CHECK(three.mean == Approx(1000000.2).epsilon(1e-15));
  CHECK(three.standard_deviation == Approx(0.1).epsilon(1e-9));
  const Summary four = summarise(numerical_accuracy_data(10000000.2, 10000000.1, 10000000.3, 500));
  CHECK(four.mean == Approx(10000000.2).epsilon(1e-15));
  CHECK(four.standard_deviation == Approx(0.1).epsilon(1e-8));
}

TEST_CASE("GUM 4.4.3, table 1: twenty temperatures") {
  const Summary summary = summarise({96.90,  98.18,  98.25,  98.61,  99.03,  99.49,  99.56,  99.74,  99.89,  100.07,
                                     100.33, 100.42, 100.68, 100.95, 101.11, 101.20, 101.57, 101.84, 102.36, 102.72});
  CHECK(summary.count == 20);
  CHECK(summary.mean == Approx(100.145).epsilon(1e-14));
  CHECK(summary.standard_deviation == Approx(1.4888444830595435).epsilon(1e-13));                    // printed 1.489
  CHECK(summary.standard_deviation / std::sqrt(20.0) == Approx(0.3329157472046673).epsilon(1e-13));  // printed 0.333
}

TEST_CASE("identical readings have no scatter, whatever their size") {
  for (double value : {0.1, -3.3e-9, 1e300, 0.0}) {
    CHECK(summarise({value, value, value}).mean == value);
    CHECK(summarise({value, value, value}).standard_deviation == 0);
  }
}

TEST_CASE("readings that cannot be summarised are refused") {
  CHECK_THROWS_AS(mean({}), InputError);
  CHECK_THROWS_AS(summarise({}), InputError);
  CHECK_THROWS_AS(summarise({1.0}), InputError);
  CHECK_THROWS_WITH(summarise({1.0, std::nan(""), 2.0}), Catch::Contains("reading 2 of 3"));
  CHECK_THROWS_AS(summarise({1.0, std::numeric_limits<double>::infinity()}), InputError);
  CHECK_THROWS_AS(summarise({1e308, -1e308}), InputError);
}

// Values with more digits than the table's two decimals. Four of them (nu = 10 at 99 %, nu = 50 at 95 % and 95.45 %,
// nu = 100 at 99.73 %) are from the closed form below: the inversion of SciPy 1.10 is off by 1.8e-9 there.
TEST_CASE("GUM table G.2: t factors") {
  struct Row {
    double nu;
    double t6827, t90, t95, t9545, t99, t9973;
  };
  for (const Row& row : {Row{1, 1.83740942951465, 6.313751514800932, 12.706204736432095, 13.967811487756613,
                             63.65674116287399, 235.78368715846764},
                         Row{2, 1.3213154624456962, 2.919985580355516, 4.302652729911275, 4.5265507603649375,
                             9.92484320091807, 19.20601588774844},
                         Row{5, 1.1105333938049362, 2.015048372669157, 2.5705818366147395, 2.6486542542831173,
                             4.032142983557536, 5.506984967905405},
                         Row{10, 1.0525864806188419, 1.8124611228107335, 2.2281388519649385, 2.28368161326801,
                             3.169272672616951, 3.9568899895110663},
                         Row{16, 1.0322649192619047, 1.74588367627624, 2.1199052992210112, 2.168942995677048,
                             2.9207816223499967, 3.5440918540033706},
                         Row{50, 1.0101226536249628, 1.6759050245283311, 2.008559112100761, 2.0512507818518822,
                             2.6777932709408425, 3.157121316107532},
                         Row{100, 1.0050469946301046, 1.66023432606575, 1.9839715184496334, 2.0253116526764927,
                             2.6258905205863337, 3.0767308989178273}}) {
    CHECK(two_sided_student_t(0.6827, row.nu) == Approx(row.t6827).epsilon(1e-9));
    CHECK(two_sided_student_t(0.90, row.nu) == Approx(row.t90).epsilon(1e-9));
    CHECK(two_sided_student_t(0.95, row.nu) == Approx(row.t95).epsilon(1e-9));
    CHECK(two_sided_student_t(0.9545, row.nu) == Approx(row.t9545).epsilon(1e-9));
    CHECK(two_sided_student_t(0.99, row.nu) == Approx(row.t99).epsilon(1e-9));
    CHECK(two_sided_student_t(0.9973, row.nu) == Approx(row.t9973).epsilon(1e-9));
  }
}

TEST_CASE("t factors against the closed form for even degrees of freedom") {
  for (int nu : {2, 4, 10, 16, 50, 100}) {
    for (double p : {0.6827, 0.9, 0.95, 0.9545, 0.99, 0.9973}) {
      // P(|T| <= t) = sin(a) (1 + cos(a)^2/2 + 1*3/(2*4) cos(a)^4 + ...), tan(a) = t/sqrt(nu)
      const double t = two_sided_student_t(p, nu);
      const double cos2 = nu / (nu + t * t);
      double term = 1;
      double sum = 1;
      for (int k = 1; k < nu / 2; ++k) {
        term *= cos2 * (2 * k - 1) / (2 * k);
        sum += term;
      }
      CHECK(t / std::sqrt(nu + t * t) * sum == Approx(p).epsilon(1e-13));
    }
  }
}

TEST_CASE("quantiles of normal and chi-squared") {
  CHECK(two_sided_normal(0.95) == Approx(1.9599639845400538).epsilon(1e-14));  // JCGM 102 6.5.2, m = 1
  CHECK(two_sided_normal(0.9544997361036416) == Approx(2).epsilon(1e-14));
  CHECK(normal_quantile(0.975) == Approx(1.9599639845400538).epsilon(1e-14));
  CHECK(student_t_quantile(0.975, std::numeric_limits<double>::infinity()) == normal_quantile(0.975));
  CHECK(chi_squared_quantile(0.95, 4) == Approx(9.488).margin(5e-4));  // ISO/TS 28037 6.3
  CHECK(chi_squared_quantile(0.95, 2) == Approx(2.447746830680816 * 2.447746830680816).epsilon(1e-12));  // JCGM 102
  CHECK(chi_squared_upper_probability(chi_squared_quantile(0.95, 7), 7) == Approx(0.05).epsilon(1e-12));
  CHECK(chi_squared_upper_probability(0, 3) == 1);
}

TEST_CASE("quantiles refuse what is no probability") {
  for (double p : {0.0, 1.0, -0.1, 95.0, std::nan("")}) {
    CHECK_THROWS_AS(normal_quantile(p), InputError);
    CHECK_THROWS_AS(two_sided_normal(p), InputError);
    CHECK_THROWS_AS(two_sided_student_t(p, 5), InputError);
    CHECK_THROWS_AS(chi_squared_quantile(p, 5), InputError);
  }
  for (double nu : {0.0, -1.0, std::nan("")}) {
    CHECK_THROWS_AS(student_t_quantile(0.9, nu), InputError);
    CHECK_THROWS_AS(chi_squared_upper_probability(1, nu), InputError);
  }
}
