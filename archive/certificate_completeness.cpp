#include "archive/certificate_completeness.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "archive/calendar_date.h"
#include "archive/certificate_texts.h"
#include "archive/country_codes.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/identification.h"
#include "base/language.h"

namespace etalon::archive {

using base::message_id;
using base::tr;

namespace {

// Longer than any page has room for, so that what is cut is said by the pages themselves.
constexpr std::size_t longest_prose = 10000;

bool is_decimal(const std::string& text) {
  try {
    base::Decimal::parse(text);
    return true;
  } catch (const base::InputError&) {
    return false;
  }
}

// Letters, digits, '-', '_', '.', so that it can stand in an XML identifier.
bool is_identifier(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                              std::string::npos;
}

class Findings {
 public:
  void require(bool present, const std::string& message) {
    if (!present) list.push_back(message);
  }
  void require(bool present, const std::string& where, const std::string& message) {
    require(present, fmt::format(fmt::runtime(tr("{0}: {1}")), where, message));
  }
  std::vector<std::string> list;
};

void check_dates(const Dates& dates, Findings& findings) {
  std::string previous;
  std::string previous_name;
  const auto next = [&](const std::string& name, const std::string& date) {
    if (!is_calendar_date(date)) {
      findings.list.push_back(fmt::format(
          fmt::runtime(tr("the date of {} \"{}\" is not a date YYYY-MM-DD (7.8.2.1 h, i, j)")), name, date));
      return;
    }
    if (!previous.empty() && date < previous) {
      findings.list.push_back(fmt::format(fmt::runtime(tr("the date of {} {} is before that of {} {}")), name, date,
                                          previous_name, previous));
    }
    previous = date;
    previous_name = name;
  };
  if (dates.receipt) next(tr("receipt"), *dates.receipt);
  next(tr("begin"), dates.begin);
  next(tr("end"), dates.end);
  next(tr("issue"), dates.issue);
}

void check_row(const Row& row, const std::string& where, Findings& findings) {
  const auto number = [&](const std::string& text, const char* what) {
    findings.require(is_decimal(text), where,
                     fmt::format(fmt::runtime(tr("{} \"{}\" is not a decimal number")), tr(what), text));
  };
  number(row.nominal, message_id("nominal value"));
  number(row.reference, message_id("reference value"));
  number(row.indication, message_id("indication"));
  number(row.error, message_id("error"));
  number(row.coverage_factor, message_id("coverage factor"));
  number(row.coverage_probability, message_id("coverage probability"));
  if (row.expanded_uncertainty.empty()) {
    findings.require(false, where, tr("has no expanded uncertainty (7.8.4.1 a: every result has one)"));
  } else {
    number(row.expanded_uncertainty, message_id("expanded uncertainty"));
    if (is_decimal(row.expanded_uncertainty)) {
      const auto u = base::Decimal::parse(row.expanded_uncertainty);
      findings.require(!u.is_negative() && !u.is_zero(), where, tr("the expanded uncertainty is not positive"));
    }
  }
  if (is_decimal(row.coverage_probability)) {
    const double p = base::Decimal::parse(row.coverage_probability).to_double();
    findings.require(
        p > 0 && p < 1, where,
        fmt::format(fmt::runtime(tr("the coverage probability {} is not between 0 and 1 (write 0.95 for 95 %)")),
                    row.coverage_probability));
  }
  if (!row.mpe.empty()) number(row.mpe, message_id("maximum permissible error"));
  if (!row.acceptance_limit.empty()) number(row.acceptance_limit, message_id("acceptance limit"));
  findings.require(row.verdict == Conformity::not_stated || !row.mpe.empty(), where,
                   tr("states conformity without a maximum permissible error (7.8.6.2)"));
}

void check_tables(const Certificate& certificate, Findings& findings) {
  std::set<std::string> ids;
  findings.require(!certificate.tables.empty(), tr("there are no results (7.8.2.1 m)"));
  for (const auto& table : certificate.tables) {
    const std::string where = fmt::format(fmt::runtime(tr("table {}")), table.id);
    findings.require(is_identifier(table.id), where, tr("its id may have letters, digits, '-', '_' and '.' only"));
    findings.require(ids.insert(table.id).second, where, tr("its id stands twice"));
    findings.require(!table.rows.empty(), where, tr("has no rows"));
    findings.require(!table.title.empty(), where, tr("has no title"));
    findings.require(!table.value_unit.empty() && !table.error_unit.empty(), where, tr("has no unit (7.8.2.1 m)"));
    bool stated = false;
    bool not_stated = false;
    bool limited = false;
    bool unlimited = false;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const Row& row = table.rows[i];
      check_row(row, fmt::format(fmt::runtime(tr("table {}, row {}")), table.id, i + 1), findings);
      (row.verdict == Conformity::not_stated ? not_stated : stated) = true;
      (row.mpe.empty() ? unlimited : limited) = true;
    }
    // A list of verdicts in the DCC has a word for every value; a hole in it would shift the others.
    findings.require(!(stated && not_stated), where, tr("conformity is stated for some rows only; split the table"));
    findings.require(!(limited && unlimited), where, tr("some rows only have a limit; split the table"));
    if (stated) {
      findings.require(!certificate.decision_rule.name.empty() && !certificate.decision_rule.text.empty(), where,
                       tr("states conformity but the decision rule is not given (7.8.6.2)"));
    }
  }
  for (const auto& curve : certificate.curves) {
    const std::string where = fmt::format(fmt::runtime(tr("curve {}")), curve.id);
    findings.require(is_identifier(curve.id), where, tr("its id may have letters, digits, '-', '_' and '.' only"));
    findings.require(ids.insert("curve " + curve.id).second, where, tr("its id stands twice"));
    findings.require(ids.count(curve.table_id) == 1, where,
                     fmt::format(fmt::runtime(tr("there is no table \"{}\"")), curve.table_id));
    findings.require(!curve.parameters.empty(), where, tr("has no parameters"));
    for (const auto& parameter : curve.parameters) {
      findings.require(is_decimal(parameter.value), where,
                       fmt::format(fmt::runtime(tr("parameter {} \"{}\" is not a decimal number")), parameter.name,
                                   parameter.value));
      findings.require(is_decimal(parameter.expanded_uncertainty), where,
                       fmt::format(fmt::runtime(tr("parameter {} has no expanded uncertainty")), parameter.name));
    }
  }
}

// What reads differently from what it is, or has no room on the pages.
void check_texts(const Certificate& certificate, Findings& findings) {
  for (const CertificateText& text : certificate_texts(certificate)) {
    std::optional<std::string> fault;
    switch (text.kind) {
      case TextKind::identification:
        fault = base::fault_of_identification(text.text);
        break;
      case TextKind::name:
        fault = base::fault_of_name(text.text);
        break;
      case TextKind::prose:
        fault = base::fault_of_name(text.text, longest_prose);
        break;
    }
    if (fault) findings.require(false, text.field, *fault);
  }
}

}  // namespace

