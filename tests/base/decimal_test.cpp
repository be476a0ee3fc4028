#include "base/decimal.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "base/error.h"

using namespace etalon::base;

namespace {

std::string rounded(const std::string& text, int last_place) {
  return Decimal::parse(text).rounded(last_place).str();
}
std::string significant(const std::string& text, int count) {
  return Decimal::parse(text).rounded_significant(count).str();
}

std::string text_of(__int128 number) {
  if (number == 0) return "0";
  const bool negative = number < 0;
  std::string digits;
  for (__int128 rest = negative ? -number : number; rest > 0; rest /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  return negative ? "-" + digits : digits;
}

// Half-even division of whole numbers, by remainder and not by digits.
__int128 divide_half_even(__int128 number, __int128 divisor) {
  const __int128 magnitude = number < 0 ? -number : number;
  __int128 quotient = magnitude / divisor;
  const __int128 remainder = magnitude % divisor;
  if (2 * remainder > divisor || (2 * remainder == divisor && quotient % 2 == 1)) ++quotient;
  return number < 0 ? -quotient : quotient;
}

}  // namespace

TEST_CASE("decimal text is kept digit for digit") {
  for (const char* text :
       {"0", "0.0", "12.50", "-0.0250", "100.02147", "-10.000", "123456789012345678901234567890.5"}) {
    CHECK(Decimal::parse(text).str() == text);
  }
  CHECK(Decimal::parse("+9.99E-01").str() == "0.999");
  CHECK(Decimal::parse("1.5e3").str() == "1500");
  CHECK(Decimal::parse("25e2").last_place() == 2);
  CHECK(Decimal::parse("25e2").str() == "2500");
  CHECK(Decimal::parse("007.10").str() == "7.10");
  CHECK(Decimal::parse(".5").str() == "0.5");
  CHECK(Decimal::parse("5.").str() == "5");
  CHECK(Decimal::parse("0e5").str() == "0");
  CHECK(Decimal::parse("-0.00").str() == "0.00");
  CHECK_FALSE(Decimal::parse("-0.00").is_negative());
  CHECK(Decimal::parse("-0.00").is_zero());
  CHECK_FALSE(std::signbit(Decimal::parse("-0.00").to_double()));
}

TEST_CASE("what is not a decimal number is refused by name") {
  for (const char* text : {"",    " ",  "1 ", " 1", "nan", "inf", "-inf",  "NAN",   "0x10", "1,5", "1e",
                           "1e+", "e5", ".",  "-",  "+-1", "--1", "1.2.3", "1e5.0", "12a",  "1d3", "\xEF\xBC\x91"}) {
    INFO("text '" << text << "'");
    CHECK_THROWS_AS(Decimal::parse(text), InputError);
  }
  CHECK_THROWS_AS(Decimal::parse(std::string_view("1\0", 2)), InputError);
  CHECK_THROWS_WITH(Decimal::parse("12a"), Catch::Contains("12a"));
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(Decimal::from_double(value), InputError);
  }
}

