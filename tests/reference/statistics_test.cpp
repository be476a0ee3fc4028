// Published cases of laboratory statistics.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "calibration/statistics/analysis_of_variance.h"
#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/calibration_interval.h"
#include "calibration/statistics/control_chart.h"
#include "calibration/statistics/equivalent_degrees_of_freedom.h"
#include "calibration/statistics/frequency_stability.h"
#include "calibration/statistics/range_method.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/type_a.h"
#include "calibration/statistics/weighing_design.h"
#include "calibration/uncertainty/coverage_factor.h"
#include "calibration/uncertainty/input_quantity.h"

using namespace etalon::calibration;

namespace {

double rounded(double value, double unit) {
  return std::round(value / unit) * unit;
}

// A value, then pairs on either side of it, as the constructed sets of NIST StRD are made.
std::vector<double> constructed(double first, double low, double high, int pairs) {
  std::vector<double> data{first};
  for (int i = 0; i < pairs; ++i) {
    data.push_back(low);
    data.push_back(high);
  }
  return data;
}

// SmLs01 to SmLs09: nine treatments, `offset` before the decimal point. Made from decimal text, as the files are read.
std::vector<std::vector<double>> simon_lesage(const std::string& offset, int pairs) {
  const std::map<int, std::array<int, 3>> tenths{{4, {4, 3, 5}}, {3, {3, 2, 4}}, {5, {5, 4, 6}}};
  std::vector<std::vector<double>> groups;
  for (int treatment : {4, 3, 5, 3, 5, 3, 5, 3, 5}) {
    const auto& t = tenths.at(treatment);
    const auto number = [&](int tenth) { return std::stod(offset + "." + std::to_string(tenth)); };
    groups.push_back(constructed(number(t[0]), number(t[1]), number(t[2]), pairs));
  }
  return groups;
}

// The 1000 frequencies of NIST SP 1065, 12.4: n_0 = 1234567890, n_(i+1) = 16807 n_i mod 2147483647, divided by the
// modulus.
std::vector<double> thousand_frequencies() {
  std::vector<double> y;
  std::uint64_t n = 1234567890;
  for (int i = 0; i < 1000; ++i) {
    y.push_back(static_cast<double>(n) / 2147483647.0);
    n = 16807 * n % 2147483647;
  }
  return y;
}

}  // namespace

TEST_CASE("GUM 4.4.3, table 1: twenty temperatures (JCGM 100:2008)") {
  const TypeA t = type_a({96.90,  98.18,  98.25,  98.61,  99.03,  99.49,  99.56,  99.74,  99.89,  100.07,
                          100.33, 100.42, 100.68, 100.95, 101.11, 101.20, 101.57, 101.84, 102.36, 102.72});
  CHECK(t.value == Approx(100.145).epsilon(1e-14));
  CHECK(t.standard_deviation == Approx(1.4888444830595435).epsilon(1e-13));
  CHECK(rounded(t.standard_deviation, 0.001) == Approx(1.489));
  CHECK(t.standard_uncertainty == Approx(0.3329157472046673).epsilon(1e-13));
  CHECK(rounded(t.standard_uncertainty, 0.001) == Approx(0.333));
  CHECK(t.degrees_of_freedom == 19);
}

TEST_CASE("four readings: s/sqrt(n) of the GUM and the scaled t of JCGM 101:2008 6.4.9") {
  const std::vector<double> readings{10.0021, 10.0027, 10.0018, 10.0025};
  const TypeA t = type_a(readings);
  CHECK(t.value == Approx(10.002275).epsilon(1e-15));
  CHECK(t.standard_deviation == Approx(0.00040311288741531).epsilon(1e-11));
  CHECK(t.standard_uncertainty == Approx(0.000201556443707655).epsilon(1e-11));
  CHECK(standard_uncertainty_of_scaled_t(readings) == Approx(0.00034910600109455475).epsilon(1e-11));
  // The same interval either way.
  CHECK(two_sided_student_t(0.95, t.degrees_of_freedom) * t.standard_uncertainty ==
        Approx(0.0006414425595836622).epsilon(1e-11));
}

TEST_CASE("range method: C_n and nu of JJF 1059.1-2012 4.3.2.3, table 1") {
  const struct {
    int n;
    double c, printed, nu;
  } rows[] = {{2, 1.1283791670955123, 1.13, 0.9}, {3, 1.6925687506432687, 1.69, 1.8},
              {4, 2.0587507460079277, 2.06, 2.7}, {5, 2.3259289472810396, 2.33, 3.6},
              {6, 2.5344127212229424, 2.53, 4.5}, {7, 2.7043567512138087, 2.70, 5.3},
              {8, 2.847200612090555, 2.85, 6.0},  {9, 2.9700263244184733, 2.97, 6.8}};
  for (const auto& row : rows) {
    CHECK(range_coefficient(row.n) == Approx(row.c).epsilon(1e-13));
    CHECK(rounded(range_coefficient(row.n), 0.01) == Approx(row.printed));
    CHECK(rounded(degrees_of_freedom_of_range(row.n), 0.1) == Approx(row.nu));
  }
  const TypeA t = range_method({10.1, 10.4, 10.0, 10.3});
  CHECK(t.value == Approx(10.2).epsilon(1e-15));
  CHECK(t.standard_deviation == Approx(0.19429258290525458).epsilon(1e-13));
  CHECK(t.standard_uncertainty == Approx(0.09714629145262729).epsilon(1e-13));
}

