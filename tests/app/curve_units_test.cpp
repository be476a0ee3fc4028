// Curves whose constants are for kelvin, degrees Celsius or ohm read the units of the table's header.
#include <cmath>
#include <string>

#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

const std::vector<std::string> steinhart{"--x", "R", "--y", "T", "--curve", "steinhart-hart"};

std::vector<std::string> with(std::vector<std::string> options, const std::vector<std::string>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

TEST_CASE("a thermistor's table in degC, K, degF and kohm is one table") {
  // Three equations for three constants: 381.402 K at 5000 ohm.
  const Calculator table;
  const auto found = [&](const std::string& text, const std::string& at, const std::string& u) {
    table.write("d.csv", text);
    return table.json("fit", "d.csv", with(steinhart, {"--uy", u, "--predict", at}));
  };
  const Json kelvin = found("R (ohm),T / K\n100000,298.15\n1655,423.15\n269,513.15\n", "5000", "0.05");
  CHECK(kelvin["predictions"][0]["y"].get<double>() == Approx(381.402).margin(0.001));
  const double u = kelvin["predictions"][0]["standard_uncertainty"];
  for (const char* unit : {"/ degC", "/ °C", "(℃)"}) {
    const Json celsius = found(std::string("R (ohm),T ") + unit + "\n100000,25\n1655,150\n269,240\n", "5000", "0.05");
    CHECK(celsius["predictions"][0]["y"].get<double>() == Approx(381.402 - 273.15).margin(0.001));
    CHECK(celsius["predictions"][0]["standard_uncertainty"].get<double>() == Approx(u).epsilon(1e-6));
    for (int k = 0; k < 3; ++k)
      CHECK(celsius["parameters"][k]["value"].get<double>() ==
            Approx(kelvin["parameters"][k]["value"].get<double>()).epsilon(1e-6));
    CHECK_THAT(celsius["notes"].dump(), Contains("was converted"));
  }
  const Json fahrenheit = found("R [kΩ],T (degF)\n100,77\n1.655,302\n0.269,464\n", "5", "0.09");
  CHECK(fahrenheit["predictions"][0]["y"].get<double>() == Approx((381.402 - 273.15) * 1.8 + 32).margin(0.002));
  CHECK(fahrenheit["predictions"][0]["standard_uncertainty"].get<double>() == Approx(1.8 * u).epsilon(1e-6));
  // The inverse goes back in the same units.
  table.write("d.csv", "R [kΩ],T (degF)\n100,77\n1.655,302\n0.269,464\n");
  const Json back = table.json("fit", "d.csv", with(steinhart, {"--uy", "0.09", "--invert", "226.8536"}));
  CHECK(back["inversions"][0]["x"].get<double>() == Approx(5).epsilon(1e-4));

  const Json assumed = found("R,T\n100000,298.15\n1655,423.15\n269,513.15\n", "5000", "0.05");
  CHECK_THAT(assumed["notes"].dump(), Contains("'T' has no unit in the header: taken as K") && Contains("taken as Ω"));
  CHECK(assumed["predictions"][0]["y"].get<double>() == Approx(381.402).margin(0.001));
  for (const char* header : {"R (ohm),T / mV", "R (mV),T / K", "R (ohm),T (bath)"}) {
    table.write("d.csv", std::string(header) + "\n100000,25\n1655,150\n269,240\n");
    const Outcome outcome = table.run("fit", "d.csv", with(steinhart, {"--uy", "0.05"}));
    INFO(header << outcome.output);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.output, Contains("needs"));
  }
}

