#include "calibration/uncertainty/budget.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

InputQuantity named(const std::string& name, InputQuantity input, const std::string& identity = "") {
  input.name = name;
  input.identity = identity.empty() ? name : identity;
  return input;
}

std::vector<std::string> names_of(const std::vector<InputQuantity>& inputs) {
  std::vector<std::string> names;
  for (const InputQuantity& input : inputs)
    names.push_back(input.name);
  return names;
}

BudgetResult budget_of(const std::string& expression, const std::vector<InputQuantity>& inputs,
                       const BudgetOptions& options = {}) {
  return evaluate_budget(MeasurementModel({{"y", expression}}, names_of(inputs)), inputs, options).at(0);
}

InputQuantity stated(const std::string& name, double value, double u, double nu = infinite) {
  return named(name, from_standard_uncertainty(value, u, nu));
}
InputQuantity limits(const std::string& name, double value, double a,
                     Distribution distribution = Distribution::rectangular, double nu = infinite) {
  return named(name, from_limits(value, a, distribution, 0, nu));
}

BudgetOptions with_probability(double p, DominanceRule rule = DominanceRule::ea_4_02) {
  BudgetOptions options;
  options.coverage_probability = p;
  options.dominance = rule;
  return options;
}

void check_contributions(const BudgetResult& result, const std::vector<std::pair<std::string, double>>& expected,
                         double relative) {
  REQUIRE(result.lines.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(result.lines[i].input == expected[i].first);
    CHECK(result.lines[i].contribution == Approx(expected[i].second).epsilon(relative).margin(1e-300));
  }
}

}  // namespace

TEST_CASE("EA-4/02 S2: weight of 10 kg") {
  const BudgetResult result = budget_of(
      "m_S+dm_D+dm+dm_C+dB",
      {named("m_S", from_certificate(10000.005, 0.045, CoverageFactor{2})), limits("dm_D", 0, 0.015),
       named("dm", from_readings({0.01, 0.03, 0.02}, 0.025, infinite)), limits("dm_C", 0, 0.01), limits("dB", 0, 0.01)},
      with_probability(0.9545));
  CHECK(result.value == Approx(10000.025).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.029261749776799063).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(0.0293).margin(6e-5));  // published
  CHECK(result.coverage_factor == Approx(2).margin(0.005));
  CHECK(result.expanded_uncertainty == Approx(0.059).margin(0.0005));
  CHECK(result.coverage_factor_origin == CoverageFactorOrigin::normal);
  check_contributions(result,
                      {{"m_S", 0.0225},
                       {"dm_D", 0.008660254037844387},
                       {"dm", 0.014433756729740645},
                       {"dm_C", 0.005773502691896258},
                       {"dB", 0.005773502691896258}},
                      1e-13);
}

TEST_CASE("EA-4/02 S3: resistor of 10 kilohm by substitution") {
  const BudgetResult result = budget_of(
      "(R_S+dR_D+dR_TS)*r_C*r-dR_TX",
      {named("R_S", from_certificate(10000.053, 0.005, CoverageFactor{2})), limits("dR_D", 0.02, 0.01),
       limits("dR_TS", 0, 0.00275), limits("dR_TX", 0, 0.0055), limits("r_C", 1, 1e-6, Distribution::triangular),
       named("r", from_readings({1.0000104, 1.0000107, 1.0000106, 1.0000103, 1.0000105}))},
      with_probability(0.9545));
  CHECK(result.value == Approx(10000.1780007665).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.00832800405).margin(2e-8));  // GUM Workbench
  CHECK(result.standard_uncertainty == Approx(0.008328004097017193).epsilon(1e-8));
  CHECK(result.effective_degrees_of_freedom == Approx(76960.82889497202).epsilon(1e-3));
  CHECK(result.coverage_factor == Approx(2).margin(0.005));
  CHECK(result.expanded_uncertainty == Approx(0.017).margin(0.0005));
  CHECK(result.lines[0].sensitivity == Approx(1.0000105).epsilon(1e-14));
  CHECK(result.lines[3].sensitivity == -1);
  CHECK(result.lines[4].sensitivity == Approx(10000.1780007665).epsilon(1e-14));
  CHECK(result.lines[5].sensitivity == Approx(10000.073).epsilon(1e-14));
}

