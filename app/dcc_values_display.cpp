#include "app/dcc_values_display.h"

#include <fmt/format.h>

#include "archive/dcc_unit.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using archive::DccMetaData;
using archive::DccNumbers;
using archive::DccQuantity;
using archive::DccUncertainty;
using archive::Words;
using base::LocalText;
using base::message_id;
using base::tr;

namespace {

std::string said(const LocalText& text) {
  return text.in(base::interface_language());
}

std::string joined(const Words& words, const char* between) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : between) + word;
  return all;
}

// A list has one unit for a million values.
const std::string& shown_unit(const std::string& unit) {
  thread_local std::string last, shown;
  if (unit != last || shown.empty()) {
    last = unit;
    shown = archive::shown_unit(unit);
  }
  return shown;
}

std::string with_unit(const std::string& number, const std::string& unit) {
  const std::string& shown = shown_unit(unit);
  return shown.empty() ? number : number + " " + shown;
}

std::string name_of(const DccQuantity& quantity) {
  if (!quantity.name.empty()) return said(quantity.name);
  if (!quantity.description.empty()) return said(quantity.description);
  if (!quantity.labels.empty()) return joined(quantity.labels, " ");
  if (!quantity.ref_types.empty()) return joined(quantity.ref_types, " ");
  if (!quantity.refers_to.empty()) return joined(quantity.refers_to, " ");
  return tr("(without a name)");
}

bool has_name(const DccQuantity& quantity) {
  return !quantity.name.empty() || !quantity.description.empty() || !quantity.labels.empty() ||
         !quantity.ref_types.empty() || !quantity.refers_to.empty();
}

std::string name_of(const DccMetaData& one) {
  const std::string name = one.name.empty() ? "" : " " + said(one.name);
  if (!one.ref_types.empty()) return joined(one.ref_types, " ") + name;
  if (!one.name.empty()) return said(one.name);
  if (!one.declaration.empty()) return said(one.declaration);
  return one.is_judgement() ? tr("judgement") : tr("remark");
}

// Lists dealt out to the values of one DccNumbers. What cannot be dealt out is kept for a line of its own.
class Dealer {
 public:
  explicit Dealer(std::size_t count) : count_(count) {}

  // Empty when there is none for the value, or the list is of another length.
  std::string word(const Words& words, std::size_t i, const std::string& what) {
    if (words.empty()) return {};
    if (!archive::dealt_out(words, count_)) {
      if (i == 0) {
        left_over_.push_back(fmt::format(fmt::runtime(tr("{0}: {1} for {2} values, not dealt out: {3}")), what,
                                         words.size(), count_, joined(words, " ")));
      }
      return {};
    }
    return words.size() == 1 ? words[0] : words[i];
  }
  const Words& left_over() const { return left_over_; }

 private:
  std::size_t count_;
  Words left_over_;
};

class Values {
 public:
  Values(std::ostream& out, const DccQuantity& quantity, std::string indent)
      : out_(out), quantity_(quantity), indent_(std::move(indent)), count_(quantity.count()), common_(count_) {}

  bool print() {
    std::string head = name_of(quantity_);
    if (!quantity_.ref_types.empty() && !quantity_.name.empty()) head += " [" + joined(quantity_.ref_types, " ") + "]";
    if (!quantity_.description.empty() && !quantity_.name.empty()) head += " – " + said(quantity_.description);
    if (!quantity_.id.empty()) head += " [id " + quantity_.id + "]";
    if (!quantity_.refers_to.empty() && head != joined(quantity_.refers_to, " "))
      head += " (" + fmt::format(fmt::runtime(tr("refers to: {}")), joined(quantity_.refers_to, " ")) + ")";
    if (quantity_.form == DccNumbers::Form::constant) head += " (" + tr("constant") + ")";
    if (quantity_.form == DccNumbers::Form::none) {
      line(head + ": " + (quantity_.text.empty() ? tr("(no value that can be read)") : said(quantity_.text)));
    } else {
      line(head + ":");
    }
    numbers(quantity_, true);
    for (const auto& other : quantity_.others) {
      if (in_one_line(quantity_)) break;
      const bool again = quantity_.others_are == DccQuantity::Others::same_in_other_units;
      if (again) line("  " + tr("the same in another unit:"));
      numbers(other, !again);
    }
    left_over(common_);
    for (std::size_t i = 0; i < quantity_.metadata.size(); ++i)
      metadata(quantity_.metadata[i], i);
    return whole_;
  }

