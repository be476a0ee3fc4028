#include "base/units.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>
#include <vector>

#include "base/error.h"

using namespace etalon::base;

namespace {

// Every unit the suite's bench of four standards meets.
const std::vector<std::string> kSiUnits = {
    "1",     "m",   "kg",     "s",     "A",      "K",    "mol",    "cd",   "rad", "sr",     "Hz",     "N",
    "Pa",    "J",   "W",      "C",     "V",      "F",    "ohm",    "S",    "Wb",  "T",      "H",      "degC",
    "lm",    "lx",  "Bq",     "Gy",    "Sv",     "kat",  "min",    "h",    "d",   "deg",    "arcmin", "L",
    "t",     "%",   "ppm",    "bar",   "mmHg",   "g",    "mV",     "uV",   "nV",  "kV",     "mA",     "uA",
    "nA",    "pA",  "mohm",   "kohm",  "Mohm",   "Gohm", "mK",     "hPa",  "kPa", "MPa",    "mbar",   "mg",
    "ug",    "kHz", "MHz",    "GHz",   "ms",     "us",   "ns",     "mm",   "um",  "nm",     "cm",     "km",
    "uF",    "nF",  "pF",     "mH",    "uH",     "mW",   "uW",     "mL",   "m2",  "mm2",    "m3",     "dm3",
    "cm3",   "m/s", "m/s2",   "kg/m3", "g/cm3",  "1/K",  "V/K",    "uV/K", "N.m", "Pa.s",   "1/min",  "m2/s",
    "ppm/K", "%/K", "mohm/K", "uV/V",  "W/m2/K", "1/s",  "arcsec", "eV",   "keV", "J/mol/K"};

}  // namespace

TEST_CASE("every unit has a name in D-SI and comes back from it") {
  for (const std::string& unit : kSiUnits) {
    INFO(unit);
    REQUIRE(is_unit(unit));
    CHECK(unit_from_d_si(d_si_unit(unit)) == unit);
    CHECK(convert(1, unit, unit) == 1);
    CHECK_FALSE(display_unit(unit).empty());
  }
}

TEST_CASE("names in D-SI") {
  CHECK(d_si_unit("V") == "\\volt");
  CHECK(d_si_unit("mV") == "\\milli\\volt");
  CHECK(d_si_unit("uV") == "\\micro\\volt");
  CHECK(d_si_unit("µV") == "\\micro\\volt");
  CHECK(d_si_unit("%") == "\\percent");
  CHECK(d_si_unit("%RH") == "\\percent");
  CHECK(d_si_unit("1") == "\\one");
  CHECK(d_si_unit("ppm") == "\\ppm");
  CHECK(d_si_unit("degC") == "\\degreecelsius");
  CHECK(d_si_unit("°C") == "\\degreecelsius");
  CHECK(d_si_unit("kg") == "\\kilogram");
  CHECK(d_si_unit("mg") == "\\milli\\gram");
  CHECK(d_si_unit("hPa") == "\\hecto\\pascal");
  CHECK(d_si_unit("kohm") == "\\kilo\\ohm");
  CHECK(d_si_unit("m/s") == "\\metre\\second\\tothe{-1}");
  CHECK(d_si_unit("m.s-1") == "\\metre\\second\\tothe{-1}");
  CHECK(d_si_unit("g/cm3") == "\\gram\\centi\\metre\\tothe{-3}");
  CHECK(d_si_unit("1/K") == "\\kelvin\\tothe{-1}");
  CHECK(d_si_unit("h") == "\\hour");
  CHECK(d_si_unit("min") == "\\minute");
  for (const char* unit : {"psi", "degF", "kgf/cm2", "mmH2O", "VA"}) {
    INFO(unit);
    CHECK(is_unit(unit));
    CHECK_THROWS_AS(d_si_unit(unit), InputError);
    CHECK_THROWS_WITH(d_si_unit(unit), Catch::Contains(unit));
  }
}

