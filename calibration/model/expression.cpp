#include "calibration/model/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"

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
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The character at a place as it stands in the text, whole when it is several bytes of UTF-8.
std::string character_at(std::string_view text, std::size_t place) {
  std::size_t end = place + 1;
  while (end < text.size() && is_continuation(text[end]))
    ++end;
  const unsigned char byte = static_cast<unsigned char>(text[place]);
  if (byte < 0x20 || byte == 0x7F) return fmt::format(fmt::runtime(tr("control character {}")), static_cast<int>(byte));
  return fmt::format("'{}'", text.substr(place, end - place));
}

// "what, at column N:" and the line of the text with a caret under the place; a long line is shown in part.
std::string with_caret(std::string_view text, std::size_t place, const std::string& what) {
  constexpr std::size_t shown_before = 60;
  constexpr std::size_t shown_after = 40;
  std::size_t line_begin = place;
  while (line_begin > 0 && text[line_begin - 1] != '\n')
    --line_begin;
  std::size_t line_end = place;
  while (line_end < text.size() && text[line_end] != '\n')
    ++line_end;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line_begin), '\n');
  const bool several_lines = text.find('\n') != std::string_view::npos;

  std::size_t column = 1;
  for (std::size_t i = line_begin; i < place; ++i)
    column += is_continuation(text[i]) ? 0 : 1;

  std::size_t begin = place - line_begin > shown_before ? place - shown_before : line_begin;
  while (begin > line_begin && is_continuation(text[begin]))
    --begin;
  std::size_t end = line_end - place > shown_after ? place + shown_after : line_end;
  while (end < line_end && is_continuation(text[end]))
    ++end;

  std::string shown = begin > line_begin ? "..." : "";
  std::string caret(shown.size(), ' ');
  for (std::size_t i = begin; i < end; ++i) {
    const bool control = static_cast<unsigned char>(text[i]) < 0x20;
    shown += control ? ' ' : text[i];
    if (i < place && !is_continuation(text[i])) caret += ' ';
  }
  if (end < line_end) shown += "...";
  const std::string where = several_lines ? tr("{0}, at line {1}, column {2} of the expression:")
                                          : tr("{0}, at column {2} of the expression:");
  return fmt::format(fmt::runtime(where), what, line, column) + fmt::format("\n  {}\n  {}^", shown, caret);
}

// A sub-expression quoted in a message, shortened in the middle.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 80;
  if (text.size() <= longest) return fmt::format("'{}'", text);
  std::size_t head = longest / 2;
  while (is_continuation(text[head]))
    --head;
  std::size_t tail = text.size() - longest / 2;
  while (is_continuation(text[tail]))
    ++tail;
  return fmt::format("'{} ... {}'", text.substr(0, head), text.substr(tail));
}

}  // namespace

class ExpressionParser {
 public:
  explicit ExpressionParser(Expression& result) : result_(result), text_(result.text_) {}

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
  using Operation = Expression::Operation;
  using Step = Expression::Step;
  struct Function {
    const char* name;
    Operation operation;
    std::size_t least_arguments;
    std::size_t most_arguments;
  };
  static constexpr std::size_t any_number = 1000;
  static constexpr std::array functions{
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

  static const Function* find_function(std::string_view name) {
    for (const Function& function : functions) {
      if (name == function.name) return &function;
    }
    return nullptr;
  }
  friend class Expression;

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

  std::size_t add(Operation operation, std::size_t begin, std::size_t end, std::size_t first = 0,
                  std::size_t second = 0, double number = 0) {
    Step step;
    step.operation = operation;
    step.number = number;
    step.first = first;
    step.second = second;
    step.begin = begin;
    step.end = end;
    result_.steps_.push_back(step);
    return result_.steps_.size() - 1;
  }
  std::size_t add_binary(Operation operation, std::size_t left_begin, std::size_t first, std::size_t second) {
    return add(operation, left_begin, last_, first, second);
  }

  // The parser's own recursion is what a hostile text could exhaust.
  class Level {
   public:
    explicit Level(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest_nesting) {
        parser_.fail(fmt::format(fmt::runtime(tr("nested deeper than {} levels: give parts of it names of their own")),
                                 deepest_nesting));
      }
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    ExpressionParser& parser_;
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
      left = add_binary(found == '+' ? Operation::add : Operation::subtract, begin, left, right);
    }
    return left;
  }

