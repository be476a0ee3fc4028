#include <catch2/catch.hpp>

#include "archive/certificate_completeness.h"
#include "archive/dcc_check.h"
#include "archive/dcc_reader.h"
#include "archive/dcc_writer.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "tests/archive/sample_certificate.h"
#include "tests/archive/schema_folder.h"

using namespace etalon;
using namespace etalon::archive;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The content of the n-th element of that name (0 the first).
std::string with_element(std::string text, const std::string& element, const std::string& content, int n = 0) {
  const std::string open = "<" + element + ">";
  std::size_t at = text.find(open);
  for (; n > 0 && at != std::string::npos; --n)
    at = text.find(open, at + 1);
  REQUIRE(at != std::string::npos);
  const auto end = text.find("</" + element + ">", at);
  return text.substr(0, at + open.size()) + content + text.substr(end);
}

bool mentions(const std::vector<DccIssue>& issues, const std::string& words) {
  for (const auto& issue : issues) {
    if (issue.message.find(words) != std::string::npos) return true;
  }
  return false;
}

std::vector<DccIssue> issues_of(const std::string& xml) {
  return check_dcc(xml, "").findings.found.kept;
}

}  // namespace

TEST_CASE("the written certificate is valid against the schema of its version") {
  const auto folder = schema_folder();
  for (const auto status : {CertificateStatus::issued, CertificateStatus::draft, CertificateStatus::simulated}) {
    const auto check = check_dcc(write_dcc(sample_certificate(status)), folder);
    for (const auto& issues : {check.findings.found, check.findings.undecided}) {
      for (const auto& issue : issues.kept)
        UNSCOPED_INFO(issue.line << ": " << issue.message);
      CHECK(issues.count == 0);
    }
    CHECK(check.whole);
    for (const auto& issue : check.schema.issues)
      UNSCOPED_INFO(issue.line << ": " << issue.message);
    if (check.schema.state == SchemaState::skipped) {
      WARN("skipped: no schema (" << check.schema.reason << "); set ETALON_DCC_SCHEMA");
    } else {
      CHECK(check.schema.state == SchemaState::valid);
    }
  }
}

TEST_CASE("a missing schema is said, not passed over") {
  const auto result = validate_against_schema(write_dcc(sample_certificate()), "");
  CHECK(result.state == SchemaState::skipped);
  CHECK(result.reason.find("no schema") == 0);
  CHECK(validate_against_schema(write_dcc(sample_certificate()), "/nonexistent").state == SchemaState::skipped);
}

TEST_CASE("the schema finds structural errors with their line") {
  const auto folder = schema_folder();
  if (folder.empty()) {
    WARN("skipped: no schema; set ETALON_DCC_SCHEMA");
    return;
  }
  const auto xml = write_dcc(sample_certificate());
  for (const auto& broken :
       {with_element(xml, "dcc:beginPerformanceDate", "1 June 2026"),
        with_element(xml, "si:coverageFactorXMLList", "0.5"), replaced(xml, "dcc:uniqueIdentifier>", "dcc:identifier>"),
        with_element(xml, "si:valueXMLList", "1,5")}) {
    if (broken.find("dcc:identifier>") != std::string::npos) {
      CHECK_THROWS_AS(validate_against_schema(broken, folder), base::FileError);  // tags no longer match
      continue;
    }
    const auto result = validate_against_schema(broken, folder);
    CHECK(result.state == SchemaState::invalid);
    REQUIRE(!result.issues.empty());
    CHECK(result.issues[0].line > 1);
  }
  const auto unknown =
      validate_against_schema(replaced(xml, "schemaVersion=\"3.3.0\"", "schemaVersion=\"9.9.9\""), folder);
  CHECK(unknown.state == SchemaState::skipped);
  const auto odd = validate_against_schema(replaced(xml, "schemaVersion=\"3.3.0\"", "schemaVersion=\"../x\""), folder);
  CHECK(odd.state == SchemaState::invalid);
}

