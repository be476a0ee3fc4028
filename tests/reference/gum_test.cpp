// Published examples of the GUM, EA-4/02, QUAM and TN 1900, solved by the files of configs/examples.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/file.h"
#include "calibration/statistics/statistics.h"
#include "calibration/uncertainty/coverage_region.h"
#include "calibration/uncertainty/uncertainty_evaluation.h"

using namespace etalon;
using namespace etalon::calibration;

namespace {

UncertaintyProblem problem(const std::string& name) {
  const std::string path = std::string(ETALON_SOURCE_DIR) + "/configs/examples/" + name + ".toml";
  return read_uncertainty_problem(base::read_file(path), path);
}

UncertaintyEvaluation evaluated(const std::string& name) {
  UncertaintyOptions options;
  options.monte_carlo = false;
  return evaluate_uncertainty(problem(name), options);
}

// |c|*u of an input.
double contribution(const BudgetResult& result, const std::string& input) {
  for (const BudgetLine& line : result.lines) {
    if (line.input == input) return std::fabs(line.contribution);
  }
  FAIL("no input " << input);
  return 0;
}
double sensitivity(const BudgetResult& result, const std::string& input) {
  for (const BudgetLine& line : result.lines) {
    if (line.input == input) return line.sensitivity;
  }
  FAIL("no input " << input);
  return 0;
}

}  // namespace

TEST_CASE("GUM H.1, end gauge") {
  const UncertaintyEvaluation evaluation = evaluated("gum-h1-end-gauge");
  const BudgetResult& result = evaluation.gum.at(0);
  CHECK(result.value == Approx(50000838).margin(0.5));
  CHECK(result.standard_uncertainty == Approx(32).margin(0.5));
  CHECK(result.standard_uncertainty == Approx(31.663879111008633).epsilon(1e-12));
  // Printed 16 (from rounded components 16.7).
  CHECK(result.effective_degrees_of_freedom == Approx(16.75185573762724).epsilon(1e-9));
  CHECK(result.coverage_factor == Approx(2.92).margin(0.005));
  CHECK(result.expanded_uncertainty == Approx(93).margin(1));
  CHECK(result.expanded_uncertainty == Approx(92.48327619974597).epsilon(1e-9));
  // Table H.1, and the inputs without effect in first order are listed too.
  CHECK(result.lines.size() == 9);
  CHECK(contribution(result, "l_S") == Approx(25));
  CHECK(std::hypot(contribution(result, "d_0"), contribution(result, "d_1"), contribution(result, "d_2")) ==
        Approx(9.7).margin(0.06));
  CHECK(contribution(result, "d_alpha") == Approx(2.9).margin(0.05));
  CHECK(contribution(result, "d_theta") == Approx(16.6).margin(0.05));
  CHECK(sensitivity(result, "alpha_S") == 0);
  CHECK(sensitivity(result, "Delta") == 0);
  // H.1.7: second-order terms of 11.7 nm and 1.7 nm raise u to 34 nm.
  const SecondOrderResult& second = evaluation.second_order.at(0);
  CHECK(second.standard_uncertainty == Approx(34).margin(0.5));
  CHECK(second.second_order_part == Approx(std::hypot(11.7, 1.7)).margin(0.1));
}

TEST_CASE("GUM H.2, simultaneous resistance and reactance") {
  const UncertaintyEvaluation evaluation = evaluated("gum-h2-impedance");
  const std::vector<double> published_y{127.732, 219.847, 254.260};
  const std::vector<double> published_u{0.071, 0.295, 0.236};
  const std::vector<double> y{127.73216992810205, 219.84651191263845, 254.25970194801894};
  const std::vector<double> u{0.07107140739699544, 0.29558167735864393, 0.23633613008237755};
  const std::vector<double> expanded{0.19732586118690662, 0.820666301288562, 0.6561742915486074};
  for (std::size_t k = 0; k < 3; ++k) {
    const BudgetResult& result = evaluation.gum.at(k);
    CHECK(result.value == Approx(published_y[k]).margin(0.001));
    CHECK(result.standard_uncertainty == Approx(published_u[k]).margin(0.001));
    CHECK(result.value == Approx(y[k]).epsilon(1e-13));
    CHECK(result.standard_uncertainty == Approx(u[k]).epsilon(1e-11));
    // Five simultaneous readings: four degrees of freedom for every result (Willink).
    CHECK(result.effective_degrees_of_freedom == Approx(4).epsilon(1e-12));
    CHECK(result.expanded_uncertainty == Approx(expanded[k]).epsilon(1e-9));
  }
  CHECK(evaluation.correlation(0, 1) == Approx(-0.588).margin(0.001));
  CHECK(evaluation.correlation(0, 2) == Approx(-0.485).margin(0.001));
  CHECK(evaluation.correlation(1, 2) == Approx(0.993).margin(0.001));
  CHECK(evaluation.correlation(0, 1) == Approx(-0.5884297844235162).epsilon(1e-11));
  CHECK(evaluation.correlation(1, 2) == Approx(0.9925116489490169).epsilon(1e-11));
  // Of the inputs, table H.2.
  const Eigen::MatrixXd r = problem("gum-h2-impedance").joint.correlation;
  CHECK(r(0, 1) == Approx(-0.36).margin(0.005));
  CHECK(r(0, 2) == Approx(0.86).margin(0.005));
  CHECK(r(1, 2) == Approx(-0.65).margin(0.005));
}

