// What `etalon dcc check` finds, what it leaves undecided, and what it says first.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "dcc_pieces.h"
#include "tests/archive/schema_folder.h"

using namespace etalon;
using namespace etalon::tests::dcc;
using Catch::Matchers::Contains;
using tests::Outcome;

TEST_CASE("what is marked as not valid is said first wherever the mark stands") {
  const std::string mark =
      "<dcc:measurementMetaData><dcc:metaData><dcc:valid>0</dcc:valid></dcc:metaData>"
      "</dcc:measurementMetaData>";
  const std::string value = quantity(real("1", "\\volt"));
  const auto said = [](const std::string& xml, const std::string& text) {
    const Seen one = seen(xml);
    for (const auto& outcome : {one.shown, one.checked}) {
      INFO(outcome.output);
      CHECK(outcome.exit_code == 1);
      CHECK_THAT(first_line(outcome.output), Contains(text));
    }
  };
  said(with_data(quantity(real("1", "\\volt"), mark)), "NOT VALID: \"error\"");
  said(with_data("<dcc:list>" + value + mark + "</dcc:list>"), "NOT VALID: \"result\"");
  said(replaced(base_certificate(), "</dcc:results>", "</dcc:results>" + mark), "NOT VALID: \"calibration\"");
  said(with_data(quantity(list("1 2 3", "\\volt"), replaced(replaced(mark, "valid>0", "validXMLList>1 0"),
                                                            "</dcc:valid>", "</dcc:validXMLList>"))),
       "the list of validity has 2 words");
  said(replaced(base_certificate(), "</dcc:administrativeData>",
                "<dcc:statements><dcc:statement><dcc:traceable>false</dcc:traceable></dcc:statement></dcc:statements>"
                "</dcc:administrativeData>"),
       "NOT TRACEABLE");
  // Of the nominal value of a statement.
  said(replaced(base_certificate(), "</dcc:administrativeData>",
                "<dcc:statements><dcc:statement><dcc:data>" + quantity(real("1", "\\volt"), mark) +
                    "</dcc:data></dcc:statement></dcc:statements></dcc:administrativeData>"),
       "NOT VALID");
}

TEST_CASE("a signature is named and never taken for checked") {
  const std::string signature =
      "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod "
      "Algorithm=\"a\"/><ds:SignatureMethod Algorithm=\"a\"/><ds:Reference><ds:DigestMethod Algorithm=\"a\"/>"
      "<ds:DigestValue>YQ==</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>YQ==</ds:SignatureValue>"
      "<ds:KeyInfo><ds:KeyName>Example Laboratory</ds:KeyName></ds:KeyInfo></ds:Signature>";
  const Seen signed_one = seen(replaced(base_certificate(), "</dcc:digitalCalibrationCertificate>",
                                        signature + "</dcc:digitalCalibrationCertificate>"));
  for (const auto& outcome : {signed_one.shown, signed_one.checked}) {
    CHECK(outcome.exit_code == 5);
    CHECK_THAT(first_line(outcome.output),
               Contains("SIGNED (XML signature) by Example Laboratory; the signature was NOT checked"));
    CHECK_THAT(outcome.output, !Contains("sound"));
  }
  // Taken away, the certificate still says that it had one.
  const Seen stripped = seen(replaced(base_certificate(), "</dcc:calibrationLaboratory>",
                                      "<dcc:cryptElectronicSignature>true</dcc:cryptElectronicSignature>"
                                      "</dcc:calibrationLaboratory>"));
  for (const auto& outcome : {stripped.shown, stripped.checked}) {
    CHECK(outcome.exit_code == 5);
    CHECK_THAT(first_line(outcome.output), Contains("NO SIGNATURE"));
  }
}

TEST_CASE("what a hybrid says in two units is one value") {
  const auto checked = [](const std::string& celsius) {
    return seen(with_data(quantity(
                    "<si:hybrid>" + real("300.15", "\\kelvin") + real(celsius, "\\degreecelsius", "") + "</si:hybrid>",
                    "", "basic_measuredValue")))
        .checked;
  };
  CHECK(checked("27.00").exit_code == expected(0));
  CHECK(checked("28.00").exit_code == 1);
  CHECK_THAT(checked("28.00").output, Contains("these are not the same"));
}

