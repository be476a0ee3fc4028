#include "archive/dcc_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "archive/calendar_date.h"
#include "archive/dcc_quantity_check.h"
#include "archive/dcc_reader.h"
#include "archive/dcc_tree_check.h"
#include "base/language.h"

namespace etalon::archive {

using base::LocalText;
using base::message_id;
using base::tr;

namespace {

// The day of an xs:date, whose time zone may follow it: "2026-05-04", "2026-05-04Z", "2026-05-04+08:00".
struct ZonedDay {
  std::string day;
  std::string zone;
};

std::optional<ZonedDay> zoned_day(const std::string& text) {
  const std::string day = text.substr(0, 10);
  const std::string zone = text.size() > 10 ? text.substr(10) : "";
  if (!is_calendar_date(day)) return std::nullopt;
  const auto digit = [&](std::size_t i) { return zone[i] >= '0' && zone[i] <= '9'; };
  const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' && digit(1) &&
                      digit(2) && digit(4) && digit(5) && zone.substr(1, 2) <= "14" && zone[4] <= '5';
  if (!zone.empty() && zone != "Z" && !offset) return std::nullopt;
  return ZonedDay{day, zone};
}

class Checker {
 public:
  explicit Checker(const DccDocument& document) : document_(document) {}

  DccFindings run() {
    for (const auto& fault : document_.faults)
      found(fault.line, fault.message);
    for (const auto& part : document_.unread)
      findings_.undecided.add(part.line, fmt::format(fmt::runtime(tr("not read: {}")), part.what));
    if (document_.unique_identifier.empty()) found(0, tr("it has no unique identifier"));
    dates();
    for (const auto& equipment : document_.equipment) {
      if (equipment.certificate && equipment.certificate->in_validity_range == false) {
        found(equipment.certificate->line,
              fmt::format(fmt::runtime(tr("the certificate of the standard \"{}\" was not in its validity range")),
                          quoted(equipment.name.in(base::interface_language()))));
      }
    }
    bool results = false;
    for (const auto& one : document_.tables) {
      table(one);
      results = results || (!one.is_influence_condition && has_numbers(one));
    }
    if (!results) findings_.undecided.add(0, tr("it has no results in numbers: there is nothing to check them by"));
    statements();
    old_spellings();
    findings_.found.sort_by_line();
    findings_.undecided.sort_by_line();
    findings_.remarks.sort_by_line();
    return std::move(findings_);
  }

 private:
  void found(int line, const std::string& message) { findings_.found.add(line, message); }

  static bool has_numbers(const DccTable& table) {
    return std::any_of(table.quantities.begin(), table.quantities.end(), is_number);
  }
  static bool is_number(const DccQuantity& quantity) {
    return quantity.form != DccNumbers::Form::none && quantity.form != DccNumbers::Form::words;
  }

  void dates() {
    std::optional<ZonedDay> previous;
    const char* previous_name = "";
    const auto next = [&](const char* name, const std::string& date, bool required) {
      if (date.empty()) {
        if (required) found(0, fmt::format(fmt::runtime(tr("the {} date is missing")), tr(name)));
        return;
      }
      const auto day = zoned_day(date);
      if (!day) {
        found(0, fmt::format(fmt::runtime(tr("the {} date \"{}\" is not a date YYYY-MM-DD")), tr(name), quoted(date)));
        return;
      }
      // In another zone it may be the day before.
      if (previous && day->day < previous->day && day->zone == previous->zone) {
        found(0, fmt::format(fmt::runtime(tr("the {} date {} is before the {} date {}")), tr(name), date,
                             tr(previous_name), previous->day));
      } else if (previous && day->day < previous->day) {
        findings_.undecided.add(0,
                                fmt::format(fmt::runtime(tr("the {} date {} and the {} date {} are in different time "
                                                            "zones; which is first is not decided")),
                                            tr(name), date, tr(previous_name), previous->day + previous->zone));
      }
      previous = day;
      previous_name = name;
    };
    next(message_id("receipt"), document_.receipt_date, false);
    next(message_id("begin"), document_.begin_date, true);
    next(message_id("end"), document_.end_date, true);
    next(message_id("issue"), document_.issue_date, false);
  }

  void table(const DccTable& table) {
    std::size_t n = 0;
    for (const auto& one : table.quantities)
      n = std::max(n, one.count());
    bool uncertain = false;
    bool needs_uncertainty = false;
    for (const auto& one : table.quantities) {
      check_quantity(one, n, findings_);
      uncertain = uncertain || has_uncertainty(one);
      needs_uncertainty = needs_uncertainty || (is_number(one) && one.form != DccNumbers::Form::constant);
      if (one.has_ref_type("basic_measurementError") && is_number(one) && !has_uncertainty(one))
        found(one.line, fmt::format(fmt::runtime(tr("{} has no uncertainty")), label(one)));
    }
    if (!table.is_influence_condition && needs_uncertainty && !uncertain) {
      found(table.line, fmt::format(fmt::runtime(tr("the result \"{}\" has no uncertainty")),
                                    quoted(table.name.in(base::interface_language()))));
    }
    for (const auto& one : table.metadata) {
      for (const auto& inner : one.quantities)
        check_quantity(inner, 0, findings_);
      std::vector<const DccMetaData*> parts;
      collect_judgements(table, parts);
      whole_judgement(one, parts, table.name);
    }
    verdicts(table);
  }

