#include "base/identification.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace etalon::base;
using Catch::Contains;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string made;
  for (std::size_t i = 0; i < times; ++i)
    made += text;
  return made;
}

}  // namespace

TEST_CASE("numbers as laboratories write them") {
  for (const char* number : {"EXAMPLE-2026-0001", "HZ-2026-字第0117号", "国(2026)量标 示证字第001号",
                             "示例校准字〔2026〕第0001号", "（2026）甲字【1】号", "No. 12/34_5,6:7 #8 & 9+1", "[A]",
                             "示例省计量科学研究院电磁校准字第二〇二六零零一二三号甲乙丙丁", "䶮-𠮷-1", ""}) {
    INFO(number);
    CHECK_FALSE(fault_of_identification(number));
  }
  CHECK_FALSE(fault_of_identification(repeated("字", 100)));
}

TEST_CASE("numbers that look like others are refused with the character and what to write") {
  struct Mistake {
    std::string number;
    std::vector<std::string> says;
  };
  const std::vector<Mistake> mistakes = {
      {"\u202ET2-2026", {"U+202E"}},
      {"T2-2026\u200B-0001", {"U+200B", "T2-2026"}},
      {"T2\u00AD1", {"U+00AD"}},
      {"T2\uFE0F", {"U+FE0F"}},
      {std::string("T2\0001", 4), {"U+0000"}},
      {"T2\x1B[31m", {"U+001B"}},
      {"T2\n1", {"U+000A"}},
      {"T2\xFF", {"0xFF"}},
      {"Ｔ2-2026", {"U+FF34", "write \"T\""}},
      {"T2-２026", {"U+FF12", "write \"2\""}},
      {"T2－2026", {"U+FF0D", "write \"-\""}},
      {"T2：1", {"U+FF1A", "write \":\""}},
      {"\u0410-1", {"U+0410", "no Latin letter"}},  // Cyrillic A
      {"\u0391-1", {"U+0391", "no Latin letter"}},  // Greek Alpha
      {"M\u0443-1", {"U+0443"}},                    // Cyrillic u
      {"T\u00C4-1", {"U+00C4"}},
      {"A\u0301-1", {"U+0301"}},
      {"T2\u2010"
       "1",
       {"U+2010"}},  // hyphen
      {"T2\u2013"
       "1",
       {"U+2013", "write \"-\""}},  // en dash
      {"T2\u2212"
       "1",
       {"U+2212", "write \"-\""}},  // minus
      {"\u2F00-1", {"U+2F00"}},     // Kangxi radical one
      {"\uF900-1", {"U+F900"}},     // compatibility ideograph
      {"二○二六", {"U+25CB", "write \"〇\""}},
      {"\u2460", {"U+2460"}},         // circled digit
      {"\u0661-1", {"U+0661"}},       // Arabic-Indic digit
      {"\U0001D400-1", {"U+1D400"}},  // mathematical bold A
      {"T2\u00A0"
       "1",
       {"U+00A0", "plain blank"}},
      {"T2\u30001", {"U+3000", "plain blank"}},
      {" T2", {"blank"}},
      {"T2 ", {"blank"}},
      {"T2  1", {"two blanks"}},
      {"--", {"neither a letter nor a digit"}},
      {"A|B", {"U+007C"}},
      {repeated("字", 101), {"101", "100"}},
  };
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.number);
    const auto fault = fault_of_identification(mistake.number);
    REQUIRE(fault);
    for (const std::string& words : mistake.says)
      CHECK_THAT(*fault, Contains(words));
  }
}

TEST_CASE("names are one line of visible characters") {
  for (const char* name :
       {"Example Factory Ltd.", "示例　计量测试所", "(20±2) ℃", "Müller & Söhne — \"A\"", "Ж. Ёлкин", "e\u0301"}) {
    INFO(name);
    CHECK_FALSE(fault_of_name(name));
  }
  CHECK_FALSE(fault_of_name(repeated("字", 300)));
  CHECK_THAT(fault_of_name(repeated("字", 301)).value_or(""), Contains("301") && Contains("300"));
  CHECK_FALSE(fault_of_name(repeated("字", 301), longest_description));
  CHECK_THAT(fault_of_name("王\u200D明").value_or(""), Contains("U+200D") && Contains("王"));
  CHECK_THAT(fault_of_name("a\tb").value_or(""), Contains("U+0009"));
  CHECK_THAT(fault_of_name("a\u2028b").value_or(""), Contains("U+2028"));
  CHECK_THAT(fault_of_name(" \u3000").value_or(""), Contains("blanks only"));
}

TEST_CASE("a fault in a file is found at its place") {
  const auto table = TomlTable::parse_text("a = \"1\"\nb = \"Ｂ\"\nc = { en = \"x\", zh = \"y\\u202E\" }\n", "f.toml");
  CHECK(identification(table, "a") == "1");
  CHECK(identification_or_none(table, "d").empty());
  CHECK_THROWS_WITH(identification(table, "b"), Contains("f.toml:2:5: b: ") && Contains("U+FF22"));
  CHECK_THROWS_WITH(local_name(table, "c"), Contains("f.toml:3:5: c: ") && Contains("U+202E"));
  CHECK(name(table, "b") == "Ｂ");
}