TEST_CASE("NIST StRD Univariate: mean, standard deviation, lag-1 autocorrelation of NumAcc1 to NumAcc4") {
  const auto check = [](const std::vector<double>& data, double mean, double sd, double r1, double sd_digits) {
    const Summary summary = summarise(data);
    CHECK(summary.mean == Approx(mean).epsilon(2e-15));
    CHECK(summary.standard_deviation == Approx(sd).epsilon(sd_digits));
    CHECK(autocorrelation(data) == Approx(r1).epsilon(sd_digits));
  };
  check({10000001, 10000003, 10000002}, 10000002, 1, -0.5, 1e-15);
  check(constructed(1.2, 1.1, 1.3, 500), 1.2, 0.1, -0.999, 1e-14);
  // 1000000.2 and 10000000.2 +- 0.1 are held to 1e-10 and 1e-9 in a double: no algorithm that begins with doubles comes
  // closer to the certified 0.1 (-0.999) than this.
  check(constructed(1000000.2, 1000000.1, 1000000.3, 500), 1000000.2, 0.1, -0.999, 1e-9);
  check(constructed(10000000.2, 10000000.1, 10000000.3, 500), 10000000.2, 0.1, -0.999, 1e-8);
}

TEST_CASE("NIST StRD ANOVA: SiRstv and AtmWtAg") {
  const AnalysisOfVariance a =
      analysis_of_variance(std::vector<std::vector<double>>{{196.3052, 196.1240, 196.1890, 196.2569, 196.3403},
                                                            {196.3042, 196.3825, 196.1669, 196.3257, 196.0422},
                                                            {196.1303, 196.2005, 196.2889, 196.0343, 196.1811},
                                                            {196.2795, 196.1748, 196.1494, 196.1485, 195.9885},
                                                            {196.2119, 196.1051, 196.1850, 196.0052, 196.2090}});
  CHECK(a.between_sum_of_squares == Approx(5.11462616E-02).epsilon(1e-12));
  CHECK(a.within_sum_of_squares == Approx(2.1663656E-01).epsilon(1e-12));
  CHECK(a.f == Approx(1.18046237440255E+00).epsilon(1e-12));
  CHECK(a.r_squared == Approx(1.90999039051129E-01).epsilon(1e-12));
  CHECK(a.within_standard_deviation == Approx(1.04076068334656E-01).epsilon(1e-12));

  // Nine leading digits are constant: of the 16 of a double, seven to nine are left for the scatter. The exact F of the
  // numbers as doubles (rational arithmetic) is the second one, and is met to all digits.
  const AnalysisOfVariance b = analysis_of_variance(std::vector<std::vector<double>>{
      {107.8681568, 107.8681465, 107.8681572, 107.8681785, 107.8681446, 107.8681903, 107.8681526, 107.8681494,
       107.8681616, 107.8681587, 107.8681519, 107.8681486, 107.8681419, 107.8681569, 107.8681508, 107.8681672,
       107.8681385, 107.8681518, 107.8681662, 107.8681424, 107.8681360, 107.8681333, 107.8681610, 107.8681477},
      {107.8681079, 107.8681344, 107.8681513, 107.8681197, 107.8681604, 107.8681385, 107.8681642, 107.8681365,
       107.8681151, 107.8681082, 107.8681517, 107.8681448, 107.8681198, 107.8681482, 107.8681334, 107.8681609,
       107.8681101, 107.8681512, 107.8681469, 107.8681360, 107.8681254, 107.8681261, 107.8681450, 107.8681368}});
  CHECK(b.f == Approx(1.59467335677930E+01).epsilon(1e-9));
  CHECK(b.f == Approx(15.946733566676926).epsilon(1e-14));
  CHECK(b.between_sum_of_squares == Approx(3.63834187500000E-09).epsilon(1e-9));
  CHECK(b.within_sum_of_squares == Approx(1.04951729166667E-08).epsilon(1e-9));
}