TEST_CASE("a Pt100's table in degF or K has the R0 of the table in degC") {
  const Calculator table;
  const auto r = [](double t) { return 100 * (1 + 3.9083e-3 * t - 5.775e-7 * t * t); };
  const auto fitted = [&](const std::string& header, double factor, double offset, double r_factor,
                          const std::vector<std::string>& more) {
    std::string text = header + "\n";
    for (const double t : {0.0, 25.0, 50.0, 75.0, 100.0, 150.0})
      text += std::to_string(offset + factor * t) + "," + std::to_string(r_factor * r(t)) + "\n";
    table.write("d.csv", text);
    return table.json(
        "fit", "d.csv",
        with({"--x", header.starts_with("t_K") ? "t_K" : "t", "--y", "R", "--curve", "callendar-van-dusen"}, more));
  };
  const Json celsius = fitted("t / °C,R (ohm)", 1, 0, 1, {"--ux", "0.01", "--uy", "0.001", "--predict", "40"});
  const Json fahrenheit =
      fitted("t (degF),R (ohm)", 1.8, 32, 1, {"--ux", "0.018", "--uy", "0.001", "--predict", "104"});
  const Json kelvin =
      fitted("t_K,R (kohm)", 1, 273.15, 1e-3, {"--ux", "0.01", "--uy", "0.000001", "--predict", "313.15"});
  for (const Json& other : {fahrenheit, kelvin}) {
    INFO(other.dump(1));
    CHECK(other["parameters"][0]["value"].get<double>() == Approx(100).margin(0.002));
    CHECK(other["parameters"][0]["standard_uncertainty"].get<double>() ==
          Approx(celsius["parameters"][0]["standard_uncertainty"].get<double>()).epsilon(0.01));
  }
  CHECK(celsius["predictions"][0]["y"].get<double>() == Approx(r(40)).margin(0.001));
  CHECK(fahrenheit["predictions"][0]["y"].get<double>() == Approx(r(40)).margin(0.001));
  CHECK(kelvin["predictions"][0]["y"].get<double>() == Approx(r(40) / 1000).margin(1e-6));
  CHECK(kelvin["predictions"][0]["standard_uncertainty"].get<double>() ==
        Approx(celsius["predictions"][0]["standard_uncertainty"].get<double>() / 1000).epsilon(0.01));
}

TEST_CASE("a column of uncertainties in another unit than its values is brought to theirs") {
  const Calculator table;
  table.write("d.csv", "x (V),y / V,u (mV)\n1,3.3,500\n2,5.6,500\n3,7.1,500\n4,9.3,500\n5,10.7,500\n6,12.1,500\n");
  const Json json = table.json("fit", "d.csv", {"--x", "x", "--y", "y", "--uy", "u"});
  CHECK(json["chi_squared"].get<double>() == Approx(1.6647619047619058));
  // The T of u(T) is no tesla.
  table.write("d.csv", "R (ohm),T,u(T) / mK\n100000,298.15,50\n1655,423.15,50\n269,513.15,50\n");
  CHECK(table
            .json("fit", "d.csv",
                  with(steinhart, {"--uy", "u(T) / mK", "--predict", "5000"}))["predictions"][0]["standard_uncertainty"]
            .get<double>() == Approx(0.0517).epsilon(0.02));
  table.write("d.csv", "x (V),y / V,u (A)\n1,3.3,500\n2,5.6,500\n3,7.1,500\n");
  CHECK(table.run("fit", "d.csv", {"--x", "x", "--y", "y", "--uy", "u"}).exit_code == 2);
}

TEST_CASE("a unit in no form that says so is refused, not taken as kelvin or ohm") {
  const Calculator table;
  const auto fitted = [&](const std::string& r, const std::string& t, const std::vector<std::string>& more = {}) {
    table.write("d.csv", r + "," + t + "\n100000,25\n1655,150\n269,240\n");
    return table.run(
        "fit", "d.csv",
        with({"--x", r, "--y", t, "--curve", "steinhart-hart", "--uy", "0.05", "--predict", "5000"}, more));
  };
  for (const char* heading : {"T in °C", "T degC",      "T_C",     "T_celsius", "Temp Celsius",
                              "degC",    "tC",          "T C",     "TempC",     "T in degF",
                              "T F",     "T kelvin",    "T deg C", "TºC",       "temperature_in_degrees",
                              "T-degC",  "T degC bath", "T_°C",    "C",         "T mK",
                              "温度℃"}) {
    const Outcome outcome = fitted("R (ohm)", heading);
    INFO(heading << outcome.output);
    if (outcome.exit_code == 0) {
      CHECK_THAT(outcome.output, Contains("108.252"));
    } else {
      CHECK(outcome.exit_code == 2);
      CHECK_THAT(outcome.output, Contains("T / degC"));
    }
  }
  for (const char* heading : {"R in kohm", "R kohm", "RkOhm", "R kΩ", "R ohm", "Rohm", "R in kilohm"}) {
    const Outcome outcome = fitted(heading, "T (degC)");
    INFO(heading << outcome.output);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.output, Contains("in no form that says a unit"));
  }
  CHECK_THAT(fitted("R / ohm", "T_degC").output, Contains("108.25"));
  for (const char* heading : {"T", "bath T", "Tref", "temperature", "T_mean", "reading 1"}) {
    const Outcome outcome = fitted("Thermistor R", heading);
    INFO(heading << outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.output, Contains("has no unit in the header: taken as K"));
  }
  // Uncertainties a thousand times too large, too.
  table.write("d.csv", "R (ohm),T / K,u in mK\n100000,298.15,50\n1655,423.15,50\n269,513.15,50\n");
  const Outcome outcome = table.run("fit", "d.csv", with(steinhart, {"--uy", "u in mK"}));
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("'mK'"));
}