TEST_CASE("a verdict contradicts its limits only where no rule could give it") {
  const auto verdict = [](const std::string& value, const std::string& word,
                          const std::vector<std::array<std::string, 3>>& limits) {
    return seen(with_data(quantity(real(value, "\\volt"), judgement(word, limits)))).checked;
  };
  const auto certain = [](const Outcome& outcome, const std::string& text) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.output, Contains(text));
  };
  const auto undecided = [](const Outcome& outcome) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 5);
    CHECK_THAT(outcome.output, Contains("not decided: \"error\""));
  };
  const auto right = [](const Outcome& outcome) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == expected(0));
    CHECK_THAT(outcome.output, !Contains("not decided: \"error\""));
  };
  // U = 0.2 V.
  certain(verdict("1.300", "pass", {{"toleranceLimitUpper", "1.000", "\\volt"}}), "beyond its tolerance limit");
  undecided(verdict("1.100", "pass", {{"toleranceLimitUpper", "1.000", "\\volt"}}));
  right(verdict("0.950", "pass", {{"toleranceLimitUpper", "1.000", "\\volt"}}));
  certain(verdict("1.100", "pass", {{"acceptanceLimitUpper", "1000.0", "\\milli\\volt"}}),
          "beyond its acceptance limit");
  certain(verdict("-1.100", "pass", {{"acceptanceLimitLower", "-1000.0", "\\milli\\volt"}}), "beyond its acceptance");
  // The rounding of both numbers may hide it.
  undecided(verdict("1.04", "pass", {{"acceptanceLimitUpper", "1.0", "\\volt"}}));
  // Within the limits, but by less than U: a guard band makes it a fail.
  undecided(verdict("0.900", "fail",
                    {{"toleranceLimitUpper", "1.000", "\\volt"}, {"toleranceLimitLower", "-1.000", "\\volt"}}));
  certain(verdict("0.100", "fail",
                  {{"toleranceLimitUpper", "1.000", "\\volt"}, {"toleranceLimitLower", "-1.000", "\\volt"}}),
          "within both tolerance limits");
  // The other limit is not stated.
  undecided(verdict("0.100", "fail", {{"acceptanceLimitUpper", "1.000", "\\volt"}}));
  right(verdict("1.100", "fail", {{"acceptanceLimitUpper", "1.000", "\\volt"}}));
  undecided(verdict("0.100", "pass", {}));
  undecided(verdict("0.100", "pass", {{"acceptanceLimitUpper", "1.000", "\\ampere"}}));
  certain(verdict("0.100", "perhaps", {{"acceptanceLimitUpper", "1.000", "\\volt"}}), "no word of conformity");
  certain(verdict("NaN", "pass", {{"acceptanceLimitUpper", "1.000", "\\volt"}}), "there is no value");
  // Limits about zero beside an indication may be meant for its error.
  const auto beside_indication = [](const std::string& upper, const std::string& lower) {
    return seen(with_data(quantity(real("10.000", "\\volt"),
                                   judgement("pass", {{"toleranceLimitUpper", upper, "\\volt"},
                                                      {"toleranceLimitLower", lower, "\\volt"}}),
                                   "basic_measuredValue")))
        .checked;
  };
  undecided(beside_indication("0.500", "-0.500"));
  certain(beside_indication("9.500", "9.000"), "beyond its tolerance limit");
  right(beside_indication("10.500", "9.500"));
  // Order changes nothing.
  const std::vector<std::array<std::string, 3>> limits{{"acceptanceLimitUpper", "1.000", "\\volt"},
                                                       {"acceptanceLimitLower", "-1.000", "\\volt"}};
  certain(verdict("0.100", "fail", limits), "within both acceptance limits");
  certain(verdict("0.100", "fail", {limits[1], limits[0]}), "within both acceptance limits");
}

