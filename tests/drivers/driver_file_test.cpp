// Driver files: every one that is shipped is right, and each mistake is refused with its place in the file.
#include "drivers/driver_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/file.h"

using namespace etalon::drivers;
using etalon::base::FileError;
using etalon::base::read_file;

namespace {

const std::string folder = std::string(ETALON_SOURCE_DIR) + "/configs/drivers/";

struct Mistake {
  std::string driver;
  std::string right;  // replaced …
  std::string wrong;  // … by this
  std::string says;
};

std::string with(const std::string& text, const std::string& right, const std::string& wrong) {
  const std::size_t at = text.find(right);
  INFO("the driver file should hold: " << right);
  REQUIRE(at != std::string::npos);
  return text.substr(0, at) + wrong + text.substr(at + right.size());
}

}  // namespace

TEST_CASE("every shipped driver file is right") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    INFO(entry.path());
    const DriverFile driver = read_driver_file(entry.path().string());
    CHECK(driver.name == entry.path().stem().string());
    CHECK_FALSE(driver.title.empty());
    CHECK_FALSE(driver.sources_of_facts.empty());
    CHECK(driver.link.timeout > 0);
    CHECK(driver.sources.empty() == !driver.safe_state);
    CHECK_FALSE(driver.measures.size() + driver.sources.size() == 0);
    if (!driver.identity.queries.empty()) {
      std::string reply = driver.identity.example;
      if (driver.identity.has_serial) reply.replace(reply.find("{serial}"), 8, "12345678");
      const auto identity = match_identity(driver, reply);
      REQUIRE(identity);
      CHECK(identity->serial == (driver.identity.has_serial ? "12345678" : ""));
      CHECK_FALSE(identity->maker.empty());
      CHECK_FALSE(identity->model.empty());
      CHECK_FALSE(match_identity(driver, ""));
      CHECK_FALSE(match_identity(driver, "+1.23456789E+00"));
      CHECK(match_identity(driver, "ACME,X1,12345678,1.0").has_value() == driver.identity.generic);
    }
    for (const Measure& measure : driver.measures) {
      CHECK(driver.measure(measure.quantity) ==
            &*std::find_if(driver.measures.begin(), driver.measures.end(),
                           [&](const auto& m) { return m.quantity == measure.quantity; }));
      for (const double range : measure.ranges)
        CHECK(measure.resolution_at(range) > 0);
    }
    CHECK(driver.measure("phlogiston") == nullptr);
    CHECK(driver.source("phlogiston") == nullptr);
  }
  CHECK(files >= 3);
}

TEST_CASE("the meter's driver says what its file says") {
  const DriverFile driver = read_driver_file(folder + "keysight-34461a.toml");
  const Measure* volts = driver.measure("dc voltage");
  REQUIRE(volts);
  CHECK(volts->ranges == std::vector<double>{0.1, 1, 10, 100, 1000});
  CHECK(volts->range_for(0.1) == 0.1);
  CHECK(volts->range_for(-0.11) == 1);
  CHECK(volts->range_for(0) == 0.1);
  CHECK_THROWS_AS(volts->range_for(1001), etalon::base::InputError);
  CHECK(volts->reading_time({{"nplc", "10"}}) == Approx(0.405));
  CHECK(volts->overload == 9.9e37);
  CHECK(driver.settings.at("nplc").standard == "10");
  REQUIRE(volts->accuracy);
  CHECK(volts->accuracy->rows.at(2).of_reading == Approx(35e-6));
  const DriverFile source = read_driver_file(folder + "fluke-5522a.toml");
  CHECK(source.source("dc voltage")->range_for(-1020) == 1020);
  CHECK_THROWS_AS(source.source("dc voltage")->range_for(1020.1), etalon::base::InputError);
  REQUIRE(source.safe_state->send.size() == 1);
  CHECK(source.safe_state->send.front().send.text() == "STBY");
  CHECK_FALSE(source.safe_state->is);
  CHECK(source.flags.at("settled").bit == 12);
}

