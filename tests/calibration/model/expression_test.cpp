#include "calibration/model/expression.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <random>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

double value_of(const std::string& text, const std::vector<double>& values = {}) {
  return Expression::parse(text).value(values);
}

std::string error_of(const std::string& text, const std::vector<double>& values = {}) {
  try {
    Expression::parse(text).evaluate(values);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// The derivative by Richardson extrapolation of central differences: independent of the program under test.
double numerical_derivative(const Expression& expression, std::vector<double> values, std::size_t index) {
  const double x = values[index];
  double table[6][6];
  double h = 0.02 * std::max(0.1, std::fabs(x));
  for (int i = 0; i < 6; ++i, h /= 2) {
    values[index] = x + h;
    const double above = expression.value(values);
    values[index] = x - h;
    const double below = expression.value(values);
    table[i][0] = (above - below) / (2 * h);
    double power = 1;
    for (int j = 1; j <= i; ++j) {
      power *= 4;
      table[i][j] = table[i][j - 1] + (table[i][j - 1] - table[i - 1][j - 1]) / (power - 1);
    }
  }
  return table[4][4];
}

}  // namespace

TEST_CASE("precedence and associativity") {
  CHECK(value_of("1 + 2*3") == 7);
  CHECK(value_of("(1 + 2)*3") == 9);
  CHECK(value_of("10 - 4 - 3") == 3);
  CHECK(value_of("24/4/3") == 2);
  CHECK(value_of("2^3^2") == 512);
  CHECK(value_of("-3^2") == -9);
  CHECK(value_of("(-3)^2") == 9);
  CHECK(value_of("2^-1") == 0.5);
  CHECK(value_of("2^-2^2") == std::pow(2.0, -4.0));
  CHECK(value_of("-2*-3") == 6);
  CHECK(value_of("2--3") == 5);
  CHECK(value_of("+-+2") == -2);
  CHECK(value_of("2*3^2") == 18);
  CHECK(value_of("-x^2", {3}) == -9);
  CHECK(value_of("8/2*4") == 16);
}

TEST_CASE("numbers") {
  CHECK(value_of("1e-6") == 1e-6);
  CHECK(value_of("2.5E+3") == 2500);
  CHECK(value_of(".5") == 0.5);
  CHECK(value_of("5.") == 5);
  CHECK(value_of("0.1") == 0.1);
  CHECK(value_of("2*pi") == 2 * std::numbers::pi);
  CHECK(value_of("3e8-1") == 299999999);
  CHECK_THAT(error_of("1e999"), Catch::Contains("does not fit a double"));
  CHECK_THAT(error_of("1,5"), Catch::Contains("numbers use a dot"));
  CHECK_THAT(error_of("1.2.3"), Catch::Contains("column 4"));
  CHECK_THAT(error_of("0x10"), Catch::Contains("right after a number"));
  CHECK_THAT(error_of("."), Catch::Contains("not a number"));
  CHECK_THAT(error_of("2x"), Catch::Contains("expected an operator such as '*'"));
}

TEST_CASE("every function against the C library") {
  CHECK(value_of("sqrt(2)") == std::sqrt(2.0));
  CHECK(value_of("exp(1.5)") == std::exp(1.5));
  CHECK(value_of("log(1.5)") == std::log(1.5));
  CHECK(value_of("log10(1000)") == 3);
  CHECK(value_of("sin(1)") == std::sin(1.0));
  CHECK(value_of("cos(1)") == std::cos(1.0));
  CHECK(value_of("tan(1)") == std::tan(1.0));
  CHECK(value_of("asin(0.3)") == std::asin(0.3));
  CHECK(value_of("acos(0.3)") == std::acos(0.3));
  CHECK(value_of("atan(0.3)") == std::atan(0.3));
  CHECK(value_of("atan2(-1, -2)") == std::atan2(-1.0, -2.0));
  CHECK(value_of("sinh(0.3)") == std::sinh(0.3));
  CHECK(value_of("cosh(0.3)") == std::cosh(0.3));
  CHECK(value_of("tanh(0.3)") == std::tanh(0.3));
  CHECK(value_of("abs(-2)") == 2);
  CHECK(value_of("min(3, 1, 2)") == 1);
  CHECK(value_of("max(3, 5, 4)") == 5);
  CHECK(value_of("pow(2, 10)") == 1024);
  CHECK(value_of("hypot(3, 4)") == 5);
}

TEST_CASE("names are listed once, in order of first use") {
  const Expression expression = Expression::parse("(R_S + dR_D)*r_C*r - R_S/_x1");
  CHECK(expression.names() == std::vector<std::string>{"R_S", "dR_D", "r_C", "r", "_x1"});
  CHECK_NOTHROW(expression.check_names({"_x1", "r", "r_C", "dR_D", "R_S", "other"}));
  CHECK(is_name("R_S"));
  for (const char* bad : {"", "1a", "a-b", "pi", "sqrt", "a b", "\xCE\xB4"})
    CHECK_FALSE(is_name(bad));
}

TEST_CASE("errors show text, column and caret") {
  CHECK(error_of("a + * b") ==
        "unexpected '*': expected a number, a name or '(', at column 5 of the expression:\n  a + * b\n      ^");
  CHECK_THAT(error_of("(a + b"), Catch::Contains("never closed") && Catch::Contains("column 1"));
  CHECK_THAT(error_of("a + b)"), Catch::Contains("')' without a '('") && Catch::Contains("column 6"));
  CHECK_THAT(error_of("a b"), Catch::Contains("expected an operator"));
  CHECK_THAT(error_of("a +"), Catch::Contains("ends too early"));
  CHECK_THAT(error_of(""), Catch::Contains("empty"));
  CHECK_THAT(error_of("  \n "), Catch::Contains("empty"));
  CHECK_THAT(error_of("a ** 2"), Catch::Contains("write '^'"));
  CHECK_THAT(error_of("a = 2"), Catch::Contains("right-hand side"));
  CHECK_THAT(error_of("a − b"), Catch::Contains("write '-' for minus"));
  CHECK_THAT(error_of("a × b"), Catch::Contains("write '*'"));
  CHECK_THAT(error_of("sqrt"), Catch::Contains("'sqrt' is a function"));
  CHECK_THAT(error_of("sqr(4)"), Catch::Contains("did you mean 'sqrt'"));
  CHECK_THAT(error_of("x(4)"), Catch::Contains("'x' is not a function"));
  CHECK_THAT(error_of("sqrt()"), Catch::Contains("needs an argument"));
  CHECK_THAT(error_of("sqrt(1, 2)"), Catch::Contains("takes 1 argument") && Catch::Contains("column 7"));
  CHECK_THAT(error_of("hypot(1)"), Catch::Contains("needs 2 arguments"));
  CHECK_THAT(error_of("max(1)"), Catch::Contains("needs 2 arguments"));
  CHECK_THAT(error_of(std::string("a\0b", 3)), Catch::Contains("control character 0"));
  // The caret counts characters, not bytes, and shows the right line of several.
  CHECK_THAT(error_of("a +\n b + é"), Catch::Contains("line 2, column 6") && Catch::EndsWith("\n       ^"));
}

TEST_CASE("an unknown name suggests the nearest known") {
  const Expression expression = Expression::parse("reference + emf - refrence");
  try {
    expression.check_names({"reference", "emf", "drift"});
    FAIL("accepted");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()) ==
          "unknown name 'refrence': did you mean 'reference'?, at column 19 of the expression:\n"
          "  reference + emf - refrence\n                    ^");
  }
  CHECK_THROWS_WITH(Expression::parse("zzzzzz").check_names({"a", "b"}), Catch::Contains("expected one of a, b"));
  CHECK_THROWS_WITH(Expression::parse("PI").check_names({"a"}), Catch::Contains("did you mean 'pi'?"));
  CHECK_THROWS_WITH(Expression::parse("q").check_names({"a", "b"}), Catch::Contains("expected one of a, b"));
}