TEST_CASE("NIST StRD ANOVA: SmLs01 to SmLs09") {
  // `exact`: F of the numbers as doubles, in rational arithmetic. The certified F is that of the decimal numbers; with
  // 13 constant leading digits (SmLs07 to 09) a double keeps four digits of the scatter, whatever the algorithm.
  const struct {
    const char* offset;
    int pairs;
    double certified, exact, digits;
  } rows[] = {{"1", 10, 21, 21, 1e-14},
              {"1", 100, 201, 201.00000000000003, 1e-14},
              {"1", 1000, 2001, 2001.0000000000002, 1e-14},
              {"1000000", 10, 21, 21.0000000007761, 1e-10},
              {"1000000", 100, 201, 201.00000001241764, 1e-10},
              {"1000000", 1000, 2001, 2001.0000001288329, 1e-10},
              {"1000000000000", 10, 21, 21.00081188781877, 1e-4},
              {"1000000000000", 100, 201, 201.01300409594845, 1e-4},
              {"1000000000000", 1000, 2001, 2001.1349262209505, 1e-4}};
  for (const auto& row : rows) {
    const auto groups = simon_lesage(row.offset, row.pairs);
    REQUIRE(groups.size() == 9);
    REQUIRE(groups[0].size() == static_cast<std::size_t>(2 * row.pairs + 1));
    const AnalysisOfVariance a = analysis_of_variance(groups);
    CHECK(a.f == Approx(row.exact).epsilon(2e-15));
    CHECK(a.f == Approx(row.certified).epsilon(row.digits));
    CHECK(a.within_standard_deviation == Approx(0.1).epsilon(row.digits));
  }
}

TEST_CASE("GUM H.5: ten days of five readings of a Zener reference (JCGM 100:2008, table H.9)") {
  const std::vector<double> means{10.000172, 10.000116, 10.000013, 10.000144, 10.000106,
                                  10.000031, 10.000060, 10.000125, 10.000163, 10.000041};
  const std::vector<double> deviations{60e-6, 77e-6, 111e-6, 101e-6, 67e-6, 93e-6, 80e-6, 73e-6, 88e-6, 86e-6};
  std::vector<GroupSummary> days;
  for (std::size_t i = 0; i < means.size(); ++i)
    days.push_back({5, means[i], deviations[i]});
  const AnalysisOfVariance a = analysis_of_variance(days);
  CHECK(a.mean == Approx(10.0000971).epsilon(1e-14));
  CHECK(summarise(means).standard_deviation == Approx(5.708950088365963e-05).epsilon(1e-10));
  CHECK(std::sqrt(a.between_mean_square) == Approx(0.00012765600477739725).epsilon(1e-10));
  CHECK(std::sqrt(a.within_mean_square) == Approx(8.488698369008054e-05).epsilon(1e-10));
  // The GUM prints 2.25, from rounded values: 5*(57 uV)^2/(85 uV)^2. Unrounded it is 2.26.
  CHECK(a.f == Approx(2.26151926999457).epsilon(1e-10));
  CHECK(rounded(5 * 57.0 * 57 / (85 * 85), 0.01) == Approx(2.25));
  CHECK(a.between_degrees_of_freedom == 9);
  CHECK(a.within_degrees_of_freedom == 40);
  CHECK(rounded(f_quantile(0.95, 9, 40), 0.01) == Approx(2.12));
  CHECK(rounded(f_quantile(0.975, 9, 40), 0.01) == Approx(2.45));
  CHECK(a.probability < 0.05);
  CHECK(a.probability > 0.025);
  CHECK(a.between_standard_deviation == Approx(4.2638610567716375e-05).epsilon(1e-9));
  CHECK(a.uncertainty_with_groups == Approx(1.805328532745598e-05).epsilon(1e-10));
  CHECK(a.degrees_of_freedom_with_groups == 9);
  CHECK(a.uncertainty_pooled == Approx(1.332324192945671e-05).epsilon(1e-10));
  CHECK(a.degrees_of_freedom_pooled == 49);
}

