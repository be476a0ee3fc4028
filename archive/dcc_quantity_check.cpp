#include "archive/dcc_quantity_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "archive/dcc_unit.h"
#include "archive/dcc_verdicts.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::archive {

using base::message_id;
using base::tr;

namespace {

using base::Decimal;
using Form = DccNumbers::Form;

std::optional<Decimal> decimal(const std::string& text) {
  // An exception for each of a million words takes its time.
  if (text.empty() || std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return std::nullopt;
  try {
    return Decimal::parse(text);
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

// D-SI writes a value that is not there as NaN.
bool is_missing(const std::string& text) {
  return text == "NaN";
}

class NumbersCheck {
 public:
  NumbersCheck(const DccNumbers& numbers, const std::string& label, DccFindings& findings)
      : numbers_(numbers), label_(label), findings_(findings), n_(numbers.values.size()) {}

  void run() {
    if (n_ == 0) found(fmt::format(fmt::runtime(tr("{} has no values")), label_));
    if (numbers_.form == Form::words) return;
    values(message_id("value"), numbers_.values, true);
    if (numbers_.form == Form::complex_cartesian || numbers_.form == Form::complex_polar) {
      length(message_id("second parts"), numbers_.second_values, true);
      if (numbers_.second_values.size() != n_) {
        found(fmt::format(fmt::runtime(tr("{}: {} second parts of complex numbers for {} first ones")), label_,
                          numbers_.second_values.size(), n_));
      }
      values(message_id("second part"), numbers_.second_values, true);
    }
    length(message_id("units"), numbers_.units, true);
    units(numbers_.units);
    if (numbers_.form == Form::complex_polar) {
      length(message_id("units of the phase"), numbers_.phase_units, true);
      units(numbers_.phase_units);
    }
    length(message_id("times"), numbers_.times, false);
    if (numbers_.uncertainty) uncertainty(*numbers_.uncertainty);
    for (const auto& region : numbers_.regions) {
      factors(region.coverage_factors);
      probabilities(region.coverage_probabilities);
    }
  }

 private:
  void found(const std::string& message) { findings_.found.add(numbers_.line, message); }

  // One word stands for all.
  void length(const char* what, const Words& words, bool required) {
    if (words.empty() && !required) return;
    if (dealt_out(words, n_) || n_ == 0) return;
    found(fmt::format(fmt::runtime(tr("{0} has {1} {2} for {3} values; expected {3} or one")), label_, words.size(),
                      tr(what), n_));
  }

  // Numbers, or NaN where `may_miss`.
  void values(const char* what, const Words& words, bool may_miss) {
    DccRepeatedIssue wrong(findings_.found, numbers_.line);
    DccRepeatedIssue missing(findings_.remarks, numbers_.line);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (may_miss && is_missing(words[i])) {
        missing.add(fmt::format(fmt::runtime(tr("{}: no {} at point {}")), label_, tr(what), i + 1));
      } else if (!decimal(words[i])) {
        wrong.add(fmt::format(fmt::runtime(tr("{}: {} number {} \"{}\" is not a decimal number")), label_, tr(what),
                              i + 1, quoted(words[i])));
      }
    }
  }

  void units(const Words& words) {
    Words seen;
    DccRepeatedIssue unknown(findings_.found, numbers_.line);
    DccRepeatedIssue undecided(findings_.undecided, numbers_.line);
    for (const auto& word : words) {
      if (!seen.empty() && seen.back() == word) continue;
      seen.push_back(word);
      const DccUnit unit = dcc_unit(word);
      if (unit.old_spelling && findings_.old_spellings++ == 0) findings_.first_old_spelling = numbers_.line;
      if (unit.state == DccUnit::State::unknown)
        unknown.add(fmt::format(fmt::runtime(tr("{}: the unit {} is not known")), label_, quoted(word)));
      if (unit.state == DccUnit::State::known_name) {
        undecided.add(fmt::format(fmt::runtime(tr("{}: the unit {} has names of D-SI, but is not known here")), label_,
                                  quoted(word)));
      }
      if (unit.state == DccUnit::State::outside_d_si) {
        undecided.add(fmt::format(fmt::runtime(tr("{}: the unit {} is outside of D-SI")), label_, quoted(word)));
      }
    }
  }

  // The value at i has none of it.
  bool point_is_missing(std::size_t i) const { return i < n_ && is_missing(numbers_.values[i]); }

  void positive(const char* what, const Words& words) {
    DccRepeatedIssue wrong(findings_.found, numbers_.line);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (is_missing(words[i])) {
        if (words.size() == 1 ? n_ > 0 && !point_is_missing(0) : !point_is_missing(i))
          wrong.add(fmt::format(fmt::runtime(tr("{}: no {} at point {}")), label_, tr(what), i + 1));
        continue;
      }
      const auto value = decimal(words[i]);
      if (!value) {
        wrong.add(fmt::format(fmt::runtime(tr("{}: {} number {} \"{}\" is not a decimal number")), label_, tr(what),
                              i + 1, quoted(words[i])));
      } else if (value->is_zero()) {
        if (numbers_.form == Form::constant) continue;  // exact
        wrong.add(fmt::format(fmt::runtime(tr("{}: the {} number {} is zero")), label_, tr(what), i + 1));
      } else if (value->is_negative()) {
        wrong.add(fmt::format(fmt::runtime(tr("{}: the {} {} is negative")), label_, tr(what), quoted(words[i])));
      }
    }
  }

  void uncertainty(const DccUncertainty& u) {
    length(message_id("uncertainties"), u.values, true);
    positive(message_id("uncertainty"), u.values);
    length(message_id("coverage factors"), u.coverage_factors, u.kind == DccUncertainty::Kind::expanded);
    length(message_id("coverage probabilities"), u.coverage_probabilities, u.kind != DccUncertainty::Kind::standard);
    length(message_id("distributions"), u.distributions, false);
    factors(u.coverage_factors);
    probabilities(u.coverage_probabilities);
    if (u.kind == DccUncertainty::Kind::coverage_interval) interval(u);
  }

  void interval(const DccUncertainty& u) {
    length(message_id("lower ends"), u.lower, true);
    length(message_id("upper ends"), u.upper, true);
    values(message_id("lower end"), u.lower, true);
    values(message_id("upper end"), u.upper, true);
    DccRepeatedIssue wrong(findings_.found, numbers_.line);
    DccRepeatedIssue outside(findings_.undecided, numbers_.line);
    for (std::size_t i = 0; i < n_; ++i) {
      if (!dealt_out(u.lower, n_) || !dealt_out(u.upper, n_)) return;
      const auto lower = decimal(u.lower.size() == 1 ? u.lower[0] : u.lower[i]);
      const auto upper = decimal(u.upper.size() == 1 ? u.upper[0] : u.upper[i]);
      const auto value = decimal(numbers_.values[i]);
      if (!lower || !upper) continue;
      const double from = lower->to_double(), to = upper->to_double();
      if (from > to) {
        wrong.add(
            fmt::format(fmt::runtime(tr("{}: the coverage interval number {} ends before it begins")), label_, i + 1));
      } else if (value && (value->to_double() < from || value->to_double() > to)) {
        // JCGM 101 allows it in rare cases.
        outside.add(
            fmt::format(fmt::runtime(tr("{}: value number {} lies outside of its coverage interval")), label_, i + 1));
      }
    }
  }

  void factors(const Words& words) {
    DccRepeatedIssue wrong(findings_.found, numbers_.line);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto k = decimal(words[i]);
      if ((k && k->to_double() >= 1) || (is_missing(words[i]) && point_is_missing(i))) continue;
      wrong.add(fmt::format(fmt::runtime(tr("{}: the coverage factor {} is not a number of 1 or more")), label_,
                            quoted(words[i])));
    }
  }

  void probabilities(const Words& words) {
    DccRepeatedIssue wrong(findings_.found, numbers_.line);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto p = decimal(words[i]);
      if ((p && p->to_double() > 0 && p->to_double() < 1) || (is_missing(words[i]) && point_is_missing(i))) continue;
      wrong.add(fmt::format(fmt::runtime(tr("{}: the coverage probability {} is not between 0 and 1")), label_,
                            quoted(words[i])));
    }
  }

