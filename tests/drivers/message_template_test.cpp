// Messages and replies by template: what is filled in is found again, what lost characters on its way is not.
#include "drivers/messages/message_template.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"

using namespace etalon::drivers;
using etalon::base::InputError;

TEST_CASE("a template is filled and taken apart") {
  const MessageTemplate out("OUT {value} V, {frequency} HZ");
  CHECK(out.names() == std::vector<std::string>{"value", "frequency"});
  CHECK(out.fill({{"value", "-1.5"}, {"frequency", "0"}}) == "OUT -1.5 V, 0 HZ");
  CHECK(out.match("OUT -1.5 V, 0 HZ") == Values{{"value", "-1.5"}, {"frequency", "0"}});
  CHECK_THROWS_WITH(out.fill({{"value", "1"}}),
                    Catch::Contains("no value for {frequency}") && Catch::Contains("OUT {value}"));
  CHECK(MessageTemplate("A {{literal}} {x}").fill({{"x", "1"}}) == "A {literal} 1");
  CHECK(MessageTemplate("A {{literal}} {x}").match("A {literal} 1") == Values{{"x", "1"}});
  CHECK(MessageTemplate("").empty());
  CHECK(MessageTemplate("READ?").is_query());
  CHECK(MessageTemplate("VOLT:RANG? {what}").is_query());
  CHECK_FALSE(MessageTemplate("{what}?").is_query());
  CHECK_FALSE(MessageTemplate("CONF {range}").is_query());
}

TEST_CASE("a place with a text of its own is written by the simulator and dropped by the client") {
  const MessageTemplate reply("{value:.6E},V,{any=0.0E+00}");
  CHECK(reply.names() == std::vector<std::string>{"value"});
  CHECK(reply.fill_formatted({{"value", -33}}, {}) == "-3.300000E+01,V,0.0E+00");
  CHECK(reply.match("-3.300000E+01,V,5.0E+01") == Values{{"value", "-3.300000E+01"}});
  CHECK_FALSE(reply.match("-3.300000E+01,A,0.0E+00"));
}

TEST_CASE("random numbers in every form come back digit for digit, and no part of them does") {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(-30, 30);
  std::uniform_real_distribution<double> mantissa(-10, 10);
  for (const std::string form : {"+.8E", ".6E", "+.0e", ".3f", "+.2f", ".0f", "d", "+d", "12.4f", "+14.6E", "8d"}) {
    const MessageTemplate place("{value:" + form + "}");
    const MessageTemplate among("\"VOLT {value:" + form + "},{other:" + form + "}\"");
    const bool whole = form.back() == 'd' || form == ".0f";
    const bool fixed = form.back() == 'f' || whole;
    for (int i = 0; i < 300; ++i) {
      double value = mantissa(random) * std::pow(10.0, fixed ? std::fabs(exponent(random)) / 4 : exponent(random));
      if (whole) value = std::round(value);
      if (i == 0) value = 0;
      const std::string text = place.fill_formatted({{"value", value}}, {});
      INFO(form << " " << text);
      const auto found = place.match(text);
      REQUIRE(found);
      const auto number = parse_number(found->at("value"));
      REQUIRE(number);
      const std::size_t first = text.find_first_not_of(' ');
      CHECK(text.substr(first) == found->at("value"));
      CHECK(place.fill_formatted({{"value", *number}}, {}) == text);
      // Cut at its end. Whole numbers cannot show it: the reader of a status register asks twice.
      for (std::size_t length = first; !whole && length < text.size(); ++length)
        CHECK_FALSE(place.match(text.substr(0, length)));
      if (form[0] == '+' || (form.back() == 'E' && std::isdigit(static_cast<unsigned char>(text[first])))) {
        for (std::size_t begin = first + 1; begin < text.size(); ++begin)
          CHECK_FALSE(place.match(text.substr(begin)));  // … and at its beginning
      }
      const std::string both = among.fill_formatted({{"value", value}, {"other", -value}}, {});
      const auto pair = among.match(both);
      REQUIRE(pair);
      CHECK(*parse_number(pair->at("value")) == *number);
      CHECK(*parse_number(pair->at("other")) == -*number);
      for (std::size_t length = 0; length < both.size(); ++length)
        CHECK_FALSE(among.match(both.substr(0, length)));
    }
  }
}