  std::size_t product() {
    const std::size_t begin = place_;
    std::size_t left = unary();
    while (const char found = operator_here("*/")) {
      const std::size_t right = unary();
      left = add_binary(found == '*' ? Operation::multiply : Operation::divide, begin, left, right);
    }
    return left;
  }

  std::size_t unary() {
    const Level level(*this);
    const std::size_t begin = place_;
    const char sign = operator_here("+-");
    if (sign == 0) return power();
    const std::size_t operand = unary();
    return sign == '-' ? add(Operation::negate, begin, last_, operand) : operand;
  }

  std::size_t power() {
    const std::size_t begin = place_;
    const std::size_t base = primary();
    if (operator_here("^") == 0) return base;
    const std::size_t exponent = unary();
    return add_binary(Operation::power, begin, base, exponent);
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
    return add(Operation::number, begin, last_, 0, 0, value);
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
      if (function != nullptr) return call(*function, begin);
      std::vector<std::string> known;
      for (const Function& candidate : functions)
        known.emplace_back(candidate.name);
      const std::string nearest = base::nearest_word(name, known);
      fail_at(begin, fmt::format(fmt::runtime(nearest.empty() ? tr("'{0}' is not a function; for a product write '*'")
                                                              : tr("'{0}' is not a function: did you mean '{1}'?")),
                                 name, nearest));
    }
    if (function != nullptr) {
      fail_at(begin, fmt::format(fmt::runtime(tr("'{}' is a function: expected '(' after it")), name));
    }
    if (name == "pi") return add(Operation::number, begin, last_, 0, 0, std::numbers::pi);
    const auto found = std::find(result_.names_.begin(), result_.names_.end(), name);
    const auto index = static_cast<std::size_t>(found - result_.names_.begin());
    if (found == result_.names_.end()) {
      result_.names_.push_back(name);
      result_.name_places_.push_back(begin);
    }
    return add(Operation::variable, begin, last_, index);
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
    if (arguments.size() == 1) return add(function.operation, begin, last_, arguments[0]);
    std::size_t result = add(function.operation, begin, last_, arguments[0], arguments[1]);
    for (std::size_t i = 2; i < arguments.size(); ++i) {
      result = add(function.operation, begin, last_, result, arguments[i]);
    }
    return result;
  }

  Expression& result_;
  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t last_ = 0;  // end of the last token, without the blanks after it
  int depth_ = 0;
};

Expression Expression::parse(std::string_view text) {
  Expression result;
  result.text_ = std::string(text);
  ExpressionParser(result).parse();
  return result;
}

bool Expression::is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || text == "pi") return false;
  if (ExpressionParser::find_function(text) != nullptr) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

void Expression::check_names(const std::vector<std::string>& known) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (std::find(known.begin(), known.end(), names_[i]) != known.end()) continue;
    std::vector<std::string> candidates{"pi"};
    candidates.insert(candidates.end(), known.begin(), known.end());
    // One letter is near every other letter: the list says more.
    const std::string nearest = names_[i].size() < 2 ? "" : base::nearest_word(names_[i], candidates);
    std::string what;
    if (!nearest.empty()) {
      what = fmt::format(fmt::runtime(tr("unknown name '{}': did you mean '{}'?")), names_[i], nearest);
    } else if (!known.empty() && known.size() <= 20) {
      what = fmt::format(fmt::runtime(tr("unknown name '{}': expected one of {}")), names_[i], fmt::join(known, ", "));
    } else {
      what = fmt::format(fmt::runtime(tr("unknown name '{}'")), names_[i]);
    }
    throw base::InputError(with_caret(text_, name_places_[i], what));
  }
}