TEST_CASE("NBS Monograph 140, annex 8.E: nine frequencies (NIST SP 1065, 12.4, tables 29 and 30)") {
  const std::vector<double> y{892, 809, 823, 798, 671, 644, 883, 903, 677};
  const auto at = [&](StabilityKind kind, std::size_t m) { return stability_of_frequency(kind, y, 1, m).deviation; };
  CHECK(at(StabilityKind::allan, 1) == Approx(91.22944974074983).epsilon(1e-14));
  CHECK(at(StabilityKind::allan, 2) == Approx(115.80821070488338).epsilon(1e-14));
  CHECK(at(StabilityKind::overlapping_allan, 1) == Approx(91.22944974074983).epsilon(1e-14));
  CHECK(at(StabilityKind::overlapping_allan, 2) == Approx(85.952869837681).epsilon(1e-14));
  CHECK(at(StabilityKind::modified_allan, 1) == Approx(91.22944974074983).epsilon(1e-14));
  CHECK(at(StabilityKind::modified_allan, 2) == Approx(74.78849343314786).epsilon(1e-14));
  CHECK(at(StabilityKind::hadamard, 1) == Approx(70.80607318585038).epsilon(1e-14));
  CHECK(at(StabilityKind::hadamard, 2) == Approx(116.79799156378218).epsilon(1e-14));
  CHECK(at(StabilityKind::overlapping_hadamard, 2) == Approx(85.61487).epsilon(1e-7));
  CHECK(at(StabilityKind::time, 1) == Approx(52.67135).epsilon(1e-7));
  CHECK(at(StabilityKind::time, 2) == Approx(86.35831).epsilon(1e-7));
  // The phases of table 29, printed to five decimals.
  const std::vector<double> x{0.00000,  103.11111, 123.22222, 157.33333, 166.44444,
                              48.55555, -96.33333, -2.22222,  111.88889, 0.00000};
  CHECK(stability_of_phase(StabilityKind::overlapping_allan, x, 1, 2).deviation == Approx(85.95287).epsilon(1e-7));
}

TEST_CASE("NIST SP 1065, 12.4, table 31: 1000 frequencies") {
  const std::vector<double> y = thousand_frequencies();
  CHECK(y[1] == Approx(395529916 / 2147483647.0).epsilon(1e-15));  // the numbers printed to check the generator
  CHECK(y[2] == Approx(1209410747 / 2147483647.0).epsilon(1e-15));
  CHECK(y[3] == Approx(633705974 / 2147483647.0).epsilon(1e-15));
  const struct {
    StabilityKind kind;
    double one, ten, hundred;
  } rows[] = {{StabilityKind::allan, 2.922319e-01, 9.965736e-02, 3.897804e-02},
              {StabilityKind::overlapping_allan, 2.922319e-01, 9.159953e-02, 3.241343e-02},
              {StabilityKind::modified_allan, 2.922319e-01, 6.172376e-02, 2.170921e-02},
              {StabilityKind::time, 1.687202e-01, 3.563623e-01, 1.253382e-00},
              {StabilityKind::hadamard, 2.943883e-01, 1.052754e-01, 3.910860e-02},
              {StabilityKind::overlapping_hadamard, 2.943883e-01, 9.581083e-02, 3.237638e-02}};
  for (const auto& row : rows) {
    CHECK(stability_of_frequency(row.kind, y, 1, 1).deviation == Approx(row.one).epsilon(4e-7));
    CHECK(stability_of_frequency(row.kind, y, 1, 10).deviation == Approx(row.ten).epsilon(4e-7));
    CHECK(stability_of_frequency(row.kind, y, 1, 100).deviation == Approx(row.hundred).epsilon(4e-7));
  }
  // Table 32, white frequency noise, tau = 10: 981 terms, 146.177 degrees of freedom. The limits printed there come
  // from an approximate chi-squared; these are with scipy's.
  const Stability s = stability_of_frequency(StabilityKind::overlapping_allan, y, 1, 10);
  CHECK(s.terms == 981);
  const double edf = overlapping_allan_degrees_of_freedom(PowerLawNoise::white_frequency, 1001, 10);
  CHECK(rounded(edf, 0.001) == Approx(146.177));
  const DeviationInterval interval = deviation_interval(s.deviation, edf, 0.683);
  CHECK(interval.lower == Approx(0.0866778873567437).epsilon(1e-6));
  CHECK(interval.upper == Approx(0.09746678591136965).epsilon(1e-6));
}

