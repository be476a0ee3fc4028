// Published results of Monte Carlo evaluations: JCGM 101:2008 clauses 6.4, 7.9.2 and 9; NIST TN 1900 E3.
//
// Where a published interval end comes from few trials that were stopped by the adaptive procedure, it agrees with the
// converged one within the numerical tolerance, not to its last digit; the converged values (2e7 trials of an
// independent program, or closed forms) stand beside it and are held more closely.
#include "calibration/uncertainty/monte_carlo/monte_carlo.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"
#include "calibration/uncertainty/monte_carlo/validation.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

InputQuantity named(const std::string& name, InputQuantity input) {
  input.name = name;
  input.identity = name;
  return input;
}
InputQuantity normal(const std::string& name, double x, double u) {
  return named(name, from_standard_uncertainty(x, u));
}
InputQuantity rectangular(const std::string& name, double x, double half_width) {
  return named(name, from_limits(x, half_width, Distribution::rectangular));
}

MonteCarloResult run(const std::string& expression, const std::vector<InputQuantity>& inputs, MonteCarloOptions options,
                     const Eigen::MatrixXd& correlation = {}) {
  std::vector<std::string> names;
  for (const InputQuantity& input : inputs)
    names.push_back(input.name);
  const MeasurementModel model({{"y", expression}}, names);
  return propagate_distributions(model.compile(0).list, {inputs, correlation, {}}, options);
}
MonteCarloOutput output_of(const std::string& expression, const std::vector<InputQuantity>& inputs,
                           MonteCarloOptions options, const Eigen::MatrixXd& correlation = {}) {
  return run(expression, inputs, options, correlation).outputs.at(0);
}
MonteCarloOptions trials(std::uint64_t number) {
  MonteCarloOptions options;
  options.trials = number;
  return options;
}

}  // namespace

TEST_CASE("JCGM 101:2008 6.4: expectation and variance of each distribution") {
  struct Row {
    InputQuantity input;
    double mean;
    double variance;
  };
  const InputQuantity readings = from_standard_uncertainty(2, 1.5 / std::sqrt(6.0), 5);
  const std::vector<Row> rows{
      {from_bounds(-1, 3, Distribution::rectangular), 1, 1.3333333333333333},
      {from_uncertain_limits(1, 2, 0.5), 1, 1.361111111111111},
      {from_bounds(-1, 3, Distribution::trapezoidal, 0.25), 1, 0.7083333333333333},
      {from_bounds(-1, 3, Distribution::triangular), 1, 0.6666666666666666},
      {from_bounds(-1, 3, Distribution::arcsine), 1, 2.0},
      {from_standard_uncertainty(2, 0.5), 2, 0.25},
      {readings, 2, 0.625},  // (n-1)/(n-3) s^2/n: not the u^2 of the GUM
      {from_positive_estimate(2.5), 2.5, 6.25},
      {from_counts(7), 8, 8},
      {from_counts(30, 4), 7.75, 1.9375},
  };
  for (const Row& row : rows) {
    INFO(to_string(row.input.distribution));
    if (row.input.distribution != Distribution::student_t) {
      CHECK(row.input.estimate == Approx(row.mean).epsilon(1e-15));
      CHECK(row.input.standard_uncertainty * row.input.standard_uncertainty == Approx(row.variance).epsilon(1e-14));
    }
    const MonteCarloOutput x = output_of("x", {named("x", row.input)}, trials(4'000'000));
    const double u = std::sqrt(row.variance);
    // Five standard deviations of the mean; the deviation of the variance depends on the kurtosis, 9 at most here.
    CHECK(std::fabs(x.mean - row.mean) < 5 * u / std::sqrt(4e6));
    CHECK(x.standard_uncertainty == Approx(u).epsilon(5 * std::sqrt(8 / 4e6) / 2));
  }
}