TEST_CASE("each mistake in a driver file is refused at its place") {
  const std::string meter = "keysight-34461a";
  const std::string calibrator = "fluke-5522a";
  const std::string logger = "vaisala-ptu300";
  const std::string family = "fluke-5502a";
  const std::vector<Mistake> mistakes = {
      {meter, "title   =", "titel   =", "driver.title is missing"},
      {meter, "sources = [", "sources = 3 #[", ""},
      {meter, "send_terminator", "send_terminater", "did you mean send_terminator?"},
      {meter, "timeout          = \"5 s\"", "timeout = \"5 V\"", "link.timeout"},
      {meter, "timeout          = \"5 s\"", "timeout = \"0 s\"", "expected a time"},
      {meter, "timeout          = \"5 s\"", "timeout = \"1e9 s\"", "expected a time"},
      {meter, "timeout          = \"5 s\"", "timeout = 5", "in quotes"},
      {meter, "timeout          = \"5 s\"", "pause = \"-1 s\"", "link.pause"},
      {meter, "timeout          = \"5 s\"", "longest_reply = 0", "longest_reply"},
      {meter, "reply_terminator = \"\\n\"", "reply_terminator = \"\"", "at least one character"},
      {meter, "query   = \"*IDN?\"", "query   = \"\"", "expected a message"},
      {meter, "query   = \"*IDN?\"", "query   = \"*IDN{x}?\"", "no places"},
      {meter, "(?<serial>[^,]+)", "(?<seriel>[^,]+)", "serial"},
      {meter, "(?<serial>[^,]+)", "(?<serial>[^,]+", "is not a regular expression"},
      {meter, "(?<maker>Agilent|Keysight)", "(?<maker>Agilent)", "does not match the file's own example"},
      {meter, "34461A,{serial}", "34461A,SERIAL", "expected {serial}"},
      {meter, "reply  = '{code:+d},\"{text}\"'", "reply  = '{number:+d},\"{text}\"'", "expected a place {code}"},
      {meter, "reply  = '{code:+d},\"{text}\"'", "reply  = '{code:+d},\"{text\"'", "not closed"},
      {meter, "reply  = '{code:+d},\"{text}\"'", "reply  = '{code}{text}'", "a text between them"},
      {meter, "none   = \"+0\"", "none   = \"no error\"", "the number that means no error"},
      {meter, "length = 20", "length = 0", "1 to 1000"},
      {meter, "length = 20", "length = 99999999999", "1 to 1000"},
      {meter, "[-113, \"Undefined header\"]", "[-113]", "[number, text]"},
      {meter, "[-113, \"Undefined header\"]", "[-113.5, \"Undefined header\"]", "whole number"},
      {meter, "standard = \"10\"", "standard = \"7\"", "none of the values"},
      {meter, "quantity   = \"dc voltage\"", "quantitty   = \"dc voltage\"", "quantity is missing"},
      {meter, "unit       = \"V\"", "unit       = \"furlong\"", "is no unit"},
      {meter, "ranges     = [0.1, 1, 10, 100, 1000]", "ranges     = [0.1, 1, \"10\"]", "finite number"},
      {meter, "ranges     = [0.1, 1, 10, 100, 1000]", "ranges     = [1, 0.1]", "smallest first"},
      {meter, "ranges     = [0.1, 1, 10, 100, 1000]", "ranges     = [0, 1]", "smallest first"},
      {meter, "ranges     = [0.1, 1, 10, 100, 1000]", "ranges     = [1, nan]", "finite number"},
      {meter, "over_range = 1.2", "over_range = 0.5", "at least 1"},
      {meter, "resolution = 1e-6", "resolution = 0", "resolution"},
      {meter, "resolution = 1e-6", "resolution = -1", "resolution"},
      {meter, "VOLT:DC:NPLC {nplc}", "VOLT:DC:NPLC {nplcs}", "neither a setting"},
      {meter, "reply = \"{nplc:+.8E}\"", "reply = \"{cycles:+.8E}\"", "nothing to compare it with"},
      {meter, "{ send = \"VOLT:DC:RANG?\", reply = \"{range:+.8E}\" }", "\"VOLT:DC:RANG?\"", "the form of the reply"},
      {meter, "reply = \"{value:+.8E}\"", "reply = \"{reading:+.8E}\"", "no place {value}"},
      {meter, "reply = \"{value:+.8E}\"", "reply = \"{value:+.8Q}\"", "is not a form"},
      {meter, ", reply = \"{value:+.8E}\"", "", "expected the form of the reply"},
      {meter, "nplc = \"40 ms\"", "nplcs = \"40 ms\"", "neither \"fixed\" nor a setting"},
      {meter, "fixed = \"5 ms\"", "fixed = \"-5 ms\"", "at least 0 s"},
      {meter, "overload  = 9.9e37", "overload  = 1000", "more than the highest indication"},
      {meter, "[1,    40e-6,  7e-6],", "[1,    40e-6],", "a row has 2 numbers"},
      {meter, "[1,    40e-6,  7e-6],", "[1,    -40e-6,  7e-6],", "at least 0"},
      {meter, "[measures.physics]",
       "[[measures]]\nquantity = \"dc voltage\"\nunit = \"V\"\ndigit = 1\nread = { send = \"R\", reply = \"{value}\" "
       "}\n[measures.physics]",
       "stands twice"},
      {calibrator, "query = \"ISR?\"", "qery = \"ISR?\"", "status.query is missing"},
      {calibrator, "reply = \"{status:d}\"", "reply = \"{state:d}\"", "expected a place {status}"},
      {calibrator, "operate = 0, settled = 12", "operate = 0, settled = 32", "from 0 to 31"},
      {calibrator, "operate = 0, settled = 12", "operate = 0, settled = 1.5", "an integer"},
      {calibrator, "operating = \"operate\"", "operating = \"on\"", "no bit of [status]"},
      {calibrator, "operating = \"operate\"", "operating = \"\"", "the name of a flag"},
      {calibrator, "settled   = \"settled\"", "settled   = \"ready\"", "no bit of [status]"},
      {calibrator, "minimum   = -1020", "minimum   = 1020", "more than minimum"},
      {calibrator, "OUT {value} V, 0 HZ", "OUT {volts} V, 0 HZ", "{value}"},
      {calibrator, "OUT {value} V, 0 HZ", "OUT 10 V, 0 HZ", "with the place {value}"},
      {calibrator, "set       = [\"OUT {value} V, 0 HZ\"]", "set       = []", "at least one message"},
      {calibrator, "operate   = \"OPER\"", "operate   = \"OPER {x}\"", "no places"},
      {calibrator, "reply = \"{value:.6E},V", "reply = \"{output:.6E},V", "with the place {value}"},
      {calibrator, "settle_time = \"4 s\"", "settle_time = \"4 V\"", "settle_time"},
      {calibrator, "[safe_state]", "[safe_stat]", "[safe_state]"},
      {calibrator, "send = [\"STBY\"]", "send = []", "at least one message"},
      {calibrator, "send = [\"STBY\"]", "send = [\"\"]", "expected a message"},
      {calibrator, "flag = \"operate\"", "flag = \"output\"", "no bit of [status]"},
      {calibrator, "flag = \"operate\"", "flag = \"\"", "expected `flag`"},
      {calibrator, "is   = false", "is   = \"off\"", "true or false"},
      {calibrator, "[[startup]]\nsend = \"REMOTE\"", "[[startup]]\nsend = \"REMOTE {x}\"", "neither a setting"},
      {calibrator, "[[3.29999, 10, 500e3], [32.9999", "[[32.9999, 10, 500e3], [3.29999", "smallest first"},
      {calibrator, "[3.29999, 10, 500e3]", "[3.29999, 500e3, 10]", "the lowest below the highest"},
      {calibrator, ", [1020, 45, 10e3]]", "]", "must hold the largest value"},
      {calibrator, "setting = \"frequency\"", "setting = \"frequncy\"", "no setting of [settings]"},
      {family, "\"5500A\" = {", "\"5500a\" = {", "finds no such model"},
      {family, "\"5500A\" = { minimum = -11", "\"5500A\" = { minimum = -21", "a part of what lies between"},
      {family, "\"5500A\" = { minimum = -11", "\"5500A\" = { minimal = -11", "did you mean minimum?"},
      {meter, "over_range = 1.2", "limits = { \"34461A\" = { highest_range = 20 } }\nover_range = 1.2",
       "none of the ranges"},
      {meter, "over_range = 1.2",
       "limits = { \"34461A\" = { lowest_range = 10, highest_range = 1 } }\nover_range = 1.2", "below lowest_range"},
      {logger, "[[measures]]\nquantity   = \"pressure\"", "[[measures]]\nquantity   = \"temperature\"", "stands twice"},
      {logger, "value_name = \"humidity\"", "value_name = \"moisture\"", "no place {moisture}"},
      {logger, "digit      = 0.01", "digits     = 0.01", "resolution"},
      {logger, "[driver]", "[driver]\ndialect = \"vaisala\"", "no dialect"},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string right = read_file(folder + mistake.driver + ".toml");
    const std::string wrong = with(right, mistake.right, mistake.wrong);
    INFO(mistake.driver << ": " << mistake.right << " -> " << mistake.wrong);
    REQUIRE_NOTHROW(parse_driver_file(right, "driver.toml"));
    try {
      parse_driver_file(wrong, "driver.toml");
      FAIL_CHECK("not refused");
    } catch (const FileError& error) {
      INFO(error.what());
      CHECK(error.position().file == "driver.toml");
      CHECK(error.position().line >= 1);
      CHECK(error.position().line <= std::count(wrong.begin(), wrong.end(), '\n') + 1);
      CHECK(error.position().column >= 1);
      CHECK_THAT(error.what(), Catch::Contains(mistake.says));
      CHECK_THAT(error.what(), Catch::StartsWith("driver.toml:" + std::to_string(error.position().line) + ":"));
    }
  }
}

