// Procedure files, and what is refused in them.
#include "acquisition/procedure.h"

#include <catch2/catch.hpp>

#include "acquisition/item.h"
#include "base/error.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;
using etalon::base::FileError;

TEST_CASE("the shipped procedures and items are right") {
  for (const auto& entry : std::filesystem::directory_iterator(configs + "/procedures")) {
    INFO(entry.path());
    const Procedure procedure = read_procedure(entry.path().string());
    CHECK_FALSE(procedure.wirings.empty());
    CHECK_FALSE(procedure.title.zh.empty());
  }
  for (const auto& entry : std::filesystem::directory_iterator(configs + "/items")) {
    INFO(entry.path());
    const std::string text = etalon::base::read_file(entry.path().string());
    const Item item = parse_item(text, "item.toml");
    CHECK(item.text == text);
    CHECK_FALSE(item.serial.empty());
  }
}

TEST_CASE("a procedure says what it says") {
  const Procedure procedure = small_procedure();
  CHECK(procedure.text == procedure_text);
  CHECK(procedure.title.zh == "小型校准");
  CHECK(procedure.quantity == "dc voltage");
  CHECK(procedure.roles.at("source").sources == "dc voltage");
  CHECK(procedure.environment.at("temperature").to == 35);
  CHECK(procedure.settling.window_readings == 3);
  CHECK(procedure.settling.dwell == 5);
  REQUIRE(procedure.wirings.size() == 3);
  CHECK(procedure.wirings[1].wait == 60);
  CHECK(procedure.wirings[1].touched);
  CHECK_FALSE(procedure.wirings[2].touched);
  CHECK(procedure.wirings[1].ranges[1].points == std::vector<std::string>{"5 V", "-10 V"});
}

TEST_CASE("each mistake in a procedure is refused at its place") {
  struct Mistake {
    std::string right, wrong, says;
  };
  for (const auto& [right, wrong, says] :
       std::vector<Mistake>{{"documents =", "document =", "documents is missing"},
                            {"method    = \"Direct", "methode   = \"Direct", "method is missing"},
                            {"item    = { measures = [\"dc voltage\"] }",
                             "item = { measures = [\"dc voltage\", \"resistance\"] }", "exactly one quantity"},
                            {"item    = { measures", "object  = { measures", "exactly one quantity"},
                            {"source  = { sources", "short  = { sources", "copper short"},
                            {"nplc = \"1\"", "nplc = 1", "settings.nplc"},
                            {"to = \"35 degC\"", "to = \"5 degC\"", "expected more than from"},
                            {"to = \"35 degC\"", "to = \"35 V\"", "environment.temperature.to"},
                            {"dwell   = \"5 s\"", "dwell   = \"-5 s\"", "at least 0 s"},
                            {"dwell   = \"5 s\"", "dwel    = \"5 s\"", "did you mean dwell?"},
                            {"timeout = \"60 s\"", "timeout = \"0 s\"", "above 0 s"},
                            {"readings = 3, span", "readings = 1, span", "at least 2"},
                            {"span_of_range = 20e-6", "span_of_range = 0", "above 0"},
                            {"flag    = true", "flag    = \"yes\"", "true or false"},
                            {"from   = \"short\"", "from   = \"nowhere\"", "expected a role"},
                            {"to     = \"item\"", "to     = \"nowhere\"", "expected a role"},
                            {"prompt = \"Connect the calibrator.\"", "prompt = \"\"", "at least one of en and zh"},
                            {"wait   = \"60 s\"", "wait   = \"60 V\"", "wait"},
                            {"wait   = \"60 s\"", "wait   = \"-1 s\"", "at least 0 s"},
                            {"range    = \"10 V\"", "range    = \"10\"", "wiring[0].range[0].range"},
                            {"points   = [\"0 V\"]", "points   = []", "at least one"},
                            {"points   = [\"0 V\"]", "points   = [\"0 A\"]", "points"},
                            {"points   = [\"0 V\"]", "points   = [0]", "a text in quotes"},
                            {"readings = 3\n[[wiring]]", "readings = 1\n[[wiring]]", "at least 2"},
                            {"touched = false", "touched = \"no\"", "true or false"},
                            {"[[wiring.range]]\nrange    = \"1000 V\"\npoints   = [\"1000 V\"]\nreadings = 3", "",
                             "at least one [[wiring.range]]"},
                            {"[model]", "[modell]", "did you mean model?"}}) {
    INFO(right << " -> " << wrong);
    try {
      parse_procedure(with(procedure_text, right, wrong), "procedure.toml");
      FAIL_CHECK("not refused");
    } catch (const FileError& error) {
      INFO(error.what());
      CHECK(error.position().file == "procedure.toml");
      CHECK(error.position().line >= 1);
      CHECK_THAT(error.what(), Catch::Contains(says));
    }
  }
}
