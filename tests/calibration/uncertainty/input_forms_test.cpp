// Numbers of an input with units of their own, in a model file.
#include "calibration/uncertainty/input_forms.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "calibration/uncertainty/model_file.h"

using namespace etalon;
using namespace etalon::calibration;
using Catch::Contains;

namespace {

InputQuantity input_x(const std::string& keys) {
  return read_uncertainty_problem("[outputs]\ny = \"x\"\n[inputs.x]\n" + keys + "\n", "m.toml").joint.inputs.front();
}

}  // namespace

TEST_CASE("a text with a unit is converted into the input's") {
  const InputQuantity written = input_x("value = \"1.5 V\"\nhalf_width = \"20 uV\"\nunit = \"mV\"");
  CHECK(written.estimate == Approx(1500));
  CHECK(written.standard_uncertainty == Approx(0.02 / std::sqrt(3.0)));
  CHECK(written.unit == "mV");
  // Numbers and texts beside each other; a number is in the input's unit.
  CHECK(input_x("value = 1500\nstandard_uncertainty = \"20 uV\"\nunit = \"mV\"").standard_uncertainty == Approx(0.02));
  CHECK(input_x("value = \"20 degC\"\nexpanded_uncertainty = \"0.2 K\"\ncoverage_factor = 2\nunit = \"degC\"")
            .standard_uncertainty == Approx(0.1));
  CHECK(input_x("lower = \"19 degC\"\nupper = \"294.15 K\"\nunit = \"degC\"").estimate == Approx(20));
}

TEST_CASE("a text with a unit needs the input's unit, of the same kind") {
  CHECK_THROWS_WITH(input_x("value = \"1.5 V\""), Contains("m.toml:4") && Contains("number"));
  CHECK_THROWS_WITH(input_x("value = \"1.5 A\"\nunit = \"V\""), Contains("m.toml:4"));
  CHECK_THROWS_WITH(input_x("value = 1\nhalf_width = \"3 K\"\nunit = \"V\""), Contains("m.toml:5"));
}
