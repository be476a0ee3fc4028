// Bench files: who stands where, with which serial number, in which role.
#include "drivers/bench.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/file.h"

using namespace etalon::drivers;
using etalon::base::FileError;
using etalon::base::InputError;

namespace {

const std::string drivers_folder = std::string(ETALON_SOURCE_DIR) + "/configs/drivers";

std::map<std::string, std::string> driver_texts() {
  std::map<std::string, std::string> texts;
  for (const std::string name : {"keysight-34461a", "fluke-5522a"})
    texts[name] = etalon::base::read_file(drivers_folder + "/" + name + ".toml");
  return texts;
}

const std::string real_bench = R"([bench]
title = { en = "Voltage bench", zh = "电压装置" }
[roles]
item   = "meter"
source = "calibrator"
[instruments.meter]
driver  = "keysight-34461a"
address = "TCPIP::192.0.2.7::5025::SOCKET"
serial  = "MY00000001"
[instruments.calibrator]
driver   = "fluke-5522a"
address  = "ASRL/dev/ttyUSB0::9600-8N1::INSTR"
serial   = "0000001"
standard = "example-5522a"
)";

std::string with(std::string text, const std::string& right, const std::string& wrong) {
  const std::size_t at = text.find(right);
  REQUIRE(at != std::string::npos);
  return text.replace(at, right.size(), wrong);
}

}  // namespace

TEST_CASE("every shipped bench file is right") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ETALON_SOURCE_DIR) + "/configs/benches")) {
    ++files;
    INFO(entry.path());
    const Bench bench = read_bench(entry.path().string(), drivers_folder);
    CHECK_FALSE(bench.instruments.empty());
    for (const auto& [role, name] : bench.roles)
      CHECK(bench.in_role(role).name == name);
  }
  CHECK(files >= 1);
}

TEST_CASE("a bench file is read with the exact texts it was made from") {
  const Bench bench = parse_bench(real_bench, "bench.toml", driver_texts());
  CHECK(bench.text == real_bench);
  CHECK(bench.title.zh == "电压装置");
  CHECK_FALSE(bench.simulation);
  REQUIRE(bench.instruments.size() == 2);
  CHECK(bench.in_role("source").name == "calibrator");
  CHECK(bench.in_role("source").standard == "example-5522a");
  CHECK(bench.instrument("meter").driver.name == "keysight-34461a");
  CHECK(bench.instrument("meter").driver_text == driver_texts().at("keysight-34461a"));
  CHECK(bench.instrument("meter").position.line == 6);
  CHECK_THROWS_WITH(bench.instrument("logger"), Catch::Contains("no instrument 'logger'"));
  CHECK_THROWS_WITH(bench.in_role("ambient"), Catch::Contains("role 'ambient'") && Catch::Contains("[roles]"));
}

TEST_CASE("each mistake in a bench file is refused at its place") {
  struct Mistake {
    std::string right, wrong;
    int line;
    std::string says;
  };
  const std::vector<Mistake> mistakes = {
      {"title =", "tilte =", 1, "bench.title is missing"},
      {"[roles]", "[rolls]", 1, "roles is missing"},
      {"item   = \"meter\"", "item   = \"metre\"", 4,
       "'metre' is no instrument of this bench; expected one of meter, calibrator"},
      {"driver  = \"keysight-34461a\"", "driver  = \"keysight-34461\"", 7, "no driver file for 'keysight-34461'"},
      {"driver  = \"keysight-34461a\"", "drivver = \"keysight-34461a\"", 6, "driver is missing"},
      {"TCPIP::192.0.2.7::5025::SOCKET", "TCPIP::192.0.2.7::SOCKET", 8, "address"},
      {"TCPIP::192.0.2.7::5025::SOCKET", "GPIB0::22::INSTR", 8, "GPIB"},
      {"TCPIP::192.0.2.7::5025::SOCKET", "ASRL/dev/ttyUSB0::9600-8N1::INSTR", 12, "is that of 'meter' too"},
      {"serial  = \"MY00000001\"", "serial  = 1", 9, "expected a text in quotes"},
      {"serial  = \"MY00000001\"", "", 6, "serial is missing"},
      {"serial  = \"MY00000001\"", "serial  = \"1\"\ntruth = [[1, 2, 3]]", 10, "simulated bench only"},
      {"serial  = \"MY00000001\"", "serial  = \"1\"\nmodule = \"2.00barg\"", 10, "knows no modules"},
      {"standard =", "standart =", 14, "did you mean standard?"},
      {"[instruments.meter]", "[instruments.short]", 7, "copper short"},
  };
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.right << " -> " << mistake.wrong);
    try {
      parse_bench(with(real_bench, mistake.right, mistake.wrong), "bench.toml", driver_texts());
      FAIL_CHECK("not refused");
    } catch (const FileError& error) {
      INFO(error.what());
      CHECK(error.position().file == "bench.toml");
      CHECK(error.position().line == mistake.line);
      CHECK_THAT(error.what(), Catch::Contains(mistake.says));
    }
  }
  for (const auto& [right, wrong] : std::vector<std::pair<std::string, std::string>>{
           {"start = \"2026-06-01T08:00:00Z\"", "start = \"yesterday\""},
           {"start = \"2026-06-01T08:00:00Z\"", "emf_low = \"1 V\""},
           {"start = \"2026-06-01T08:00:00Z\"", "start = \"2026-06-01T08:00:00Z\"\nemf_low = \"1 s\""}}) {
    const std::string simulated = real_bench + "[simulation]\nstart = \"2026-06-01T08:00:00Z\"\n";
    CHECK_NOTHROW(parse_bench(simulated, "bench.toml", driver_texts()));
    CHECK_THROWS_AS(parse_bench(with(simulated, right, wrong), "bench.toml", driver_texts()), FileError);
  }
}

TEST_CASE("a mistake in a driver file is shown in the driver file") {
  auto texts = driver_texts();
  texts["keysight-34461a"] = with(texts["keysight-34461a"], "[link]", "[lnik]");
  CHECK_THROWS_WITH(parse_bench(real_bench, "bench.toml", texts),
                    Catch::StartsWith("keysight-34461a.toml:") && Catch::Contains("lnik"));
  CHECK_THROWS_WITH(read_bench("/nowhere/bench.toml", drivers_folder), Catch::Contains("/nowhere/bench.toml"));
}