  const DccNumbers& numbers_;
  const std::string& label_;
  DccFindings& findings_;
  const std::size_t n_;
};

// Relative uncertainties are numbers of their own; none of them may be zero.
void relative_uncertainty(const DccQuantity& quantity, const std::string& label, DccFindings& findings) {
  if (!quantity.relative_uncertainty) return;
  const DccNumbers& relative = *quantity.relative_uncertainty;
  const std::string name = fmt::format(fmt::runtime(tr("{}, relative uncertainty")), label);
  NumbersCheck(relative, name, findings).run();
  if (!dealt_out(relative.values, quantity.count()) && quantity.count() > 0) {
    findings.found.add(relative.line, fmt::format(fmt::runtime(tr("{} has {} values for {}")), name,
                                                  relative.values.size(), quantity.count()));
  }
  DccRepeatedIssue wrong(findings.found, relative.line);
  for (const auto& text : relative.values) {
    const auto value = decimal(text);
    if (value && (value->is_zero() || value->is_negative()))
      wrong.add(fmt::format(fmt::runtime(tr("{}: {} is not positive")), name, quoted(text)));
  }
}

// The members of a hybrid state one value in several units; half a digit of both may come from rounding.
void same_value(const DccQuantity& quantity, const DccNumbers& other, const std::string& name, DccFindings& findings) {
  if (quantity.form != Form::real || other.form != Form::real) return;
  DccRepeatedIssue wrong(findings.found, other.line);
  const std::size_t n = quantity.values.size();
  if (!dealt_out(quantity.units, n) || !dealt_out(other.units, n)) return;
  for (std::size_t i = 0; i < n && i < other.values.size(); ++i) {
    const DccUnit a = dcc_unit(quantity.units[quantity.units.size() == 1 ? 0 : i]);
    const DccUnit b = dcc_unit(other.units[other.units.size() == 1 ? 0 : i]);
    const auto x = decimal(quantity.values[i]);
    const auto y = decimal(other.values[i]);
    if (!x || !y || a.state != DccUnit::State::known || b.state != DccUnit::State::known) continue;
    try {
      if (base::convertible(a.unit, b.unit)) {
        const double slack = 0.501 * (std::pow(10.0, y->last_place()) +
                                      base::convert_difference(std::pow(10.0, x->last_place()), a.unit, b.unit));
        const auto fits = [&](double converted) { return std::abs(converted - y->to_double()) <= slack; };
        // A temperature, or a difference of two: which one is not always said.
        if (fits(base::convert(x->to_double(), a.unit, b.unit)) ||
            fits(base::convert_difference(x->to_double(), a.unit, b.unit)))
          continue;
      }
      wrong.add(
          fmt::format(fmt::runtime(tr("{}: value number {} is {} {}, and {} {} in another unit: these are not the "
                                      "same")),
                      name, i + 1, quoted(quantity.values[i]), a.unit, quoted(other.values[i]), b.unit));
    } catch (const base::InputError&) {
      continue;  // beyond a double
    }
  }
}