TEST_CASE("a number in another form than the file gives is not matched") {
  const MessageTemplate reading("{value:+.8E}");
  CHECK(reading.match("+1.23456789E+00"));
  CHECK(reading.match("-9.90000000E+37"));
  CHECK(reading.match("  +1.23456789E-03\t"));
  CHECK(reading.match("+1.00000000E-100"));
  for (const std::string bad : {"+1.2345678E+00",
                                "+1.234567890E+00",
                                "1.23456789E+00",
                                "+1.23456789",
                                "+1.23456789E",
                                "+1.23456789E+",
                                "+1.23456789E-0",
                                "+1.23456789E00",
                                "+12.3456789E+00",
                                "+12.34567890E+00",
                                "+.23456789E+00",
                                "+1,23456789E+00",
                                "+1.23456789E+001",
                                "+1.23456789E+0000",
                                "1",
                                "+",
                                "",
                                "E+00",
                                "+1.23456789E+00+1.23456789E+00",
                                "++1.23456789E+00"}) {
    INFO(bad);
    CHECK_FALSE(reading.match(bad));
  }
  const MessageTemplate fixed("{value:.2f}");
  CHECK(fixed.match("1013.25"));
  CHECK(fixed.match("-0.50"));
  for (const std::string bad : {"1013.2", "1013.", "1013", "1013.250", "+1013.25", "1.01325E+03", ".25", "-", "-.50"}) {
    INFO(bad);
    CHECK_FALSE(fixed.match(bad));
  }
  const MessageTemplate whole("{status:d}");
  CHECK(whole.match("4097"));
  CHECK(whole.match("-1"));
  for (const std::string bad : {"40.97", "4E3", "+4097", "--1", "4-1", "", "."}) {
    INFO(bad);
    CHECK_FALSE(whole.match(bad));
  }
  // Text passes, so that its reader can call it by its name: not a number.
  CHECK(reading.match("OVERFLOW ERR") == Values{{"value", "OVERFLOW ERR"}});
  CHECK(reading.match("nan") == Values{{"value", "nan"}});
}

TEST_CASE("blanks and case") {
  const MessageTemplate message("OUT {value} V");
  CHECK(message.match("  OUT   10   V  ") == Values{{"value", "10"}});
  CHECK(message.match("OUT10V") == Values{{"value", "10"}});
  CHECK_FALSE(message.match("out 10 v"));
  CHECK(message.match("out 10 v", true) == Values{{"value", "10"}});
  CHECK_FALSE(message.match("OUT 10 A", true));
  CHECK_FALSE(message.match("OUT 10 V X"));
  const MessageTemplate three("{p:.2f} {t:.2f} {h:.2f}");
  CHECK(three.match("1013.25 20.10  45.00") == Values{{"p", "1013.25"}, {"t", "20.10"}, {"h", "45.00"}});
  CHECK_FALSE(three.match("1013.2520.1045.00"));
  CHECK_FALSE(three.match("1013.25 20.10"));
  CHECK_FALSE(three.match("1013.25 20.10 45.00 1.00"));
}

TEST_CASE("a value may hold what ends it") {
  const MessageTemplate error("{code:+d},\"{text}\"");
  CHECK(error.match("-113,\"Undefined header\"") == Values{{"code", "-113"}, {"text", "Undefined header"}});
  CHECK(error.match("-113,\"Undefined \"FOO\" header\"") ==
        Values{{"code", "-113"}, {"text", "Undefined \"FOO\" header"}});
  CHECK(error.match("-113,\"a,b\"") == Values{{"code", "-113"}, {"text", "a,b"}});
  CHECK(error.match("+0,\"\"") == Values{{"code", "+0"}, {"text", ""}});
  CHECK_FALSE(error.match("-113,\"Undefined header"));
  CHECK_FALSE(error.match("-113"));
}