TEST_CASE("EA-4/02 S4: gauge block of 50 mm") {
  const BudgetResult result =
      budget_of("l_S+dl_D+dl+dl_C-50e6*(11.5e-6*dt+dadT)-dl_V",
                {stated("l_S", 50000020, 15), limits("dl_D", 0, 30),
                 named("dl", from_readings({-100, -90, -80, -90, -110}, 12, infinite)), limits("dl_C", 0, 32),
                 limits("dt", 0, 0.05), stated("dadT", 0, 2.36e-7), limits("dl_V", 0, 6.7)},
                with_probability(0.9545));
  CHECK(result.value == Approx(49999926).margin(0.5));
  CHECK(result.standard_uncertainty == Approx(36.39859200573561).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(36.4).margin(0.06));  // published
  CHECK(result.expanded_uncertainty == Approx(73).margin(0.5));
  CHECK(result.lines[4].contribution == Approx(-16.598820239201743).epsilon(1e-13));
  CHECK(result.lines[5].contribution == Approx(-11.8).epsilon(1e-13));
}

TEST_CASE("EA-4/02 S7: step attenuator of 30 dB") {
  const Distribution arcsine = Distribution::arcsine;
  const BudgetResult result =
      budget_of("L_S+dL_S+dL_D+dL_M+dL_K+dL_ib-dL_ia+dL_0b-dL_0a",
                {named("L_S", from_readings({30.033, 30.058, 30.018, 30.052})), limits("dL_S", 0.003, 0.00433),
                 limits("dL_D", 0, 0.00198, arcsine), limits("dL_M", 0, 0.02828, arcsine),
                 limits("dL_K", 0, 0.003, arcsine), limits("dL_ib", 0, 0.0005196), limits("dL_ia", 0, 0.0005196),
                 stated("dL_0b", 0, 0.002), stated("dL_0a", 0, 0.002)},
                with_probability(0.9545));
  CHECK(result.value == Approx(30.04325).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.0224).margin(1e-4));
  CHECK(result.effective_degrees_of_freedom == Approx(109.64218636820962).epsilon(1e-9));
  CHECK(result.expanded_uncertainty == Approx(0.045).margin(0.0005));
}

TEST_CASE("EA-4/02 S9: digital multimeter at 100 V, one rectangular component dominates") {
  const std::vector<InputQuantity> inputs{stated("V_iX", 100.1, 0),
                                          named("V_S", from_certificate(100, 0.002, CoverageFactor{2})),
                                          limits("dV_iX", 0, 0.05), limits("dV_S", 0, 0.011)};
  const std::string model = "V_iX-V_S+dV_iX-dV_S";
  const BudgetResult result = budget_of(model, inputs);
  CHECK(result.value == Approx(0.1).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.029574764017091783).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(0.030).margin(0.0005));  // published
  CHECK(result.coverage_factor_origin == CoverageFactorOrigin::dominant_rectangular);
  CHECK(result.coverage_factor == Approx(1.65).margin(0.005));       // published; p*sqrt(3) = 1.645
  CHECK(result.expanded_uncertainty == Approx(0.05).margin(0.005));  // published
  CHECK(result.lines[0].contribution == 0);
  CHECK(result.lines[0].sensitivity == 1);
  CHECK(result.lines[1].contribution == Approx(-0.001).epsilon(1e-14));

  // The published k follows from the shape of the dominant part alone, while the interval is taken about the whole u.
  // Exactly, k is 1.708: the rest (u = 0.0064 V against 0.0289 V) is not quite negligible. U rounds to the same 0.05 V.
  // By hand, without the 1 mV: two rectangles make a trapezoid whose tails beyond w hold (0.061 - w)^2/(4*0.05*0.011).
  const BudgetResult exact = budget_of(model, inputs, with_probability(0.95, DominanceRule::convolution));
  CHECK(exact.expanded_uncertainty == Approx(0.061 - std::sqrt(0.05 * 4 * 0.05 * 0.011)).epsilon(2e-3));
  CHECK(exact.coverage_factor == Approx(1.708).margin(0.002));
  CHECK(exact.coverage_factor_origin == CoverageFactorOrigin::dominant_rectangular);
  const BudgetResult plain = budget_of(model, inputs, with_probability(0.95, DominanceRule::none));
  CHECK(plain.coverage_factor == Approx(1.96).margin(0.001));
  CHECK(plain.coverage_factor_origin == CoverageFactorOrigin::normal);
}