TEST_CASE("each limit is judged, whatever stands beside it") {
  const auto verdict = [](const std::string& value, const std::string& word,
                          const std::vector<std::array<std::string, 3>>& limits, const std::string& u = expanded) {
    return seen(with_data(quantity(real(value, "\\volt", u), judgement(word, limits)))).checked;
  };
  const auto certain = [](const Outcome& outcome, const std::string& text) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.output, Contains(text));
  };
  const auto limits = [](const std::string& kind, const std::string& half_width) {
    return std::vector<std::array<std::string, 3>>{{kind + "LimitUpper", half_width, "\\volt"},
                                                   {kind + "LimitLower", "-" + half_width, "\\volt"}};
  };
  const auto both = [&](const std::string& acceptance, const std::string& tolerance) {
    auto all = limits("acceptance", acceptance);
    for (const auto& one : limits("tolerance", tolerance))
      all.push_back(one);
    return all;
  };
  // U = 0.2 V.
  certain(verdict("5.000", "pass", both("9.000", "1.000")), "is wider than its tolerance limit");
  certain(verdict("5.000", "pass", both("9.000", "1.000")), "beyond its tolerance limit");
  certain(verdict("0.100", "pass", both("1.100", "1.000")), "is wider than its tolerance limit");
  // By less than U: an acceptance limit leaves no room for another rule.
  certain(verdict("1.100", "pass", both("1.100", "1.000")), "is said to be \"pass\" beyond its tolerance limit");
  CHECK(verdict("0.700", "pass", both("0.800", "1.000")).exit_code == expected(0));
  certain(verdict("9.000", "conditionalFail", limits("tolerance", "1.000")), "with U to spare");
  certain(verdict("9.000", "conditionalFail", limits("acceptance", "1.000")), "by more than 4 U");
  CHECK(verdict("1.100", "conditionalFail", limits("tolerance", "1.000")).exit_code == expected(0));
  CHECK(verdict("1.300", "conditionalFail", limits("acceptance", "1.000")).exit_code == expected(0));
  certain(verdict("0.100", "conditionalPass", limits("tolerance", "1.000")), "with U to spare");
  certain(verdict("0.100", "conditionalPass", limits("acceptance", "1.000")), "with U to spare");
  CHECK(verdict("0.900", "conditionalPass", limits("tolerance", "1.000")).exit_code == expected(0));
  // There may be a limit that is not stated.
  CHECK(verdict("0.100", "conditionalPass", {{"toleranceLimitUpper", "1.000", "\\volt"}}).exit_code == expected(0));

  // "By less than U" where there is one, and it is.
  const auto interval = [](const std::string& from, const std::string& to) {
    return "<si:measurementUncertaintyUnivariate><si:coverageIntervalMU><si:valueStandardMU>0.1</si:valueStandardMU>"
           "<si:intervalMin>" +
           from + "</si:intervalMin><si:intervalMax>" + to +
           "</si:intervalMax><si:coverageProbability>0.95</si:coverageProbability></si:coverageIntervalMU>"
           "</si:measurementUncertaintyUnivariate>";
  };
  const std::vector<std::array<std::string, 3>> upper{{"toleranceLimitUpper", "1", "\\volt"}};
  certain(verdict("1.5", "pass", upper, interval("1.4", "1.9")), "beyond its tolerance limit");
  const Outcome includes = verdict("1.1", "pass", upper, interval("0.9", "1.2"));
  CHECK(includes.exit_code == 5);
  CHECK_THAT(includes.output, Contains("by less than U"));
  const Outcome standard =
      verdict("1.1", "pass", upper,
              "<si:measurementUncertaintyUnivariate><si:standardMU><si:valueStandardMU>0.01</si:valueStandardMU>"
              "</si:standardMU></si:measurementUncertaintyUnivariate>");
  CHECK(standard.exit_code == 5);
  for (const Outcome& outcome : {standard, verdict("1.1", "pass", upper, "")}) {
    CHECK_THAT(outcome.output, Contains("there is no U to compare with"));
    CHECK_THAT(outcome.output, !Contains("by less than U"));
  }
}