// What a hybrid says about its values' uncertainties is the same in every unit, too.
class SameUncertainty {
 public:
  SameUncertainty(const DccNumbers& one, const DccNumbers& other, const std::string& name, DccFindings& findings)
      : one_(one), other_(other), name_(name), wrong_(findings.found, other.line) {}

  void run() {
    if (one_.form != Form::real || other_.form != Form::real || !one_.uncertainty || !other_.uncertainty) return;
    const DccUncertainty& a = *one_.uncertainty;
    const DccUncertainty& b = *other_.uncertainty;
    const std::size_t n = std::min(one_.values.size(), other_.values.size());
    for (std::size_t i = 0; i < n; ++i) {
      const auto pair = [&](const char* what, const Words& x, const Words& y, Scale scale) {
        if (!dealt_out(x, n) || !dealt_out(y, n)) return;
        compare(i, what, x[x.size() == 1 ? 0 : i], y[y.size() == 1 ? 0 : i], scale);
      };
      if (a.kind == b.kind) pair(message_id("uncertainty"), a.values, b.values, Scale::difference);
      pair(message_id("lower end"), a.lower, b.lower, Scale::value);
      pair(message_id("upper end"), a.upper, b.upper, Scale::value);
      pair(message_id("coverage factor"), a.coverage_factors, b.coverage_factors, Scale::none);
      pair(message_id("coverage probability"), a.coverage_probabilities, b.coverage_probabilities, Scale::none);
    }
  }

 private:
  enum class Scale { none, difference, value };

  std::string unit(const DccNumbers& numbers, std::size_t i) const {
    return numbers.units.size() == 1 ? numbers.units[0] : i < numbers.units.size() ? numbers.units[i] : "";
  }

