// What `etalon dcc show` prints of small certificates, each with one thing in it that a careless reader gets wrong.
#include <catch2/catch.hpp>

#include "dcc_pieces.h"
#include "tests/archive/schema_folder.h"

using namespace etalon;
using namespace etalon::tests::dcc;
using Catch::Matchers::Contains;
using tests::Outcome;

namespace {

struct Row {
  std::string file;
  std::vector<std::string> shown;
  int show_code;
  std::vector<std::string> found;
  int check_code;  // where PTB's schemas are at hand
};

}  // namespace

TEST_CASE("each small certificate is shown and checked as it is") {
  if (archive::schema_folder().empty()) WARN("skipped: no schema; set ETALON_DCC_SCHEMA");
  const std::vector<Row> rows{
      {"mixed-units", {"1  1.0000 V  U = 0.0001 V", "2  500.00 mV  U = 0.05 mV", "3  20.0 mV  U = 0.1 mV"}, 0, {}, 0},
      {"two-conformities",
       {"0.4 mV  U = 0.05 mV (k = 2, p = 0.95)  basic_conformity: pass (limit [basic_acceptanceLimitUpper] 2 mV)  "
        "maker_conformity: fail (limit [basic_acceptanceLimitUpper] 0.1 mV)",
        "0.9 mV  U = 0.05 mV (k = 2, p = 0.95)  basic_conformity: pass (limit [basic_acceptanceLimitUpper] 2 mV)  "
        "maker_conformity: fail (limit [basic_acceptanceLimitUpper] 0.1 mV)"},
       0,
       {},
       0},
      {"two-conformities-lists",
       {"0.4 mV  U = 0.05 mV (k = 2, p = 0.95)  basic_conformity: pass (limit [basic_acceptanceLimitUpper] 2 mV)  "
        "maker_conformity: fail (limit [basic_acceptanceLimitUpper] 0.1 mV)",
        "0.9 mV  U = 0.05 mV (k = 2, p = 0.95)  basic_conformity: pass (limit [basic_acceptanceLimitUpper] 2 mV)  "
        "maker_conformity: fail (limit [basic_acceptanceLimitUpper] 0.1 mV)"},
       0,
       {},
       0},
      {"limit-other-prefix",
       {"5.0 mV", "0.001 V"},
       0,
       {"value number 1 (5.0) is said to pass beyond", "value number 2 (6.0) is said to pass beyond"},
       1},
      {"fail-within-limit",
       {"fail (limit [basic_acceptanceLimitUpper] 1 mV, limit [basic_acceptanceLimitLower] -1 mV)"},
       0,
       {"value number 1 (0.1) is said to be \"fail\" within both acceptance limits"},
       1},
      {"standard-mu", {"5.0 V  u = 0.2 V\n"}, 0, {}, 0},
      {"coverage-interval", {"5.0 V  u = 0.2 V, interval from 4.8 to 5.7 V (p = 0.95)"}, 0, {}, 0},
      {"relative", {"100.0 N  relative uncertainty 0.002"}, 0, {}, 0},
      {"complex", {"real 1.5, imaginary -0.5 Ω"}, 0, {"has no uncertainty"}, 1},
      {"constant", {"(constant):\n    299792458 m/s"}, 0, {}, 0},
      {"si-list", {"1  1 V\n", "2  2 V\n"}, 0, {"has no uncertainty"}, 1},
      {"no-quantity", {"nominal value [basic_nominalValue]: 10 g, marking 18L", "10.000006E-3 kg"}, 0, {}, 0},
      {"text-only", {"The instrument was out of order; no calibration possible."}, 0, {"no results in numbers"}, 5},
      {"formula-only", {"LaTeX: E = a + b x"}, 0, {"no results in numbers"}, 5},
      {"amended", {"SUBSTITUTES the certificate MINI-0000"}, 0, {"SUBSTITUTES the certificate MINI-0000"}, 0},
      {"valid-false", {"NOT VALID: value 1 of \"error\"", "NOT VALID"}, 1, {"NOT VALID: value 1 of \"error\""}, 1},
      {"simulated-statement", {"SIMULATED: not a calibration certificate"}, 1, {"is marked as not valid"}, 1},
      {"date-zone", {"2026-05-04Z"}, 0, {}, 0},
      {"old-degree-celsius", {"21.4 °C"}, 0, {"note: \\degreeCelsius is an old spelling", "none of version 2.4.0"}, 5},
      {"nan", {"no value at point 2"}, 0, {"note: \"error\": no value at point 2"}, 0},
      {"u-zero", {"U = 0 mV"}, 0, {"is zero"}, 1},
      {"bidi", {"error <U+202E> 0.9 <U+202C> end"}, 0, {"U+202E"}, 1},
      {"c1", {"<U+009B>31mRED"}, 0, {"U+009B"}, 1},
  };
  for (const auto& row : rows) {
    INFO(row.file);
    const std::string file = files + row.file + ".xml";
    const Outcome shown = tests::etalon({"dcc", "show", file});
    INFO(shown.output);
    CHECK(shown.exit_code == row.show_code);
    for (const auto& text : row.shown)
      CHECK_THAT(shown.output, Contains(text));
    CHECK_THAT(shown.output, Contains("SN-4711") && Contains("Example Customer") && Contains("N. N., main signer") &&
                                 Contains("Example Laboratory") && Contains("Issued: 2026-05-11"));
    for (const char* control : {"\xE2\x80\xAE", "\xC2\x9B"})
      CHECK_THAT(shown.output, !Contains(control));
    const Outcome checked = check(file);
    INFO(checked.output);
    CHECK(checked.exit_code == (row.file == "old-degree-celsius" ? 5 : expected(row.check_code)));
    if (!archive::schema_folder().empty() || row.found.empty() || row.check_code == 1) {
      for (const auto& text : row.found)
        CHECK_THAT(checked.output, Contains(text));
    }
    CHECK((checked.output.find("content: sound") != std::string::npos) == (checked.exit_code == 0));
  }
}