TEST_CASE("the coverage of U for a dominant component, by simulation") {
  // Independent of the formulas: how often does the output stay within U? The rule of EA-4/02 falls somewhat short of
  // 95 % in S9, the convolution does not.
  const std::vector<InputQuantity> inputs{stated("a", 0, 0.001), limits("b", 0, 0.05), limits("c", 0, 0.011)};
  const double exact =
      budget_of("a+b+c", inputs, with_probability(0.95, DominanceRule::convolution)).expanded_uncertainty;
  const double published = budget_of("a+b+c", inputs).expanded_uncertainty;
  std::mt19937_64 random(20240501);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(-1, 1);
  const int trials = 400000;
  int in_exact = 0;
  int in_published = 0;
  for (int i = 0; i < trials; ++i) {
    const double y = std::fabs(0.001 * normal(random) + 0.05 * uniform(random) + 0.011 * uniform(random));
    in_exact += y <= exact ? 1 : 0;
    in_published += y <= published ? 1 : 0;
  }
  CHECK(in_exact / double(trials) == Approx(0.95).margin(0.0015));
  CHECK(in_published / double(trials) ==
        Approx(1 - std::pow(0.061 - published, 2) / (4 * 0.05 * 0.011)).margin(0.0015));
}

TEST_CASE("dominance by two rectangles or by a trapezoid, and its limit") {
  // EA-4/02 S10: half-widths in the ratio 2 to 1 make a trapezoid of beta = 1/3.
  const BudgetResult two = budget_of("a+b+c", {limits("a", 0, 2), limits("b", 0, 1), stated("c", 0, 0.1)});
  CHECK(two.coverage_factor_origin == CoverageFactorOrigin::dominant_trapezoidal);
  CHECK(two.coverage_factor == Approx(1.83).margin(0.005));
  InputQuantity trapezoid = from_limits(0, 3, Distribution::trapezoidal, 1.0 / 3);
  const BudgetResult one = budget_of("a+c", {named("a", trapezoid), stated("c", 0, 0.1)});
  CHECK(one.coverage_factor_origin == CoverageFactorOrigin::dominant_trapezoidal);
  CHECK(one.coverage_factor == Approx(two.coverage_factor).epsilon(1e-12));
  // u of the rectangle is 1; the limit lies at 0.3.
  const double a = std::sqrt(3.0);
  CHECK(budget_of("a+c", {limits("a", 0, a), stated("c", 0, 0.2999)}).coverage_factor_origin ==
        CoverageFactorOrigin::dominant_rectangular);
  CHECK(budget_of("a+c", {limits("a", 0, a), stated("c", 0, 0.3001)}).coverage_factor_origin ==
        CoverageFactorOrigin::normal);
  // A large normal or arcsine component is no rectangle, nor is one whose half-width is itself uncertain.
  CHECK(budget_of("a+c", {stated("a", 0, 1), stated("c", 0, 0.1)}).coverage_factor_origin ==
        CoverageFactorOrigin::normal);
  CHECK(budget_of("a+c", {limits("a", 0, a, Distribution::arcsine), stated("c", 0, 0.1)}).coverage_factor_origin ==
        CoverageFactorOrigin::normal);
  CHECK(budget_of("a+c", {limits("a", 0, a, Distribution::rectangular, 50), stated("c", 0, 0.1)})
            .coverage_factor_origin == CoverageFactorOrigin::student_t);
  // A few readings beside a dominant rectangle do not bring t in.
  CHECK(budget_of("a+c", {limits("a", 0, a), stated("c", 0, 0.1, 2)}).coverage_factor == Approx(0.95 * a));
  // The same quantity twice is one rectangle, not a trapezoid.
  CHECK(budget_of("a+b", {named("a", from_limits(0, 1, Distribution::rectangular), "same"),
                          named("b", from_limits(0, 1, Distribution::rectangular), "same")})
            .coverage_factor == Approx(0.95 * a));
}