TEST_CASE("D-SI text of other writers") {
  CHECK(unit_from_d_si("\\metre\\per\\second") == "m/s");
  CHECK(unit_from_d_si("\\metre\\per\\second\\tothe{2}") == "m/s2");
  CHECK(unit_from_d_si("\\kilogram\\metre\\tothe{-3}") == "kg/m3");
  CHECK(unit_from_d_si("\\per\\kelvin") == "1/K");
  for (const char* text : {"",
                           "volt",
                           "\\",
                           "\\volts",
                           "\\milli",
                           "\\milli\\milli\\volt",
                           "\\kilo\\gram",
                           "\\kilo\\kilogram",
                           "\\tothe{2}",
                           "\\metre\\tothe{0}",
                           "\\metre\\tothe{2",
                           "\\metre\\tothe{2}\\tothe{2}",
                           "\\metre\\tothe{0.5}",
                           "\\per",
                           "\\metre\\per",
                           "\\milli\\degreecelsius",
                           "|\\psi",
                           "\\volt ",
                           " \\volt",
                           "\\milli\\percent"}) {
    INFO("'" << text << "'");
    CHECK_THROWS_AS(unit_from_d_si(text), InputError);
  }
}

TEST_CASE("conversions between prefixes round once") {
  // Multiplying by 0.001 gives 0.009000000000000001.
  CHECK(convert(9, "mV", "V") == 0.009);
  CHECK(convert(0.009, "V", "mV") == 9);
  CHECK(convert(7, "uV", "V") == 7e-6);
  CHECK(convert(123.456, "mV", "V") == 0.123456);
  CHECK(convert(1013.25, "hPa", "Pa") == 101325);
  CHECK(convert(1013.25, "hPa", "mbar") == 1013.25);
  CHECK(convert(1, "bar", "kPa") == 100);
  CHECK(convert(50, "ppm", "1") == 50e-6);
  CHECK(convert(50, "ppm", "%") == 0.005);
  CHECK(convert(12, "%", "1") == 0.12);
  CHECK(convert(55, "%RH", "%") == 55);
  CHECK(convert(1, "kg", "g") == 1000);
  CHECK(convert(1, "t", "kg") == 1000);
  CHECK(convert(1, "g/cm3", "kg/m3") == 1000);
  CHECK(convert(1, "mm2", "m2") == 1e-6);
  CHECK(convert(1, "L", "m3") == 1e-3);
  CHECK(convert(1, "ml", "mL") == 1);
  CHECK(convert(1, "1/cm", "1/m") == 100);
  CHECK(convert(3, "Mohm", "ohm") == 3e6);
  CHECK(convert(3, "mohm", "ohm") == 3e-3);
  CHECK(convert(5, "uV/V", "ppm") == 5);
}

TEST_CASE("conversions by UDUNITS") {
  CHECK(convert(5, "min", "s") == 300);
  CHECK(convert(300, "s", "min") == 5);
  CHECK(convert(1, "h", "min") == 60);
  CHECK(convert(1, "d", "h") == 24);
  CHECK(convert(20, "degC", "K") == 293.15);
  CHECK(convert(293.15, "K", "degC") == Approx(20).epsilon(1e-12));
  CHECK(convert(20, "degC", "mK") == Approx(293150).epsilon(1e-12));
  CHECK(convert(32, "degF", "degC") == Approx(0).margin(1e-9));
  CHECK(convert(212, "degF", "degC") == Approx(100).epsilon(1e-12));
  CHECK(convert(1, "uV/degC", "uV/K") == 1);
  CHECK(convert(9, "V/degF", "V/K") == Approx(16.2).epsilon(1e-12));
  CHECK(convert(1, "V/ohm", "A") == 1);
  CHECK(convert(1, "N.m", "J") == 1);
  CHECK(convert(1, "W.h", "J") == 3600);
  CHECK(convert(1, "atm", "Pa") == 101325);
  CHECK(convert(760, "Torr", "atm") == Approx(1).epsilon(1e-14));
  CHECK(convert(1, "mmHg", "Pa") == 133.322387415);                         // SI Brochure 8th edition, table 8
  CHECK(convert(1, "psi", "Pa") == Approx(6894.757293168).epsilon(1e-12));  // NIST SP 811 B.8
  CHECK(convert(1, "kgf/cm2", "Pa") == Approx(98066.5).epsilon(1e-14));
  CHECK(convert(1, "inHg", "Pa") == Approx(3386.389).epsilon(1e-6));
  CHECK(convert(1, "mmH2O", "Pa") == Approx(9.80665).epsilon(1e-14));
  CHECK(convert(180, "deg", "rad") == Approx(std::acos(-1.0)).epsilon(1e-14));
  CHECK(convert(1, "lb", "kg") == Approx(0.45359237).epsilon(1e-14));
  CHECK(convert(1, "in", "mm") == Approx(25.4).epsilon(1e-14));
}