void Expression::fail(const Step& step, const std::string& what, const std::vector<double>& values) const {
  const std::string_view part = std::string_view(text_).substr(step.begin, step.end - step.begin);
  std::string given;
  for (std::size_t i = 0; i < names_.size() && i < values.size(); ++i) {
    // Only the names that stand in the sub-expression explain it.
    bool inside = false;
    for (const Step& other : steps_) {
      inside = inside || (other.operation == Operation::variable && other.first == i && other.begin >= step.begin &&
                          other.end <= step.end);
    }
    if (inside) given += fmt::format("{}{} = {}", given.empty() ? "" : ", ", names_[i], values[i]);
  }
  const std::string text = given.empty() ? fmt::format("{} {}", quoted(part), what)
                                         : fmt::format(fmt::runtime(tr("{} {} with {}")), quoted(part), what, given);
  throw base::InputError(with_caret(text_, step.begin, text));
}

double Expression::apply(const Step& step, const std::vector<double>& results) const {
  const bool leaf = step.operation == Operation::number || step.operation == Operation::variable;
  const double a = leaf ? 0 : results[step.first];
  const double b = leaf ? 0 : results[step.second];
  switch (step.operation) {
    case Operation::number:
      return step.number;
    case Operation::variable:
      break;  // taken from the values by run()
    case Operation::negate:
      return -a;
    case Operation::add:
      return a + b;
    case Operation::subtract:
      return a - b;
    case Operation::multiply:
      return a * b;
    case Operation::divide:
      return a / b;
    case Operation::power:
      return std::pow(a, b);
    case Operation::square_root:
      return std::sqrt(a);
    case Operation::exponential:
      return std::exp(a);
    case Operation::logarithm:
      return std::log(a);
    case Operation::logarithm10:
      return std::log10(a);
    case Operation::sine:
      return std::sin(a);
    case Operation::cosine:
      return std::cos(a);
    case Operation::tangent:
      return std::tan(a);
    case Operation::arc_sine:
      return std::asin(a);
    case Operation::arc_cosine:
      return std::acos(a);
    case Operation::arc_tangent:
      return std::atan(a);
    case Operation::hyperbolic_sine:
      return std::sinh(a);
    case Operation::hyperbolic_cosine:
      return std::cosh(a);
    case Operation::hyperbolic_tangent:
      return std::tanh(a);
    case Operation::absolute:
      return std::fabs(a);
    case Operation::arc_tangent2:
      return std::atan2(a, b);
    case Operation::hypotenuse:
      return std::hypot(a, b);
    case Operation::minimum:
      return std::min(a, b);
    case Operation::maximum:
      return std::max(a, b);
  }
  return std::nan("");
}

std::vector<double> Expression::run(const std::vector<double>& values) const {
  if (values.size() != names_.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the expression '{}' uses {} names but {} values were given")),
                                       text_, names_.size(), values.size()));
  }
  std::vector<double> results(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    results[i] = step.operation == Operation::variable ? values[step.first] : apply(step, results);
    if (!std::isfinite(results[i])) {
      fail(step, std::isnan(results[i]) ? tr("has no real value") : tr("is infinite or too large"), values);
    }
  }
  return results;
}

double Expression::value(const std::vector<double>& values) const {
  return run(values).back();
}