TEST_CASE("a rest of few degrees of freedom counts as far as it reaches") {
  // u of the rest is 0.17 of the rectangle's, below the limit of 0.3; as a t it reaches further.
  const auto with_rest = [](double nu) { return budget_of("x + r", {limits("x", 0, 1), stated("r", 0, 0.1, nu)}); };
  CHECK(with_rest(1).coverage_factor_origin == CoverageFactorOrigin::student_t);
  CHECK(with_rest(1).expanded_uncertainty > 1.14);
  CHECK(with_rest(2).coverage_factor_origin == CoverageFactorOrigin::student_t);             // 0.1*4.30/1.96 = 0.22
  CHECK(with_rest(3).coverage_factor_origin == CoverageFactorOrigin::dominant_rectangular);  // 0.162, below 0.173
  CHECK(with_rest(infinite).coverage_factor_origin == CoverageFactorOrigin::dominant_rectangular);
  // Two rectangles, too.
  const auto two = [](double nu) {
    return budget_of("x + z + r", {limits("x", 0, 1), limits("z", 0, 0.8), stated("r", 0, 0.1, nu)});
  };
  CHECK(two(1).coverage_factor_origin == CoverageFactorOrigin::student_t);
  CHECK(two(infinite).coverage_factor_origin == CoverageFactorOrigin::dominant_trapezoidal);
}

TEST_CASE("GUM H.1: end gauge, first order") {
  const BudgetResult result = budget_of(
      "l_s + d0 + d1 + d2 - l_s*(d_alpha*(theta_bar+Delta) + alpha_s*d_theta)",
      {stated("l_s", 50000623, 25, 18), stated("d0", 215, 5.8, 24), stated("d1", 0, 3.9, 5), stated("d2", 0, 6.7, 8),
       limits("alpha_s", 1.15e-5, 2e-6), stated("theta_bar", -0.1, 0.2), limits("Delta", 0, 0.5, Distribution::arcsine),
       limits("d_alpha", 0, 1e-6, Distribution::rectangular, 50),
       limits("d_theta", 0, 0.05, Distribution::rectangular, 2)},
      with_probability(0.99));
  CHECK(result.value == Approx(50000838).margin(0.5));
  CHECK(result.standard_uncertainty == Approx(31.663879111008633).epsilon(1e-9));
  CHECK(result.standard_uncertainty == Approx(32).margin(0.5));  // published
  CHECK(result.effective_degrees_of_freedom == Approx(16.75185573762724).epsilon(1e-9));
  CHECK(result.effective_degrees_of_freedom == Approx(16.7).margin(0.2));  // published, from rounded components
  CHECK(result.coverage_factor == Approx(2.92).margin(0.005));             // published, at 16 degrees of freedom
  // The GUM prints 93 nm = 32 nm * 2.92 with the rounded u; unrounded it is 92.5 nm.
  CHECK(result.expanded_uncertainty == Approx(92.48327619974597).epsilon(1e-9));
  CHECK(result.expanded_uncertainty == Approx(93).margin(0.6));
  // Inputs without effect at first order stay in the budget.
  REQUIRE(result.lines.size() == 9);
  for (std::size_t i : {4, 5, 6}) {
    CHECK(result.lines[i].standard_uncertainty > 0);
    CHECK(result.lines[i].contribution == 0);
  }
  CHECK(std::fabs(result.lines[7].contribution) == Approx(2.8867873148698995).epsilon(1e-6));
  CHECK(std::fabs(result.lines[8].contribution) == Approx(16.599027060501925).epsilon(1e-9));
}

