// Procedure and bench become a flat list of steps, or a refusal before any instrument is touched.
#include "acquisition/plan.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/error.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;
using etalon::base::InputError;

namespace {

Plan plan_of(const std::string& procedure, const std::string& bench = demo_bench_text()) {
  return make_plan(parse_procedure(procedure, "procedure.toml"),
                   etalon::drivers::parse_bench(bench, "bench.toml", driver_texts()));
}

}  // namespace

TEST_CASE("the plan of the small calibration") {
  const Plan plan = small_plan();
  CHECK(plan.unit == "V");
  CHECK(plan.simulated);
  CHECK(plan.settings.at("nplc") == "1");
  CHECK(plan.settings.at("high_impedance") == "ON");
  REQUIRE(plan.points.size() == 5);
  CHECK(plan.points[0].id == "10 V / 0 V (short)");
  CHECK(plan.points[0].shorted);
  CHECK(plan.points[1].range == 0.1);
  CHECK(plan.points[1].nominal == 0.1);
  CHECK(plan.points[1].source_range == 0.3299999);
  CHECK(plan.points[3].id == "10 V / -10 V");
  CHECK(plan.points[3].nominal == -10);
  CHECK(plan.points[3].resolution == Approx(1e-5));
  CHECK(plan.points[3].limit.of_reading == Approx(35e-6));
  CHECK(plan.points[4].touch == plan.points[3].touch);  // the leads are not touched for high voltage
  CHECK(plan.points[0].touch != plan.points[1].touch);
  CHECK(plan.wirings[1].from == "calibrator");
  CHECK(plan.wirings[1].standard == "example-5522a");
  CHECK(plan.wirings[0].from == "short");
  REQUIRE(plan.ambient.size() == 2);
  CHECK(plan.ambient[0].error_limit == Approx(0.2));

  std::set<std::string> ids;
  for (const Point& point : plan.points)
    ids.insert(point.id);
  CHECK(ids.size() == plan.points.size());
  CHECK(plan.steps.front().kind == StepKind::identify);
  CHECK(plan.steps.back().kind == StepKind::make_safe);
  double estimate = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    CHECK(plan.steps[i].number == static_cast<int>(i) + 1);
    CHECK(plan.steps[i].estimate >= 0);
    estimate += plan.steps[i].estimate;
    // Nobody is asked to touch leads before the sources are off.
    if (plan.steps[i].kind == StepKind::prompt) CHECK(plan.steps[i - 1].kind == StepKind::make_safe);
    // The item is on its range before the source is set, settled after it, and then read.
    if (plan.steps[i].kind == StepKind::apply) CHECK(plan.steps[i - 1].kind == StepKind::configure);
    if (plan.steps[i].kind == StepKind::read) CHECK(plan.steps[i - 1].kind == StepKind::environment);
  }
  CHECK(plan.estimate() == Approx(estimate));
  CHECK(plan.estimate() > 120);
}

TEST_CASE("the shipped procedure on the shipped bench is a plan with the values as written") {
  const Plan plan = make_plan(read_procedure(configs + "/procedures/multimeter-dc-voltage.toml"), demo_bench());
  // Read off the procedure by a person: in V, in the plan's order.
  const std::vector<std::pair<double, std::vector<double>>> written{{0.1, {0}},
                                                                    {1, {0}},
                                                                    {10, {0}},
                                                                    {100, {0}},
                                                                    {1000, {0}},
                                                                    {0.1, {0, 0.01, 0.05, 0.1, -0.1}},
                                                                    {1, {0, 0.1, 0.5, 1, -1}},
                                                                    {10, {0, 1, 3, 5, 7, 9, 10, -1, -5, -10}},
                                                                    {100, {10, 50, 100, -100}},
                                                                    {1000, {100, 500, 1000, -1000}}};
  std::size_t p = 0;
  for (const auto& [range, values] : written) {
    for (const double value : values) {
      REQUIRE(p < plan.points.size());
      INFO(plan.points[p].id);
      CHECK(plan.points[p].nominal == value);
      CHECK(plan.points[p].range == range);
      CHECK(plan.points[p].unit == "V");
      CHECK(plan.points[p].shorted == (p < 5));
      ++p;
    }
  }
  CHECK(p == plan.points.size());
}

TEST_CASE("a plan comes back from JSON as it was") {
  for (const Plan& plan :
       {small_plan(), make_plan(read_procedure(configs + "/procedures/multimeter-dc-voltage.toml"), demo_bench())}) {
    const std::string json = plan_to_json(plan);
    const Plan back = plan_from_json(json);
    CHECK(plan_to_json(back) == json);
    REQUIRE(back.points.size() == plan.points.size());
    for (std::size_t i = 0; i < plan.points.size(); ++i) {
      CHECK(back.points[i].nominal == plan.points[i].nominal);
      CHECK(back.points[i].resolution == plan.points[i].resolution);
      CHECK(back.points[i].limit.of_reading == plan.points[i].limit.of_reading);
      CHECK(back.points[i].id == plan.points[i].id);
    }
    REQUIRE(back.steps.size() == plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      CHECK(back.steps[i].kind == plan.steps[i].kind);
      CHECK(back.steps[i].estimate == plan.steps[i].estimate);
    }
    CHECK(back.wirings[0].prompt.zh == plan.wirings[0].prompt.zh);
    CHECK(back.environment.at("temperature").unit == "degC");
  }
}

