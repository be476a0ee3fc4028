#include "calibration/model/syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numbers>

#include "base/error.h"
#include "base/language.h"
#include "calibration/model/expression_text.h"
#include "calibration/model/near_name.h"

namespace etalon::calibration {

using base::tr;

namespace {

constexpr std::size_t longest_text = 64 * 1024;
constexpr int deepest_nesting = 200;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Function {
  const char* name;
  Operation operation;
  std::size_t least_arguments;
  std::size_t most_arguments;
};
constexpr std::size_t any_number = 1000;
constexpr std::array functions{
    Function{"sqrt", Operation::square_root, 1, 1},
    Function{"exp", Operation::exponential, 1, 1},
    Function{"log", Operation::logarithm, 1, 1},
    Function{"log10", Operation::logarithm10, 1, 1},
    Function{"sin", Operation::sine, 1, 1},
    Function{"cos", Operation::cosine, 1, 1},
    Function{"tan", Operation::tangent, 1, 1},
    Function{"asin", Operation::arc_sine, 1, 1},
    Function{"acos", Operation::arc_cosine, 1, 1},
    Function{"atan", Operation::arc_tangent, 1, 1},
    Function{"atan2", Operation::arc_tangent2, 2, 2},
    Function{"sinh", Operation::hyperbolic_sine, 1, 1},
    Function{"cosh", Operation::hyperbolic_cosine, 1, 1},
    Function{"tanh", Operation::hyperbolic_tangent, 1, 1},
    Function{"abs", Operation::absolute, 1, 1},
    Function{"min", Operation::minimum, 2, any_number},
    Function{"max", Operation::maximum, 2, any_number},
    Function{"pow", Operation::power, 2, 2},
    Function{"hypot", Operation::hypotenuse, 2, 2},
};

const Function* find_function(std::string_view name) {
  for (const Function& function : functions) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

class SyntaxParser {
 public:
  explicit SyntaxParser(Syntax& result) : result_(result), text_(result.text) {}

  void parse() {
    if (text_.size() > longest_text) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the expression has {} bytes: more than the {} that are allowed")), text_.size(),
                      longest_text));
    }
    skip_space();
    if (at_end()) throw base::InputError(tr("the expression is empty: expected a formula such as 'a + b/2'"));
    sum();
    if (!at_end()) {
      if (text_[place_] == ')') fail(tr("')' without a '(' before it"));
      unexpected(tr("an operator (+ - * / ^) or the end"));
    }
  }

 private:
  bool at_end() const { return place_ >= text_.size(); }
  void skip_space() {
    while (!at_end() && is_space(text_[place_]))
      ++place_;
  }
  [[noreturn]] void fail_at(std::size_t place, const std::string& what) const {
    throw base::InputError(with_caret(text_, place, what));
  }
  [[noreturn]] void fail(const std::string& what) const { fail_at(place_, what); }
  [[noreturn]] void unexpected(const std::string& expected) const {
    if (at_end()) fail(fmt::format(fmt::runtime(tr("the expression ends too early: expected {}")), expected));
    const std::string found = character_at(text_, place_);
    std::string advice;
    if (found == "'−'" || found == "'–'") advice = tr("; write '-' for minus");
    if (found == "'×'" || found == "'·'" || found == "'⋅'") advice = tr("; write '*' for times");
    if (found == "'÷'" || found == "'：'") advice = tr("; write '/' for divided by");
    if (found == "'π'") advice = tr("; write 'pi'");
    if (found == "'，'" || found == "'（'" || found == "'）'") advice = tr("; write the ASCII character");
    if (found == "'='") advice = tr("; an expression is the right-hand side alone");
    if (found == "','") advice = tr("; numbers use a dot, and commas separate the arguments of a function");
    fail(fmt::format(fmt::runtime(tr("unexpected {}: expected {}{}")), found, expected, advice));
  }

  std::size_t add(Operation operation, std::size_t begin, std::size_t first, std::size_t second) {
    SyntaxStep step;
    step.operation = operation;
    step.first = first;
    step.second = second;
    step.begin = begin;
    step.end = last_;
    result_.steps.push_back(step);
    return result_.steps.size() - 1;
  }
  std::size_t add_number(std::size_t begin, double value) {
    const std::size_t step = add(Operation::number, begin, 0, 0);
    result_.steps[step].number = value;
    return step;
  }

  // The parser's own recursion is what a hostile text could exhaust.
  class Level {
   public:
    explicit Level(SyntaxParser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest_nesting) {
        parser_.fail(fmt::format(fmt::runtime(tr("nested deeper than {} levels: give parts of it names of their own")),
                                 deepest_nesting));
      }
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    SyntaxParser& parser_;
  };