ExpressionValue Expression::evaluate(const std::vector<double>& values, const std::vector<bool>& constant) const {
  if (!constant.empty() && constant.size() != names_.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the expression '{}' uses {} names but {} were marked")), text_,
                                       names_.size(), constant.size()));
  }
  const std::vector<double> results = run(values);
  const std::size_t width = names_.size();

  // Which steps depend on something whose derivative is wanted: only there must the derivative exist.
  std::vector<bool> varies(steps_.size(), false);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (step.operation == Operation::variable) {
      varies[i] = constant.empty() || !constant[step.first];
    } else if (step.operation != Operation::number) {
      // Of a one-argument function `second` is 0 and must not be looked at.
      const bool one_argument = step.operation == Operation::negate ||
                                (step.operation >= Operation::square_root && step.operation <= Operation::absolute);
      varies[i] = varies[step.first] || (!one_argument && varies[step.second]);
    }
  }

  // Reverse sweep: adjoint[i] is the derivative of the result with respect to step i.
  std::vector<double> adjoint(steps_.size(), 0.0);
  std::vector<bool> reached(steps_.size(), false);
  adjoint.back() = 1;
  reached.back() = true;
  ExpressionValue evaluation;
  evaluation.value = results.back();
  evaluation.derivatives.assign(width, 0.0);

  for (std::size_t i = steps_.size(); i-- > 0;) {
    if (!varies[i] || !reached[i]) continue;
    const Step& step = steps_[i];
    if (step.operation == Operation::variable) {
      evaluation.derivatives[step.first] += adjoint[i];
      continue;
    }
    const double a = results[step.first];
    const double b = results[step.second];
    const double y = results[i];
    const auto pass = [&](std::size_t operand, double partial) {
      if (!varies[operand]) return;
      const double part = adjoint[i] * partial;
      if (!std::isfinite(partial) || !std::isfinite(part)) fail(step, tr("has no finite derivative"), values);
      adjoint[operand] += part;
      reached[operand] = true;
    };
    switch (step.operation) {
      case Operation::number:
      case Operation::variable:
        break;
      case Operation::negate:
        pass(step.first, -1);
        break;
      case Operation::add:
        pass(step.first, 1);
        pass(step.second, 1);
        break;
      case Operation::subtract:
        pass(step.first, 1);
        pass(step.second, -1);
        break;
      case Operation::multiply:
        pass(step.first, b);
        pass(step.second, a);
        break;
      case Operation::divide:
        pass(step.first, 1 / b);
        pass(step.second, -y / b);
        break;
      case Operation::power:
        pass(step.first, b == 0 ? 0 : b * std::pow(a, b - 1));
        // d(a^b)/db = a^b ln a; towards a = 0 with b > 0 it goes to 0.
        pass(step.second, a == 0 && b > 0 ? 0 : y * std::log(a));
        break;
      case Operation::square_root:
        pass(step.first, 0.5 / y);
        break;
      case Operation::exponential:
        pass(step.first, y);
        break;
      case Operation::logarithm:
        pass(step.first, 1 / a);
        break;
      case Operation::logarithm10:
        pass(step.first, 1 / (a * std::numbers::ln10));
        break;
      case Operation::sine:
        pass(step.first, std::cos(a));
        break;
      case Operation::cosine:
        pass(step.first, -std::sin(a));
        break;
      case Operation::tangent:
        pass(step.first, 1 + y * y);
        break;
      // (1 - a)(1 + a) keeps its digits near the ends, where 1 - a^2 does not.
      case Operation::arc_sine:
        pass(step.first, 1 / std::sqrt((1 - a) * (1 + a)));
        break;
      case Operation::arc_cosine:
        pass(step.first, -1 / std::sqrt((1 - a) * (1 + a)));
        break;
      case Operation::arc_tangent:
        pass(step.first, 1 / (1 + a * a));
        break;
      case Operation::hyperbolic_sine:
        pass(step.first, std::cosh(a));
        break;
      case Operation::hyperbolic_cosine:
        pass(step.first, std::sinh(a));
        break;
      case Operation::hyperbolic_tangent: {
        const double c = std::cosh(a);
        pass(step.first, std::isfinite(c) ? 1 / c / c : 0);
        break;
      }
      case Operation::absolute:
        if (a == 0 && varies[step.first]) fail(step, tr("has no derivative at 0"), values);
        pass(step.first, a < 0 ? -1 : 1);
        break;
      case Operation::arc_tangent2: {
        const double r = std::hypot(a, b);
        pass(step.first, b / r / r);
        pass(step.second, -a / r / r);
        break;
      }
      case Operation::hypotenuse:
        pass(step.first, a / y);
        pass(step.second, b / y);
        break;
      case Operation::minimum:
      case Operation::maximum: {
        if (a == b && step.first != step.second)
          fail(step, tr("has no derivative where its arguments are equal"), values);
        const bool first = step.operation == Operation::minimum ? a < b : a > b;
        pass(first ? step.first : step.second, 1);
        break;
      }
    }
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (!std::isfinite(evaluation.derivatives[i])) {
      fail(steps_.back(), fmt::format(fmt::runtime(tr("has no finite derivative with respect to {}")), names_[i]),
           values);
    }
  }
  return evaluation;
}

}  // namespace etalon::calibration
