#include "archive/dcc_verdicts.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "archive/dcc_unit.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::archive {

using base::tr;

namespace {

struct Number {
  double value = 0;
  double half_digit = 0;
};

std::optional<Number> number(const std::string& text) {
  // An exception for each of a million words takes its time.
  if (text.empty() || std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return std::nullopt;
  try {
    const auto decimal = base::Decimal::parse(text);
    return Number{decimal.to_double(), 0.501 * std::pow(10.0, decimal.last_place())};
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

// The word for one value; empty when the words cannot be dealt out.
std::string word(const Words& words, std::size_t i, std::size_t n) {
  if (!dealt_out(words, n)) return {};
  return words.size() == 1 ? words[0] : words[i];
}

struct Point {
  std::string text;
  std::string unit;
  // How far the values that can be attributed to the quantity reach, about 95 %: U on both sides or to the ends of a
  // coverage interval; larger than the truth where no such thing is stated.
  std::optional<double> below;
  std::optional<double> above;
  bool is_stated = false;
  std::optional<double> half_digit_of_ends;  // of a coverage interval

  void reach(double down, double up, bool stated) {
    below = down;
    above = up;
    is_stated = stated;
  }
};

std::vector<Point> points_of(const DccNumbers& numbers) {
  std::vector<Point> points;
  const std::size_t n = numbers.values.size();
  for (std::size_t i = 0; i < n; ++i) {
    Point point;
    point.text = numbers.values[i];
    point.unit = word(numbers.units, i, n);
    const auto value = number(point.text);
    if (const auto& u = numbers.uncertainty) {
      const auto stated = number(word(u->values, i, n));
      const auto lower = number(word(u->lower, i, n));
      const auto upper = number(word(u->upper, i, n));
      if (u->kind == DccUncertainty::Kind::coverage_interval && value && lower && upper) {
        point.reach(value->value - lower->value, upper->value - value->value, true);
        point.half_digit_of_ends = std::max(lower->half_digit, upper->half_digit);
      } else if (stated && u->kind == DccUncertainty::Kind::expanded)
        point.reach(stated->value, stated->value, true);
      else if (stated)
        point.reach(3 * stated->value, 3 * stated->value, false);
    }
    points.push_back(std::move(point));
  }
  return points;
}

std::vector<Point> points_of(const DccQuantity& quantity) {
  std::vector<Point> points = points_of(static_cast<const DccNumbers&>(quantity));
  if (quantity.others_are == DccQuantity::Others::further_values) {
    for (const auto& other : quantity.others) {
      for (Point& point : points_of(other))
        points.push_back(std::move(point));
    }
  }
  if (!quantity.relative_uncertainty) return points;
  const DccNumbers& relative = *quantity.relative_uncertainty;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto value = number(points[i].text);
    const auto stated = number(word(relative.values, i, points.size()));
    const DccUnit unit = dcc_unit(word(relative.units, i, points.size()));
    if (points[i].below || !value || !stated || unit.state != DccUnit::State::known) continue;
    if (base::convertible(unit.unit, "1")) {
      const double u = 3 * std::abs(value->value) * base::convert(stated->value, unit.unit, "1");
      points[i].reach(u, u, false);
    }
  }
  return points;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

struct Limit {
  bool acceptance = false;
  bool upper = false;
  const DccQuantity* quantity = nullptr;
};

std::vector<Limit> limits_of(const DccMetaData& judgement) {
  std::vector<Limit> limits;
  for (const auto& quantity : judgement.quantities) {
    for (const auto& type : quantity.ref_types) {
      for (const bool acceptance : {true, false}) {
        for (const bool upper : {true, false}) {
          const std::string end =
              std::string(acceptance ? "acceptance" : "tolerance") + "Limit" + (upper ? "Upper" : "Lower");
          if (ends_with(type, end)) limits.push_back({acceptance, upper, &quantity});
        }
      }
    }
  }
  return limits;
}

class Comparison {
 public:
  Comparison(const DccQuantity& quantity, const DccMetaData& judgement, const std::string& label, DccFindings& findings)
      : quantity_(quantity),
        judgement_(judgement),
        label_(label),
        points_(points_of(quantity)),
        limits_(limits_of(judgement)),
        found_(findings.found, judgement.line),
        undecided_(findings.undecided, judgement.line) {}

  void run() {
    const std::size_t n = points_.size();
    for (std::size_t i = 0; i < judgement_.conformity.size(); ++i) {
      const std::string& one = judgement_.conformity[i];
      if (!is_favourable(one) && !is_unfavourable(one))
        found_.add(fmt::format(fmt::runtime(tr("{}: \"{}\" is no word of conformity")), name(), quoted(one)));
    }
    // A list of another length is a finding of its own.
    if (!dealt_out(judgement_.conformity, n)) return;
    if (quantity_.form != DccNumbers::Form::real) {
      undecided_.add(
          fmt::format(fmt::runtime(tr("{}: its verdicts are not on real numbers and were not compared")), name()));
      return;
    }
    if (limits_.empty()) {
      undecided_.add(
          fmt::format(fmt::runtime(tr("{}: no limits stand beside its verdicts to compare them with")), name()));
      return;
    }
    for (std::size_t i = 0; i < n; ++i)
      compare(i, word(judgement_.conformity, i, n));
  }

 private:
  // How far a value lies beyond a limit, in the value's unit; negative: within.
  struct Distance {
    double excess = 0;
    double slack = 0;
    double bound = 0;
    double bound_slack = 0;
    std::string limit;
  };

  using Limits = std::optional<Distance>[2][2];  // [acceptance][upper]

  static bool is_favourable(const std::string& word) {
    return word == "pass" || word == "conditionalPass" || word == "noFail";
  }
  static bool is_unfavourable(const std::string& word) {
    return word == "fail" || word == "conditionalFail" || word == "noPass";
  }

  std::string name() const {
    return judgement_.ref_types.empty() ? label_ : label_ + " (" + quoted(judgement_.ref_types.front()) + ")";
  }
  std::string which(std::size_t i) const {
    return fmt::format(fmt::runtime(tr("{}: value number {} ({})")), name(), i + 1, quoted(points_[i].text));
  }

  std::optional<double> converted(double limit, const std::string& from, const std::string& to, bool difference) const {
    if (from == to) return limit;
    const DccUnit a = dcc_unit(from), b = dcc_unit(to);
    if (a.state != DccUnit::State::known || b.state != DccUnit::State::known) return std::nullopt;
    if (!base::convertible(a.unit, b.unit)) return std::nullopt;
    // An error of 0.1 degC is one of 0.1 K; a temperature is not.
    if (difference || quantity_.has_ref_type("basic_measurementError"))
      return base::convert_difference(limit, a.unit, b.unit);
    return base::convert(limit, a.unit, b.unit);
  }

  std::optional<Distance> distance(std::size_t i, const Limit& limit) const {
    if (limit.quantity->others_are == DccQuantity::Others::further_values) return std::nullopt;
    const auto value = number(points_[i].text);
    const std::string text = word(limit.quantity->values, i, points_.size());
    const std::string unit = word(limit.quantity->units, i, points_.size());
    const auto bound = number(text);
    if (!value || !bound) return std::nullopt;
    try {
      const auto there = converted(bound->value, unit, points_[i].unit, false);
      const auto half_digit = converted(bound->half_digit, unit, points_[i].unit, true);
      if (!there || !half_digit) return std::nullopt;
      Distance out;
      out.excess = limit.upper ? value->value - *there : *there - value->value;
      out.slack = value->half_digit + std::abs(*half_digit);
      out.bound = *there;
      out.bound_slack = std::abs(*half_digit);
      out.limit = quoted(text) + " " + shown_unit(unit);
      return out;
    } catch (const base::InputError&) {
      return std::nullopt;  // periods against angles, numbers beyond a double
    }
  }

  void compare(std::size_t i, const std::string& verdict) {
    if (points_[i].text == "NaN") {
      found_.add(fmt::format(fmt::runtime(tr("{}: the verdict is \"{}\", but there is no value")), which(i), verdict));
      return;
    }
    Limits at;
    for (const auto& limit : limits_) {
      auto& place = at[limit.acceptance][limit.upper];
      if (place) {
        undecided_.add(fmt::format(fmt::runtime(tr("{}: two limits of one kind stand beside its verdict")), which(i)));
        return;
      }
      if (word(limit.quantity->values, i, points_.size()) == "NaN") continue;  // none for this value
      place = distance(i, limit);
      if (!place) {
        undecided_.add(fmt::format(fmt::runtime(tr("{}: its limit could not be compared with it")), which(i)));
        return;
      }
    }
    if (!at[0][0] && !at[0][1] && !at[1][0] && !at[1][1]) {
      undecided_.add(fmt::format(fmt::runtime(tr("{}: no limit stands beside its verdict")), which(i)));
      return;
    }
    for (const bool upper : {false, true})
      limits_of_one_side(i, upper, at[true][upper], at[false][upper]);
    for (const auto& [lower, upper] : at) {
      // Limits of equal size about zero beside a value: they may be meant for its error.
      if (!quantity_.has_ref_type("basic_measurementError") && lower && upper && lower->bound == -upper->bound &&
          (lower->excess > 0 || upper->excess > 0)) {
        undecided_.add(fmt::format(fmt::runtime(tr("{}: whether its limits are meant for the value or for its error is "
                                                   "not said")),
                                   which(i)));
        return;
      }
    }
    if (is_favourable(verdict)) {
      bool fits = true;
      for (const bool upper : {false, true})
        fits = favourable(i, verdict, upper, at[true][upper], at[false][upper]) && fits;
      if (fits && verdict == "conditionalPass") needs_no_condition(i, verdict, at);
    } else if (is_unfavourable(verdict)) {
      unfavourable(i, verdict, at);
    }
  }

  // Whoever accepts more than what is tolerated tolerates it.
  void limits_of_one_side(std::size_t i, bool upper, const std::optional<Distance>& acceptance,
                          const std::optional<Distance>& tolerance) {
    if (!acceptance || !tolerance) return;
    const double wider = upper ? acceptance->bound - tolerance->bound : tolerance->bound - acceptance->bound;
    if (wider > acceptance->bound_slack + tolerance->bound_slack + 1e-12 * std::abs(tolerance->bound)) {
      found_.add(fmt::format(fmt::runtime(tr("{}: its acceptance limit {} is wider than its tolerance limit {}")),
                             which(i), acceptance->limit, tolerance->limit));
    }
  }

  // How far the values that can be attributed to the quantity reach from value i to the limit that it is beyond, or
  // (`away`) that it is within.
  std::optional<double> reach(std::size_t i, bool upper, bool away) const {
    return upper == away ? points_[i].above : points_[i].below;
  }

  // Whether the word fits these limits.
  bool favourable(std::size_t i, const std::string& verdict, bool upper, const std::optional<Distance>& acceptance,
                  const std::optional<Distance>& tolerance) {
    if (acceptance && verdict == "pass") {
      if (acceptance->excess > acceptance->slack) {
        found_.add(fmt::format(fmt::runtime(tr("{} is said to pass beyond its acceptance limit {}")), which(i),
                               acceptance->limit));
        return false;
      }
      if (acceptance->excess > 1e-9 * acceptance->slack) {
        undecided_.add(
            fmt::format(fmt::runtime(tr("{} is said to pass beyond its limit {}, by no more than rounding explains")),
                        which(i), acceptance->limit));
        return false;
      }
    }
    if (!tolerance || tolerance->excess <= 1e-9 * tolerance->slack) return true;
    const auto u = reach(i, upper, false);
    const bool accepted = acceptance && verdict == "pass";  // then no other rule can have made it pass
    // The ends of an interval are numbers of their own; the limit counts as it is stated.
    const auto& end = points_[i].half_digit_of_ends;
    const bool excluded = end && u && tolerance->excess > *u + *end;
    if (excluded || tolerance->excess > tolerance->slack + (accepted ? 0 : u.value_or(0))) {
      found_.add(fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its tolerance limit {}")), which(i),
                             verdict, tolerance->limit));
    } else if (!points_[i].is_stated) {
      undecided_.add(
          fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its tolerance limit {}; there is no U to compare "
                                      "with")),
                      which(i), verdict, tolerance->limit));
    } else if (tolerance->excess > *u) {
      undecided_.add(
          fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its tolerance limit {}, by more than U "
                                      "but no more than rounding explains")),
                      which(i), verdict, tolerance->limit));
    } else {
      undecided_.add(
          fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its tolerance limit {}, by less than U; "
                                      "whether its rule allows that is not known")),
                      which(i), verdict, tolerance->limit));
    }
    return false;
  }

  bool within(std::size_t i, const Limits& at, bool acceptance, bool with_uncertainty) const {
    for (const bool upper : {false, true}) {
      const auto& d = at[acceptance][upper];
      const auto u = reach(i, upper, true);
      if (!d || (with_uncertainty && !u)) return false;
      if (d->excess >= -(d->slack + (with_uncertainty ? *u : 0))) return false;
    }
    return true;
  }

  void within_both(std::size_t i, const std::string& verdict, const Limits& at, bool acceptance,
                   bool with_uncertainty) {
    const std::string sentence =
        !with_uncertainty ? tr("{} is said to be \"{}\" within both acceptance limits, {} and {}")
        : acceptance      ? tr("{} is said to be \"{}\" within both acceptance limits, {} and {}, with U to spare")
                          : tr("{} is said to be \"{}\" within both tolerance limits, {} and {}, with U to spare");
    found_.add(
        fmt::format(fmt::runtime(sentence), which(i), verdict, at[acceptance][0]->limit, at[acceptance][1]->limit));
  }

  void needs_no_condition(std::size_t i, const std::string& verdict, const Limits& at) {
    for (const bool acceptance : {true, false}) {
      if (!within(i, at, acceptance, true)) continue;
      within_both(i, verdict, at, acceptance, true);
      return;
    }
  }

  void unfavourable(std::size_t i, const std::string& verdict, const Limits& at) {
    if (within(i, at, true, false)) return within_both(i, verdict, at, true, false);
    if (within(i, at, false, true)) return within_both(i, verdict, at, false, true);
    bool is_beyond = false;
    for (const bool upper : {false, true}) {
      const auto& tolerance = at[false][upper];
      const auto u = reach(i, upper, false);
      is_beyond = is_beyond || (tolerance && tolerance->excess > 0) || (at[true][upper] && at[true][upper]->excess > 0);
      if (verdict != "conditionalFail" || !u) continue;
      if (tolerance && tolerance->excess > tolerance->slack + *u) {
        found_.add(
            fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its tolerance limit {}, with U to spare")),
                        which(i), verdict, tolerance->limit));
        return;
      }
      // A guard band is seldom wider than U, and the condition reaches as far beyond the tolerance limit.
      const auto& acceptance = at[true][upper];
      if (!tolerance && acceptance && acceptance->excess > acceptance->slack + 4 * *u) {
        found_.add(
            fmt::format(fmt::runtime(tr("{} is said to be \"{}\" beyond its acceptance limit {} by more than 4 U")),
                        which(i), verdict, acceptance->limit));
        return;
      }
    }
    if (!is_beyond)
      undecided_.add(
          fmt::format(fmt::runtime(tr("{} is said to be \"{}\" within the limits that are stated; which rule "
                                      "makes it so is not known")),
                      which(i), verdict));
  }

  const DccQuantity& quantity_;
  const DccMetaData& judgement_;
  const std::string& label_;
  const std::vector<Point> points_;
  const std::vector<Limit> limits_;
  DccRepeatedIssue found_;
  DccRepeatedIssue undecided_;
};

}  // namespace

void compare_verdicts(const DccQuantity& quantity, const std::string& label, DccFindings& findings) {
  for (const auto& one : quantity.metadata) {
    if (one.is_judgement()) Comparison(quantity, one, label, findings).run();
  }
}

}  // namespace etalon::archive