TEST_CASE("huge exponents are errors, not allocations") {
  for (const char* text : {"1e999999999", "1e-999999999", "1e99999999999999999999", "-1e-99999999999999999999",
                           "1e1001", "0e999999999", "1e-1001", "0e-999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(Decimal::parse(text), InputError);
  }
  CHECK_THROWS_AS(Decimal::parse(std::string(100000, '1')), InputError);
  CHECK_THROWS_AS(Decimal::parse("1").rounded(-999999999), InputError);
  CHECK_THROWS_AS(Decimal::parse("1").rounded(999999999), InputError);
  CHECK_THROWS_AS(Decimal::parse("1").rounded_significant(999999999), InputError);
  CHECK_THROWS_AS(Decimal::parse("1").rounded_significant(0), InputError);
  CHECK_THROWS_AS(Decimal::parse("1e400").to_double(), InputError);
  CHECK(Decimal::parse("1e-400").to_double() == 0);
  CHECK(Decimal::parse("1e308").to_double() == 1e308);
  CHECK(Decimal::parse("4.9e-324").to_double() == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("half-even rounding of GB/T 8170 and ISO 80000-1") {
  CHECK(significant("0.0250", 1) == "0.02");
  CHECK(significant("0.0350", 1) == "0.04");
  CHECK(significant("0.025001", 1) == "0.03");
  CHECK(rounded("12.1498", -1) == "12.1");
  CHECK(rounded("1.050", -1) == "1.0");
  CHECK(rounded("0.35", -1) == "0.4");
  CHECK(rounded("2500", 3) == "2000");
  CHECK(rounded("3500", 3) == "4000");
  CHECK(Decimal::parse("2500").rounded(3).last_place() == 3);
  CHECK(rounded("10.5002", 0) == "11");
  CHECK(rounded("-0.5", 0) == "0");
  CHECK_FALSE(Decimal::parse("-0.5").rounded(0).is_negative());
  CHECK(rounded("-1.5", 0) == "-2");
  CHECK(rounded("-0.36", -1) == "-0.4");
  CHECK(rounded("0.004", 5) == "0");
  CHECK(rounded("99999", 9) == "0");
  CHECK(rounded("5", 1) == "0");
  CHECK(rounded("15", 1) == "20");
  CHECK(rounded("51", 2) == "100");
  CHECK(rounded("7", -3) == "7.000");
  CHECK(rounded("0", -3) == "0.000");
}

TEST_CASE("a carry moves the significant digits") {
  CHECK(significant("9.96", 2) == "10");
  CHECK(Decimal::parse("9.96").rounded_significant(2).last_place() == 0);
  CHECK(significant("9.996", 3) == "10.0");
  CHECK(significant("0.0996", 2) == "0.10");
  CHECK(significant("0.0996", 1) == "0.1");
  CHECK(significant("99.5", 2) == "100");
  CHECK(Decimal::parse("99.5").rounded_significant(2).last_place() == 1);
  CHECK(significant("-9.96", 2) == "-10");
  CHECK(significant("5", 2) == "5.0");
  CHECK(significant("0.000", 2) == "0.000");
}

TEST_CASE("rounding away from zero") {
  CHECK(Decimal::parse("1.01").rounded_away_from_zero(-1).str() == "1.1");
  CHECK(Decimal::parse("1.10").rounded_away_from_zero(-1).str() == "1.1");
  CHECK(Decimal::parse("-1.01").rounded_away_from_zero(-1).str() == "-1.1");
  CHECK(Decimal::parse("0.001").rounded_away_from_zero(0).str() == "1");
  CHECK(Decimal::parse("-0.001").rounded_away_from_zero(0).str() == "-1");
  CHECK(Decimal::parse("9.91").rounded_away_from_zero(-1).str() == "10.0");
  CHECK(Decimal::parse("0.00").rounded_away_from_zero(-1).str() == "0.0");
  CHECK(Decimal::parse("1").rounded_away_from_zero(-2).str() == "1.00");
}

TEST_CASE("a double is its shortest decimal text") {
  CHECK(Decimal::from_double(0.1).str() == "0.1");
  CHECK(Decimal::from_double(-1e-7).str() == "-0.0000001");
  CHECK(Decimal::from_double(1e22).str() == "10000000000000000000000");
  CHECK(Decimal::from_double(-0.0).str() == "0");
  // 0.15 as a double lies below 0.15; its text is a tie and goes to even.
  CHECK(Decimal::from_double(0.15).rounded(-1).str() == "0.2");
  CHECK(Decimal::from_double(0.25).rounded(-1).str() == "0.2");
  CHECK(Decimal::from_double(1.005).rounded(-2).str() == "1.00");

  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value) || value == 0) continue;
    const Decimal number = Decimal::from_double(value);
    REQUIRE(number.to_double() == value);
    REQUIRE(std::strtod(number.str().c_str(), nullptr) == value);
    REQUIRE(Decimal::parse(number.str()).to_double() == value);
  }
}

TEST_CASE("rounding agrees with whole-number arithmetic") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 50000; ++i) {
    // Few digits now and then, so that ties are common.
    const std::uint64_t limit = i % 2 ? 2000 : 1000000000000000000;
    __int128 number = static_cast<__int128>(random() % limit);
    if (random() % 2) number = -number;
    const int exponent = -static_cast<int>(random() % 12);
    const int dropped = static_cast<int>(random() % 20);
    __int128 divisor = 1;
    for (int k = 0; k < dropped; ++k)
      divisor *= 10;
    const __int128 expected = divide_half_even(number, divisor);

    const Decimal exact = Decimal::parse(text_of(number) + "e" + std::to_string(exponent));
    const Decimal result = exact.rounded(exponent + dropped);
    INFO(text_of(number) << "e" << exponent << " at 10^" << exponent + dropped);
    REQUIRE(result.last_place() == exponent + dropped);
    // Compared as text: whole units of the last place.
    const Decimal expected_text = Decimal::parse(text_of(expected) + "e" + std::to_string(exponent + dropped));
    REQUIRE(result.str() == expected_text.str());
    REQUIRE(result.rounded(exponent + dropped).str() == result.str());
    // Plain text reads back to the same number.
    REQUIRE(Decimal::parse(result.str()).to_double() == result.to_double());

    const __int128 magnitude = number < 0 ? -number : number;
    const __int128 away = (magnitude + divisor - 1) / divisor;
    const std::string away_text = text_of(number < 0 ? -away : away) + "e" + std::to_string(exponent + dropped);
    REQUIRE(exact.rounded_away_from_zero(exponent + dropped).str() == Decimal::parse(away_text).str());
  }
}