TEST_CASE("GUM G.4.1: effective degrees of freedom of a product") {
  const BudgetResult result = budget_of(
      "7*X1*X2*X3", {stated("X1", 2, 2 * 0.0025, 9), stated("X2", -3, 3 * 0.0057, 4), stated("X3", 5, 5 * 0.0082, 14)});
  CHECK(result.standard_uncertainty / std::fabs(result.value) == Approx(0.010294658809304948).epsilon(1e-12));
  CHECK(result.effective_degrees_of_freedom == Approx(18.998742314267954).epsilon(1e-12));
  CHECK(result.effective_degrees_of_freedom == Approx(19.0).margin(0.05));  // published
  CHECK(result.coverage_factor == Approx(2.09).margin(0.005));              // published
  CHECK(result.expanded_uncertainty / std::fabs(result.value) == Approx(0.022).margin(0.0005));
}

TEST_CASE("EA-4/02 S12: water meter, few repeats") {
  const BudgetResult result =
      budget_of("e_av+rest", {stated("e_av", 0, 0.0006, 2), stated("rest", 0, 0.00068)}, with_probability(0.9545));
  CHECK(result.standard_uncertainty == Approx(0.0009068627239003707).epsilon(1e-12));
  CHECK(result.effective_degrees_of_freedom == Approx(10.437372839506176).epsilon(1e-12));
  CHECK(result.coverage_factor == Approx(2.28).margin(0.005));  // published, at 10 degrees of freedom
  CHECK(result.expanded_uncertainty == Approx(0.002).margin(0.0005));
}

TEST_CASE("QUAM A1: cadmium standard") {
  const BudgetResult result =
      budget_of("1000*m*P/(V_flask+V_rep+V_T)", {stated("m", 100.28, 0.05), limits("P", 0.9999, 0.0001),
                                                 limits("V_flask", 100, 0.1, Distribution::triangular),
                                                 stated("V_rep", 0, 0.02), limits("V_T", 0, 0.084)});
  CHECK(result.value == Approx(1002.69972).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(0.8351992267684394).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(0.835199).margin(1e-5));
  check_contributions(result,
                      {{"m", 0.49995},
                       {"P", 0.05789668499433568},
                       {"V_flask", -0.40935044653859415},
                       {"V_rep", -0.200539944},
                       {"V_T", -0.48628352073702447}},
                      1e-12);
}

TEST_CASE("NIST TN 1900 E3: viscometer, first order") {
  const BudgetResult result =
      budget_of("mu_c*t_m*(rho_b-rho_m)/(t_c*(rho_b-rho_c))",
                {stated("mu_c", 4.63, 0.0463), stated("t_m", 61.0, 6.1), stated("rho_b", 2217, 0.5),
                 stated("rho_m", 1180, 0.5), stated("t_c", 36.6, 5.49), stated("rho_c", 810, 0.5)});
  CHECK(result.value == Approx(5.68740819710969).epsilon(1e-12));
  CHECK(result.standard_uncertainty == Approx(1.0268941893032189).epsilon(1e-12));
}

TEST_CASE("GUM 5.2.2: ten resistors calibrated against one standard") {
  std::vector<InputQuantity> inputs;
  std::string sum;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "R" + std::to_string(i);
    inputs.push_back(stated(name, 1000, 0.1));
    sum += (i == 0 ? "" : "+") + name;
  }
  CHECK(budget_of(sum, inputs).standard_uncertainty == Approx(0.316227766016838).epsilon(1e-13));  // printed 0.32
  BudgetOptions options;
  options.correlation = Eigen::MatrixXd::Ones(10, 10);
  const BudgetResult correlated = budget_of(sum, inputs, options);
  CHECK(correlated.standard_uncertainty == Approx(1).epsilon(1e-13));
  CHECK(correlated.components.size() == 1);
  for (InputQuantity& input : inputs)
    input.identity = "the standard";
  CHECK(budget_of(sum, inputs).standard_uncertainty == Approx(1).epsilon(1e-13));
}