TEST_CASE("a difference of temperatures has no offset") {
  CHECK(convert_difference(0.1, "K", "degC") == 0.1);
  CHECK(convert_difference(0.1, "degC", "mK") == 100);
  CHECK(convert_difference(9, "degF", "degC") == Approx(5).epsilon(1e-14));
  CHECK(convert_difference(9, "mV", "V") == 0.009);
  CHECK(convert_difference(5, "min", "s") == 300);
  CHECK(convert_difference(5, "%", "1") == 0.05);
  CHECK_THROWS_AS(convert_difference(1, "K", "V"), InputError);
}

TEST_CASE("symbols mean what people mean by them") {
  CHECK(convertible("min", "s"));  // not milli-inch
  CHECK(convertible("h", "s"));    // not hecto
  CHECK(convertible("cd", "cd"));
  CHECK_FALSE(convertible("cd", "s"));  // not centi-day
  CHECK(convertible("Pa", "N/m2"));
  CHECK(convertible("mA", "A"));
  CHECK(convertible("T", "Wb/m2"));
  CHECK(convertible("A", "C/s"));
  CHECK(convertible("S", "1/ohm"));
  // UDUNITS reads these, as other things.
  for (const char* unit :
       {"ma",       "pa",      "hpa",     "oz",      "a",          "u",        "P a",       "10 V",      "2",
        "12",       "",        " ",       "V ",      " V",         "K @ 273",  "lg(re mW)", "dBm",       "mmV",
        "V//A",     "V.",      "/V",      ".V",      "m0",         "m^",       "m^0",       "m10",       "1-1",
        "(V)",      "J/(mol",  "J/mol)",  "J/()",    "J/(mol  K)", "J/( mol)", "J/(mol/K)", "J/((mol))", "J/(mol)2",
        "J/(mol)K", "J.(mol)", "(mol K)", "J/mol K", "krpm",       "kppb",     "Ev",        "kkg",       "mkg",
        "mdegC",    "kmin",    "ft",      "pt",      "volt",       "VOLT",     "m%",        "µ",         "\xFF"}) {
    INFO("'" << unit << "'");
    CHECK_FALSE(is_unit(unit));
    CHECK_THROWS_AS(convert(1, unit, "V"), InputError);
  }
}

TEST_CASE("units of different kinds do not convert") {
  const std::vector<std::pair<const char*, const char*>> pairs = {{"V", "A"}, {"s", "Hz"},   {"Hz", "s"}, {"ohm", "S"},
                                                                  {"V", "1"}, {"degC", "V"}, {"m", "m2"}, {"K", "1/K"}};
  for (const auto& [from, to] : pairs) {
    INFO(from << " to " << to);
    CHECK_FALSE(convertible(from, to));
    CHECK_THROWS_AS(convert(1, from, to), InputError);
    CHECK_THROWS_WITH(convert(1, from, to),
                      Catch::Contains(std::string("'") + from + "'") && Catch::Contains(std::string("'") + to + "'"));
  }
  CHECK_FALSE(convertible("V", "nonsense"));
  CHECK_THROWS_WITH(convert(1, "hpa", "Pa"), Catch::Contains("hPa"));
  CHECK_THROWS_WITH(convert(1, "ma", "A"), Catch::Contains("mA"));
}

