// Which readings cannot be true if the wiring is made, and which outputs are dangerous.
#include "acquisition/wiring_check.h"

#include <catch2/catch.hpp>

#include "acquisition/dangerous_output.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon;
using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;

namespace {

const Point& point_of(const Plan& plan, const std::string& id) {
  for (const Point& point : plan.points)
    if (point.id == id) return point;
  throw std::logic_error(id);
}

}  // namespace

TEST_CASE("slips of sign, range, unit, lead and input are seen; an item that fails its limit is not one") {
  const Plan plan = small_plan();
  const Point& five = point_of(plan, "10 V / 5 V");
  for (const double wrong : {-5.0, 0.5, 50.0, 0.005, 5000.0, 0.0, -2e-5, 10.0, 4.89, 5.11})
    CHECK(contradiction(plan, five, wrong));
  const double mpe = five.limit.of_reading * 5 + five.limit.of_range * 10 + five.limit.floor;
  for (const double error : {0.0, mpe, -mpe, 9.9 * mpe, -9.9 * mpe, 0.099, -0.099})
    CHECK_FALSE(contradiction(plan, five, 5 + error));
  const Point& small = point_of(plan, "100 mV / 100 mV");
  CHECK(contradiction(plan, small, 0.0));
  CHECK_FALSE(contradiction(plan, small, 0.1005));
  const Point& shorted = point_of(plan, "10 V / 0 V (short)");
  CHECK(contradiction(plan, shorted, 9.0));
  CHECK(contradiction(plan, shorted, -0.11));
  CHECK_FALSE(contradiction(plan, shorted, 1e-4));
  CHECK(contradiction(plan, five, 0.0)->find("meter reads 0 V where 5 V are expected") == 0);
}

TEST_CASE("a small value in a large range is not lost in one per cent of the range") {
  const Plan plan = small_plan();
  Point point = point_of(plan, "10 V / 5 V");
  point.nominal = 0.05;  // half a per cent of the range
  CHECK(contradiction(plan, point, 0.0));
  CHECK(contradiction(plan, point, -0.05));
  CHECK_FALSE(contradiction(plan, point, 0.0501));
  CHECK(proves_wiring(plan, point));
  point.nominal = 0;
  CHECK_FALSE(proves_wiring(plan, point));
}

TEST_CASE("the procedure may set the limit, and a plan without it is the text it always was") {
  const Plan usual = small_plan();
  CHECK(plan_to_json(usual).find("wiring_check") == std::string::npos);
  const auto plan_with = [](const std::string& table) {
    return make_plan(parse_procedure(with(procedure_text, "[model]", table + "[model]"), "procedure.toml"),
                     demo_bench());
  };
  const Plan wide = plan_with("[wiring_check]\nof_range = 0.3\n");
  const Point& five = point_of(wide, "10 V / 5 V");
  CHECK_FALSE(contradiction(wide, five, 5 + 2.4));
  CHECK(contradiction(wide, five, 5 + 2.6));  // half of the nominal value ends it
  const Plan read = plan_from_json(plan_to_json(wide));
  REQUIRE(read.wiring_check);
  CHECK(read.wiring_check->of_range == 0.3);
  CHECK(read.wiring_check->permissible_errors == 10);
  CHECK_THROWS_AS(plan_with("[wiring_check]\npermissible_errors = 1\n"), base::FileError);
  CHECK_THROWS_AS(plan_with("[wiring_check]\nof_range = 2\n"), base::FileError);
  CHECK_THROWS_AS(plan_with("[wiring_check]\nlimit = 2\n"), base::FileError);
}

TEST_CASE("dangerous outputs") {
  CHECK_FALSE(dangerous_output("dc voltage", 50, "V"));
  CHECK_FALSE(dangerous_output("dc voltage", -50, "V"));
  CHECK(dangerous_output("dc voltage", 50.1, "V"));
  CHECK(dangerous_output("dc voltage", -60, "V"));
  CHECK(dangerous_output("dc voltage", 0.06, "kV"));
  CHECK_FALSE(dangerous_output("ac voltage", 25, "V"));
  CHECK(dangerous_output("ac voltage", 30, "V"));
  CHECK_FALSE(dangerous_output("resistance", 1e6, "ohm"));
  CHECK_FALSE(dangerous_output("temperature", 400, "degC"));
}
