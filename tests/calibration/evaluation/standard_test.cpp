// A standard's file: what it may not leave open, and what it may not say of the instrument on the bench.
#include "calibration/evaluation/standard.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "calibration/evaluation/standard_on_bench.h"

using namespace etalon;
using calibration::parse_standard;
using calibration::Standard;

namespace {

const std::string configs = ETALON_SOURCE_DIR "/configs";

std::string text_with(const std::string& right = "", const std::string& wrong = "") {
  std::string text = base::read_file(configs + "/standards/example-5522a.toml");
  if (right.empty()) return text;
  const auto at = text.find(right);
  INFO(right);
  REQUIRE(at != std::string::npos);
  return text.replace(at, right.size(), wrong);
}

drivers::BenchInstrument calibrator(const std::string& driver = "fluke-5522a") {
  drivers::BenchInstrument instrument;
  instrument.name = "calibrator";
  instrument.driver_name = driver;
  instrument.driver = drivers::read_driver_file(configs + "/drivers/" + driver + ".toml");
  instrument.serial = "0000001";
  instrument.position = {"bench.toml", 3, 1};
  return instrument;
}

void check_refused(const std::string& right, const std::string& wrong, const std::vector<std::string>& told,
                   const drivers::BenchInstrument& instrument = calibrator()) {
  INFO(right << " -> " << wrong);
  try {
    calibration::require_agreement(parse_standard(text_with(right, wrong), "s.toml"), instrument);
    FAIL("accepted");
  } catch (const base::InputError& error) {
    for (const std::string& text : told)
      CHECK_THAT(error.what(), Catch::Contains(text));
  }
}

}  // namespace

TEST_CASE("the correction is that of the very range in which the source makes a setting") {
  const Standard standard = parse_standard(text_with(), "s.toml");
  CHECK(standard.correction("dc voltage", 32.99999, "V").gain.estimate == 1.8e-6);
  CHECK(standard.correction("dc voltage", 329999.9, "mV").gain.estimate == 3.2e-6);
  CHECK_THROWS_WITH(standard.correction("dc voltage", 100, "V"),
                    Catch::Contains("up to 100 V") && Catch::Contains("0.3299999 V, 3.299999 V, 32.99999 V"));
  CHECK_THROWS_AS(standard.correction("dc current", 3.299999, "A"), base::InputError);
  CHECK_THROWS_AS(standard.correction("dc voltage", 3.299999, "A"), base::InputError);
  // Certificates write the nominal end.
  CHECK(parse_standard(text_with("\"32.99999 V\"", "\"33 V\""), "s.toml")
            .correction("dc voltage", 32.99999, "V")
            .gain.estimate == 1.8e-6);
  // In another unit of the same kind.
  CHECK(parse_standard(text_with("\"0.3299999 V\"", "\"329.9999 mV\""), "s.toml")
            .correction("dc voltage", 0.3299999, "V")
            .gain.estimate == 2.1e-6);
}

TEST_CASE("a block that holds for several ranges says so") {
  std::string text = text_with();
  const auto begin = text.find("[[corrections]]");
  const auto end = text.find("[[corrections]]", text.find("32.99999 V") - 60);
  text.erase(begin, end - begin);
  CHECK_THROWS_AS(parse_standard(text, "s.toml").correction("dc voltage", 3.299999, "V"), base::InputError);
  const auto at = text.find("\"32.99999 V\"") + 12;
  const Standard standard =
      parse_standard(text.substr(0, at) + "\ncovers = [\"0.3299999 V\", \"3299.999 mV\"]" + text.substr(at), "s.toml");
  CHECK(standard.correction("dc voltage", 3.299999, "V").gain.estimate == 1.8e-6);
  CHECK(standard.correction("dc voltage", 0.3299999, "V").gain.estimate == 1.8e-6);
  CHECK_NOTHROW(calibration::require_agreement(standard, calibrator()));
}

TEST_CASE("what a standard's file may not say") {
  CHECK_NOTHROW(calibration::require_agreement(parse_standard(text_with(), "s.toml"), calibrator()));
  check_refused("quantity     = \"dc voltage\"", "quantity     = \"dc votlage\"",
                {"s.toml:", "dc votlage", "did you mean dc voltage?", "dc current"});
  check_refused("quantity     = \"dc voltage\"", "quantity     = \"dc current\"", {"s.toml:", "has it in A"});
  check_refused("up_to        = \"32.99999 V\"", "up_to        = \"30 V\"",
                {"s.toml:", "30 V is no range of fluke-5522a"});
  check_refused("up_to        = \"32.99999 V\"", "up_to        = \"3.299999 V\"", {"s.toml:", "overlaps"});
  check_refused("up_to        = \"32.99999 V\"", "up_to        = \"0.3299999 V\"", {"s.toml:", "overlaps"});
  check_refused("up_to        = \"32.99999 V\"", "up_to        = \"32.99999 A\"", {"s.toml:", "'A'"});
  check_refused("up_to        = \"32.99999 V\"", "upto = \"1 V\"\nup_to        = \"32.99999 V\"", {"s.toml:", "upto"});
  check_refused("coverage_factor = 2", "coverage_factor = 20", {"s.toml:", "coverage_factor", "20"});
  check_refused("coverage_factor = 2", "coverage_factor = 0.2", {"s.toml:", "coverage_factor"});
  check_refused("valid_until = 2027", "valid_until = 2207", {"s.toml:", "valid_until", "10 years"});
  check_refused("serial = \"0000001\"", "serial = \"0000009\"", {"bench.toml:3", "0000001", "0000009"});
  check_refused("model  = \"5522A\"", "model  = \"5730A\"", {"bench.toml:3", "5730A", "fluke-5522a"});
  check_refused("maker  = \"Fluke\"", "maker  = \"Keysight\"", {"bench.toml:3", "Keysight", "fluke-5522a"});
  drivers::BenchInstrument other_model = calibrator();
  other_model.model = "5520A";
  check_refused("", "", {"bench.toml:3", "5520A", "5522A"}, other_model);
}