std::vector<std::string> missing_content(const Certificate& certificate) {
  Findings findings;
  findings.require(!certificate.number.empty(), tr("the certificate number is missing (7.8.2.1 d)"));
  findings.require(!certificate.title.empty(), tr("the title is missing (7.8.2.1 a)"));
  findings.require(!certificate.laboratory.name.empty() && !certificate.laboratory.address.empty(),
                   tr("the laboratory's name or address is missing (7.8.2.1 b)"));
  findings.require(
      is_country_code(certificate.laboratory.country_code),
      fmt::format(fmt::runtime(tr("the laboratory's country code \"{}\" is none of ISO 3166-1 (two capital "
                                  "letters)")),
                  certificate.laboratory.country_code));
  findings.require(!certificate.customer.name.empty() && !certificate.customer.address.empty(),
                   tr("the customer's name or address is missing (7.8.2.1 e)"));
  findings.require(!certificate.item.name.empty(), tr("the item's name is missing (7.8.2.1 g)"));
  findings.require(!certificate.item.serial.empty() || !certificate.item.laboratory_id.empty(),
                   tr("the item has neither serial number nor laboratory identification (7.8.2.1 g)"));
  findings.require(!certificate.persons.empty(), tr("no responsible person is named (7.8.2.1 o)"));
  for (const auto& person : certificate.persons) {
    findings.require(!person.name.empty(), tr("a responsible person has no name (7.8.2.1 o)"));
  }
  check_dates(certificate.dates, findings);
  findings.require(!certificate.method.procedure_title.empty() && !certificate.method.documents.empty(),
                   tr("the method or its documents are missing (7.8.2.1 f)"));
  findings.require(!certificate.standards.empty(), tr("no measurement standard is named (7.8.4.1 c)"));
  for (const auto& standard : certificate.standards) {
    const std::string where =
        fmt::format(fmt::runtime(tr("measurement standard {}")), standard.name.in(base::interface_language()));
    findings.require(!standard.certificate_number.empty(), where, tr("its certificate number is missing (7.8.4.1 c)"));
    if (!standard.valid_until.empty() && !certificate.dates.end.empty()) {
      findings.require(
          is_calendar_date(standard.valid_until), where,
          fmt::format(fmt::runtime(tr("valid until \"{}\" is not a date YYYY-MM-DD")), standard.valid_until));
      findings.require(
          standard.valid_until >= certificate.dates.end, where,
          fmt::format(fmt::runtime(tr("its certificate was valid until {}, the calibration ended on {} (7.8.4.1 c)")),
                      standard.valid_until, certificate.dates.end));
    }
    findings.require(standard.certificate_sha256.empty() ||
                         (standard.certificate_sha256.size() == 64 && is_identifier(standard.certificate_sha256)),
                     where, tr("the SHA-256 of its certificate is not 64 hexadecimal digits"));
  }
  findings.require(!certificate.environment.empty(), tr("the environment is missing (7.8.4.1 b)"));
  for (const auto& condition : certificate.environment) {
    findings.require(is_decimal(condition.minimum) && is_decimal(condition.maximum),
                     tr("an environment condition has no minimum or maximum (7.8.4.1 b)"));
  }
  findings.require(!certificate.coverage_statement.empty(), tr("the statement on coverage is missing (7.8.4.1 a)"));
  findings.require(!certificate.statements.empty(),
                   tr("the statement that results relate only to the item is missing (7.8.2.1 l)"));
  findings.require(!certificate.software.name.empty() && !certificate.software.version.empty(),
                   tr("the software and its version are missing"));
  check_tables(certificate, findings);
  check_texts(certificate, findings);
  return findings.list;
}

void require_complete(const Certificate& certificate) {
  const auto missing = missing_content(certificate);
  if (missing.empty()) return;
  std::string message = fmt::format(fmt::runtime(tr("the certificate {} cannot be written:")), certificate.number);
  for (const auto& sentence : missing)
    message += "\n  " + sentence;
  throw base::InputError(message);
}

}  // namespace etalon::archive