TEST_CASE("what is read back is what was written, text for text") {
  const Certificate c = sample_certificate();
  const DccDocument d = read_dcc(write_dcc(c));
  CHECK(d.schema_version == "3.3.0");
  CHECK(d.unique_identifier == c.number);
  CHECK(d.receipt_date == *c.dates.receipt);
  CHECK(d.begin_date == c.dates.begin);
  CHECK(d.issue_date == c.dates.issue);
  CHECK(d.laboratory.zh == c.laboratory.name.zh);
  CHECK(d.customer.en == c.customer.name.en);
  REQUIRE(d.items.size() == 1);
  CHECK(d.items[0].model == "34461A");
  CHECK(d.items[0].identifications[0].value == c.item.serial);
  REQUIRE(d.equipment.size() == 2);
  REQUIRE(d.equipment[0].certificate);
  CHECK(d.equipment[0].certificate->value == std::string(64, 'a'));
  CHECK(!d.equipment[1].certificate);
  std::size_t points = 0;
  for (const auto& table : c.tables) {
    const DccTable* read = nullptr;
    for (const auto& one : d.tables) {
      if (one.id == "table-" + table.id) read = &one;
    }
    REQUIRE(read);
    const auto* reference = read->find("basic_referenceValue");
    const auto* indication = read->find("basic_measuredValue");
    const auto* error = read->find("basic_measurementError");
    const auto* dof = read->find("etalon_effectiveDegreesOfFreedom");
    const auto* verdict = read->find("etalon_verdict");
    REQUIRE((reference && indication && error && dof && verdict));
    REQUIRE(error->values.size() == table.rows.size());
    REQUIRE(error->uncertainty);
    CHECK(base::unit_from_d_si(error->units.at(0)) == table.error_unit);
    CHECK(base::unit_from_d_si(reference->units.at(0)) == table.value_unit);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const Row& row = table.rows[i];
      CHECK(reference->values[i] == row.reference);
      CHECK(reference->metadata.at(0).quantities.at(0).values[i] == row.nominal);
      CHECK(indication->values[i] == row.indication);
      CHECK(error->values[i] == row.error);
      CHECK(word_at(error->uncertainty->values, i, "U") == row.expanded_uncertainty);
      CHECK(word_at(error->uncertainty->coverage_factors, i, "k") == row.coverage_factor);
      CHECK(word_at(error->uncertainty->coverage_probabilities, i, "p") == row.coverage_probability);
      CHECK(word_at(error->judgement()->conformity, i, "conformity") == dcc_conformity_word(row));
      CHECK(parse_verdict_word(verdict->values[i]) == row.verdict);
      CHECK(dof->values[i] == (row.effective_degrees_of_freedom == "∞" ? "inf" : row.effective_degrees_of_freedom));
      bool upper = false;
      for (const auto& limit : error->judgement("basic_conformity")->quantities) {
        if (!limit.has_ref_type("basic_toleranceLimitUpper")) continue;
        CHECK(limit.values[i] == row.mpe);
        upper = true;
      }
      CHECK(upper);
      ++points;
    }
  }
  CHECK(points == 28);
  // Its equation stands with its parameters.
  const auto is_curve = [](const DccTable& table) { return table.id.rfind("curve-", 0) == 0; };
  CHECK(static_cast<std::size_t>(std::count_if(d.tables.begin(), d.tables.end(), is_curve)) == c.curves.size());
  const DccTable& curve = d.tables.back();
  CHECK(curve.id == "curve-" + c.curves.back().id);
  REQUIRE(curve.quantities.size() == 5);
  CHECK(curve.quantities[1].values.at(0) == c.curves.back().parameters[1].value);
  CHECK(curve.quantities[1].uncertainty->values.at(0) == c.curves.back().parameters[1].expanded_uncertainty);
}

