#include "dcc_pieces.h"

#include <catch2/catch.hpp>

#include "tests/archive/schema_folder.h"

namespace etalon::tests::dcc {

Outcome check(const std::string& file) {
  const std::string schema = archive::schema_folder();
  return schema.empty() ? etalon({"dcc", "check", file}) : etalon({"dcc", "check", file, "--schema", schema});
}

int expected(int code) {
  return code == 0 && archive::schema_folder().empty() ? 5 : code;
}

std::string base_certificate() {
  return read_text(files + "mixed-units.xml");
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto at = text.find(begin);
  REQUIRE(at != std::string::npos);
  const auto stop = text.find(end, at);
  REQUIRE(stop != std::string::npos);
  return text.substr(at, stop + end.size() - at);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string with_data(const std::string& data) {
  const std::string text = base_certificate();
  return replaced(text, between(text, "<dcc:quantity", "</dcc:quantity>"), data);
}

std::string quantity(const std::string& numbers, const std::string& after, const std::string& type) {
  return "<dcc:quantity refType=\"" + type + "\"><dcc:name><dcc:content lang=\"en\">error</dcc:content></dcc:name>" +
         numbers + after + "</dcc:quantity>";
}

const std::string expanded =
    "<si:measurementUncertaintyUnivariate><si:expandedMU><si:valueExpandedMU>0.2</si:valueExpandedMU>"
    "<si:coverageFactor>2</si:coverageFactor><si:coverageProbability>0.95</si:coverageProbability></si:expandedMU>"
    "</si:measurementUncertaintyUnivariate>";

std::string real(const std::string& value, const std::string& unit, const std::string& after) {
  return "<si:real><si:value>" + value + "</si:value><si:unit>" + unit + "</si:unit>" + after + "</si:real>";
}

std::string list(const std::string& values, const std::string& units) {
  return "<si:realListXMLList><si:valueXMLList>" + values + "</si:valueXMLList><si:unitXMLList>" + units +
         "</si:unitXMLList><si:measurementUncertaintyUnivariateXMLList><si:expandedMUXMLList>"
         "<si:valueExpandedMUXMLList>0.05</si:valueExpandedMUXMLList><si:coverageFactorXMLList>2"
         "</si:coverageFactorXMLList><si:coverageProbabilityXMLList>0.95</si:coverageProbabilityXMLList>"
         "</si:expandedMUXMLList></si:measurementUncertaintyUnivariateXMLList></si:realListXMLList>";
}

std::string judgement(const std::string& words, const std::vector<std::array<std::string, 3>>& limits,
                      const std::string& type) {
  std::string text = "<dcc:measurementMetaData><dcc:metaData refType=\"" + type + "\"><dcc:conformityXMLList>" + words +
                     "</dcc:conformityXMLList>";
  if (!limits.empty()) text += "<dcc:data>";
  for (const auto& [limit, value, unit] : limits)
    text += "<dcc:quantity refType=\"basic_" + limit + "\">" + real(value, unit, "") + "</dcc:quantity>";
  if (!limits.empty()) text += "</dcc:data>";
  return text + "</dcc:metaData></dcc:measurementMetaData>";
}

Seen seen(const std::string& xml) {
  const TemporaryFolder folder;
  const std::string file = folder / "c.xml";
  write_text(file, xml);
  return {etalon({"dcc", "show", file}), check(file)};
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace etalon::tests::dcc