TEST_CASE("limits and words that are not there are not taken for some") {
  const auto list_judged = [](const std::string& words, const std::string& acceptance) {
    std::string one = judgement(words, {{"acceptanceLimitUpper", "1", "\\volt"}});
    one = replaced(one, between(one, "<si:real>", "</si:real>"),
                   "<si:realListXMLList><si:valueXMLList>" + acceptance +
                       "</si:valueXMLList><si:unitXMLList>\\volt</si:unitXMLList></si:realListXMLList>");
    return seen(with_data("<dcc:list>" + quantity(list("0.10 0.10", "\\volt"), one) + "</dcc:list>")).checked;
  };
  CHECK(list_judged("pass pass", "1.00 1.00").exit_code == expected(0));
  // D-SI writes a value that is not there as NaN.
  const Outcome none = list_judged("pass pass", "1.00 NaN");
  INFO(none.output);
  CHECK(none.exit_code == 5);
  CHECK_THAT(none.output, Contains("value number 2 (0.10): no limit stands beside its verdict"));
  CHECK_THAT(none.output, !Contains("value number 1 (0.10):"));
  const Outcome empty = list_judged("", "1.00 1.00");
  CHECK(empty.exit_code == 1);
  CHECK_THAT(empty.output, Contains("0 words of conformity for 2 values"));
}

TEST_CASE("what a hybrid says of the uncertainty in two units is the same") {
  const auto with = [](const std::string& u, const std::string& k, const std::string& p) {
    return replaced(replaced(replaced(expanded, "MU>0.2<", "MU>" + u + "<"), "Factor>2<", "Factor>" + k + "<"),
                    "Probability>0.95<", "Probability>" + p + "<");
  };
  const auto checked = [&](const std::string& u, const std::string& k, const std::string& p) {
    return seen(with_data(quantity("<si:hybrid>" + real("5.000", "\\milli\\volt", with("0.050", "2", "0.95")) +
                                   real("0.005000", "\\volt", with(u, k, p)) + "</si:hybrid>")))
        .checked;
  };
  CHECK(checked("0.000050", "2", "0.95").exit_code == expected(0));
  CHECK(checked("0.00005", "1.96", "0.95").exit_code == expected(0));  // rounded
  for (const Outcome& outcome :
       {checked("0.005000", "2", "0.95"), checked("0.000050", "3", "0.95"), checked("0.000050", "2", "0.99")}) {
    INFO(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.output, Contains("these are not the same"));
  }
}

TEST_CASE("an identification with a blank that is none of the keyboard is a finding") {
  const auto numbered = [](const std::string& number) {
    const std::string text = base_certificate();
    const std::string old = between(text, "<dcc:uniqueIdentifier>", "</dcc:uniqueIdentifier>");
    return seen(replaced(text, old, "<dcc:uniqueIdentifier>" + number + "</dcc:uniqueIdentifier>")).checked;
  };
  const auto is_found = [](const Outcome& outcome, const std::string& name) {
    INFO(outcome.output);
    CHECK_THAT(outcome.output, Contains("holds the blank <" + name + ">"));
  };
  is_found(numbered("EX\u00a01"), "U+00A0");
  is_found(numbered("EX\u20031"), "U+2003");
  is_found(numbered("EX\u30001"), "U+3000");
  is_found(numbered("EX\n1"), "U+000A");
  CHECK_THAT(numbered("EX 1").output, !Contains("holds the blank"));
  CHECK_THAT(numbered("\n  EX 1\n").output, !Contains("holds the blank"));
}

TEST_CASE("a temperature is converted as one, its error as a difference") {
  const auto checked = [](const std::string& type, const std::string& value, const std::string& limit) {
    return seen(with_data(quantity(real(value, "\\kelvin"),
                                   judgement("pass", {{"acceptanceLimitUpper", limit, "\\degreecelsius"}}), type)))
        .checked;
  };
  CHECK(checked("basic_measuredValue", "293.15", "20.5").exit_code == expected(0));
  CHECK(checked("basic_measuredValue", "294.15", "20.5").exit_code == 1);
  CHECK(checked("basic_measurementError", "0.40", "0.50").exit_code == expected(0));
  CHECK(checked("basic_measurementError", "0.60", "0.50").exit_code == 1);
}