TEST_CASE("a point without an acceptance limit takes none from the others") {
  Certificate c = sample_certificate();
  c.tables[0].rows[1].acceptance_limit.clear();
  const std::string xml = write_dcc(c);
  CHECK(issues_of(xml).empty());
  const auto folder = schema_folder();
  if (!folder.empty()) CHECK(validate_against_schema(xml, folder).state == SchemaState::valid);
  const DccDocument d = read_dcc(xml);
  const auto table = std::find_if(d.tables.begin(), d.tables.end(),
                                  [&](const DccTable& one) { return one.id == "table-" + c.tables[0].id; });
  REQUIRE(table != d.tables.end());
  for (const char* side : {"Lower", "Upper"}) {
    const DccQuantity* limit = table->find("basic_measurementError")
                                   ->judgement("basic_conformity")
                                   ->find(std::string("basic_acceptanceLimit") + side);
    REQUIRE(limit);
    REQUIRE(limit->values.size() == c.tables[0].rows.size());
    for (std::size_t i = 0; i < limit->values.size(); ++i) {
      const std::string expected = c.tables[0].rows[i].acceptance_limit;
      CHECK(limit->values[i] == (expected.empty() ? "NaN" : std::string(*side == 'L' ? "-" : "") + expected));
    }
  }
  // No point has one: no list of them.
  for (Row& row : c.tables[0].rows)
    row.acceptance_limit.clear();
  CHECK(read_dcc(write_dcc(c))
            .tables.at(static_cast<std::size_t>(table - d.tables.begin()))
            .find("basic_measurementError")
            ->judgement("basic_conformity")
            ->find("basic_acceptanceLimitUpper") == nullptr);
}

TEST_CASE("the same certificate gives the same bytes") {
  CHECK(write_dcc(sample_certificate()) == write_dcc(sample_certificate()));
}

TEST_CASE("certificates that were not issued say so") {
  const auto simulated = read_dcc(write_dcc(sample_certificate(CertificateStatus::simulated)));
  CHECK(simulated.statements.at(0).declaration.en.find("not a calibration certificate") != std::string::npos);
  CHECK(simulated.statements.at(0).declaration.zh.find("不是校准证书") != std::string::npos);
  CHECK(simulated.statements.at(0).has_ref_type("etalon_simulated"));
  CHECK(simulated.statements.at(0).valid == Words{"false"});
  const auto draft = read_dcc(write_dcc(sample_certificate(CertificateStatus::draft)));
  CHECK(draft.statements.at(0).declaration.en.find("DRAFT") != std::string::npos);
  CHECK(draft.statements.at(0).has_ref_type("etalon_draft"));
  CHECK(draft.statements.at(0).valid == Words{"false"});
  for (const auto& statement : read_dcc(write_dcc(sample_certificate())).statements) {
    CHECK(statement.declaration.en.find("not a calibration certificate") == std::string::npos);
    CHECK(statement.valid.empty());
  }
  CHECK(notices(read_dcc(write_dcc(sample_certificate()))).empty());
  for (const auto& document : {simulated, draft}) {
    REQUIRE(notices(document).size() == 1);
    CHECK(notices(document)[0].kind == DccNotice::Kind::not_a_certificate);
  }
  for (const auto status : {CertificateStatus::draft, CertificateStatus::simulated})
    CHECK(check_dcc(write_dcc(sample_certificate(status)), "").exit_code() == base::ExitCode::check_failed);
}

TEST_CASE("an undecided point keeps its exact verdict beside the DCC's word") {
  Certificate c = sample_certificate();
  // Between MPE - U and MPE + U.
  const auto make_inconclusive = [](Row& row, double part_of_mpe) {
    row.verdict = Conformity::inconclusive;
    row.plot.error = part_of_mpe * *row.plot.mpe;
    row.error = base::Decimal::from_double(part_of_mpe * std::stod(row.mpe)).str();
  };
  make_inconclusive(c.tables[0].rows[1], 0.9);
  make_inconclusive(c.tables[0].rows[2], 1.1);
  const auto d = read_dcc(write_dcc(c));
  for (const auto& table : d.tables) {
    if (table.id != "table-dcv-1") continue;
    CHECK(table.find("basic_measurementError")->judgement()->conformity.at(1) == "conditionalPass");
    CHECK(table.find("basic_measurementError")->judgement()->conformity.at(2) == "conditionalFail");
    CHECK(table.find("etalon_verdict")->values.at(1) == "inconclusive");
  }
  CHECK(issues_of(write_dcc(c)).empty());
}