TEST_CASE("what is no plan is refused") {
  const std::string json = plan_to_json(small_plan());
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"), json.substr(0, json.size() / 2),
        with(json, "\"point\": 1,", "\"point\": 99,"), with(json, "\"point\": 1,", "\"point\": -2,"),
        with(json, "\"wiring\": 1", "\"wiring\": 99"), with(json, "\"number\": 3,", "\"number\": 4,"),
        with(json, "\"readings\": 3", "\"readings\": \"three\""),
        with(json, "\"nominal\": 5.0", "\"nominal\": null")}) {
    INFO(bad.substr(0, 40));
    CHECK_THROWS_AS(plan_from_json(bad), InputError);
  }
}

TEST_CASE("what the bench cannot do is refused with its place") {
  struct Refusal {
    std::string right, wrong;
    std::vector<std::string> says;
  };
  const std::vector<Refusal> of_procedure = {
      {"points   = [\"5 V\", \"-10 V\"]",
       "points = [\"5 V\", \"-12.1 V\"]",
       {"low voltage", "10 V", "-12.1 V", "beyond the range"}},
      {"range    = \"10 V\"", "range    = \"5 V\"", {"short", "5 V", "no such range"}},
      {"points   = [\"1000 V\"]", "points   = [\"1020.1 V\"]", {"1020.1 V", "beyond the source's limits"}},
      {"points   = [\"0 V\"]", "points   = [\"1 V\"]", {"short", "can only be 0"}},
      {"points   = [\"5 V\", \"-10 V\"]", "points = [\"5 V\", \"5 V\"]", {"5 V", "stands twice"}},
      {"points   = [\"5 V\", \"-10 V\"]", "points = [\"5 V\", \"5000 mV\"]", {"5000 mV", "stands twice"}},
      {"range    = \"1000 V\"\npoints   = [\"1000 V\"]",
       "range = \"10 V\"\npoints = [\"5.0 V\"]",
       {"5.0 V", "stands twice"}},
      {"nplc = \"1\"", "nplc = \"3\"", {"settings.nplc", "3", "0.02, 0.2, 1, 10, 100"}},
      {"nplc = \"1\"", "aperture = \"1\"", {"settings.aperture", "keysight-34461a"}},
      {"sources = \"dc voltage\"", "sources = \"resistance\"", {"resistance"}},
      {"from   = \"source\"", "from   = \"ambient\"", {"ambient", "sources nothing"}},
      {"to     = \"item\"\nprompt = \"Connect",
       "to     = \"ambient\"\nprompt = \"Connect",
       {"low voltage", "expected to = \"item\""}},
      {"item    = { measures = [\"dc voltage\"] }", "item    = { measures = [\"mass\"] }", {"meter", "item", "mass"}},
      {"measures = [\"temperature\", \"relative humidity\"]",
       "measures = [\"temperature\", \"dew point\"]",
       {"ambient", "dew point"}},
      {"measures = [\"temperature\", \"relative humidity\"]",
       "measures = [\"temperature\"]",
       {"environment.", "relative humidity"}},
      {"ambient = { measures = [\"temperature\", \"relative humidity\"] }", "", {"environment."}},
      {"temperature         = { from = \"10 degC\", to = \"35 degC\" }",
       "temperature = { from = \"10 V\", to = \"35 V\" }",
       {"temperature", "degC"}},
      {"[roles]", "[roles]\nhelper = { measures = [\"dc voltage\"] }", {"role 'helper'"}}};
  for (const Refusal& refusal : of_procedure) {
    INFO(refusal.right << " -> " << refusal.wrong);
    try {
      plan_of(with(procedure_text, refusal.right, refusal.wrong));
      FAIL_CHECK("not refused");
    } catch (const InputError& error) {
      INFO(error.what());
      for (const std::string& part : refusal.says)
        CHECK_THAT(error.what(), Catch::Contains(part));
    }
  }
  const std::vector<Refusal> of_bench = {
      {"source  = \"calibrator\"", "", {"role 'source'", "[roles]"}},
      {"ambient = \"ambient\"", "", {"role 'ambient'"}},
      {"source  = \"calibrator\"", "source  = \"meter\"", {"meter", "source", "sources no dc voltage"}},
      {"item    = \"meter\"", "item    = \"calibrator\"", {"calibrator", "item", "measures no dc voltage"}},
      {"standard = \"example-5522a\"", "", {"calibrator", "names no measurement standard"}}};
  for (const Refusal& refusal : of_bench) {
    INFO(refusal.right << " -> " << refusal.wrong);
    try {
      plan_of(procedure_text, with(demo_bench_text(), refusal.right, refusal.wrong));
      FAIL_CHECK("not refused");
    } catch (const InputError& error) {
      INFO(error.what());
      for (const std::string& part : refusal.says)
        CHECK_THAT(error.what(), Catch::Contains(part));
      CHECK_THAT(error.what(), Catch::Contains("bench.toml"));
    }
  }
}

TEST_CASE("small values keep every digit") {
  // Nothing is rounded to fit: a point of 10 nV is 10 nV.
  const Plan plan =
      plan_of(with(procedure_text, "points   = [\"100 mV\"]", "points = [\"0.01 uV\", \"1.23456789 mV\"]"));
  CHECK(plan.points[1].nominal == 1e-8);
  CHECK(plan.points[2].nominal == 1.23456789e-3);
}