  char operator_here(std::string_view which) {
    if (at_end() || which.find(text_[place_]) == std::string_view::npos) return 0;
    const char found = text_[place_];
    if (found == '*' && place_ + 1 < text_.size() && text_[place_ + 1] == '*')
      fail(tr("'**' is not an operator: write '^' for a power"));
    ++place_;
    skip_space();
    return found;
  }

  std::size_t sum() {
    const std::size_t begin = place_;
    std::size_t left = product();
    while (const char found = operator_here("+-")) {
      const std::size_t right = product();
      left = add(found == '+' ? Operation::add : Operation::subtract, begin, left, right);
    }
    return left;
  }

  std::size_t product() {
    const std::size_t begin = place_;
    std::size_t left = unary();
    while (const char found = operator_here("*/")) {
      const std::size_t right = unary();
      left = add(found == '*' ? Operation::multiply : Operation::divide, begin, left, right);
    }
    return left;
  }

  std::size_t unary() {
    const Level level(*this);
    const std::size_t begin = place_;
    const char sign = operator_here("+-");
    if (sign == 0) return power();
    const std::size_t operand = unary();
    return sign == '-' ? add(Operation::negate, begin, operand, operand) : operand;
  }

  std::size_t power() {
    const std::size_t begin = place_;
    const std::size_t base = primary();
    if (operator_here("^") == 0) return base;
    const std::size_t exponent = unary();
    return add(Operation::power, begin, base, exponent);
  }

  std::size_t primary() {
    if (at_end()) unexpected(tr("a number, a name or '('"));
    const char c = text_[place_];
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return name();
    if (c != '(') unexpected(tr("a number, a name or '('"));
    const std::size_t open = place_++;
    skip_space();
    const std::size_t inner = sum();
    close(open);
    return inner;
  }

  void close(std::size_t open) {
    if (at_end()) fail_at(open, tr("this '(' is never closed"));
    if (text_[place_] != ')') unexpected(tr("an operator (+ - * / ^) or ')'"));
    ++place_;
    last_ = place_;
    skip_space();
  }

  std::size_t number() {
    const std::size_t begin = place_;
    double value = 0;
    const char* const first = text_.data() + place_;
    const char* const last = text_.data() + text_.size();
    const auto [end, error] = std::from_chars(first, last, value);
    if (error == std::errc::result_out_of_range) fail(tr("the number does not fit a double (about 1e-308 to 1e308)"));
    if (error != std::errc()) fail(tr("not a number: expected digits, such as 0.5 or 2.5e-6"));
    place_ += static_cast<std::size_t>(end - first);
    if (!at_end() && (is_letter(text_[place_]) || text_[place_] == '.')) {
      fail(fmt::format(fmt::runtime(tr("unexpected {} right after a number: expected an operator such as '*'")),
                       character_at(text_, place_)));
    }
    last_ = place_;
    skip_space();
    return add_number(begin, value);
  }

  std::size_t name() {
    const std::size_t begin = place_;
    while (!at_end() && (is_letter(text_[place_]) || is_digit(text_[place_])))
      ++place_;
    const std::string name(text_.substr(begin, place_ - begin));
    last_ = place_;
    skip_space();
    const Function* const function = find_function(name);
    if (!at_end() && text_[place_] == '(') {
      if (name == "solve") return solve(begin);
      if (function != nullptr) return call(*function, begin);
      std::vector<std::string> known;
      for (const Function& candidate : functions)
        known.emplace_back(candidate.name);
      const std::string nearest = near_name(name, known);
      fail_at(begin, fmt::format(fmt::runtime(nearest.empty() ? tr("'{0}' is not a function; for a product write '*'")
                                                              : tr("'{0}' is not a function: did you mean '{1}'?")),
                                 name, nearest));
    }
    if (function != nullptr || name == "solve") {
      fail_at(begin, fmt::format(fmt::runtime(tr("'{}' is a function: expected '(' after it")), name));
    }
    if (name == "pi") return add_number(begin, std::numbers::pi);
    for (auto equation = open_equations_.rbegin(); equation != open_equations_.rend(); ++equation) {
      if (result_.equations[*equation].unknown != name) continue;
      const std::size_t step = add(Operation::input, begin, *equation, *equation);
      result_.steps[step].is_unknown = true;
      return step;
    }
    const auto found = std::find(result_.names.begin(), result_.names.end(), name);
    const auto index = static_cast<std::size_t>(found - result_.names.begin());
    if (found == result_.names.end()) {
      result_.names.push_back(name);
      result_.name_places.push_back(begin);
    }
    return add(Operation::input, begin, index, index);
  }