TEST_CASE("errors that no schema sees are found") {
  const std::string xml = write_dcc(sample_certificate());
  REQUIRE(issues_of(xml).empty());
  const auto word_less = [&](const std::string& element, int n) {
    const std::string open = "<" + element + ">";
    std::size_t at = xml.find(open);
    for (int i = 0; i < n; ++i)
      at = xml.find(open, at + 1);
    REQUIRE(at != std::string::npos);
    const auto begin = at + open.size();
    const auto blank = xml.find(' ', begin);
    return xml.substr(0, begin) + xml.substr(blank + 1);
  };
  CHECK(mentions(issues_of(word_less("si:valueXMLList", 0)), "where its table has 6"));
  CHECK(mentions(issues_of(word_less("si:valueXMLList", 3)), "uncertainties for 5 values"));
  CHECK(mentions(issues_of(with_element(xml, "si:valueExpandedMUXMLList", "0.7 0.7")), "2 uncertainties for 6 values"));
  CHECK(mentions(issues_of(word_less("si:coverageFactorXMLList", 0)), "5 coverage factors"));
  CHECK(mentions(issues_of(word_less("si:coverageProbabilityXMLList", 0)), "5 coverage probabilities"));
  CHECK(mentions(issues_of(word_less("dcc:conformityXMLList", 0)), "5 words of conformity"));
  CHECK(mentions(issues_of(with_element(xml, "dcc:receiptDate", "2026-06-02")), "begin date"));
  CHECK(mentions(issues_of(with_element(xml, "dcc:issueDate", "2026-05-30")), "issue date"));
  CHECK(mentions(issues_of(with_element(xml, "dcc:endPerformanceDate", "2026-02-30")), "is not a date"));
  CHECK(mentions(issues_of(with_element(xml, "si:unitXMLList", "\\furlong")), "unit \\furlong"));
  CHECK(mentions(issues_of(with_element(xml, "si:valueExpandedMUXMLList", "-0.7")), "negative"));
  CHECK(mentions(issues_of(with_element(xml, "si:coverageProbabilityXMLList", "95")), "between 0 and 1"));
  CHECK(mentions(issues_of(with_element(xml, "si:coverageFactorXMLList", "0.2")), "1 or more"));
  CHECK(mentions(issues_of(with_element(xml, "dcc:inValidityRange", "false")), "validity range"));
  CHECK(mentions(issues_of(replaced(xml, "refId=\"table-dcv-1\"", "refId=\"table-dcv-9\"")), "names no id"));
  CHECK(mentions(issues_of(with_element(xml, "si:valueXMLList", "a b c d e f")), "not a decimal number"));

  const auto begin = xml.find("<si:measurementUncertaintyUnivariateXMLList>");
  const std::string close = "</si:measurementUncertaintyUnivariateXMLList>";
  const auto end = xml.find(close) + close.size();
  CHECK(mentions(issues_of(xml.substr(0, begin) + xml.substr(end)), "has no uncertainty"));
  CHECK(mentions(issues_of(with_element(xml, "dcc:conformityXMLList", "fail")), "its conformity says"));
  // The fourth list of values of the first table is that of the errors.
  CHECK(mentions(issues_of(with_element(xml, "si:valueXMLList", "900 900 900 900 900 900", 3)), "said to pass beyond"));
}

TEST_CASE("markup inside values, document types and foreign files are refused") {
  const std::string xml = write_dcc(sample_certificate());
  CHECK_THROWS_AS(read_dcc(with_element(xml, "si:valueXMLList", "0.<!-- -->09 1 2 3 4 5")), base::FileError);
  CHECK_THROWS_AS(read_dcc(with_element(xml, "si:valueXMLList", "0.<?x y?>09 1 2 3 4 5")), base::FileError);
  CHECK_THROWS_AS(read_dcc(with_element(xml, "dcc:uniqueIdentifier", "A<!-- -->B")), base::FileError);
  const std::string declaration = "?>\n";
  CHECK_THROWS_WITH(
      read_dcc(replaced(xml, declaration, declaration + "<!DOCTYPE d [<!ENTITY e SYSTEM \"/etc/passwd\">]>")),
      Catch::Contains("DTD"));
  CHECK_THROWS_AS(read_dcc("<html/>"), base::FileError);
  CHECK_THROWS_WITH(read_dcc("<a>\n<b></a>", "x.xml"), Catch::Contains("x.xml:2"));
  CHECK_THROWS_AS(read_dcc(""), base::FileError);
  CHECK_THROWS_AS(read_dcc(xml.substr(0, xml.size() / 2)), base::FileError);
  // A comment between elements is harmless.
  CHECK_NOTHROW(read_dcc(replaced(xml, "<dcc:coreData>", "<!-- note --><dcc:coreData>")));
}

