#include "archive/dcc_check.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>

#include "archive/calendar_date.h"
#include "archive/xml_document.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::archive {

using base::message_id;
using base::tr;

namespace {

using base::Decimal;

std::optional<Decimal> decimal(const std::string& text) {
  try {
    return Decimal::parse(text);
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

class Checker {
 public:
  explicit Checker(const DccDocument& document) : document_(document) {}

  std::vector<DccIssue> run() {
    if (document_.unique_identifier.empty()) report(0, tr("it has no unique identifier"));
    dates();
    for (const auto& equipment : document_.equipment) {
      if (equipment.certificate && equipment.certificate->in_validity_range == false) {
        report(equipment.certificate->line,
               fmt::format(fmt::runtime(tr("the certificate of the standard \"{}\" was not in its validity range")),
                           equipment.name.in(base::interface_language())));
      }
    }
    bool results = false;
    for (const auto& one : document_.tables) {
      table(one);
      results = results || !one.is_influence_condition;
    }
    if (!results) report(0, tr("it has no results with quantities"));
    return std::move(issues_);
  }

 private:
  void report(int line, const std::string& message) { issues_.push_back({line, message}); }

  void dates() {
    std::string previous;
    const char* previous_name = "";
    const auto next = [&](const char* name, const std::string& date, bool required) {
      if (date.empty()) {
        if (required) report(0, fmt::format(fmt::runtime(tr("the {} date is missing")), tr(name)));
        return;
      }
      if (!is_calendar_date(date)) {
        report(0, fmt::format(fmt::runtime(tr("the {} date \"{}\" is not a date YYYY-MM-DD")), tr(name), date));
        return;
      }
      if (!previous.empty() && date < previous) {
        report(0, fmt::format(fmt::runtime(tr("the {} date {} is before the {} date {}")), tr(name), date,
                              tr(previous_name), previous));
      }
      previous = date;
      previous_name = name;
    };
    next(message_id("receipt"), document_.receipt_date, false);
    next(message_id("begin"), document_.begin_date, true);
    next(message_id("end"), document_.end_date, true);
    next(message_id("issue"), document_.issue_date, false);
  }

  static std::string label(const DccQuantity& quantity) {
    if (!quantity.name.empty())
      return fmt::format(fmt::runtime(tr("\"{}\"")), quantity.name.in(base::interface_language()));
    return quantity.ref_types.empty() ? tr("a quantity") : quantity.ref_types.front();
  }

  // One word stands for all.
  void length(const DccQuantity& quantity, const char* what, const Words& words, std::size_t expected) {
    if (words.size() == 1 || words.size() == expected) return;
    report(quantity.line, fmt::format(fmt::runtime(tr("{0} has {1} {2} for {3} values; expected {3} or one")),
                                      label(quantity), words.size(), tr(what), expected));
  }

  void numbers(const DccQuantity& quantity, const char* what, const Words& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!decimal(words[i])) {
        report(quantity.line, fmt::format(fmt::runtime(tr("{}: {} number {} \"{}\" is not a decimal number")),
                                          label(quantity), tr(what), i + 1, words[i]));
      }
    }
  }

  void uncertainty(const DccQuantity& quantity) {
    const auto& u = *quantity.uncertainty;
    const std::size_t n = quantity.values.size();
    length(quantity, message_id("uncertainties"), u.values, n);
    numbers(quantity, message_id("uncertainty"), u.values);
    for (const auto& text : u.values) {
      const auto value = decimal(text);
      if (value && value->is_negative() && !value->is_zero()) {
        report(quantity.line,
               fmt::format(fmt::runtime(tr("{}: the uncertainty {} is negative")), label(quantity), text));
      }
    }
    if (u.is_standard) return;
    length(quantity, message_id("coverage factors"), u.coverage_factors, n);
    length(quantity, message_id("coverage probabilities"), u.coverage_probabilities, n);
    for (const auto& text : u.coverage_factors) {
      const auto k = decimal(text);
      if (!k || k->to_double() < 1) {
        report(quantity.line, fmt::format(fmt::runtime(tr("{}: the coverage factor {} is not a number of 1 or more")),
                                          label(quantity), text));
      }
    }
    for (const auto& text : u.coverage_probabilities) {
      const auto p = decimal(text);
      if (!p || p->to_double() <= 0 || p->to_double() >= 1) {
        report(quantity.line, fmt::format(fmt::runtime(tr("{}: the coverage probability {} is not between 0 and 1")),
                                          label(quantity), text));
      }
    }
  }

  // `expected` values, or one; 0: any number.
  void quantity(const DccQuantity& quantity, std::size_t expected) {
    if (quantity.is_unsupported) return;
    const std::size_t n = quantity.values.size();
    if (n == 0) report(quantity.line, fmt::format(fmt::runtime(tr("{} has no values")), label(quantity)));
    if (expected && n && n != expected && n != 1) {
      report(quantity.line,
             fmt::format(fmt::runtime(tr("{} has {} values where its table has {}")), label(quantity), n, expected));
    }
    if (!quantity.is_words) {
      numbers(quantity, message_id("value"), quantity.values);
      length(quantity, message_id("units"), quantity.units, n);
      for (const auto& unit : quantity.units) {
        try {
          base::unit_from_d_si(unit);
        } catch (const base::InputError&) {
          report(quantity.line, fmt::format(fmt::runtime(tr("{}: the unit {} is not known")), label(quantity), unit));
        }
      }
    }
    if (quantity.uncertainty) uncertainty(quantity);
    if (!quantity.conformity.empty()) length(quantity, message_id("words of conformity"), quantity.conformity, n);
    for (const auto& meta : quantity.metadata)
      this->quantity(meta, n);
    limits(quantity);
  }

  // A "pass" beyond the acceptance limit by more than half a digit of both numbers is a contradiction. (Conformity is
  // decided on unrounded values, so half a digit may come from rounding.)
  void limits(const DccQuantity& quantity) {
    if (quantity.conformity.empty()) return;
    for (const auto& limit : quantity.metadata) {
      const bool lower = limit.has_ref_type("basic_acceptanceLimitLower");
      if (!lower && !limit.has_ref_type("basic_acceptanceLimitUpper")) continue;
      if (limit.units != quantity.units) continue;
      for (std::size_t i = 0; i < quantity.values.size(); ++i) {
        const auto pick = [i](const Words& words) -> std::string {
          return words.size() == 1 ? words[0] : i < words.size() ? words[i] : "";
        };
        const auto value = decimal(quantity.values[i]);
        const auto bound = decimal(pick(limit.values));
        if (!value || !bound || pick(quantity.conformity) != "pass") continue;
        const double slack = 0.501 * (std::pow(10.0, value->last_place()) + std::pow(10.0, bound->last_place()));
        const double excess = lower ? bound->to_double() - value->to_double() : value->to_double() - bound->to_double();
        if (excess > slack) {
          report(
              quantity.line,
              fmt::format(fmt::runtime(tr("{}: value number {} ({}) is said to pass beyond its acceptance limit {}")),
                          label(quantity), i + 1, quantity.values[i], pick(limit.values)));
        }
      }
    }
  }

  void table(const DccTable& table) {
    std::size_t n = 0;
    for (const auto& one : table.quantities) {
      if (!one.is_unsupported && one.values.size() > n) n = one.values.size();
    }
    bool uncertain = false;
    for (const auto& one : table.quantities) {
      quantity(one, n);
      uncertain = uncertain || one.uncertainty.has_value();
      if (one.has_ref_type("basic_measurementError") && !one.uncertainty) {
        report(one.line, fmt::format(fmt::runtime(tr("{} has no uncertainty")), label(one)));
      }
    }
    if (!table.is_influence_condition && !uncertain) {
      report(table.line, fmt::format(fmt::runtime(tr("the result \"{}\" has no uncertainty")),
                                     table.name.in(base::interface_language())));
    }
    verdicts(table);
  }

  void verdicts(const DccTable& table) {
    const DccQuantity* verdict = table.find("etalon_verdict");
    const DccQuantity* error = table.find("basic_measurementError");
    if (!verdict || !error) return;
    static const std::vector<std::pair<std::string, std::set<std::string>>> kAllowed{
        {"pass", {"pass"}},
        {"conditional-pass", {"conditionalPass"}},
        {"conditional-fail", {"conditionalFail"}},
        {"fail", {"fail"}},
        {"inconclusive", {"conditionalPass", "conditionalFail"}},
        {"not-stated", {""}}};
    for (std::size_t i = 0; i < verdict->values.size(); ++i) {
      const std::string& word = verdict->values[i];
      const auto& all = error->conformity;
      const std::string stated = all.size() == 1 ? all[0] : i < all.size() ? all[i] : "";
      bool agrees = false;
      for (const auto& [own, allowed] : kAllowed)
        agrees = agrees || (own == word && allowed.count(stated));
      if (!agrees) {
        report(verdict->line,
               fmt::format(fmt::runtime(tr("the verdict on value number {} is \"{}\", but its conformity says \"{}\"")),
                           i + 1, word, stated));
      }
    }
  }

  const DccDocument& document_;
  std::vector<DccIssue> issues_;
};

// libxml2 does not check IDREFS.
void unresolved_references(const xmlNode* node, std::set<std::string>& ids,
                           std::vector<std::pair<int, std::string>>& references) {
  for (; node; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    const std::string id = attribute(node, "id");
    if (!id.empty()) ids.insert(id);
    for (const auto& reference : split_words(attribute(node, "refId"))) {
      references.emplace_back(static_cast<int>(xmlGetLineNo(node)), reference);
    }
    unresolved_references(node->children, ids, references);
  }
}

}  // namespace

std::vector<DccIssue> semantic_issues(const DccDocument& document) {
  return Checker(document).run();
}

DccCheck check_dcc(std::string_view bytes, const std::string& schema_folder, const std::string& name) {
  DccCheck check;
  check.schema = validate_against_schema(bytes, schema_folder, name);
  check.issues = semantic_issues(read_dcc(bytes, name));
  const XmlDocument document = parse_xml(bytes, name);
  std::set<std::string> ids;
  std::vector<std::pair<int, std::string>> references;
  unresolved_references(xmlDocGetRootElement(document.get()), ids, references);
  for (const auto& [line, reference] : references) {
    if (!ids.count(reference))
      check.issues.push_back(
          {line, fmt::format(fmt::runtime(tr("refId \"{}\" names no id of the document")), reference)});
  }
  return check;
}

}  // namespace etalon::archive