TEST_CASE("a form filled up with zeros has always so many characters") {
  const MessageTemplate record("ST,{value:+010.4f}  {unit}");
  CHECK(record.fill_formatted({{"value", 123.4567}}, {{"unit", "g"}}) == "ST,+0123.4567  g");
  CHECK(record.fill_formatted({{"value", -1.5}}, {{"unit", "g"}}) == "ST,-0001.5000  g");
  CHECK(record.match("ST,+0123.4567  g") == Values{{"value", "+0123.4567"}, {"unit", "g"}});
  CHECK_FALSE(record.match("ST,+123.4567  g"));
  CHECK_FALSE(record.match("ST,+0123.456  g"));
  CHECK_FALSE(record.match("ST,+00123.4567  g"));
  CHECK(MessageTemplate("{n:04d}").fill_formatted({{"n", 7}}, {}) == "0007");
}

TEST_CASE("bad templates are refused with their text") {
  for (const std::string bad :
       {"OUT {value",   "OUT value}",    "{}",           "{:d}",         "{a b}",       "{a-b}",
        "{a}{b}",       "{x:}{y}",       "{value:q}",    "{value:+}",    "{value:.E}",  "{value:E}",
        "{value:.f}",   "{value:f}",     "{value:.99E}", "{value:999d}", "{value:.3d}", "{value:.3s}",
        "{value:0.2f}", "{value:+.8EE}", "{value:%f}",   "{ä}"}) {
    INFO(bad);
    CHECK_THROWS_AS(MessageTemplate(bad), InputError);
    CHECK_THROWS_WITH(MessageTemplate(bad), Catch::Contains(bad));
  }
  CHECK_THROWS_AS(MessageTemplate("{value:.3f}").fill_formatted({{"value", std::nan("")}}, {}), InputError);
  CHECK_THROWS_AS(MessageTemplate("{value:d}").fill_formatted({{"value", 1e300}}, {}), InputError);
}

TEST_CASE("what is no number is not read as one") {
  for (const std::string bad :
       {"",     " ",        "+",     "-",     ".",     "e",      "nan",      "NaN", "-nan", "+nan",  "inf",
        "-inf", "INFINITY", "0x10",  "0x1p3", "1e",    "1e+",    "1E-",      "+-1", "-+1",  "--1",   "++1",
        "1,5",  "1 2",      "1.2.3", "1e5.5", "1e400", "-1e400", "1e-400",   "12V", "V12",  "1_000", "1d5",
        "١",    "+ 1",      "- 1",   "1\n",   "\n1",   "1;2",    "OVERFLOW", "e5",  ".e5"}) {
    INFO("'" << bad << "'");
    CHECK_FALSE(parse_number(bad));
  }
  for (const auto& [text, value] : std::vector<std::pair<std::string, double>>{{"0", 0},
                                                                               {"-0", 0},
                                                                               {"+1.5", 1.5},
                                                                               {" 1.5\t", 1.5},
                                                                               {".5", 0.5},
                                                                               {"5.", 5},
                                                                               {"-.5", -0.5},
                                                                               {"1e5", 1e5},
                                                                               {"1E+05", 1e5},
                                                                               {"+9.90000000E+37", 9.9e37},
                                                                               {"007", 7},
                                                                               {"1e-308", 1e-308}}) {
    INFO(text);
    REQUIRE(parse_number(text));
    CHECK(*parse_number(text) == value);
  }
}

TEST_CASE("numbers are written so that the same double is read back") {
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(-1000) == "-1000");
  CHECK(format_number(1e-5) == "0.00001");
  CHECK(format_number(0.009) == "0.009");
  CHECK(format_number(1020) == "1020");
  CHECK(format_number(-0.0) == "0");
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(format_number(bad), InputError);
  std::mt19937_64 random(23);
  std::uniform_real_distribution<double> exponent(-300, 300);
  std::uniform_real_distribution<double> mantissa(-10, 10);
  for (int i = 0; i < 20000; ++i) {
    const double value = mantissa(random) * std::pow(10.0, i % 2 ? exponent(random) : exponent(random) / 60);
    const std::string text = format_number(value);
    const auto back = parse_number(text);
    INFO(text);
    REQUIRE(back);
    REQUIRE(*back == value);
    REQUIRE(text.size() <= 24);
  }
  for (const double extreme :
       {std::numeric_limits<double>::max(), std::numeric_limits<double>::min(), 1.0 / 3, 0.1 + 0.2})
    CHECK(*parse_number(format_number(extreme)) == extreme);
}