TEST_CASE("a model's limits are within those of its family") {
  DriverFile driver = read_driver_file(folder + "fluke-5502a.toml");
  const Source* current = driver.source("dc current");
  REQUIRE(current);
  CHECK(current->can(20));
  narrow_to(driver, "5502A");  // no limits of its own
  CHECK(current->can(20));
  CHECK(current->ranges.back() == 20.5);
  narrow_to(driver, "5500A");
  CHECK(driver.source("dc current") == current);
  CHECK(current->maximum == 11);
  CHECK_FALSE(current->can(11.1));
  CHECK_FALSE(current->can(-11.1));
  CHECK(current->can(-11));
  CHECK(current->range_for(11) == 20.5);
  CHECK(names_of_limits(driver) == std::vector<std::string>{"5500A", "5502E"});
  CHECK(is_model(driver, "5502A"));
  CHECK_FALSE(is_model(driver, "5522A"));

  std::string text = read_file(folder + "keysight-34461a.toml");
  text = with(text, "over_range = 1.2",
              "limits = { \"34461A\" = { lowest_range = 1, highest_range = 100 } }\nover_range = 1.2");
  DriverFile meter = parse_driver_file(text, "meter.toml");
  CHECK(meter.measure("dc voltage")->ranges.size() == 5);
  narrow_to(meter, "34461A");
  CHECK(meter.measure("dc voltage")->ranges == std::vector<double>{1, 10, 100});
}