TEST_CASE("GUM 5.2.2, ten resistors of one standard") {
  const BudgetResult result = evaluated("gum-5.2.2-ten-resistors").gum.at(0);
  CHECK(result.standard_uncertainty == Approx(1.0).epsilon(1e-14));
  // The same with correlation coefficients of 1 between resistors of their own: a singular matrix.
  UncertaintyProblem separate = problem("gum-5.2.2-ten-resistors");
  for (InputQuantity& input : separate.joint.inputs)
    input.identity = input.name;
  UncertaintyOptions options;
  options.monte_carlo = false;
  CHECK(evaluate_uncertainty(separate, options).gum.at(0).standard_uncertainty ==
        Approx(0.316227766016838).epsilon(1e-13));
  separate.joint.correlation.setOnes();
  CHECK(evaluate_uncertainty(separate, options).gum.at(0).standard_uncertainty == Approx(1.0).epsilon(1e-14));
}

TEST_CASE("GUM G.4.1, effective degrees of freedom of a product") {
  std::vector<InputQuantity> inputs;
  const std::vector<double> percent{0.25, 0.57, 0.82};
  const std::vector<double> readings{10, 5, 15};
  for (std::size_t i = 0; i < 3; ++i) {
    inputs.push_back(from_standard_uncertainty(1, percent[i] / 100, readings[i] - 1));
    inputs.back().name = inputs.back().identity = "X" + std::to_string(i + 1);
  }
  const MeasurementModel model({{"Y", "X1*X2*X3"}}, {"X1", "X2", "X3"});
  const BudgetResult result = evaluate_budget(model, inputs).at(0);
  CHECK(100 * result.standard_uncertainty == Approx(1.03).margin(0.005));
  CHECK(100 * result.standard_uncertainty == Approx(1.0294658809304948).epsilon(1e-13));
  CHECK(result.effective_degrees_of_freedom == Approx(19.0).margin(0.05));
  CHECK(result.effective_degrees_of_freedom == Approx(18.998742314267954).epsilon(1e-12));
  CHECK(result.coverage_factor == Approx(2.09).margin(0.005));
  CHECK(100 * result.expanded_uncertainty == Approx(2.2).margin(0.05));
}

TEST_CASE("EA-4/02 S2, weight of nominal value 10 kg") {
  const BudgetResult result = evaluated("ea402-s2-weight").gum.at(0);
  CHECK(result.value == Approx(10000.025).margin(1e-6));
  CHECK(result.standard_uncertainty == Approx(0.0293).margin(6e-5));
  CHECK(result.standard_uncertainty == Approx(0.029261749776799063).epsilon(1e-12));
  CHECK(result.coverage_factor == Approx(2).margin(1e-4));
  CHECK(result.expanded_uncertainty == Approx(0.059).margin(6e-4));
}

TEST_CASE("EA-4/02 S3, resistor by substitution") {
  const BudgetResult result = evaluated("ea402-s3-resistor").gum.at(0);
  CHECK(result.value == Approx(10000.1780007665).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.00832800405).margin(2e-8));
  CHECK(result.effective_degrees_of_freedom == Approx(76961).margin(0.5));
  CHECK(1000 * result.expanded_uncertainty == Approx(17).margin(0.5));
  CHECK(contribution(result, "r_C") == Approx(0.004082555573147255).epsilon(1e-12));
  CHECK(contribution(result, "dR_TX") == Approx(0.0031754264805429417).epsilon(1e-12));
}

