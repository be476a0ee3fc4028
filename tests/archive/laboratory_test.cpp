// The laboratory's file.
#include "archive/laboratory.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using Catch::Contains;
using tests::with;

namespace {

const std::string laboratory = R"([laboratory]
name     = { en = "Institute", zh = "测试所" }
address  = "2 Example Road"
country  = "CN"
timezone = "Asia/Shanghai"
[persons]
calibrated = "A"
checked    = "B"
approved   = "C"
)";

}  // namespace

TEST_CASE("what a laboratory's file says stands where certificates take it from") {
  const archive::Laboratory read = archive::parse_laboratory(laboratory, "laboratory.toml");
  CHECK(read.contact.name.en == "Institute");
  CHECK(read.contact.name.zh == "测试所");
  CHECK(read.contact.country_code == "CN");
  CHECK(read.contact.code.empty());
  CHECK(read.contact.email.empty());
  CHECK(read.place.en == "2 Example Road");  // the address, when no other place is named
  REQUIRE(read.persons.size() == 3);
  CHECK(read.persons[0].name.en == "A");
  CHECK(read.persons[2].role == archive::PersonRole::approved);
  CHECK(archive::parse_laboratory(with(laboratory, "[persons]", "place = \"Room 5\"\n[persons]"), "l.toml").place.en ==
        "Room 5");
  CHECK_NOTHROW(archive::parse_laboratory(base::read_file(tests::configs + "/laboratory.toml"), "laboratory.toml"));
  CHECK_NOTHROW(archive::parse_laboratory(with(laboratory, "timezone = \"Asia/Shanghai\"\n", ""), "laboratory.toml"));
}

TEST_CASE("what is wrong in a laboratory's file is refused where it stands") {
  const auto refused = [](const std::string& right, const std::string& wrong) {
    try {
      archive::parse_laboratory(with(laboratory, right, wrong), "laboratory.toml");
    } catch (const base::FileError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refused("\"Asia/Shanghai\"", "\"Asia/Peking\""), Contains("laboratory.toml:5") && Contains("timezone"));
  CHECK_THAT(refused("timezone", "time_zone"), Contains("laboratory.toml:5") && Contains("timezone"));
  CHECK_THAT(refused("country  = \"CN\"\n", ""), Contains("country"));
  CHECK_THAT(refused("checked    = \"B\"\n", ""), Contains("checked"));
}