  std::size_t call(const Function& function, std::size_t begin) {
    const std::size_t open = place_++;
    skip_space();
    if (!at_end() && text_[place_] == ')') fail(fmt::format(fmt::runtime(tr("'{}' needs an argument")), function.name));
    std::vector<std::size_t> arguments{sum()};
    while (!at_end() && text_[place_] == ',') {
      if (arguments.size() == function.most_arguments) {
        fail(fmt::format(
            fmt::runtime(function.most_arguments == 1 ? tr("'{}' takes {} argument") : tr("'{}' takes {} arguments")),
            function.name, function.most_arguments));
      }
      ++place_;
      skip_space();
      arguments.push_back(sum());
    }
    if (arguments.size() < function.least_arguments && !at_end() && text_[place_] == ')') {
      fail(fmt::format(fmt::runtime(tr("'{}' needs {} arguments: expected ','")), function.name,
                       function.least_arguments));
    }
    close(open);
    if (arguments.size() == 1) return add(function.operation, begin, arguments[0], arguments[0]);
    std::size_t result = add(function.operation, begin, arguments[0], arguments[1]);
    for (std::size_t i = 2; i < arguments.size(); ++i) {
      result = add(function.operation, begin, result, arguments[i]);
    }
    return result;
  }

  // "solve(expression, for = x, start = expression)": the unknown is read first, so that the expression knows it.
  std::size_t solve(std::size_t begin) {
    const std::size_t open = place_++;
    skip_space();
    const std::size_t body = place_;
    int inside = 0;
    std::size_t comma = body;
    for (; comma < text_.size(); ++comma) {
      const char c = text_[comma];
      if (inside == 0 && (c == ',' || c == ')')) break;
      inside += c == '(' ? 1 : (c == ')' ? -1 : 0);
    }
    place_ = comma;
    const std::string form = tr("'solve' is written solve(expression, for = x, start = 1)");
    if (at_end()) fail_at(open, tr("this '(' is never closed"));
    const auto keyword = [&](std::string_view word) {
      if (at_end() || text_[place_] != ',') fail(form);
      ++place_;
      skip_space();
      if (text_.substr(place_, word.size()) != word) fail(form);
      place_ += word.size();
      skip_space();
      if (at_end() || text_[place_] != '=') fail(form);
      ++place_;
      skip_space();
    };
    keyword("for");
    const std::size_t unknown_place = place_;
    while (!at_end() && (is_letter(text_[place_]) || is_digit(text_[place_])))
      ++place_;
    SyntaxEquation equation;
    equation.unknown = std::string(text_.substr(unknown_place, place_ - unknown_place));
    equation.unknown_place = unknown_place;
    if (!is_name(equation.unknown)) fail_at(unknown_place, tr("expected the name of the unknown"));
    skip_space();
    // The start comes before the residual in the steps: the unknown has its unit.
    keyword("start");
    equation.start = sum();
    close(open);
    const std::size_t end = place_;
    const std::size_t end_of_token = last_;

    const std::size_t index = result_.equations.size();
    const auto body_begin = static_cast<std::ptrdiff_t>(result_.steps.size());
    result_.equations.push_back(equation);
    place_ = body;
    open_equations_.push_back(index);
    const std::size_t residual = sum();
    open_equations_.pop_back();
    if (place_ != comma) unexpected(tr("an operator (+ - * / ^) or ','"));
    const bool uses_unknown =
        std::any_of(result_.steps.begin() + body_begin, result_.steps.end(),
                    [&](const SyntaxStep& step) { return step.is_unknown && step.first == index; });
    if (!uses_unknown) {
      fail_at(body,
              fmt::format(fmt::runtime(tr("the expression does not depend on the unknown '{}'")), equation.unknown));
    }
    result_.equations[index].residual = residual;
    place_ = end;
    last_ = end_of_token;
    return add(Operation::solve, begin, index, index);
  }

  Syntax& result_;
  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t last_ = 0;  // end of the last token, without the blanks after it
  int depth_ = 0;
  std::vector<std::size_t> open_equations_;  // whose residual is being read, the innermost last
};

}  // namespace

Syntax parse_syntax(std::string_view text) {
  Syntax result;
  result.text = std::string(text);
  SyntaxParser(result).parse();
  return result;
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || text == "pi" || text == "solve") return false;
  if (find_function(text) != nullptr) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace etalon::calibration