TEST_CASE("NIST SP 1065, 12.4: 1000 frequencies, noise and intervals as Stable32 1.60 finds them") {
  // Stable32 (W. J. Riley, the author of SP 1065) on the same data as 1001 phases, its PHASE.DAT: alpha = 0 throughout;
  // lower limit, deviation and upper limit at a confidence of 0.683, five digits; m = 1, 2, 4, ... 128. Its degrees of
  // freedom come from the fitted coefficients of Greenhall & Riley, good to about 1 %, and its chi-squared is
  // approximate: the limits agree to 1e-3.
  const std::vector<double> phase = phase_from_frequency(thousand_frequencies(), 1);
  const struct {
    StabilityKind kind;
    std::array<std::array<double, 3>, 8> rows;
  } tables[] = {{StabilityKind::allan,
                 {{{2.8515e-01, 2.9223e-01, 2.9987e-01},
                   {1.9787e-01, 2.0510e-01, 2.1319e-01},
                   {1.4201e-01, 1.4943e-01, 1.5815e-01},
                   {1.0254e-01, 1.1013e-01, 1.1971e-01},
                   {5.6510e-02, 6.2381e-02, 7.0567e-02},
                   {4.9153e-02, 5.6233e-02, 6.7635e-02},
                   {2.7109e-02, 3.2550e-02, 4.3537e-02},
                   {2.6481e-02, 3.3855e-02, 5.5744e-02}}}},
                {StabilityKind::overlapping_allan,
                 {{{2.8515e-01, 2.9223e-01, 2.9987e-01},
                   {1.9520e-01, 2.0102e-01, 2.0738e-01},
                   {1.3931e-01, 1.4479e-01, 1.5098e-01},
                   {1.0038e-01, 1.0570e-01, 1.1198e-01},
                   {5.7696e-02, 6.1915e-02, 6.7217e-02},
                   {4.3654e-02, 4.8082e-02, 5.4202e-02},
                   {3.1755e-02, 3.6237e-02, 4.3377e-02},
                   {2.3045e-02, 2.7674e-02, 3.7027e-02}}}},
                {StabilityKind::modified_allan,
                 {{{2.8515e-01, 2.9223e-01, 2.9987e-01},
                   {1.5336e-01, 1.5821e-01, 1.6355e-01},
                   {1.0322e-01, 1.0780e-01, 1.1304e-01},
                   {6.9840e-02, 7.4192e-02, 7.9481e-02},
                   {3.8022e-02, 4.1376e-02, 4.5809e-02},
                   {3.0466e-02, 3.4255e-02, 3.9933e-02},
                   {2.3687e-02, 2.7871e-02, 3.5511e-02},
                   {1.4874e-02, 1.8669e-02, 2.8584e-02}}}},
                {StabilityKind::time,
                 {{{1.6463e-01, 1.6872e-01, 1.7313e-01},
                   {1.7709e-01, 1.8268e-01, 1.8885e-01},
                   {2.3838e-01, 2.4895e-01, 2.6106e-01},
                   {3.2258e-01, 3.4268e-01, 3.6710e-01},
                   {3.5123e-01, 3.8221e-01, 4.2317e-01},
                   {5.6287e-01, 6.3287e-01, 7.3777e-01},
                   {8.7525e-01, 1.0298e+00, 1.3122e+00},
                   {1.0992e+00, 1.3797e+00, 2.1124e+00}}}},
                {StabilityKind::hadamard,
                 {{{2.8635e-01, 2.9439e-01, 3.0315e-01},
                   {1.9887e-01, 2.0716e-01, 2.1659e-01},
                   {1.4054e-01, 1.4890e-01, 1.5896e-01},
                   {1.0744e-01, 1.1649e-01, 1.2829e-01},
                   {5.3296e-02, 5.9589e-02, 6.8811e-02},
                   {4.6987e-02, 5.4697e-02, 6.8092e-02},
                   {2.4870e-02, 3.0569e-02, 4.3652e-02},
                   {2.8841e-02, 3.8060e-02, 7.3807e-02}}}},
                {StabilityKind::overlapping_hadamard,
                 {{{2.8635e-01, 2.9439e-01, 3.0315e-01},
                   {1.9491e-01, 2.0125e-01, 2.0825e-01},
                   {1.3777e-01, 1.4368e-01, 1.5043e-01},
                   {1.0388e-01, 1.0987e-01, 1.1704e-01},
                   {5.6173e-02, 6.0638e-02, 6.6369e-02},
                   {4.0664e-02, 4.5095e-02, 5.1382e-02},
                   {2.9271e-02, 3.3824e-02, 4.1477e-02},
                   {2.3761e-02, 2.9147e-02, 4.1367e-02}}}}};
  for (const auto& table : tables) {
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const std::size_t m = std::size_t{1} << i;
      INFO(to_string(table.kind) << ", m = " << m);
      const StabilityInterval result = stability_with_interval(table.kind, phase, 1, m, 0.683);
      CHECK(result.noise.noise == PowerLawNoise::white_frequency);
      CHECK(result.stability.deviation == Approx(table.rows[i][1]).epsilon(5e-5));
      CHECK(result.interval.lower == Approx(table.rows[i][0]).epsilon(1e-3));
      CHECK(result.interval.upper == Approx(table.rows[i][2]).epsilon(1e-3));
    }
  }
}