TEST_CASE("sizes that no instrument of this accuracy has") {
  // Value, uncertainty and drift; of gain and offset; too large and too small.
  check_refused("value = 2.1e-6", "value = 2.1", {"s.toml:", "gain of 2.1", "2e-05", "5522A data sheet"});
  check_refused("value = 2.1e-6", "value = 2.1e-3", {"gain of 0.0021"});
  check_refused("value = -1.4e-6", "value = -1.4e-3", {"gain of -0.0014"});
  check_refused("expanded_uncertainty = 6e-6", "expanded_uncertainty = 6", {"uncertainty of the gain"});
  check_refused("expanded_uncertainty = 6e-6", "expanded_uncertainty = 6e-12", {"less than a thousandth"});
  check_refused("expanded_uncertainty = 6e-6", "expanded_uncertainty = 0", {"expanded_uncertainty", "is 0"});
  check_refused("half_width = 5e-6", "half_width = 5e-3", {"drift of the gain"});
  check_refused("half_width = 5e-6", "half_width = 5e-12", {"drift of the gain", "less than a thousandth"});
  check_refused("\"0.10 uV\"", "\"0.10 mV\"", {"offset of 0.0001 V"});
  check_refused("\"-2 uV\"", "\"-2 mV\"", {"offset of -0.002 V"});
  check_refused("\"0.1 mV\"", "\"0.1 V\"", {"offset of 0.1 V"});
  check_refused("\"0.4 uV\"", "\"0.4 mV\"", {"uncertainty of the offset"});
  check_refused("\"4 uV\"", "\"4 pV\"", {"uncertainty of the offset", "less than a thousandth"});
  check_refused("half_width = \"0.2 mV\"", "half_width = \"0.2 V\"", {"drift of the offset"});
}

TEST_CASE("where the driver file states no accuracy it is said that nothing was compared") {
  CHECK(calibration::not_compared(parse_standard(text_with(), "s.toml"), calibrator()).empty());
  drivers::BenchInstrument unknown = calibrator();
  for (drivers::Source& source : unknown.driver.sources)
    source.accuracy.reset();
  const Standard standard = parse_standard(text_with("value = 2.1e-6", "value = 2.1"), "s.toml");
  CHECK_NOTHROW(calibration::require_agreement(standard, unknown));
  const auto lines = calibration::not_compared(standard, unknown);
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines.front(), Catch::Contains("not checked") && Catch::Contains("fluke-5522a"));
}

TEST_CASE("the logger of the room is held against what it measures") {
  const auto logger = [&](const std::string& quantity, const std::string& offset) {
    return parse_standard(
        "[standard]\nname = \"Room logger\"\nmaker = \"Vaisala\"\nmodel = \"PTU303\"\nserial = "
        "\"0000001\"\n[certificate]\nnumber = \"R-7\"\nlaboratory = \"Institute\"\ndate = "
        "2026-03-01\nvalid_until = 2027-02-28\n[[corrections]]\nquantity = \"" +
            quantity +
            "\"\nup_to = \"50 degC\"\ngain = { value = 0, expanded_uncertainty = 0, coverage_factor = 2 "
            "}\noffset = { value = \"" +
            offset +
            "\", expanded_uncertainty = \"0.1 K\", coverage_factor = 2 }\ngain_drift = { half_width = 0 "
            "}\noffset_drift = { half_width = \"0.05 K\" }\n",
        "room.toml");
  };
  const drivers::BenchInstrument vaisala = calibrator("vaisala-ptu300");
  CHECK_NOTHROW(calibration::require_agreement(logger("temperature", "-0.3 K"), vaisala));
  CHECK(calibration::not_compared(logger("temperature", "-0.3 K"), vaisala).empty());
  CHECK_THROWS_WITH(calibration::require_agreement(logger("temperature", "3 K"), vaisala),
                    Catch::Contains("room.toml:") && Catch::Contains("offset of 3 degC"));
  CHECK_THROWS_WITH(calibration::require_agreement(logger("temprature", "0.3 K"), vaisala),
                    Catch::Contains("did you mean temperature?"));
  CHECK_THROWS_WITH(calibration::require_agreement(logger("pressure", "0.3 K"), vaisala),
                    Catch::Contains("has it in hPa"));
}