TEST_CASE("GUM H.2: correlated inputs, several outputs") {
  const MeasurementModel model({{"R", "V/I*cos(phi)"}, {"X", "V/I*sin(phi)"}, {"Z", "V/I"}}, {"V", "I", "phi"});
  const std::vector<InputQuantity> inputs{named("V", from_readings({5.007, 4.994, 5.005, 4.990, 4.999})),
                                          named("I", from_readings({0.019663, 0.019639, 0.019640, 0.019685, 0.019678})),
                                          named("phi", from_readings({1.0456, 1.0438, 1.0468, 1.0428, 1.0433}))};
  BudgetOptions options;
  options.correlation = Eigen::MatrixXd::Identity(3, 3);
  options.correlation(0, 1) = options.correlation(1, 0) = -0.35531121981751196;
  options.correlation(0, 2) = options.correlation(2, 0) = 0.8576242108399618;
  options.correlation(1, 2) = options.correlation(2, 1) = -0.6451112176892569;
  const std::vector<BudgetResult> results = evaluate_budget(model, inputs, options);
  const double values[] = {127.73216992810205, 219.84651191263845, 254.25970194801894};
  const double uncertainties[] = {0.07107140739699544, 0.29558167735864393, 0.23633613008237755};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(results[i].value == Approx(values[i]).epsilon(1e-13));
    CHECK(results[i].standard_uncertainty == Approx(uncertainties[i]).epsilon(1e-10));
    // Observed together: four degrees of freedom, where the plain Welch-Satterthwaite formula would give others.
    CHECK(results[i].effective_degrees_of_freedom == Approx(4).epsilon(1e-12));
    CHECK(results[i].correlated_degrees_of_freedom);
    double share = 0;
    for (const BudgetLine& line : results[i].lines)
      share += line.variance_share;
    CHECK(share == Approx(1).epsilon(1e-12));
  }
  const Eigen::MatrixXd covariances = covariance_matrix(results);
  const auto r = [&](int i, int j) { return covariances(i, j) / std::sqrt(covariances(i, i) * covariances(j, j)); };
  CHECK(r(0, 1) == Approx(-0.5884297844235162).epsilon(1e-9));
  CHECK(r(0, 2) == Approx(-0.48525922420992756).epsilon(1e-9));
  CHECK(r(1, 2) == Approx(0.9925116489490169).epsilon(1e-9));
  CHECK(results[0].expanded_uncertainty == Approx(0.19732586118690662).epsilon(1e-9));
}

TEST_CASE("points that share a reference are correlated by the product of contributions") {
  // Two points of one range: the calibrator's error is common, noise and resolution are each point's own.
  const auto point = [](int number, double reference) {
    const std::string own = "point " + std::to_string(number) + ", ";
    return std::vector<InputQuantity>{
        named("indication", from_readings({reference + 1e-6, reference + 3e-6, reference + 2e-6}), own + "readings"),
        named("resolution", from_limits(0, 5e-7, Distribution::rectangular), own + "resolution"),
        named("reference", from_certificate(reference, 20e-6 * reference, CoverageFactor{2}),
              "calibrator, 10 V range")};
  };
  const BudgetResult one = budget_of("indication + resolution - reference", point(1, 1));
  const BudgetResult ten = budget_of("indication + resolution - reference", point(2, 10));
  CHECK(covariance(one, ten) == Approx(10e-6 * 100e-6).epsilon(1e-12));
  CHECK(covariance(ten, one) == covariance(one, ten));
  CHECK(covariance(one, one) == Approx(one.standard_uncertainty * one.standard_uncertainty).epsilon(1e-14));
  CHECK(one.components.at("calibrator, 10 V range").contribution == Approx(-10e-6));
  const Eigen::MatrixXd matrix = covariance_matrix({one, ten});
  CHECK(matrix == matrix.transpose());
  CHECK(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix).eigenvalues().minCoeff() > 0);
  // Signs matter: a reference that enters with the other sign.
  const BudgetResult opposite = budget_of("reference - indication + resolution", point(3, 1));
  CHECK(covariance(one, opposite) == Approx(-10e-6 * 10e-6).epsilon(1e-12));
}