TEST_CASE("hostile texts end in an error, not in a crash") {
  CHECK_THAT(error_of(std::string(60000, '(') + "1" + std::string(5000, ')')), Catch::Contains("nested deeper"));
  CHECK_THAT(error_of(std::string(100000, '(')), Catch::Contains("more than the 65536"));
  CHECK_THAT(error_of(std::string(60000, '-') + "1"), Catch::Contains("nested deeper"));
  std::string powers = "1";
  for (int i = 0; i < 1000; ++i)
    powers += "^1";
  CHECK_THAT(error_of(powers), Catch::Contains("nested deeper"));
  std::string calls;
  for (int i = 0; i < 10000; ++i)
    calls += "sin(";
  CHECK_THAT(error_of(calls), Catch::Contains("nested deeper"));
  // A long flat sum is not deep.
  std::string terms = "x";
  for (int i = 0; i < 20000; ++i)
    terms += "+x";
  const ExpressionValue sum = Expression::parse(terms).evaluate({0.5});
  CHECK(sum.value == 10000.5);
  CHECK(sum.derivatives[0] == 20001);
  // A moderately deep one is fine.
  CHECK(value_of(std::string(150, '(') + "2" + std::string(150, ')')) == 2);
}

TEST_CASE("results that are not finite are errors that name the sub-expression") {
  CHECK_THAT(error_of("a + 1/(b - c)", {1, 2, 2}),
             Catch::Contains("'1/(b - c)' is infinite or too large with b = 2, c = 2") && Catch::Contains("column 5"));
  CHECK_THAT(error_of("sqrt(x - 2)", {1}), Catch::Contains("'sqrt(x - 2)' has no real value with x = 1"));
  CHECK_THAT(error_of("log(x)", {0}), Catch::Contains("infinite"));
  CHECK_THAT(error_of("asin(x)", {1.1}), Catch::Contains("no real value"));
  CHECK_THAT(error_of("0/x", {0}), Catch::Contains("no real value"));
  CHECK_THAT(error_of("x^0.5", {-1}), Catch::Contains("no real value"));
  CHECK_THAT(error_of("exp(x)", {1000}), Catch::Contains("too large"));
  CHECK_THAT(error_of("x", {std::nan("")}), Catch::Contains("no real value"));
  CHECK_THAT(error_of("1/(1 + 1/x)", {0}), Catch::Contains("'1/x'"));
  CHECK_THROWS_AS(Expression::parse("a + b").value({1}), InputError);
}

