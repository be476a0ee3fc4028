// The three models of the Monte Carlo benchmark: mass calibration (JCGM 101:2008 9.3), gauge block (9.5) and a pressure
// balance with ten inputs; as text with their inputs, and compiled in by hand.
#pragma once

#include <string>
#include <vector>

#include "calibration/uncertainty/input_quantity.h"

namespace etalon {

struct BenchmarkModel {
  std::string expression;
  std::vector<calibration::InputQuantity> inputs;
  double coverage_probability = 0.95;
};

inline BenchmarkModel benchmark_model(const std::string& name) {
  using namespace calibration;
  BenchmarkModel model;
  const auto add = [&](const char* input, InputQuantity quantity) {
    quantity.name = quantity.identity = input;
    model.inputs.push_back(quantity);
  };
  if (name == "mass") {
    model.expression = "(m_Rc+dm_Rc)*(1+(rho_a-1.2)*(1/rho_W-1/rho_R))-100000";
    add("m_Rc", from_standard_uncertainty(100000, 0.05));
    add("dm_Rc", from_standard_uncertainty(1.234, 0.02));
    add("rho_a", from_limits(1.2, 0.1, Distribution::rectangular));
    add("rho_W", from_limits(8000, 1000, Distribution::rectangular));
    add("rho_R", from_limits(8000, 50, Distribution::rectangular));
  } else if (name == "gauge-block") {
    model.coverage_probability = 0.99;
    model.expression =
        "(L_S*(1+alpha_S*(theta0+Delta-d_theta)) + D + d1 + d2)/(1+(alpha_S+d_alpha)*(theta0+Delta)) - 50000000";
    add("L_S", from_standard_uncertainty(50000623, 25, 18));
    add("D", from_standard_uncertainty(215, 6, 24));
    add("d1", from_standard_uncertainty(0, 4, 5));
    add("d2", from_standard_uncertainty(0, 7, 8));
    add("alpha_S", from_bounds(9.5e-6, 13.5e-6, Distribution::rectangular));
    add("theta0", from_standard_uncertainty(-0.1, 0.2));
    add("Delta", from_limits(0, 0.5, Distribution::arcsine));
    add("d_alpha", from_uncertain_limits(0, 1e-6, 1e-7));
    add("d_theta", from_uncertain_limits(0, 0.05, 0.025));
  } else {
    model.expression = "m*g*(1-ra/rm)*cos(th)/(A0*(1+al*(t-20)))+rf*exp(-7e-4*(t-20))*g*h";
    add("m", from_standard_uncertainty(50, 5e-5));
    add("g", from_standard_uncertainty(9.80665, 1e-6));
    add("ra", from_limits(1.2, 0.02, Distribution::rectangular));
    add("rm", from_limits(7920, 20, Distribution::rectangular));
    add("th", from_limits(0, 0.0005, Distribution::rectangular));
    add("A0", from_standard_uncertainty(9.8e-5, 1e-9));
    add("al", from_limits(9.1e-6, 5e-7, Distribution::rectangular));
    add("t", from_standard_uncertainty(21.3, 0.1));
    add("rf", from_limits(912, 2, Distribution::rectangular));
    add("h", from_standard_uncertainty(0.05, 0.001));
  }
  return model;
}

}  // namespace etalon