TEST_CASE("a common reference cancels in a difference") {
  const InputQuantity a = named("a", from_standard_uncertainty(5, 0.1), "ref");
  const InputQuantity b = named("b", from_standard_uncertainty(3, 0.1), "ref");
  const BudgetResult result = budget_of("a - b", {a, b});
  CHECK(result.value == 2);
  CHECK(result.standard_uncertainty == 0);
  CHECK(result.zero_uncertainty);
  CHECK(budget_of("a + b", {a, b}).standard_uncertainty == Approx(0.2).epsilon(1e-14));
}

TEST_CASE("properties of random budgets") {
  std::mt19937_64 random(42);
  std::uniform_real_distribution<double> uniform(0.5, 2);
  for (int trial = 0; trial < 30; ++trial) {
    const std::vector<InputQuantity> inputs{
        stated("a", uniform(random), uniform(random), std::floor(5 * uniform(random))),
        limits("b", uniform(random), uniform(random)), stated("c", uniform(random), uniform(random), 7),
        limits("d", uniform(random), uniform(random), Distribution::triangular)};
    const std::string model = "a*b + c/d - a";
    const BudgetResult result = budget_of(model, inputs);

    // Order of inputs.
    std::vector<InputQuantity> shuffled = inputs;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const BudgetResult again = budget_of(model, shuffled);
    CHECK(again.value == result.value);
    CHECK(again.standard_uncertainty == Approx(result.standard_uncertainty).epsilon(1e-14));
    CHECK(again.effective_degrees_of_freedom == Approx(result.effective_degrees_of_freedom).epsilon(1e-13));
    CHECK(covariance(again, result) == Approx(std::pow(result.standard_uncertainty, 2)).epsilon(1e-13));

    // Unit of the output: volt to microvolt, and to a size where squares would underflow.
    for (double scale : {1e6, 1e-170}) {
      const BudgetResult scaled = budget_of("(" + model + ")*" + std::to_string(1) + "*s", [&] {
        std::vector<InputQuantity> more = inputs;
        more.push_back(named("s", constant(scale)));
        return more;
      }());
      CHECK(scaled.value == Approx(result.value * scale).epsilon(1e-13));
      CHECK(scaled.standard_uncertainty == Approx(result.standard_uncertainty * scale).epsilon(1e-13));
      CHECK(scaled.coverage_factor == Approx(result.coverage_factor).epsilon(1e-13));
      CHECK(scaled.effective_degrees_of_freedom == Approx(result.effective_degrees_of_freedom).epsilon(1e-12));
    }

    // Unit of an input: a in milli.
    std::vector<InputQuantity> milli = inputs;
    milli[0].estimate *= 1000;
    milli[0].standard_uncertainty *= 1000;
    const BudgetResult converted = budget_of("a/1000*b + c/d - a/1000", milli);
    CHECK(converted.standard_uncertainty == Approx(result.standard_uncertainty).epsilon(1e-13));
    CHECK(converted.lines[0].contribution == Approx(result.lines[0].contribution).epsilon(1e-13));

    // Variance shares add up, contributions add in quadrature.
    double shares = 0;
    double squares = 0;
    for (const BudgetLine& line : result.lines) {
      shares += line.variance_share;
      squares += line.contribution * line.contribution;
      CHECK(line.contribution == line.sensitivity * line.standard_uncertainty);
    }
    CHECK(shares == Approx(1).epsilon(1e-13));
    CHECK(std::sqrt(squares) == Approx(result.standard_uncertainty).epsilon(1e-13));
    CHECK(result.effective_degrees_of_freedom >= std::min(inputs[0].degrees_of_freedom, 7.0) * (1 - 1e-12));
  }
}