TEST_CASE(
    "weighing design 4-1: six differences of four weights, restraint on the mean of two (NBS TN 952, NIST SOP 5)") {
  WeighingDesign d;
  d.design.resize(6, 4);
  d.design << 1, -1, 0, 0,  //
      1, 0, -1, 0,          //
      1, 0, 0, -1,          //
      0, 1, -1, 0,          //
      0, 1, 0, -1,          //
      0, 0, 1, -1;
  d.observations.resize(6);
  d.observations << 0.1771, -0.0753, 0.0474, -0.256, -0.1326, 0.1219;
  d.restraint.resize(1, 4);
  d.restraint << 0.5, 0.5, 0, 0;
  d.restraint_values.resize(1);
  d.restraint_values << 0.0435;
  const WeighingResult r = solve(d);
  Eigen::Vector4d x(0.1328625, -0.0458625, 0.2088625, 0.0863875);
  CHECK((r.values - x).cwiseAbs().maxCoeff() < 1e-14);
  Eigen::Matrix4d q;
  q << 0.125, -0.125, 0, 0,  //
      -0.125, 0.125, 0, 0,   //
      0, 0, 0.375, 0.125,    //
      0, 0, 0.125, 0.375;
  CHECK((r.covariance_factors - q).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(r.standard_deviation == Approx(0.0014218532507494083).epsilon(1e-11));
  CHECK(r.degrees_of_freedom == 3);
}

TEST_CASE("weighing by all observations: 1 kg to 500 g (MSL TP 9, MSLT.M.009 appendix A)") {
  WeighingDesign d;
  d.design.resize(5, 3);
  d.design << -1, -1, 1,  //
      1, 1, -1,           //
      1, -1, 0,           //
      -1, 1, 0,           //
      0, 0, 1;
  d.observations.resize(5);
  d.observations << -0.001010691272693006, 0.0010003528882218996, 1.499775e-05, -9.9985e-07, 999.99995;  // g
  d.sigma = Eigen::VectorXd::Constant(5, 20e-6);
  d.process_standard_deviation = 0;  // all of it stands in the covariance of the observations
  d.observation_covariance.resize(5, 5);
  d.observation_covariance << 1281.14437606, -881.14437606, 0, 0, 0,  //
      -881.14437606, 1281.14437606, 0, 0, 0,                          //
      0, 0, 719.82561682, -319.82561682, 0,                           //
      0, 0, -319.82561682, 719.82561682, 0,                           //
      0, 0, 0, 0, 400;
  d.observation_covariance *= 1e-12;
  const WeighingResult r = solve(d);
  CHECK(r.values(0) == Approx(500.00048176).margin(5e-9));
  CHECK(r.values(1) == Approx(500.000473762).margin(5e-10));
  CHECK(r.values(2) == Approx(999.99995).margin(1e-11));
  CHECK(std::sqrt(r.covariance(0, 0)) * 1e6 == Approx(22.366).margin(5e-4));
  CHECK(std::sqrt(r.covariance(2, 2)) * 1e6 == Approx(20).epsilon(1e-10));
  CHECK(r.covariance(0, 0) * 1e12 == Approx(500.24249822).epsilon(1e-9));
  CHECK(r.covariance(0, 1) * 1e12 == Approx(240.32968981).epsilon(1e-9));
  CHECK(r.covariance(0, 2) * 1e12 == Approx(200).epsilon(1e-9));
  CHECK(r.residuals(0) * 1e6 == Approx(-5.169).margin(5e-4));
  CHECK(r.residuals(2) * 1e6 == Approx(6.999).margin(5e-4));
  CHECK(r.residuals.squaredNorm() * 1e12 == Approx(151.411699).margin(1e-6));
}

TEST_CASE("control chart constants for 2 to 10 readings (ISO 7870-2)") {
  const struct {
    int n;
    double d2, c4, a2, a3, b3, b4;
  } rows[] = {
      {2, 1.1283791670955123, 0.7978845608028655, 1.8799712059732505, 2.6586807763582736, 0, 3.2665319192886},
      {3, 1.6925687506432687, 0.8862269254527579, 1.0233267079464885, 1.95441004761168, 0, 2.5681696026311904},
      {4, 2.0587507460079277, 0.9213177319235613, 0.7285971858947047, 1.6281028227561023, 0, 2.2660470788503693},
      {5, 2.3259289472810396, 0.9399856029866253, 0.5768193340850857, 1.4272992929222166, 0, 2.0889978686302837},
      {6, 2.5344127212229424, 0.9515328619481445, 0.48324602427050917, 1.2871282962146755, 0.030363209495969157,
       1.9696367905040308},
      {7, 2.7043567512138087, 0.959368788699833, 0.41928396411410995, 1.1819161019031794, 0.11768503154142906,
       1.882314968458571},
      {8, 2.847200612090555, 0.9650304561473718, 0.3725273755827947, 1.09909502339877, 0.18508959775964218,
       1.8149104022403577},
      {9, 2.9700263244184733, 0.9693106997139542, 0.33669735240336585, 1.03166095277304, 0.23913280180494823,
       1.7608671981950517},
      {10, 3.077505461670345, 0.9726592741215883, 0.30826372523660994, 0.9753500771452293, 0.2837055564420129,
       1.7162944435579872}};
  for (const auto& row : rows) {
    const ControlChartConstants c = control_chart_constants(row.n);
    CHECK(c.d2 == Approx(row.d2).epsilon(1e-13));
    CHECK(c.c4 == Approx(row.c4).epsilon(1e-13));
    CHECK(c.A2 == Approx(row.a2).epsilon(1e-13));
    CHECK(c.A3 == Approx(row.a3).epsilon(1e-13));
    CHECK(c.B3 == Approx(row.b3).epsilon(1e-12).margin(1e-300));
    CHECK(c.B4 == Approx(row.b4).epsilon(1e-12));
  }
  // D3 and D4 as tabulated, to three decimals.
  CHECK(rounded(control_chart_constants(5).D4, 0.001) == Approx(2.114));
  CHECK(rounded(control_chart_constants(7).D3, 0.001) == Approx(0.076));
  CHECK(rounded(control_chart_constants(10).D3, 0.001) == Approx(0.223));
  CHECK(rounded(control_chart_constants(10).D4, 0.001) == Approx(1.777));
}

TEST_CASE("NCSLI RP-1, interval test A3: instruments of the 2019 symposium's tutorial") {
  const auto tested = [](int in_tolerance, int calibrations, double interval, double target, double confidence) {
    IntervalTest test;
    test.in_tolerance = in_tolerance;
    test.calibrations = calibrations;
    test.interval = interval;
    test.target = target;
    test.confidence = confidence;
    return test_interval(test);
  };
  const TestedInterval a = tested(15, 20, 365, 0.95, 0.5);
  CHECK(a.observed == 0.75);
  CHECK(a.recommended == Approx(230.84604619402594).epsilon(1e-12));
  CHECK(a.rejection_confidence == Approx(0.9948521193306954).epsilon(1e-12));
  CHECK(a.lower == Approx(0.6516).margin(5e-5));
  CHECK(a.upper == Approx(0.8286).margin(5e-5));
  CHECK(a.changed);
  const TestedInterval b = tested(14, 20, 365, 0.95, 0.5);
  CHECK(std::round(b.recommended) == 205);
  CHECK(b.rejection_confidence == Approx(0.9993).margin(5e-5));
  CHECK(b.lower == Approx(0.6000).margin(5e-5));
  CHECK(b.upper == Approx(0.7843).margin(5e-5));
  const TestedInterval c = tested(16, 20, 730, 0.95, 0.5);
  CHECK(std::round(c.recommended) == 523);
  CHECK(c.rejection_confidence == Approx(0.9682).margin(5e-5));
  CHECK(c.lower == Approx(0.7041).margin(5e-5));
  CHECK(c.upper == Approx(0.8716).margin(5e-5));
  const TestedInterval d = tested(42, 50, 365, 0.9, 0.3);
  CHECK(std::round(d.recommended) == 329);
  CHECK(d.rejection_confidence == Approx(0.7557).margin(5e-5));
}

TEST_CASE("GUM 4.3 and F.2.2.1: standard uncertainties from what certificates and manuals say (JCGM 100:2008)") {
  // 4.3.3: 240 ug at three standard deviations (the published 80 ug, in g).
  CHECK(from_certificate(1000.000325, 240e-6, CoverageFactor{3}).standard_uncertainty == Approx(80e-6).epsilon(1e-14));
  // 4.3.4: 129 uohm at 99 %; the GUM divides by the rounded 2.58 and prints 50.
  CHECK(from_certificate(10.000742, 129e-6, CoverageProbability{0.99}).standard_uncertainty ==
        Approx(5.00809583237009e-05).epsilon(1e-12));
  // 4.3.5: an even chance to lie within 0.04 mm: 1.48 * 0.04.
  CHECK(from_certificate(10.11, 0.04, CoverageProbability{0.5}).standard_uncertainty ==
        Approx(0.05930408874022408).epsilon(1e-12));
  // 4.3.7, 4.3.8, F.2.2.1.
  CHECK(from_limits(16.52e-6, 0.40e-6, Distribution::rectangular).standard_uncertainty ==
        Approx(2.309401076758503e-07).epsilon(1e-12));
  CHECK(from_bounds(16.40e-6, 16.92e-6, Distribution::rectangular).standard_uncertainty ==
        Approx(1.5011106998930272e-07).epsilon(1e-12));
  CHECK(from_limits(0, 0.5, Distribution::rectangular).standard_uncertainty ==
        Approx(0.2886751345948129).epsilon(1e-14));
}

TEST_CASE("EA-4/02 S10.13: coverage factor of a trapezoid by its shape") {
  const std::map<double, double> rows{
      {0.00, 1.9017671852780118}, {0.10, 1.8950609448768618}, {0.20, 1.8756874954920892}, {0.33, 1.8351099707670395},
      {0.43, 1.7959890709517203}, {0.50, 1.7666261613087355}, {0.60, 1.724685551390925},  {0.70, 1.6862558638719625},
      {0.80, 1.6561104623595244}, {0.90, 1.6432323419486135}, {0.95, 1.6449076237497868}, {1.00, 1.6454482671904334}};
  for (const auto& [beta, k] : rows)
    CHECK(coverage_factor_of_trapezoid(0.95, beta) == Approx(k).epsilon(1e-12));
  // Published: 1.83 for beta = 1/3 (S10.13), 1.65 for a rectangle (S9.14).
  CHECK(rounded(coverage_factor_of_trapezoid(0.95, 1.0 / 3), 0.01) == Approx(1.83));
  CHECK(rounded(coverage_factor_of_trapezoid(0.95, 1), 0.01) == Approx(1.65));
}

TEST_CASE("GUM table G.2: t_p(nu) (JCGM 100:2008)") {
  // Roots of the incomplete beta function with 25 digits (mpmath). Values from scipy 1.10 (stdtrit of Cephes), which
  // are in circulation, are wrong from the ninth to tenth digit on for nu >= 5, 4.6e-9 at most.
  const double probabilities[] = {0.6827, 0.90, 0.95, 0.9545, 0.99, 0.9973};
  const struct {
    double nu;
    double t[6];
  } rows[] = {
      {1,
       {1.837409429490546, 6.313751514675043, 12.7062047361747, 13.96781148750258, 63.65674116287158,
        235.7836871584926}},
      {2,
       {1.321315462445693, 2.919985580353726, 4.302652729749464, 4.526550760081991, 9.924843200918293,
        19.2060158878111}},
      {3,
       {1.196912559971693, 2.353363434801824, 3.18244630528371, 3.306829920720112, 5.840909309733357,
        9.218701822037347}},
      {4,
       {1.141654987221562, 2.13184678632665, 2.776445105197794, 2.869315169696385, 4.604094871349993,
        6.62007155118839}},
      {5,
       {1.110533393814024, 2.015048373333024, 2.570581835636316, 2.648654254283119, 4.032142983555228,
        5.506984967354847}},
      {6,
       {1.090594907076834, 1.943180280515303, 2.44691185114497, 2.516528348121628, 3.70742802132478,
        4.903989775692439}},
      {7,
       {1.076738567322484, 1.894578605090007, 2.364624251592785, 2.428809082234241, 3.499483297350494,
        4.529910402646552}},
      {8,
       {1.066553135418285, 1.859548037530898, 2.306004135204167, 2.366419499743068, 3.355387331333396,
        4.276576799570584}},
      {9,
       {1.058752015977368, 1.833112932656237, 2.262157162798206, 2.319809441022432, 3.249835541592126,
        4.094204800476575}},
      {10,
       {1.052586480618851, 1.812461122811676, 2.228138851986275, 2.283681613299642, 3.169272672616951,
        3.956889989511038}},
      {15,
       {1.034486152933662, 1.753050355692574, 2.131449545559776, 2.181165681904078, 2.946712883475239,
        3.586386397008613}},
      {16,
       {1.032264919261905, 1.74588367627625, 2.119905299221255, 2.168942995677415, 2.9207816224251, 3.544091856002959}},
      {18,
       {1.028583044298472, 1.734063606617539, 2.100922040241038, 2.148852323637396, 2.878440472738608,
        3.475437004820746}},
      {20,
       {1.025655634604101, 1.724718242920787, 2.085963447265865, 2.133028361890897, 2.845339709786108,
        3.422118566681391}},
      {25,
       {1.02042660008856, 1.708140761251899, 2.059538552753298, 2.105090599989558, 2.787435813676971,
        3.329604096185328}},
      {30,
       {1.0169692106478, 1.697260886593958, 2.042272456301238, 2.086847053536652, 2.749995653567225,
        3.270304796818607}},
      {40,
       {1.01267949182253, 1.683851013335653, 2.021075390306273, 2.064462121490573, 2.704459267433162,
        3.198740937825203}},
      {50,
       {1.010122653773102, 1.675905025163098, 2.008559112100761, 2.051250781851882, 2.677793270940844,
        3.157121316107565}},
      {100,
       {1.005046994634686, 1.66023432608534, 1.983971518523552, 2.025311652764198, 2.625890521438018,
        3.076730898917827}}};
  for (const auto& row : rows) {
    for (int i = 0; i < 6; ++i)
      CHECK(two_sided_student_t(probabilities[i], row.nu) == Approx(row.t[i]).epsilon(2e-14));
  }
  // As printed, to two decimals.
  CHECK(rounded(two_sided_student_t(0.95, 1), 0.01) == Approx(12.71));
  CHECK(rounded(two_sided_student_t(0.9545, 10), 0.01) == Approx(2.28));
  CHECK(rounded(two_sided_student_t(0.99, 16), 0.01) == Approx(2.92));
  CHECK(rounded(two_sided_student_t(0.9973, 1), 0.01) == Approx(235.78));
}