TEST_CASE("what a certificate must have is required") {
  const auto refused = [](auto change, const std::string& words) {
    Certificate c = sample_certificate();
    change(c);
    CHECK_THROWS_WITH(write_dcc(c), Catch::Contains(words));
  };
  CHECK(missing_content(sample_certificate()).empty());
  refused([](Certificate& c) { c.number.clear(); }, "7.8.2.1 d");
  refused([](Certificate& c) { c.tables[0].rows[0].expanded_uncertainty.clear(); }, "7.8.4.1 a");
  refused([](Certificate& c) { c.tables[0].rows[0].error = "0,5"; }, "not a decimal");
  refused([](Certificate& c) { c.tables[0].rows[0].coverage_probability = "95"; }, "0.95");
  refused([](Certificate& c) { c.tables[0].rows[0].verdict = Conformity::not_stated; }, "some rows only");
  refused([](Certificate& c) { c.tables[1].id = c.tables[0].id; }, "stands twice");
  refused([](Certificate& c) { c.standards[0].valid_until = "2026-05-31"; }, "valid until");
  refused([](Certificate& c) { c.dates.issue = "2026-05-31"; }, "before");
  refused([](Certificate& c) { c.decision_rule.text = {}; }, "decision rule");
  refused([](Certificate& c) { c.environment.clear(); }, "7.8.4.1 b");
  refused([](Certificate& c) { c.item.serial = c.item.laboratory_id = ""; }, "7.8.2.1 g");
  refused([](Certificate& c) { c.curves[0].table_id = "x"; }, "no table");
  refused([](Certificate& c) { c.item.model = "34\x01 461A"; }, "U+0001");
  refused([](Certificate& c) { c.tables[0].rows[0].coverage_factor = "0.9"; }, "coverage factor");
  refused([](Certificate& c) { c.tables[0].error_unit = "furlong"; }, "furlong");
}

TEST_CASE("certificates of another laboratory are read") {
  const auto folder = schema_folder();
  if (folder.empty()) {
    WARN("skipped: no example certificates; set ETALON_DCC_SCHEMA");
    return;
  }
  const std::string examples = folder + "/examples/";
  const auto d = read_dcc(base::read_file(examples + "dcc_gp_temperature_typical_adjustment_v12.xml"));
  CHECK(d.schema_version == "3.1.1");
  CHECK(d.items.at(0).model == "String");
  const DccTable* as_found = nullptr;
  const DccTable* as_left = nullptr;
  for (const auto& table : d.tables) {
    if (table.status == "beforeAdjustment") as_found = &table;
    if (!table.is_influence_condition) as_left = &table;
  }
  REQUIRE((as_found && as_left));
  const auto* reference = as_left->find("basic_referenceValue");
  REQUIRE(reference);
  CHECK(reference->values == Words{"306.248", "373.121", "448.253", "523.319", "593.154"});
  CHECK(reference->units == Words{"\\kelvin"});
  CHECK(reference->metadata.at(0).has_ref_type("basic_calibrationValue"));
  CHECK(reference->others_are == DccQuantity::Others::same_in_other_units);
  CHECK(reference->others.at(0).values.at(4) == "320.004");
  CHECK(reference->others.at(0).units == Words{"\\degreecelsius"});
  const auto* error = as_left->find("basic_measurementError");
  REQUIRE((error && error->uncertainty));
  CHECK(error->values.at(4) == "-0.084");
  CHECK(word_at(error->uncertainty->values, 4, "U") == "0.061");
  CHECK(word_at(error->uncertainty->coverage_factors, 4, "k") == "2");
  CHECK(error->judgement()->conformity == Words{"pass"});
  CHECK(as_found->find("basic_measurementError")->values.at(0) == "0.105");

  for (const char* name : {"dcc_gp_humidity_v1.0.xml", "dcc_gp_temperature_typical_v12.xml",
                           "dcc_gp_temperature_typical_v12_v3.2.0_signed.xml"}) {
    INFO(name);
    const auto check = check_dcc(base::read_file(examples + name), "");
    for (const auto& issue : check.findings.found.kept)
      UNSCOPED_INFO(issue.line << ": " << issue.message);
    CHECK(check.findings.found.count == 0);
    CHECK(check.whole);
    CHECK(!read_dcc(base::read_file(examples + name)).tables.empty());
  }
}