 private:
  void line(const std::string& text) { out_ << indent_ << base::visible_line(text) << "\n"; }

  // Metadata goes with the values only where it counts them.
  bool beside_values(const DccQuantity& inner) const {
    // All of it must find a place in the line.
    const bool simple = inner.form == DccNumbers::Form::real && (inner.others.empty() || in_one_line(inner)) &&
                        !inner.uncertainty && inner.regions.empty() && inner.metadata.empty() &&
                        !inner.relative_uncertainty && inner.times.empty() && inner.significant_digits.empty() &&
                        inner.quantity_kinds.empty() && inner.id.empty() &&
                        (inner.refers_to.empty() || (inner.name.empty() && inner.ref_types.empty())) &&
                        (inner.description.empty() || inner.name.empty()) &&
                        (inner.labels.empty() || (inner.name.empty() && inner.description.empty()));
    return simple && quantity_.form != DccNumbers::Form::none && archive::dealt_out(inner.values, count_);
  }

  // The members of a hybrid, value by value: "306 K = 32.85 °C".
  static bool in_one_line(const DccQuantity& quantity) {
    if (quantity.others_are != DccQuantity::Others::same_in_other_units) return false;
    for (const auto& other : quantity.others) {
      if (other.form != DccNumbers::Form::real || other.values.size() != quantity.values.size() ||
          !archive::dealt_out(other.units, other.values.size()) || other.uncertainty || !other.regions.empty() ||
          !other.labels.empty() || !other.times.empty() || !other.significant_digits.empty() ||
          !other.quantity_kinds.empty())
        return false;
    }
    return true;
  }
  static std::string in_other_units(const DccQuantity& quantity, std::size_t i) {
    std::string text;
    for (const auto& other : quantity.others)
      text += " = " + with_unit(other.values[i], other.units.size() == 1 ? other.units[0] : other.units[i]);
    return text;
  }

  std::string uncertainty(const DccNumbers& numbers, std::size_t i, const std::string& unit, Dealer& deal) {
    if (!numbers.uncertainty) return {};
    const DccUncertainty& u = *numbers.uncertainty;
    const std::string value = deal.word(u.values, i, tr("uncertainty"));
    const std::string k = deal.word(u.coverage_factors, i, "k");
    const std::string p = deal.word(u.coverage_probabilities, i, "p");
    const std::string distribution = deal.word(u.distributions, i, tr("distribution"));
    const std::string lower = deal.word(u.lower, i, tr("lower end"));
    const std::string upper = deal.word(u.upper, i, tr("upper end"));
    std::string text;
    if (!value.empty() && value != "NaN")
      text = (u.kind == DccUncertainty::Kind::expanded ? "U = " : "u = ") + with_unit(value, unit);
    if (value == "NaN") text = tr("no uncertainty");
    if (!lower.empty() || !upper.empty()) {
      text += text.empty() ? "" : ", ";
      text += fmt::format(fmt::runtime(tr("interval from {} to {}")), lower, with_unit(upper, unit));
    }
    if (value == "NaN" && lower.empty() && upper.empty()) return text;
    Words details;
    if (!k.empty()) details.push_back("k = " + k);
    if (!p.empty()) details.push_back("p = " + p);
    if (!distribution.empty()) details.push_back(distribution);
    if (!details.empty()) text += (text.empty() ? "(" : " (") + joined(details, ", ") + ")";
    return text;
  }

  std::string value(const DccNumbers& numbers, std::size_t i, const std::string& unit, Dealer& deal) {
    const std::string& first = numbers.values[i];
    if (numbers.form == DccNumbers::Form::words) return first;
    if (first == "NaN") return fmt::format(fmt::runtime(tr("no value at point {}")), i + 1);
    const std::string shown = unit.empty() ? first + " " + tr("(without a unit)") : with_unit(first, unit);
    if (numbers.form != DccNumbers::Form::complex_cartesian && numbers.form != DccNumbers::Form::complex_polar)
      return shown;
    std::string second = deal.word(numbers.second_values, i, tr("second part"));
    if (second.empty()) second = tr("(missing)");
    if (numbers.form == DccNumbers::Form::complex_cartesian)
      return fmt::format(fmt::runtime(tr("real {}, imaginary {}")), first, with_unit(second, unit));
    return fmt::format(fmt::runtime(tr("magnitude {}, phase {}")), shown,
                       with_unit(second, deal.word(numbers.phase_units, i, tr("unit of the phase"))));
  }

