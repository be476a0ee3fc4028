#include "acquisition/item_on_bench.h"

#include <catch2/catch.hpp>

#include "drivers/identity_claim.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon;
using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;

namespace {

Item example_item(const std::string& right = "", const std::string& wrong = "") {
  const std::string text = base::read_file(configs + "/items/example-34461a.toml");
  return parse_item(right.empty() ? text : with(text, right, wrong), "item.toml");
}

drivers::Bench bench_with(const std::string& right, const std::string& wrong) {
  return drivers::parse_bench(with(demo_bench_text(), right, wrong), "bench.toml", driver_texts());
}

}  // namespace

TEST_CASE("the item takes its place, and its model narrows the driver file") {
  drivers::Bench bench = drivers::parse_bench(
      with(with(demo_bench_text(), "model   = \"34461A\"\n", ""), "\"fluke-5522a\"", "\"fluke-5502a\""), "bench.toml",
      driver_texts());
  put_item_on_bench(bench, example_item());
  CHECK(bench.in_role("item").model == "34461A");
  // A calibrator as item: 5500A has lower limits than the family.
  drivers::Bench other = bench_with("\"fluke-5522a\"", "\"fluke-5502a\"");
  other.roles["item"] = "calibrator";
  const double family = other.in_role("item").driver.source("dc current")->maximum;
  Item item = example_item("\"34461A\"", "\"5500A\"");
  item.maker = "Fluke";
  item.serial = "0000001";
  put_item_on_bench(other, item);
  const double own = other.in_role("item").driver.source("dc current")->maximum;
  CHECK(own < family);
}

TEST_CASE("bench and item contradict each other") {
  const auto refused = [](drivers::Bench bench, const Item& item, const std::string& one, const std::string& other) {
    CHECK_THROWS_WITH(put_item_on_bench(bench, item),
                      Catch::Contains(one) && Catch::Contains(other) && Catch::Contains("bench.toml:"));
  };
  refused(demo_bench(), example_item("MY00000001", "MY00000002"), "MY00000001", "MY00000002");
  refused(demo_bench(), example_item("\"34461A\"", "\"34470A\""), "34461A", "34470A");
  refused(bench_with("model   = \"34461A\"\n", ""), example_item("\"34461A\"", "\"34470A\""), "34470A",
          "keysight-34461a");
  refused(demo_bench(), example_item("Keysight Technologies", "Fluke"), "maker Fluke", "keysight-34461a");
  // One instrument at two addresses.
  refused(drivers::parse_bench(
              with(with(demo_bench_text(), "vaisala-ptu300", "keysight-34461a"), "\"A0000001\"", "\"MY00000001\""),
              "bench.toml", driver_texts()),
          example_item(), "meter and ambient have the same serial number", "MY00000001");
}

TEST_CASE("the bench file's model is one of the driver file's") {
  CHECK_THROWS_WITH(bench_with("\"34461A\"", "\"34470A\""),
                    Catch::Contains("bench.toml:") && Catch::Contains("34470A is no model"));
}

TEST_CASE("a run goes on with the same instruments at other addresses only") {
  const drivers::Bench begun = demo_bench();
  CHECK_NOTHROW(require_same_instruments(begun, bench_with("/dev/pts/0::9600", "/dev/pts/7::9600")));
  const auto refused = [&](const std::string& right, const std::string& wrong, const std::string& told) {
    CHECK_THROWS_WITH(require_same_instruments(begun, bench_with(right, wrong)), Catch::Contains(told));
  };
  refused("\"A0000001\"", "\"A0000002\"", "serial of ambient is \"A0000002\"");
  refused("\"example-5522a\"", "\"lab-5522a\"", "standard of calibrator");
  refused("model   = \"34461A\"", "model   = \"\"", "model of meter");
  refused("source  = \"calibrator\"", "source  = \"ambient\"", "role source");
}

TEST_CASE("makers and models as plates and replies write them") {
  const auto driver = [](const std::string& name) {
    return drivers::read_driver_file(configs + "/drivers/" + name + ".toml");
  };
  CHECK(drivers::may_be_made_by(driver("fluke-5522a"), "Fluke"));
  CHECK(drivers::may_be_made_by(driver("fluke-5522a"), "Fluke Calibration"));
  CHECK(drivers::may_be_made_by(driver("fluke-5522a"), "福禄克"));
  CHECK(drivers::may_be_made_by(driver("keysight-34461a"), "Agilent Technologies"));
  CHECK(drivers::may_be_made_by(driver("generic-scpi"), "Anybody"));
  CHECK_FALSE(drivers::may_be_made_by(driver("fluke-5522a"), "Keysight Technologies"));
  CHECK_FALSE(drivers::may_be_made_by(driver("keysight-34461a"), "Fluke Technologies"));
  CHECK(drivers::may_be_of_model(driver("fluke-5522a"), "5522A"));
  CHECK(drivers::may_be_of_model(driver("fluke-5522a"), "5520A"));
  CHECK(drivers::may_be_of_model(driver("fluke-5522a"), "5522A/1GHz"));
  CHECK(drivers::may_be_of_model(driver("keysight-3458a"), "3458A"));
  CHECK_FALSE(drivers::may_be_of_model(driver("fluke-5522a"), "5730A"));
  // Every driver file takes its own example.
  for (const auto& entry : std::filesystem::directory_iterator(configs + "/drivers")) {
    const auto file = drivers::read_driver_file(entry.path().string());
    INFO(entry.path());
    const std::string model = drivers::example_model(file);
    CHECK(drivers::may_be_of_model(file, model));
    for (const std::string& name : drivers::names_of_limits(file))
      CHECK((drivers::is_module(file, name) || drivers::may_be_of_model(file, name)));
  }
}