TEST_CASE("products in a denominator") {
  CHECK(convert(8.314, "J/(mol K)", "J/mol/K") == 8.314);
  CHECK(convert(1, "J/(mol.K)", "J/(mol K)") == 1);
  CHECK(convert(1, "W/(m2·K)", "W/m2/K") == 1);
  CHECK(convert(1, "J/(kg K).s", "J.s/kg/K") == 1);
  CHECK(convert(1, "m/(s2 K)/A", "m.s-2.K-1.A-1") == 1);
  CHECK_FALSE(convertible("J/(mol K)", "J/mol.K"));
  CHECK(d_si_unit("J/(mol K)") == "\\joule\\mole\\tothe{-1}\\kelvin\\tothe{-1}");
  CHECK(display_unit("W/m2/K") == "W/(m²·K)");
  CHECK(display_unit("1/K/s") == "K⁻¹·s⁻¹");
  CHECK(display_unit("m.kg/s2/A") == "m·kg/(s²·A)");
  const Quantity r = parse_quantity("8.314 J/(mol K)");
  CHECK(r.value == 8.314);
  CHECK(r.unit == "J/(mol K)");
}

TEST_CASE("more units of laboratories") {
  CHECK(convert(1, "ppb", "ppm") == 1e-3);
  CHECK(convert(5, "‰", "%") == 0.5);
  CHECK(convert(1, "kWh", "MJ") == Approx(3.6).epsilon(1e-15));
  CHECK(convert(3600, "J", "Wh") == Approx(1).epsilon(1e-15));
  CHECK(convert(1, "eV", "J") == 1.602176634e-19);  // SI Brochure 9th edition, table 8
  CHECK(convert(1, "MeV", "keV") == 1000);
  CHECK(convert(3000, "rpm", "1/min") == 3000);
  CHECK(convert(3000, "rpm", "Hz") == Approx(50).epsilon(1e-15));
  // D-SI has no name for these, but a product; the inverse gives the product.
  CHECK(d_si_unit("kWh") == "\\kilo\\watt\\hour");
  CHECK(d_si_unit("rpm") == "\\minute\\tothe{-1}");
  CHECK(d_si_unit("eV") == "\\electronvolt");
  CHECK(convert(1, unit_from_d_si(d_si_unit("kWh")), "kWh") == Approx(1).epsilon(1e-15));
  CHECK(convert(1, unit_from_d_si(d_si_unit("W/kWh")), "W/kWh") == Approx(1).epsilon(1e-15));
  for (const char* unit : {"ppb", "‰"})
    CHECK_THROWS_AS(d_si_unit(unit), InputError);
  for (const char* unit : {"dB", "dBm", "Np"})
    CHECK_THROWS_WITH(convert(1, unit, "1"), Catch::Contains("logarithmic") && Catch::Contains(unit));
}

TEST_CASE("periods a second are not radians a second") {
  CHECK_FALSE(convertible("Hz", "rad/s"));
  CHECK_FALSE(convertible("deg/s", "rpm"));
  CHECK(convertible("rad/s", "1/s"));
  CHECK(convert(2, "kHz", "1/s") == 2000);
  CHECK(convert(2, "Bq", "1/s") == 2);
  CHECK(convert(2, "V/Hz", "Wb") == 2);
}