TEST_CASE("the frequency goes with the amplitude") {
  const DriverFile driver = read_driver_file(folder + "fluke-5522a.toml");
  const Source* voltage = driver.source("ac voltage");
  REQUIRE(voltage);
  const auto refused = [&](double value, const std::string& frequency) {
    return voltage->broken_band(value, {{"frequency", frequency}}) != nullptr;
  };
  CHECK_FALSE(refused(3.29999, "500000"));
  CHECK(refused(3.3, "500000"));
  CHECK_FALSE(refused(3.3, "1E5"));
  CHECK_FALSE(refused(33, "45"));
  CHECK(refused(33, "44.9"));
  CHECK_FALSE(refused(1020, "10000"));
  CHECK(refused(1020, "10001"));
  CHECK(refused(1, "often"));
  CHECK(voltage->broken_band(1, {}) != nullptr);
  CHECK(driver.source("dc voltage")->broken_band(1000, {}) == nullptr);
}

TEST_CASE("a source without a safe state is refused, also when nothing else is wrong") {
  std::string text = read_file(folder + "fluke-5522a.toml");
  const std::size_t begin = text.find("[safe_state]");
  text.erase(begin, text.find("# Asked by", begin) - begin);
  CHECK_THROWS_WITH(parse_driver_file(text, "driver.toml"), Catch::Contains("needs [safe_state]"));
}

TEST_CASE("a file cut off anywhere is refused or complete, never half understood") {
  const std::string text = read_file(folder + "fluke-5522a.toml");
  const std::size_t safe = text.find("is   = false");
  for (std::size_t length = 0; length < safe; length += 7) {
    INFO("cut after " << length << " bytes");
    CHECK_THROWS_AS(parse_driver_file(text.substr(0, length), "driver.toml"), FileError);
  }
}