  // Told apart where two have one name.
  std::string metadata_name(std::size_t i) const {
    const std::string name = name_of(quantity_.metadata[i]);
    std::size_t same = 0, before = 0;
    for (std::size_t j = 0; j < quantity_.metadata.size(); ++j) {
      if (name_of(quantity_.metadata[j]) != name) continue;
      ++same;
      if (j <= i) ++before;
    }
    return same > 1 ? name + " #" + std::to_string(before) : name;
  }

  // A judgement with its own limits, a nominal value: what the metadata has for the value at i.
  std::string beside(const DccMetaData& one, std::size_t number_of_it, std::size_t i, Dealer& deal) {
    Words parts;
    const std::string valid = deal.word(one.valid, i, tr("validity"));
    if (valid == "false") parts.push_back(tr("NOT VALID"));
    std::string verdict = deal.word(one.conformity, i, tr("words of conformity"));
    for (const auto& inner : one.quantities) {
      if (!beside_values(inner)) continue;
      const std::size_t at = inner.values.size() == 1 ? 0 : i;
      // Upper and lower limits may have one name.
      std::string name = name_of(inner);
      if (!inner.ref_types.empty() && !inner.name.empty()) name += " [" + joined(inner.ref_types, " ") + "]";
      const std::string number = with_unit(inner.values[at], deal.word(inner.units, i, name + ", " + tr("units"))) +
                                 (inner.others.empty() ? "" : in_other_units(inner, at));
      parts.push_back(has_name(inner) ? name + " " + number : number);
    }
    if (verdict.empty() && parts.empty()) return {};
    std::string text = metadata_name(number_of_it) + ":";
    if (!verdict.empty()) text += " " + verdict_in_words(verdict);
    if (!parts.empty()) text += " (" + joined(parts, ", ") + ")";
    return text;
  }

  void numbers(const DccNumbers& numbers, bool own) {
    const std::size_t n = numbers.values.size();
    Dealer deal(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::string unit = deal.word(numbers.units, i, tr("units"));
      Words parts{value(numbers, i, unit, deal) + (own && in_one_line(quantity_) ? in_other_units(quantity_, i) : "")};
      const auto add = [&](const std::string& part) {
        if (!part.empty()) parts.push_back(part);
      };
      add(uncertainty(numbers, i, unit, deal));
      if (own && quantity_.relative_uncertainty) {
        const DccNumbers& relative = *quantity_.relative_uncertainty;
        const std::string number = common_.word(relative.values, index_, tr("relative uncertainty"));
        const std::string of = common_.word(relative.units, index_, tr("units of the relative uncertainty"));
        if (!number.empty()) add(fmt::format(fmt::runtime(tr("relative uncertainty {}")), with_unit(number, of)));
      }
      if (numbers.labels.size() == 1 && n == 1) {
        add("\"" + numbers.labels[0] + "\"");
      } else {
        add(deal.word(numbers.labels, i, tr("labels")));
      }
      add(deal.word(numbers.times, i, tr("times")));
      const std::string digits = deal.word(numbers.significant_digits, i, tr("significant digits"));
      if (!digits.empty()) add(fmt::format(fmt::runtime(tr("significant digits {}")), digits));
      if (own) {
        for (std::size_t j = 0; j < quantity_.metadata.size(); ++j)
          add(beside(quantity_.metadata[j], j, index_, common_));
        ++index_;
      }
      line((count_ == 1 ? "  " : fmt::format("  {:>3}  ", own ? index_ : i + 1)) + joined(parts, "  "));
    }
    if (n == 0 && numbers.form != DccNumbers::Form::none) line("  " + tr("(no values)"));
    left_over(deal);
    if (!numbers.quantity_kinds.empty()) line("  " + joined(numbers.quantity_kinds, " "));
    for (const auto& region : numbers.regions)
      this->region(region);
  }