TEST_CASE("units of products and roots without a hidden scale") {
  const auto reduced = [](const char* unit, const char* text, double factor) {
    INFO(unit);
    const ScaledUnit came = reduced_unit(unit);
    CHECK(came.text == text);
    CHECK(came.factor == Approx(factor).epsilon(1e-15));
  };
  reduced("mV/V", "1", 1e-3);
  reduced("%.%", "1", 1e-4);
  reduced("ppm.V", "V", 1e-6);
  reduced("V/%", "V", 100);
  reduced("%/K", "%/K", 1);
  reduced("ppm.%/K", "1/K", 1e-8);
  reduced("mV.V", "mV2", 1000);
  reduced("kg.m/g", "kg.m/g", 1);
  reduced("uV.K/degC", "uV", 1);
  reduced("deg/rad", "1", std::acos(-1.0) / 180);
  reduced("N.m", "N.m", 1);
  const auto root = [](const char* unit, int n, const char* text, int left, double factor) {
    INFO(unit << " root " << n);
    const UnitRoot came = unit_root(unit, n);
    CHECK(came.text == text);
    CHECK(came.left == left);
    CHECK(came.factor == Approx(factor).epsilon(1e-15));
  };
  root("kohm2", 2, "kohm", 1, 1);
  root("mV.uV", 2, "mV", 1, 1e-3);
  root("mW.ohm", 2, "V", 1, 1e-3);
  root("cm.s2/m", 2, "s", 1, 1e-2);
  root("mH.uF", 2, "s", 1, 1e-9);
  root("L", 3, "m", 1, 1e-3);
  root("kg2.m2/s4", 2, "N", 1, 1);
  root("min", 2, "s", 2, 60);
  root("V2", 4, "kg.m2/s3/A", 2, 1);
  root("Hz", 2, "1/s", 2, 1);
  CHECK(coherent_unit("mV").text == "kg.m2/s3/A");
  CHECK(coherent_unit("mV").factor == 1e-3);
  CHECK(coherent_unit("deg/min").text == "1/s");
  CHECK_THROWS_AS(raise_unit("m5", 2), UnitPowerError);
}

TEST_CASE("units as people write them") {
  CHECK(display_unit("degC") == "°C");
  CHECK(display_unit("ohm") == "Ω");
  CHECK(display_unit("uV") == "µV");
  CHECK(display_unit("kohm") == "kΩ");
  CHECK(display_unit("m/s2") == "m/s²");
  CHECK(display_unit("1/K") == "K⁻¹");
  CHECK(display_unit("N*m") == "N·m");
  CHECK(display_unit("uV/degC") == "µV/°C");
  CHECK(display_unit("%") == "%");
  CHECK_THROWS_AS(display_unit("nonsense"), InputError);
  // What is displayed can be typed in again.
  for (const std::string& unit : kSiUnits) {
    const std::string shown = display_unit(unit);
    if (shown.find("⁻") != std::string::npos || unit == "deg" || unit == "arcmin" || unit == "arcsec") continue;
    INFO(shown);
    CHECK(d_si_unit(shown) == d_si_unit(unit));
  }
}

TEST_CASE("quantities") {
  const auto check = [](const char* text, double value, const char* unit) {
    INFO(text);
    const Quantity quantity = parse_quantity(text);
    CHECK(quantity.value == value);
    CHECK(quantity.unit == unit);
  };
  check("10 V", 10, "V");
  check("-0.5 mV", -0.5, "mV");
  check("5 min", 5, "min");
  check("50 ppm", 50, "ppm");
  check("20 degC", 20, "degC");
  check("10 %", 10, "%");
  check("10%", 10, "%");
  check("1e3 ohm", 1000, "ohm");
  check("1E-3 A", 0.001, "A");
  check("+.5 V", 0.5, "V");
  check("3 1", 3, "1");
  check("23 °C", 23, "°C");
  CHECK(parse_quantity("100 mV").in("V") == 0.1);
  CHECK(parse_quantity("5 min").in("s") == 300);
  for (const char* text : {"", "V", "10", "10 ", " 10 V", "10 V ", "ten V", "1,5 V", "10 nonsense", "- V", ". V",
                           "nan V", "inf V", "1e999 V", "10 V 5", "0x10 V", "1 e3 V"}) {
    INFO("'" << text << "'");
    CHECK_THROWS_AS(parse_quantity(text), InputError);
  }
  CHECK_THROWS_WITH(parse_quantity("10"), Catch::Contains("no unit"));
  CHECK_THROWS_WITH(parse_quantity("V"), Catch::Contains("no number"));
}

TEST_CASE("threads convert at the same time") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        wrong += convert(k, "min", "s") != k * 60.0;
        wrong += convert(k, "degC", "K") != k + 273.15;
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}