TEST_CASE("what must be known first is said first") {
  for (const char* name : {"amended", "valid-false", "simulated-statement"}) {
    const std::string file = files + name + ".xml";
    for (const auto& outcome : {tests::etalon({"dcc", "show", file}), tests::etalon({"dcc", "check", file})}) {
      INFO(name);
      CHECK_THAT(first_line(outcome.output), Contains("SUBSTITUTES") || Contains("NOT VALID"));
    }
    const Outcome chinese = tests::etalon({"--lang", "zh", "dcc", "show", file});
    CHECK_THAT(first_line(chinese.output), !Contains("SUBSTITUTES") && !Contains("NOT VALID"));
  }
  const Seen before = seen(replaced(
      base_certificate(), "<dcc:results>",
      "<dcc:influenceConditions><dcc:influenceCondition><dcc:name><dcc:content lang=\"en\">as found</dcc:content>"
      "</dcc:name><dcc:status>beforeAdjustment</dcc:status><dcc:data>" +
          quantity(real("7", "\\volt")) +
          "</dcc:data></dcc:influenceCondition></dcc:influenceConditions><dcc:results>"));
  CHECK_THAT(first_line(before.shown.output), Contains("BEFORE ADJUSTMENT"));
  CHECK_THAT(before.shown.output, Contains("as found – BEFORE ADJUSTMENT"));
}

TEST_CASE("lists that cannot be dealt out to the values are printed whole and named") {
  const std::string values = list("1 2 3", "\\volt");
  const auto not_dealt = [&](const std::string& data, const std::string& text, const std::string& after) {
    const Seen one = seen(with_data(data + quantity(real("9", "\\volt"), "", "basic_measuredValue")));
    INFO(one.shown.output);
    CHECK(one.shown.exit_code == 5);
    CHECK_THAT(one.shown.output, Contains(text) && Contains("not dealt out"));
    CHECK_THAT(one.shown.output, Contains(after));
    // The fault of one quantity does not end the rest.
    CHECK_THAT(one.shown.output, Contains("    9 V  U = 0.2 V"));
    CHECK(one.checked.exit_code == 1);
  };
  not_dealt(quantity(values, judgement("pass fail", {})), "2 for 3 values, not dealt out: pass fail", "3  3 V");
  not_dealt(quantity(list("1 2 3", "\\volt \\milli\\volt")), "2 for 3 values, not dealt out: \\volt \\milli\\volt",
            "1  1 (without a unit)");
  not_dealt(quantity(replaced(values, "MUXMLList>0.05<", "MUXMLList>0.05 0.06<")), "not dealt out: 0.05 0.06",
            "1  1 V  (k = 2, p = 0.95)");
}