TEST_CASE("derivatives that do not exist are errors") {
  CHECK_THAT(error_of("sqrt(x)", {0}), Catch::Contains("no finite derivative"));
  CHECK_THAT(error_of("abs(x)", {0}), Catch::Contains("no derivative at 0"));
  CHECK_THAT(error_of("max(x, 1)", {1}), Catch::Contains("no derivative where"));
  CHECK_THAT(error_of("asin(x)", {1}), Catch::Contains("no finite derivative"));
  CHECK_THAT(error_of("hypot(x, y)", {0, 0}), Catch::Contains("no finite derivative"));
  CHECK_THAT(error_of("x^0.5", {0}), Catch::Contains("no finite derivative"));
  CHECK_THAT(error_of("x^n", {-2, 2}), Catch::Contains("no finite derivative"));
  // The value alone is there.
  CHECK(value_of("sqrt(x)", {0}) == 0);
  CHECK(value_of("abs(x)", {0}) == 0);
  CHECK(value_of("x^n", {-2, 2}) == 4);
  // Where a name is constant its derivative is not asked for.
  const Expression power = Expression::parse("x^n");
  const ExpressionValue result = power.evaluate({-2, 2}, {false, true});
  CHECK(result.value == 4);
  CHECK(result.derivatives == std::vector<double>{-4, 0});
  CHECK(Expression::parse("x + sqrt(c)").evaluate({1, 0}, {false, true}).derivatives == std::vector<double>{1, 0});
  // Powers at zero.
  CHECK(Expression::parse("x^2").evaluate({0}).derivatives[0] == 0);
  CHECK(Expression::parse("x^1").evaluate({0}).derivatives[0] == 1);
  CHECK(Expression::parse("x^0").evaluate({0}).derivatives[0] == 0);
}

TEST_CASE("derivatives agree with finite differences for every operation") {
  for (const char* text : {"x + y",
                           "x - y",
                           "x*y",
                           "x/y",
                           "x^y",
                           "-x*x",
                           "sqrt(x + y)",
                           "exp(x - y)",
                           "log(x*y)",
                           "log10(x + y^2)",
                           "sin(x*y)",
                           "cos(x - 3*y)",
                           "tan(x/(1 + y))",
                           "asin(x/4)",
                           "acos(y/4)",
                           "atan(x*y)",
                           "atan2(x, y)",
                           "atan2(-x, -y)",
                           "sinh(x)",
                           "cosh(x*y)",
                           "tanh(x - y)",
                           "abs(x - 3*y)",
                           "min(x, 2*y, x*y)",
                           "max(x, y, x - y)",
                           "pow(x, 3)",
                           "pow(2, y)",
                           "hypot(x, y)",
                           "(x + y)*(x - y)/(1 + x^2)^1.5",
                           "x*x*x*y + exp(-x^2)*sin(y)",
                           "y*x^-2",
                           "x^2^y",
                           "(x + 1)*(x + 1)",
                           "sqrt(x)*sqrt(x)*y"}) {
    const Expression expression = Expression::parse(text);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> uniform(0.6, 1.4);
    for (int trial = 0; trial < 20; ++trial) {
      std::vector<double> values;
      for (std::size_t i = 0; i < expression.names().size(); ++i)
        values.push_back(uniform(random));
      // Away from the kinks of abs, min and max by far more than the differences' step.
      if (std::string(text).find("abs(") == 0 && std::fabs(values[0] - 3 * values[1]) < 0.2) continue;
      const ExpressionValue result = expression.evaluate(values);
      CHECK(result.value == expression.value(values));
      const bool has_kinks = std::string(text).find("min(") == 0 || std::string(text).find("max(") == 0;
      if (has_kinks) {
        const double x = values[0];
        const double y = values[1];
        std::vector<double> arguments =
            text[1] == 'i' ? std::vector<double>{x, 2 * y, x * y} : std::vector<double>{x, y, x - y};
        std::sort(arguments.begin(), arguments.end());
        if (arguments[1] - arguments[0] < 0.1 || arguments[2] - arguments[1] < 0.1) continue;
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(text << " with respect to " << expression.names()[i]);
        const double expected = numerical_derivative(expression, values, i);
        CHECK(result.derivatives[i] == Approx(expected).epsilon(1e-9).margin(1e-9));
      }
    }
  }
}

TEST_CASE("value and derivatives do not depend on blanks") {
  const Expression spaced = Expression::parse("  ( a+b ) *\tc ^ 2\n / d ");
  const Expression tight = Expression::parse("(a+b)*c^2/d");
  CHECK(spaced.evaluate({1, 2, 3, 4}).value == tight.evaluate({1, 2, 3, 4}).value);
  CHECK(spaced.evaluate({1, 2, 3, 4}).derivatives == tight.evaluate({1, 2, 3, 4}).derivatives);
}