TEST_CASE("EA-4/02 S4, gauge block of nominal length 50 mm") {
  const BudgetResult result = evaluated("ea402-s4-gauge-block").gum.at(0);
  CHECK(result.value == Approx(49999926).margin(0.5));
  CHECK(result.standard_uncertainty == Approx(36.4).margin(0.06));
  CHECK(result.expanded_uncertainty == Approx(73).margin(0.5));
  CHECK(contribution(result, "dt") == Approx(16.598820239201743).epsilon(1e-9));
  CHECK(contribution(result, "dadT") == Approx(11.8).epsilon(1e-9));
}

TEST_CASE("EA-4/02 S7 and NIST TN 1900 E11, step attenuator") {
  const BudgetResult result = evaluated("ea402-s7-attenuator").gum.at(0);
  CHECK(result.value == Approx(30.04325).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.0224).margin(1e-4));
  CHECK(result.standard_uncertainty == Approx(0.022453615657765706).epsilon(1e-12));
  CHECK(result.effective_degrees_of_freedom == Approx(109.64218636820962).epsilon(1e-9));
  CHECK(result.expanded_uncertainty == Approx(0.045).margin(6e-4));
}

TEST_CASE("EA-4/02 S9, a rectangular input dominates") {
  const BudgetResult result = evaluated("ea402-s9-hand-held-multimeter").gum.at(0);
  CHECK(result.value == Approx(0.1).margin(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.030).margin(0.0005));
  CHECK(result.standard_uncertainty == Approx(0.029574764017091783).epsilon(1e-10));
  CHECK(result.coverage_factor == Approx(1.65).margin(0.005));
  CHECK(result.expanded_uncertainty == Approx(0.05).margin(0.005));
}

TEST_CASE("EA-4/02 S12, water meter with three repetitions") {
  const BudgetResult result = evaluated("ea402-s12-water-meter").gum.at(0);
  CHECK(result.standard_uncertainty == Approx(0.00091).margin(5e-6));
  CHECK(result.standard_uncertainty == Approx(0.0009068627239003707).epsilon(1e-12));
  CHECK(result.effective_degrees_of_freedom == Approx(10.437372839506176).epsilon(1e-9));
  CHECK(result.coverage_factor == Approx(2.28).margin(0.005));
  CHECK(result.expanded_uncertainty == Approx(0.002).margin(0.0005));
}

TEST_CASE("QUAM A1, cadmium calibration standard") {
  const BudgetResult result = evaluated("quam-a1-cadmium-standard").gum.at(0);
  CHECK(result.value == Approx(1002.7).margin(0.01));
  CHECK(result.standard_uncertainty == Approx(0.835199).margin(1e-5));
  // In mg/L of V_T in mL.
  CHECK(sensitivity(result, "V_T") == Approx(-10.0269972).epsilon(1e-9));
}

TEST_CASE("NIST TN 1900 E3, viscometer") {
  const BudgetResult result = evaluated("tn1900-e3-viscometer").gum.at(0);
  CHECK(result.value == Approx(5.69).margin(0.006));
  CHECK(result.standard_uncertainty == Approx(1.03).margin(0.006));
  CHECK(result.standard_uncertainty == Approx(1.0268941893032189).epsilon(1e-12));
}

TEST_CASE("NIST TN 1900 E13, thermal expansion") {
  const BudgetResult result = evaluated("tn1900-e13-thermal-expansion").gum.at(0);
  CHECK(result.value == Approx(1.73e-5).margin(6e-8));
  CHECK(result.standard_uncertainty == Approx(1.8e-6).margin(6e-8));
  CHECK(result.standard_uncertainty == Approx(1.7554772808125785e-6).epsilon(1e-9));
  CHECK(sensitivity(result, "L_0") == Approx(-0.007859788372400917).epsilon(1e-9));
}

TEST_CASE("NIST TN 1900 E15, complex reflection coefficient") {
  const UncertaintyEvaluation evaluation = evaluated("tn1900-e15-reflection-coefficient");
  const BudgetResult& re = evaluation.gum.at(0);
  const BudgetResult& im = evaluation.gum.at(1);
  CHECK(re.value == Approx(0.0074).margin(5e-5));
  CHECK(im.value == Approx(0.0031).margin(5e-5));
  CHECK(re.value == Approx(0.007447790319244106).epsilon(1e-10));
  CHECK(im.value == Approx(0.0030803149514466166).epsilon(1e-10));
  // u of the real part is 0.0050; a program that prints 0.0045 for both is known. The digits are those of the
  // derivatives written out by hand (a recomputation with numerical derivatives differs by 3e-9).
  CHECK(re.standard_uncertainty == Approx(0.004989485446568583).epsilon(1e-12));
  CHECK(im.standard_uncertainty == Approx(0.0045).margin(5e-5));
  CHECK(im.standard_uncertainty == Approx(0.004486309395821818).epsilon(1e-9));
  CHECK(evaluation.correlation(0, 1) == Approx(0.0321).margin(5e-5));
}