TEST_CASE("JCGM 101:2008 7.9.2: numerical tolerance") {
  CHECK(numerical_tolerance(0.00035, 2) == 5e-6);
  CHECK(numerical_tolerance(0.00035, 1) == 5e-5);
  CHECK(numerical_tolerance(2.0, 1) == 0.5);
  CHECK(numerical_tolerance(0.0754, 1) == 0.005);
  CHECK(numerical_tolerance(0.0754, 2) == 0.0005);
  CHECK(numerical_tolerance(36, 1) == 5);
  CHECK(numerical_tolerance(36, 2) == 0.5);
  CHECK(numerical_tolerance(9.96, 2) == 0.5);  // rounds to 10
  CHECK_THROWS_WITH(numerical_tolerance(0, 2), Catch::Contains("no significant digits"));
  CHECK_THROWS_AS(numerical_tolerance(std::nan(""), 2), InputError);
  CHECK_THROWS_AS(numerical_tolerance(-1, 2), InputError);
  CHECK_THROWS_AS(numerical_tolerance(1, 0), InputError);
}

TEST_CASE("JCGM 101:2008 9.2.2: four normal inputs") {
  const MonteCarloOutput y =
      output_of("X1+X2+X3+X4", {normal("X1", 0, 1), normal("X2", 0, 1), normal("X3", 0, 1), normal("X4", 0, 1)}, {});
  CHECK(std::fabs(y.mean) < 0.005);
  CHECK(std::fabs(y.standard_uncertainty - 2.0) < 0.005);
  CHECK(std::fabs(y.symmetric.lower - -3.919927969080108) < 0.02);
  CHECK(std::fabs(y.symmetric.upper - 3.919927969080108) < 0.02);
  CHECK(y.shortest.length() <= y.symmetric.length());
  CHECK(y.shortest.length() == Approx(2 * 3.92).margin(0.02));
}

TEST_CASE("JCGM 101:2008 9.2.3: four rectangular inputs") {
  const double a = 1.7320508075688772;
  const MonteCarloOutput y = output_of(
      "X1+X2+X3+X4",
      {rectangular("X1", 0, a), rectangular("X2", 0, a), rectangular("X3", 0, a), rectangular("X4", 0, a)}, {});
  CHECK(std::fabs(y.mean) < 0.01);
  CHECK(std::fabs(y.standard_uncertainty - 2.0) < 0.005);
  const double analytic = 2 * std::sqrt(3.0) * (2 - std::pow(3.0 / 5, 0.25));  // 3.88, annex E
  CHECK(std::fabs(y.symmetric.lower + analytic) < 0.02);
  CHECK(std::fabs(y.symmetric.upper - analytic) < 0.02);
  // The GUM's [-3.92, 3.92] is valid to two digits.
  const double gum = 2 * 1.959964;  // as the reference values were computed
  const Validation exact = validate({-gum, gum}, {-analytic, analytic}, 2, 2);
  CHECK(exact.tolerance == 0.05);
  CHECK(exact.d_low == Approx(0.04052125865217926).epsilon(1e-9));
  CHECK(exact.d_high == Approx(0.04052125865217926).epsilon(1e-9));
  CHECK(exact.gum_valid);
  CHECK_FALSE(validate({-gum, gum}, {-analytic, analytic}, 2, 3).gum_valid);
}

TEST_CASE("JCGM 101:2008 9.2.4: one dominant rectangular input") {
  const double a = 1.7320508075688772;
  const MonteCarloOutput y = output_of("X1+X2+X3+X4",
                                       {rectangular("X1", 0, a), rectangular("X2", 0, a), rectangular("X3", 0, a),
                                        rectangular("X4", 0, 17.32050807568877)},
                                       {});
  CHECK(std::fabs(y.standard_uncertainty - 10.14889156509222) < 0.02);
  CHECK(std::fabs(y.symmetric.lower - -17.0) < 0.1);
  CHECK(std::fabs(y.symmetric.upper - 17.0) < 0.1);
  const double gum = 19.891462107484408;
  CHECK_FALSE(validate({-gum, gum}, y.symmetric, 10.14889156509222, 2).gum_valid);
}