TEST_CASE("a result is aligned to its uncertainty") {
  const auto check = [](double value, double uncertainty, const char* y, const char* u, int digits = 2) {
    const RoundedResult result = round_result(value, uncertainty, digits);
    INFO(value << " ± " << uncertainty);
    CHECK(result.value == y);
    CHECK(result.expanded_uncertainty == u);
  };
  // GUM 7.2.2 and 7.2.4: 100 g mass standard, u_c = 0.35 mg, U = 0.79 mg.
  check(100.02147, 0.00035, "100.02147", "0.00035");
  check(100.02147, 0.00079, "100.02147", "0.00079");
  // GUM 7.2.6: 10.05762 ohm with 27 mohm is 10.058 ohm.
  check(10.05762, 0.027, "10.058", "0.027");
  // EA-4/02 M:2022 S4 (hand-held multimeter at 100 V): E = 0.10 V, U = 0.06 V given with one digit.
  check(0.1, 0.0603, "0.10", "0.06", 1);
  check(1.23456, 0.0996, "1.23", "0.10");
  check(1.2355, 0.00996, "1.236", "0.010");
  check(12345.678, 149.9, "12350", "150");
  check(12345.678, 1234.0, "12300", "1200");
  check(-0.0004, 0.012, "0.000", "0.012");
  check(0, 0.0123, "0.000", "0.012");
  check(5, 0.2, "5.00", "0.20");
  check(-0.0000025, 0.0000010, "-0.0000025", "0.0000010");
  CHECK(round_result(12345.678, 1234.0).last_place == 2);
  CHECK(round_result(1.23456, 0.0996).last_place == -2);
  for (const double uncertainty : {0.0, -0.1, std::numeric_limits<double>::quiet_NaN(), HUGE_VAL}) {
    CHECK_THROWS_AS(round_result(1, uncertainty), InputError);
  }
  CHECK_THROWS_AS(round_result(std::numeric_limits<double>::quiet_NaN(), 1), InputError);
}

TEST_CASE("rounding never lowers the uncertainty by more than 5 % (EA-4/02 6.3)") {
  CHECK(round_result(1, 0.14, 1).expanded_uncertainty == "0.2");
  CHECK(round_result(1, 0.104, 1).expanded_uncertainty == "0.1");
  CHECK(round_result(1, 0.106, 1).expanded_uncertainty == "0.2");
  CHECK(round_result(1, 0.0749, 1).expanded_uncertainty == "0.08");
  CHECK(round_result(1, 9.4, 1).expanded_uncertainty == "9");
  CHECK(round_result(1, 0.0945, 1).expanded_uncertainty == "0.09");
  CHECK(round_result(1, 0.0949, 1).expanded_uncertainty == "0.1");
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-12, 6);
  for (int i = 0; i < 5000; ++i) {
    const double uncertainty = std::pow(10.0, exponent(random));
    for (const int digits : {1, 2}) {
      const RoundedResult result = round_result(0.123456789, uncertainty, digits);
      const double printed = std::strtod(result.expanded_uncertainty.c_str(), nullptr);
      INFO(uncertainty << " printed " << printed);
      REQUIRE(printed >= 0.95 * uncertainty);
      REQUIRE(printed <= 2 * uncertainty);
      const std::string& value = result.value;
      const std::string& u = result.expanded_uncertainty;
      const auto decimals = [](const std::string& text) {
        return text.find('.') == std::string::npos ? 0 : text.size() - text.find('.') - 1;
      };
      REQUIRE(decimals(value) == decimals(u));
    }
  }
}

TEST_CASE("significant digits in plain notation") {
  CHECK(format_significant(1234.5, 2) == "1200");
  CHECK(format_significant(0.00012345, 3) == "0.000123");
  CHECK(format_significant(2.5, 1) == "2");
  CHECK(format_significant(0, 3) == "0");
  CHECK(format_significant(-99.96, 3) == "-100");
  CHECK_THROWS_AS(format_significant(HUGE_VAL, 3), InputError);
}