TEST_CASE("each form of a result is shown, or named as not read") {
  const auto shows = [](const std::string& data, const std::vector<std::string>& texts, int code) {
    const Seen one = seen(with_data(data));
    INFO(one.shown.output);
    CHECK(one.shown.exit_code == code);
    for (const auto& text : texts)
      CHECK_THAT(one.shown.output, Contains(text));
    if (code == 5) {
      CHECK(one.checked.exit_code != 0);
      CHECK_THAT(one.checked.output, Contains("read: NOT all of it"));
    }
  };
  // A hybrid: the readable unit first, the others beside it.
  shows(quantity("<si:hybrid>" + real("2.5", "\\kilogram\\metre\\tothe{2}\\second\\tothe{-3}\\ampere\\tothe{-2}") +
                 real("2.5", "\\ohm") + "</si:hybrid>"),
        {"    2.5 Ω  U = 0.2 Ω"}, 0);
  shows(quantity("<si:hybrid>" + real("300.15", "\\kelvin", "") + real("27", "\\degreecelsius", "") + "</si:hybrid>"),
        {"300.15 K = 27 °C"}, 0);
  // A list of single numbers: a unit, or that of the list; an uncertainty of one is not that of another.
  shows(quantity("<si:list><si:realList><si:listUnit>\\milli\\volt</si:listUnit><si:real><si:value>1</si:value>"
                 "</si:real><si:real><si:value>2</si:value><si:unit>\\volt</si:unit><si:expandedUnc><si:uncertainty>"
                 "0.3</si:uncertainty><si:coverageFactor>2</si:coverageFactor><si:coverageProbability>0.95"
                 "</si:coverageProbability></si:expandedUnc></si:real></si:realList></si:list>"),
        {"1  1 mV\n", "2  2 V  U = 0.3 V (k = 2, p = 0.95)\n"}, 0);
  shows(
      quantity("<si:complex><si:valueMagnitude>3</si:valueMagnitude><si:valuePhase>0.5</si:valuePhase><si:unit>\\ohm"
               "</si:unit><si:unitPhase>\\radian</si:unitPhase><si:ellipsoidalRegion><si:covarianceMatrix><si:column>"
               "<si:covariance><si:value>0.01</si:value><si:unit>\\ohm\\tothe{2}</si:unit></si:covariance></si:column>"
               "</si:covarianceMatrix><si:coverageFactor>2.45</si:coverageFactor><si:coverageProbability>0.95"
               "</si:coverageProbability></si:ellipsoidalRegion></si:complex>"),
      {"magnitude 3 Ω, phase 0.5 rad", "ellipsoidalRegion: k = 2.45, p = 0.95", "0.01 \\ohm\\tothe{2}"}, 0);
  shows(
      "<dcc:formula><dcc:mathml><m:math xmlns:m=\"http://www.w3.org/1998/Math/MathML\"><m:ci>x</m:ci></m:math>"
      "</dcc:mathml></dcc:formula>",
      {"MathML: ", "<m:ci>x</m:ci>"}, 0);
  shows(
      "<dcc:byteData><dcc:fileName>r.csv</dcc:fileName><dcc:mimeType>text/csv</dcc:mimeType><dcc:dataBase64>YQ=="
      "</dcc:dataBase64></dcc:byteData>",
      {"file r.csv (text/csv, 4 characters of base64)", "not read: dcc:byteData, line 12"}, 5);
  shows("<dcc:xml><x:y xmlns:x=\"urn:x\">1</x:y></dcc:xml>", {"not read: dcc:xml, line 12"}, 5);
  shows(quantity("<si:unheardOf><si:value>1</si:value></si:unheardOf>"),
        {"(no value that can be read)", "not read: si:unheardOf, line 12"}, 5);
  shows(quantity(real("1", "\\volt")) + "stray 5 V", {"not read: text within dcc:data"}, 5);
  // A quantity of another namespace.
  shows(quantity("<s:real xmlns:s=\"https://example.org/si\"><s:value>1</s:value></s:real>"),
        {"not read: s:real {https://example.org/si}, line 12"}, 5);
}