namespace {

const std::string mass_model = "(m_Rc+dm_Rc)*(1+(rho_a-1.2)*(1/rho_W-1/rho_R))-100000";
std::vector<InputQuantity> mass_inputs() {
  return {normal("m_Rc", 100000, 0.05), normal("dm_Rc", 1.234, 0.02), rectangular("rho_a", 1.2, 0.1),
          rectangular("rho_W", 8000, 1000), rectangular("rho_R", 8000, 50)};
}

}  // namespace

TEST_CASE("JCGM 101:2008 9.3: mass calibration") {
  const MonteCarloOutput y = output_of(mass_model, mass_inputs(), trials(4'000'000));
  CHECK(std::fabs(y.mean - 1.2341) < 0.0005);
  CHECK(std::fabs(y.standard_uncertainty - 0.0754) < 0.0005);
  // Published (7.2e5 trials, tolerance 0.005) and converged ends.
  CHECK(std::fabs(y.shortest.lower - 1.0834) < 0.0025);
  CHECK(std::fabs(y.shortest.upper - 1.3825) < 0.0025);
  CHECK(std::fabs(y.shortest.lower - 1.083914107424789) < 0.0015);
  CHECK(std::fabs(y.shortest.upper - 1.3831249554641545) < 0.0015);
  CHECK(std::fabs(y.symmetric.lower - 1.0843454564601416) < 0.0005);
  CHECK(std::fabs(y.symmetric.upper - 1.383559794499888) < 0.0005);
  CHECK(std::fabs(y.standard_uncertainty - 0.07548346986274346) < 0.0001);

  // First order is wrong, since two sensitivities are zero; second order is valid to one digit (table 6).
  const Validation first = validate({1.1285, 1.3395}, {1.0834, 1.3825}, 0.0754, 1);
  CHECK(first.tolerance == 0.005);
  CHECK(first.d_low == Approx(0.0451).margin(0.0001));
  CHECK(first.d_high == Approx(0.0430).margin(0.0001));
  CHECK_FALSE(first.gum_valid);
  const Validation second = validate({1.087, 1.381}, {1.0834, 1.3825}, 0.0754, 1);
  CHECK(second.d_low == Approx(0.0036).margin(0.0001));
  CHECK(second.d_high == Approx(0.0015).margin(0.0001));
  CHECK(second.gum_valid);
}