TEST_CASE("correlated degrees of freedom are the smallest of the group") {
  BudgetOptions options;
  options.correlation = Eigen::MatrixXd::Identity(3, 3);
  options.correlation(0, 1) = options.correlation(1, 0) = 0.5;
  const BudgetResult result =
      budget_of("a+b+c", {stated("a", 0, 1, 5), stated("b", 0, 1, 20), stated("c", 0, 1, 9)}, options);
  // u^2 = (1 + 1 + 1) + 1: 9 = 3^2 for the group, 1 for c.
  CHECK(result.standard_uncertainty == Approx(2).epsilon(1e-14));
  CHECK(result.effective_degrees_of_freedom == Approx(16 / (9.0 / 5 + 1.0 / 9)).epsilon(1e-13));
  CHECK(result.correlated_degrees_of_freedom);
  CHECK(result.components.size() == 3);
  CHECK(result.components.at("a").contribution == Approx(1.5));
  CHECK(result.components.at("b, part independent of a (r = 0.5)").contribution == Approx(std::sqrt(0.75)));
  CHECK_FALSE(budget_of("a+b", {stated("a", 0, 1, 5), stated("b", 0, 1, 20)}).correlated_degrees_of_freedom);
}

TEST_CASE("a budget without uncertainty is legal and flagged") {
  const BudgetResult result = budget_of("a + 2*b", {named("a", constant(1)), stated("b", 2, 0)});
  CHECK(result.value == 5);
  CHECK(result.standard_uncertainty == 0);
  CHECK(result.expanded_uncertainty == 0);
  CHECK(result.coverage_factor_origin == CoverageFactorOrigin::none);
  CHECK(result.zero_uncertainty);
  CHECK(result.components.empty());
  CHECK(std::isinf(result.effective_degrees_of_freedom));
  CHECK(budget_of("3", {}).zero_uncertainty);
}

TEST_CASE("budgets refuse what they cannot judge") {
  using Catch::Contains;
  const InputQuantity a = stated("a", 1, 1);
  const InputQuantity b = stated("b", 1, 1);
  const MeasurementModel model({{"y", "a + b"}}, {"a", "b"});
  CHECK_THROWS_WITH(evaluate_budget(model, {a}), Contains("'b' is not given"));
  CHECK_THROWS_WITH(evaluate_budget(model, {a, b, stated("c", 1, 1)}), Contains("'c' is not an input"));
  CHECK_THROWS_WITH(evaluate_budget(model, {a, b, a}), Contains("given twice"));
  InputQuantity nameless = b;
  nameless.identity.clear();
  CHECK_THROWS_WITH(evaluate_budget(model, {a, nameless}), Contains("'b' has no identity"));
  InputQuantity negative = b;
  negative.standard_uncertainty = -1;
  CHECK_THROWS_WITH(evaluate_budget(model, {a, negative}), Contains("input 'b'"));
  InputQuantity other = b;
  other.identity = "a";
  other.degrees_of_freedom = 5;
  CHECK_THROWS_WITH(evaluate_budget(model, {a, other}), Contains("differ in distribution or degrees of freedom"));
  CHECK_THROWS_AS(evaluate_budget(model, {a, b}, with_probability(95)), InputError);

  BudgetOptions options;
  options.correlation = Eigen::MatrixXd::Identity(3, 3);
  CHECK_THROWS_WITH(evaluate_budget(model, {a, b}, options), Contains("3 x 3"));
  options.correlation = Eigen::MatrixXd::Identity(2, 2);
  options.correlation(0, 1) = 0.5;
  CHECK_THROWS_WITH(evaluate_budget(model, {a, b}, options), Contains("'a' and 'b'"));
  options.correlation(0, 1) = options.correlation(1, 0) = 1.5;
  CHECK_THROWS_AS(evaluate_budget(model, {a, b}, options), InputError);
  const MeasurementModel three({{"y", "a + b + c"}}, {"a", "b", "c"});
  options.correlation = Eigen::MatrixXd::Identity(3, 3);
  options.correlation(0, 1) = options.correlation(1, 0) = 0.9;
  options.correlation(0, 2) = options.correlation(2, 0) = 0.9;
  options.correlation(1, 2) = options.correlation(2, 1) = -0.9;
  CHECK_THROWS_WITH(evaluate_budget(three, {a, b, stated("c", 1, 1)}, options), Contains("contradict"));
}