TEST_CASE("judgements stay apart, also those of one name and those on lists") {
  const std::string value = real("0.5", "\\volt");
  const std::string tight = judgement("fail", {{"acceptanceLimitUpper", "0.1", "\\volt"}});
  std::string both = judgement("pass", {{"acceptanceLimitUpper", "2", "\\volt"}});
  both = replaced(both, "</dcc:metaData>", "</dcc:metaData>" + between(tight, "<dcc:metaData", "</dcc:metaData>"));
  const Seen one = seen(with_data(quantity(value, both)));
  CHECK_THAT(one.shown.output, Contains("basic_conformity #1: pass (basic_acceptanceLimitUpper 2 V)  "
                                        "basic_conformity #2: fail (basic_acceptanceLimitUpper 0.1 V)"));
  CHECK(one.checked.exit_code == expected(0));

  // The words of one judgement go to the members of an si:list, too.
  const std::string members =
      "<si:list><si:realList>" + real("0.5", "\\volt") + real("3", "\\volt") + "</si:realList></si:list>";
  std::string old = members;
  for (int i = 0; i < 2; ++i)
    old = replaced(replaced(old, "measurementUncertaintyUnivariate>", "measurementUncertaintyUnivaraite>"),
                   "</si:measurementUncertaintyUnivariate>", "</si:measurementUncertaintyUnivaraite>");
  const Seen two = seen(with_data(quantity(old, judgement("pass fail", {{"acceptanceLimitUpper", "2", "\\volt"}}))));
  INFO(two.shown.output);
  CHECK_THAT(two.shown.output, Contains("0.5 V  U = 0.2 V (k = 2, p = 0.95)  basic_conformity: pass") &&
                                   Contains("3 V  U = 0.2 V (k = 2, p = 0.95)  basic_conformity: fail"));
  CHECK(two.checked.exit_code == expected(0));

  // On a list as a whole: shown with it; it follows from those beside the values, or is not decided.
  const auto on_list = [&](const std::string& word) {
    return seen(with_data("<dcc:list>" + quantity(value, judgement("pass", {{"acceptanceLimitUpper", "2", "\\volt"}})) +
                          judgement(word, {}) + "</dcc:list>"));
  };
  CHECK_THAT(on_list("pass").shown.output, Contains("Judgement on all of it [basic_conformity]: pass"));
  CHECK(on_list("pass").checked.exit_code == expected(0));
  CHECK(on_list("fail").checked.exit_code == 5);
}

TEST_CASE("the first D-SI has k and p beside the value") {
  std::string text =
      with_data(quantity("<si:real><si:value>21.4</si:value><si:unit>\\degreeCelsius</si:unit><si:uncertainty>"
                         "0.2</si:uncertainty><si:coverageFactor>2</si:coverageFactor>"
                         "<si:coverageProbability>0.95</si:coverageProbability></si:real>"));
  text = replaced(text, "xmlns:si=\"https://ptb.de/si\"", "xmlns:si=\"https://ptb.de/si/smartcom/d-si/v1_0_1\"");
  const Seen one = seen(replaced(text, " schemaVersion=\"3.3.0\"", ""));
  CHECK(one.shown.exit_code == 0);
  CHECK_THAT(one.shown.output, Contains("21.4 °C  U = 0.2 °C (k = 2, p = 0.95)") && Contains("v1_0_1"));
  CHECK(one.checked.exit_code == 5);
  CHECK_THAT(one.checked.output, Contains("states no schemaVersion"));
}

TEST_CASE("another format of the same name is refused with its namespace") {
  const Seen one = seen("<digitalCalibrationCertificate xmlns=\"https://dfm.dk\"/>");
  CHECK(one.shown.exit_code == 2);
  CHECK_THAT(one.shown.output, Contains("<digitalCalibrationCertificate> of https://dfm.dk"));
}

TEST_CASE("names fall back to another language, never to nothing") {
  const Seen one = seen(replaced(replaced(base_certificate(), "lang=\"en\">voltmeter", "lang=\"de\">Spannungsmesser"),
                                 "<dcc:content lang=\"en\">Example Customer</dcc:content>",
                                 "<dcc:content lang=\"en\"/><dcc:content lang=\"de\">Kunde</dcc:content>"));
  CHECK_THAT(one.shown.output, Contains("Item: Spannungsmesser") && Contains("Customer: Kunde"));
}