TEST_CASE("JCGM 101:2008 9.3 with the adaptive procedure") {
  MonteCarloOptions options;
  options.adaptive = true;
  options.significant_digits = 2;
  const MonteCarloResult result = run(mass_model, mass_inputs(), options);
  const MonteCarloOutput& y = result.outputs.at(0);
  CHECK(result.settled);
  CHECK(y.numerical_tolerance == 0.0005);
  // 7.2e5 trials published, for the ends of the shortest interval alone; the number depends on the draws.
  CHECK(result.trials >= 200'000);
  CHECK(result.trials <= 3'000'000);
  CHECK(result.trials % 10'000 == 0);
  CHECK(std::fabs(y.mean - 1.2341) < 0.0005);
  CHECK(std::fabs(y.standard_uncertainty - 0.0754) < 0.0005);
  CHECK(std::fabs(y.shortest.lower - 1.0834) < 0.0025);
  CHECK(std::fabs(y.shortest.upper - 1.3825) < 0.0025);
  // Fewer digits, fewer trials.
  options.significant_digits = 1;
  const MonteCarloResult coarse = run(mass_model, mass_inputs(), options);
  CHECK(coarse.outputs.at(0).numerical_tolerance == 0.005);
  CHECK(coarse.trials < result.trials);
}

TEST_CASE("JCGM 101:2008 9.4: comparison loss, six variants") {
  struct Row {
    double x1;
    double r;
    double mean;
    double u;
    CoverageInterval shortest;
    CoverageInterval symmetric;
    CoverageInterval published;  // in 1e-6, rounded
  };
  // Means and standard uncertainties in closed form; intervals by 6e6 trials of an independent program.
  const std::vector<Row> rows{
      {0, 0, 5e-05, 5e-05, {0, 0.00014973113744041312}, {1.2731903842317658e-06, 0.00018440815400732417}, {0, 150}},
      {0,
       0.9,
       5e-05,
       6.726812023536856e-05,
       {0, 0.0001847542399983358},
       {5.625617048702789e-07, 0.00024128699319803595},
       {0, 185}},
      {0.01,
       0,
       0.00015,
       0.0001118033988749895,
       {0, 0.00036605745408160357},
       {8.551863978767398e-06, 0.0004273416537601357},
       {0, 367}},
      {0.01,
       0.9,
       0.00015,
       0.00012051970793193951,
       {1.3031986491893722e-05, 0.0003976188448664413},
       {2.9102691673699497e-05, 0.00047811027956918433},
       {13, 398}},
      {0.05,
       0,
       0.00255,
       0.0005024937810560445,
       {0.0015999246814396326, 0.0035535644848724273},
       {0.0016388246448075607, 0.0036020742328729005},
       {1590, 3543}},
      {0.05,
       0.9,
       0.00255,
       0.0005045047076093543,
       {0.0016248312525372172, 0.003556182462261005},
       {0.0016967924981441127, 0.0036604118490434824},
       {1628, 3555}}};
  for (const Row& row : rows) {
    INFO("x1 = " << row.x1 << ", r = " << row.r);
    Eigen::MatrixXd correlation = Eigen::MatrixXd::Identity(2, 2);
    correlation(0, 1) = correlation(1, 0) = row.r;
    const MonteCarloOutput y = output_of("X1^2 + X2^2", {normal("X1", row.x1, 0.005), normal("X2", 0, 0.005)},
                                         trials(10'000'000), correlation);
    CHECK(std::fabs(y.mean - row.mean) < 5 * row.u / std::sqrt(1e7));
    CHECK(y.standard_uncertainty == Approx(row.u).epsilon(0.002));
    CHECK(std::fabs(y.symmetric.lower - row.symmetric.lower) < 2e-6);
    CHECK(std::fabs(y.symmetric.upper - row.symmetric.upper) < 2e-6);
    CHECK(y.shortest.lower >= 0);
    // The least length is flat: the ends move together. The fifth row's published ends lie 10e-6 below the converged
    // ones, of the same length.
    CHECK(std::fabs(y.shortest.lower - row.shortest.lower) < 5e-6);
    CHECK(std::fabs(y.shortest.upper - row.shortest.upper) < 5e-6);
    CHECK(y.shortest.length() == Approx(row.shortest.length()).margin(4e-6));
    CHECK(y.shortest.length() == Approx((row.published.upper - row.published.lower) * 1e-6).margin(5e-6));
  }
}

TEST_CASE("JCGM 101:2008 9.5: gauge block") {
  const std::vector<InputQuantity> inputs{named("L_S", from_standard_uncertainty(50000623, 25, 18)),
                                          named("D", from_standard_uncertainty(215, 6, 24)),
                                          named("d1", from_standard_uncertainty(0, 4, 5)),
                                          named("d2", from_standard_uncertainty(0, 7, 8)),
                                          named("alpha_S", from_bounds(9.5e-6, 13.5e-6, Distribution::rectangular)),
                                          normal("theta0", -0.1, 0.2),
                                          named("Delta", from_limits(0, 0.5, Distribution::arcsine)),
                                          named("d_alpha", from_uncertain_limits(0, 1e-6, 1e-7)),
                                          named("d_theta", from_uncertain_limits(0, 0.05, 0.025))};
  MonteCarloOptions options = trials(4'000'000);
  options.coverage_probability = 0.99;
  const MonteCarloOutput y = output_of(
      "(L_S*(1+alpha_S*(theta0+Delta-d_theta)) + D + d1 + d2)/(1+(alpha_S+d_alpha)*(theta0+Delta)) - 50000000", inputs,
      options);
  CHECK(std::fabs(y.mean - 838) < 1);
  CHECK(std::fabs(y.standard_uncertainty - 36) < 0.6);
  CHECK(std::fabs(y.shortest.lower - 745) < 2.5);
  CHECK(std::fabs(y.shortest.upper - 932) < 2.5);
  // converged
  CHECK(std::fabs(y.mean - 837.9979422231663) < 0.1);
  CHECK(std::fabs(y.standard_uncertainty - 35.8116181440154) < 0.1);
  CHECK(std::fabs(y.symmetric.lower - 744.3363426178694) < 0.6);
  CHECK(std::fabs(y.symmetric.upper - 931.6217853277922) < 0.6);
  CHECK(std::fabs(y.shortest.length() - (931.4677059352398 - 744.1859503462911)) < 0.6);
}

TEST_CASE("NIST TN 1900 E3: viscometer") {
  const MonteCarloOutput y =
      output_of("mu_c*t_m*(rho_b-rho_m)/(t_c*(rho_b-rho_c))",
                {normal("mu_c", 4.63, 0.0463), normal("t_m", 61, 6.1), normal("rho_b", 2217, 0.5),
                 normal("rho_m", 1180, 0.5), normal("t_c", 36.6, 5.49), normal("rho_c", 810, 0.5)},
                trials(4'000'000));
  // The mean of 1/t_c as a series in v = (u/t_c)^2: y (1 + v + 3 v^2 + 15 v^3 + 105 v^4).
  CHECK(std::fabs(y.mean - 5.68740819710969 * (1 + 0.0225 + 3 * 5.0625e-4 + 15 * 1.139063e-5 + 105 * 2.56289e-7)) <
        0.003);
  // suncal's published Monte Carlo result; the GUM gives 5.69 with u = 1.03.
  CHECK(std::fabs(y.mean - 5.82) < 0.006);
  CHECK(std::fabs(y.standard_uncertainty - 1.11) < 0.012);
  CHECK(std::fabs(y.symmetric.lower - 4.05) < 0.02);
  CHECK(std::fabs(y.symmetric.upper - 8.39) < 0.03);
}

TEST_CASE("JCGM 101:2008 6.4.9: few readings") {
  const InputQuantity x = named("x", from_readings({10.0021, 10.0027, 10.0018, 10.0025}));
  CHECK(x.standard_uncertainty == Approx(0.000201556443707655).epsilon(1e-9));
  const MonteCarloOutput y = output_of("x", {x}, trials(10'000'000));
  CHECK(y.mean == Approx(10.002275).margin(1e-6));
  // sqrt(3) times the u of the GUM, slowly: the fourth moment does not exist for nu = 3.
  CHECK(y.standard_uncertainty == Approx(0.00034910600109455475).epsilon(0.03));
  // ... but the same 95 % interval as t_3
  CHECK((y.symmetric.upper - y.symmetric.lower) / 2 == Approx(0.0006414425595836622).epsilon(0.003));

  // Three readings have no standard deviation, two no mean either.
  const MonteCarloResult three = run("x", {named("x", from_readings({1.0, 2.0, 4.0}))}, {});
  CHECK(std::isnan(three.outputs[0].standard_uncertainty));
  CHECK(std::isfinite(three.outputs[0].mean));
  CHECK(three.outputs[0].symmetric.length() / 2 ==
        Approx(4.302652729911275 * std::sqrt(7.0 / 9)).epsilon(0.01));  // t_2 s/sqrt(3)
  REQUIRE(three.notes.size() == 1);
  CHECK_THAT(three.notes[0], Catch::Contains("'x' with 2 degrees of freedom has no standard deviation"));
  const MonteCarloResult two = run("x", {named("x", from_readings({1.0, 2.0}))}, {});
  CHECK(std::isnan(two.outputs[0].mean));
  CHECK(two.outputs[0].symmetric.length() / 2 == Approx(12.706204736174694 * 0.5).epsilon(0.02));  // t_1
}