  // The words of etalon_verdict say exactly what the coarser words of conformity say.
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
    const DccMetaData* judgement = error->judgement("basic_conformity");
    const Words& all = judgement ? judgement->conformity : Words();
    DccRepeatedIssue contradiction(findings_.found, verdict->line);
    for (std::size_t i = 0; i < verdict->values.size(); ++i) {
      const std::string& word = verdict->values[i];
      const std::string stated = all.size() == 1 ? all[0] : i < all.size() ? all[i] : "";
      bool agrees = false;
      for (const auto& [own, allowed] : kAllowed)
        agrees = agrees || (own == word && allowed.count(stated));
      if (!agrees) {
        contradiction.add(
            fmt::format(fmt::runtime(tr("the verdict on value number {} is \"{}\", but its conformity says \"{}\"")),
                        i + 1, quoted(word), quoted(stated)));
      }
    }
  }

  // A judgement on the whole against those beside the values: all pass, or it fails and so does one of them.
  static bool agrees(const DccMetaData& whole, const std::vector<const DccMetaData*>& parts) {
    bool any = false, all_pass = true, one_fails = false;
    for (const DccMetaData* part : parts) {
      const bool same = std::any_of(whole.ref_types.begin(), whole.ref_types.end(),
                                    [&](const std::string& type) { return part->has_ref_type(type); });
      if (!same) continue;
      for (const auto& word : part->conformity) {
        any = true;
        all_pass = all_pass && word == "pass";
        one_fails = one_fails || word == "fail";
      }
    }
    const auto only = [&](const char* word) {
      return std::all_of(whole.conformity.begin(), whole.conformity.end(),
                         [&](const std::string& one) { return one == word; });
    };
    return any && ((all_pass && only("pass")) || (one_fails && only("fail")));
  }

  static void collect_judgements(const DccTable& table, std::vector<const DccMetaData*>& parts) {
    for (const auto& quantity : table.quantities) {
      for (const auto& one : quantity.metadata) {
        if (one.is_judgement()) parts.push_back(&one);
      }
    }
  }

  void whole_judgement(const DccMetaData& whole, const std::vector<const DccMetaData*>& parts, const LocalText& of) {
    if (whole.states_conformity && !whole.is_judgement())
      found(whole.line, fmt::format(fmt::runtime(tr("the judgement on \"{}\" has no words of conformity")),
                                    quoted(of.in(base::interface_language()))));
    if (!whole.is_judgement() || agrees(whole, parts)) return;
    findings_.undecided.add(
        whole.line, fmt::format(fmt::runtime(tr("the judgement \"{}\" on \"{}\" as a whole does not follow from "
                                                "judgements beside the values")),
                                quoted(whole.conformity.front()), quoted(of.in(base::interface_language()))));
  }

  void statements() {
    std::vector<const DccMetaData*> parts;
    for (const auto& table : document_.tables) {
      if (!table.is_influence_condition) collect_judgements(table, parts);
    }
    for (const auto& statement : document_.statements) {
      for (const auto& inner : statement.quantities)
        check_quantity(inner, 0, findings_);
      whole_judgement(statement, parts, statement.declaration.empty() ? statement.name : statement.declaration);
    }
  }

  void old_spellings() {
    if (findings_.old_spellings == 0) return;
    findings_.remarks.add(
        findings_.first_old_spelling,
        fmt::format(fmt::runtime(tr("\\degreeCelsius is an old spelling of D-SI, today \\degreecelsius "
                                    "({} times)")),
                    findings_.old_spellings));
  }

  const DccDocument& document_;
  DccFindings findings_;
};

}  // namespace

DccFindings semantic_findings(const DccDocument& document) {
  return Checker(document).run();
}

base::ExitCode DccCheck::exit_code() const {
  const auto says = [this](DccNotice::Kind kind) {
    return std::any_of(notices.begin(), notices.end(), [kind](const DccNotice& one) { return one.kind == kind; });
  };
  if (schema.state == SchemaState::invalid || findings.found.count > 0 || says(DccNotice::Kind::not_a_certificate) ||
      says(DccNotice::Kind::not_valid))
    return base::ExitCode::check_failed;
  if (schema.state != SchemaState::valid || findings.undecided.count > 0 || says(DccNotice::Kind::unchecked_signature))
    return base::ExitCode::undecided;
  return base::ExitCode::done;
}

DccCheck check_dcc(std::string_view bytes, const std::string& schema_folder, const std::string& name) {
  DccCheck check;
  const DccDocument document = examine_dcc(bytes, name);
  check.whole = document.unread.empty() && document.faults.empty();
  check.notices = notices(document);
  check.findings = semantic_findings(document);
  check_tree(bytes, name, document, check.findings.found);
  check.findings.found.sort_by_line();
  check.schema = validate_against_schema(bytes, schema_folder, name);
  return check;
}

}  // namespace etalon::archive