TEST_CASE("an implicit model: Pt100") {
  const BudgetResult result = evaluated("implicit-pt100").gum.at(0);
  CHECK(result.value == Approx(100).epsilon(1e-9));
  CHECK(result.standard_uncertainty == Approx(0.012828367102760028).epsilon(1e-9));
  CHECK(sensitivity(result, "R") == Approx(2.6365745623286228).epsilon(1e-9));
  CHECK(sensitivity(result, "R_0") == Approx(-3.65180078042607).epsilon(1e-9));
}

TEST_CASE("JCGM 101 9.2 to 9.5 in first and second order") {
  CHECK(evaluated("jcgm101-9.2.2-normal").gum.at(0).standard_uncertainty == Approx(2));
  CHECK(evaluated("jcgm101-9.2.2-normal").gum.at(0).expanded_uncertainty == Approx(3.919927969080108).epsilon(1e-12));
  CHECK(evaluated("jcgm101-9.2.4-dominant-rectangular").gum.at(0).standard_uncertainty ==
        Approx(10.14889156509222).epsilon(1e-12));
  const UncertaintyEvaluation mass = evaluated("jcgm101-9.3-mass");
  CHECK(mass.gum.at(0).value == Approx(1.2340).margin(0.0005));
  CHECK(mass.gum.at(0).standard_uncertainty == Approx(0.0539).margin(0.0005));
  CHECK(mass.gum.at(0).standard_uncertainty == Approx(0.05385164807134505).epsilon(1e-9));
  CHECK(mass.second_order.at(0).standard_uncertainty == Approx(0.0750).margin(0.0005));
  CHECK(mass.second_order.at(0).standard_uncertainty == Approx(0.0749634738503338).epsilon(1e-5));
  // 9.4, x1 = 0.010, r = 0.9: closed form.
  const UncertaintyEvaluation loss = evaluated("jcgm101-9.4-comparison-loss");
  CHECK(loss.gum.at(0).standard_uncertainty == Approx(1e-4).epsilon(1e-12));
  CHECK(loss.second_order.at(0).standard_uncertainty == Approx(0.0001205197079319395).epsilon(1e-12));
  CHECK(loss.second_order.at(0).bias == Approx(5e-5).epsilon(1e-12));
  const UncertaintyEvaluation block = evaluated("jcgm101-9.5-gauge-block");
  CHECK(block.gum.at(0).value == Approx(838).margin(1));
  CHECK(block.gum.at(0).standard_uncertainty == Approx(32).margin(0.6));
}

TEST_CASE("JCGM 101 clause 8: which results of the GUM are confirmed") {
  const auto valid = [](const std::string& name, int digits) {
    UncertaintyOptions options;
    options.trials.significant_digits = digits;
    const UncertaintyEvaluation evaluation = evaluate_uncertainty(problem(name), options);
    return std::pair(evaluation.validation.at(0)->gum_valid, evaluation.second_order_validation.at(0)->gum_valid);
  };
  CHECK(valid("jcgm101-9.2.2-normal", 2).first);
  CHECK(valid("jcgm101-9.2.3-rectangular", 2).first);
  CHECK_FALSE(valid("jcgm101-9.2.4-dominant-rectangular", 2).first);
  // Table 6: with one digit the first order is not confirmed, the second order is.
  CHECK(valid("jcgm101-9.3-mass", 1) == std::pair(false, true));
}

TEST_CASE("JCGM 102 6.5, coverage factors for several normal outputs") {
  CHECK(ellipsoid_factor(0.95, 2) == Approx(2.45).margin(0.005));
  CHECK(bonferroni_factor(0.95, 2) == Approx(2.24).margin(0.005));
  const std::vector<std::pair<int, std::pair<double, double>>> rows{
      {1, {1.9599639845400538, 1.959963984540054}},  {2, {2.447746830680816, 2.241402727604947}},
      {3, {2.7954834829151074, 2.3939797998185104}}, {4, {3.080215745168048, 2.497705474412374}},
      {5, {3.327235743604043, 2.5758293035489004}},  {10, {4.278672463892877, 2.807033768343811}}};
  for (const auto& [outputs, factors] : rows) {
    CHECK(ellipsoid_factor(0.95, outputs) == Approx(factors.first).epsilon(1e-12));
    CHECK(bonferroni_factor(0.95, outputs) == Approx(factors.second).epsilon(1e-12));
  }
}