  void left_over(const Dealer& deal) {
    for (const auto& list : deal.left_over())
      line("  " + list);
    whole_ = whole_ && deal.left_over().empty();
  }

  void region(const archive::DccCoverageRegion& region) {
    line("  " +
         fmt::format(fmt::runtime(tr("{}: k = {}, p = {}; covariance matrix, by columns:")), region.shape,
                     joined(region.coverage_factors, " "), joined(region.coverage_probabilities, " ")) +
         (region.distributions.empty() ? "" : " " + joined(region.distributions, " ")));
    for (const auto& column : region.columns)
      line("    " + joined(column, "; "));
  }

  // What does not stand beside the values.
  void metadata(const DccMetaData& one, std::size_t number_of_it) {
    Words details = metadata_details(one);
    std::vector<const DccQuantity*> separate;
    for (const auto& inner : one.quantities) {
      if (!beside_values(inner)) separate.push_back(&inner);
    }
    const bool beside_nothing = quantity_.values.empty() && (!one.conformity.empty() || !one.valid.empty());
    if (details.empty() && separate.empty() && !beside_nothing) return;
    std::string head = "  " + metadata_name(number_of_it);
    if (beside_nothing)
      head += ": " + verdicts_in_words(one.conformity) +
              (one.valid.empty() ? "" : " " + tr("valid") + " " + joined(one.valid, " "));
    line(head);
    for (const auto& detail : details)
      line("    " + detail);
    for (const DccQuantity* inner : separate) {
      const bool limit = one.is_judgement() && inner->form == DccNumbers::Form::real && inner->others.empty();
      if (limit && !archive::dealt_out(inner->values, count_) && count_ > 0) {
        line("    " + fmt::format(fmt::runtime(tr("{0}: {1} for {2} values, not dealt out:")), name_of(*inner),
                                  inner->values.size(), count_));
        whole_ = false;
      }
      whole_ = print_quantity(out_, *inner, indent_ + "    ") && whole_;
    }
  }

  std::ostream& out_;
  const DccQuantity& quantity_;
  const std::string indent_;
  const std::size_t count_;
  Dealer common_;  // of what is stated for all values of the quantity
  std::size_t index_ = 0;
  bool whole_ = true;
};

}  // namespace

std::string verdicts_in_words(const archive::Words& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : " ") + verdict_in_words(word);
  return all;
}

std::string verdict_in_words(const std::string& word) {
  for (const char* known : {message_id("pass"), message_id("fail"), message_id("conditionalPass"),
                            message_id("conditionalFail"), message_id("noPass"), message_id("noFail")}) {
    if (word == known) return tr(known);
  }
  return word;
}

std::vector<std::string> metadata_details(const DccMetaData& one) {
  Words details;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) details.push_back(text);
  };
  add(said(one.description));
  add(said(one.declaration));
  if (!one.convention.empty()) add(fmt::format(fmt::runtime(tr("rule: {}")), one.convention));
  if (!one.norms.empty()) add(fmt::format(fmt::runtime(tr("norm: {}")), joined(one.norms, ", ")));
  if (!one.references.empty()) add(fmt::format(fmt::runtime(tr("reference: {}")), joined(one.references, ", ")));
  if (one.traceable) add(*one.traceable ? tr("traceable") : tr("NOT traceable"));
  add(one.date);
  if (!one.period.empty()) add(fmt::format(fmt::runtime(tr("period: {}")), one.period));
  if (!one.authority.empty()) add(fmt::format(fmt::runtime(tr("authority: {}")), said(one.authority)));
  if (!one.non_si_unit.empty() || !one.non_si_definition.empty())
    add(fmt::format(fmt::runtime(tr("unit outside of the SI: {} = {}")), one.non_si_unit, one.non_si_definition));
  if (!one.refers_to.empty()) add(fmt::format(fmt::runtime(tr("refers to: {}")), joined(one.refers_to, " ")));
  for (const auto& text : one.texts)
    add(said(text));
  return details;
}

bool print_quantity(std::ostream& out, const DccQuantity& quantity, const std::string& indent) {
  return Values(out, quantity, indent).print();
}

}  // namespace etalon::app