  void compare(std::size_t i, const char* what, const std::string& x_text, const std::string& y_text, Scale scale) {
    const auto x = decimal(x_text), y = decimal(y_text);
    const DccUnit a = dcc_unit(unit(one_, i)), b = dcc_unit(unit(other_, i));
    if (!x || !y || a.state != DccUnit::State::known || b.state != DccUnit::State::known) return;
    const double last_x = std::pow(10.0, x->last_place()), last_y = std::pow(10.0, y->last_place());
    try {
      if (scale == Scale::none) {
        // Of 2 and 1.96 the coarser one may be the other rounded; 2 and 3 are two factors.
        if (std::abs(x->to_double() - y->to_double()) <= 0.501 * std::max(last_x, last_y)) return;
      } else if (!base::convertible(a.unit, b.unit)) {
        return;  // said of the values
      } else {
        // Uncertainties are rounded up, by as much as a digit.
        const double digits = scale == Scale::difference ? 1.001 : 0.501;
        const double slack = digits * (last_y + base::convert_difference(last_x, a.unit, b.unit));
        const auto fits = [&](double converted) { return std::abs(converted - y->to_double()) <= slack; };
        if (fits(base::convert_difference(x->to_double(), a.unit, b.unit))) return;
        if (scale == Scale::value && fits(base::convert(x->to_double(), a.unit, b.unit))) return;
      }
      wrong_.add(
          fmt::format(fmt::runtime(tr("{}: the {} of value number {} is {} in {}, and {} in {}: these are not the "
                                      "same")),
                      name_, tr(what), i + 1, quoted(x_text), a.unit, quoted(y_text), b.unit));
    } catch (const base::InputError&) {
      return;  // beyond a double
    }
  }

  const DccNumbers& one_;
  const DccNumbers& other_;
  const std::string& name_;
  DccRepeatedIssue wrong_;
};

}  // namespace

std::string label(const DccQuantity& quantity) {
  const auto in_quotes = [](const std::string& text) { return fmt::format(fmt::runtime(tr("\"{}\"")), quoted(text)); };
  for (const base::LocalText* text : {&quantity.name, &quantity.description}) {
    if (!text->empty()) return in_quotes(text->in(base::interface_language()));
  }
  if (quantity.labels.size() == 1) return in_quotes(quantity.labels.front());
  return quantity.ref_types.empty() ? tr("a quantity") : quoted(quantity.ref_types.front());
}

bool has_uncertainty(const DccQuantity& quantity) {
  const auto has = [](const DccNumbers& one) { return one.uncertainty || !one.regions.empty(); };
  return has(quantity) || quantity.relative_uncertainty ||
         std::any_of(quantity.others.begin(), quantity.others.end(), has);
}

void check_quantity(const DccQuantity& quantity, std::size_t expected, DccFindings& findings) {
  const std::string name = label(quantity);
  const std::size_t n = quantity.count();
  if (expected && n && n != expected && n != 1) {
    findings.found.add(quantity.line,
                       fmt::format(fmt::runtime(tr("{} has {} values where its table has {}")), name, n, expected));
  }
  if (quantity.form != Form::none) {
    NumbersCheck(quantity, name, findings).run();
    for (const auto& other : quantity.others) {
      NumbersCheck(other, name, findings).run();
      if (quantity.others_are == DccQuantity::Others::same_in_other_units) {
        same_value(quantity, other, name, findings);
        SameUncertainty(quantity, other, name, findings).run();
      }
      if (quantity.others_are == DccQuantity::Others::same_in_other_units &&
          other.values.size() != quantity.values.size())
        findings.found.add(other.line, fmt::format(fmt::runtime(tr("{} has {} values in one unit and {} in another")),
                                                   name, quantity.values.size(), other.values.size()));
    }
  }
  relative_uncertainty(quantity, name, findings);
  for (const auto& one : quantity.metadata) {
    const auto length = [&](const char* what, const Words& words, bool stated) {
      if (!stated || dealt_out(words, n)) return;
      findings.found.add(one.line, fmt::format(fmt::runtime(tr("{0} has {1} {2} for {3} values; expected {3} or one")),
                                               name, words.size(), tr(what), n));
    };
    length(message_id("words of conformity"), one.conformity, one.states_conformity);
    length(message_id("words of validity"), one.valid, one.states_validity);
    // Other metadata may be about anything.
    const bool by_value = one.is_judgement() || one.has_ref_type("basic_calibrationValue");
    for (const auto& inner : one.quantities)
      check_quantity(inner, by_value || inner.has_ref_type("basic_nominalValue") ? n : 0, findings);
  }
  compare_verdicts(quantity, name, findings);
}

}  // namespace etalon::archive