TEST_CASE("faults are found in any order, and one does not hide another") {
  const std::string bad =
      replaced(replaced(with_data(quantity(list("1 x 3", "\\furlong")) + quantity(list("1 2", "\\volt"))),
                        "content lang=\"en\">voltmeter", "content lang=\"fr\">voltmetre"),
               "2026-05-05", "2026-05-01");
  const Outcome checked = seen(replaced(bad, "<si:valueXMLList>1 2<", "<si:valueXMLList>1<!-- . -->.5 2<")).checked;
  INFO(checked.output);
  CHECK(checked.exit_code == 1);
  for (const char* text : {"\"x\" is not a decimal number", "unit \\furlong is not known", "language \"fr\"",
                           "before the begin date", "besides text"})
    CHECK_THAT(checked.output, Contains(text));
}

TEST_CASE("without a schema nothing is sound") {
  const Outcome checked = tests::etalon({"dcc", "check", files + "mixed-units.xml"});
  if (std::getenv("ETALON_DCC_SCHEMA")) return;
  CHECK(checked.exit_code == 5);
  CHECK_THAT(checked.output, Contains("schema: NOT checked") && !Contains("sound"));
}

TEST_CASE("an element of another schema leaves the validity undecided") {
  if (archive::schema_folder().empty()) {
    WARN("skipped: no schema; set ETALON_DCC_SCHEMA");
    return;
  }
  const std::string formula =
      "<dcc:formula><dcc:mathml><m:math xmlns:m=\"http://www.w3.org/1998/Math/MathML\"><m:ci>x</m:ci></m:math>"
      "</dcc:mathml></dcc:formula>";
  const Seen one = seen(with_data(formula + quantity(real("1", "\\volt"))));
  CHECK(one.checked.exit_code == 5);
  CHECK_THAT(one.checked.output, Contains("schema: not decided") && Contains("MathML") && !Contains("sound"));
  // A fault beside it is still one.
  const Seen two = seen(with_data(formula + quantity(real("1,5", "\\volt"))));
  CHECK(two.checked.exit_code == 1);
  CHECK_THAT(two.checked.output, Contains("schema: invalid"));
}

TEST_CASE("hostile certificates are refused or read within bounds") {
  std::string nested;
  for (int i = 0; i < 200; ++i) {
    nested += "<dcc:list refType=\"";
    for (int word = 0; word < 2000; ++word)
      nested += "a" + std::to_string(i) + "_" + std::to_string(word) + " ";
    nested += "\">";
  }
  nested += quantity(real("1", "\\volt"));
  for (int i = 0; i < 200; ++i)
    nested += "</dcc:list>";
  CHECK_THAT(seen(with_data(nested)).shown.output, Contains("repeat too much"));

  std::string attributes;
  for (int i = 0; i < 50000; ++i)
    attributes += " a" + std::to_string(i) + "=\"1\"";
  const Seen many = seen(replaced(base_certificate(), "<dcc:item>", "<dcc:item" + attributes + ">"));
  CHECK(many.checked.exit_code == 2);
  CHECK_THAT(many.checked.output, Contains("c.xml:6") && Contains("attributes"));

  std::string lists;
  for (int i = 0; i < 2000; ++i)
    lists += "<dcc:list>" + quantity(real("1", "\\furlong")) + "</dcc:list>";
  const Outcome checked = seen(with_data(lists)).checked;
  CHECK(checked.exit_code == 1);
  CHECK_THAT(checked.output, Contains("… and 1800 more: findings") && Contains("content: findings: 2000"));
  CHECK(std::count(checked.output.begin(), checked.output.end(), '\n') < 300);
}

TEST_CASE("what is neither true nor false is a fault, not a no") {
  const std::string mark =
      "<dcc:measurementMetaData><dcc:metaData><dcc:valid>False</dcc:valid></dcc:metaData>"
      "</dcc:measurementMetaData>";
  const Seen one = seen(with_data(quantity(real("1", "\\volt"), mark)));
  CHECK(one.shown.exit_code == 5);
  CHECK(one.checked.exit_code == 1);
  for (const auto& outcome : {one.shown, one.checked})
    CHECK_THAT(outcome.output, Contains("\"False\" is no word of validity"));
}
