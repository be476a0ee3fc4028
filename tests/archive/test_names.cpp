// What stands on paper is refused where it is read: in the files of item, laboratory, standard, bench, and once more in
// the certificate itself.
#include <catch2/catch.hpp>

#include "acquisition/item.h"
#include "acquisition/procedure.h"
#include "archive/archive.h"
#include "archive/certificate_completeness.h"
#include "archive/certificate_file_name.h"
#include "archive/country_codes.h"
#include "archive/dcc_writer.h"
#include "archive/laboratory.h"
#include "base/error.h"
#include "base/file.h"
#include "calibration/evaluation/standard.h"
#include "drivers/bench.h"
#include "tests/archive/sample_certificate.h"

using namespace etalon;
using namespace etalon::archive;
using Catch::Contains;

namespace {

const std::string kConfigs = ETALON_SOURCE_DIR "/configs";

std::string with(std::string text, const std::string& right, const std::string& wrong) {
  const auto at = text.find(right);
  REQUIRE(at != std::string::npos);
  return text.replace(at, right.size(), wrong);
}

struct Mistake {
  std::string right, wrong, says;
};

template <typename Parse>
void check_refused(const std::string& file, const std::vector<Mistake>& mistakes, Parse parse) {
  const std::string text = base::read_file(file);
  CHECK_NOTHROW(parse(text));
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.wrong);
    CHECK_THROWS_WITH(parse(with(text, mistake.right, mistake.wrong)), Contains("f.toml:") && Contains(mistake.says));
  }
}

std::string repeated(const std::string& text, int times) {
  std::string made;
  for (int i = 0; i < times; ++i)
    made += text;
  return made;
}

}  // namespace

TEST_CASE("an item's texts") {
  check_refused(kConfigs + "/items/example-34461a.toml",
                {{"\"EXAMPLE-2026-0001\"", "\"\\u202EEXAMPLE\"", "U+202E"},
                 {"\"EXAMPLE-2026-0001\"", "\"EXAMPLE\\u200B-1\"", "certificate.number: "},
                 {"\"EXAMPLE-2026-0001\"", "\"ＥXAMPLE\"", "U+FF25"},
                 {"\"EXAMPLE-2026-0001\"", "\"" + repeated("N", 101) + "\"", "101"},
                 {"\"MY00000001\"", "\"МY00000001\"", "U+041C"},  // Cyrillic
                 {"\"MY00000001\"", "\"MY00000001 \"", "blank"},
                 {"\"34461A\"", "\"34461A\\u0007\"", "U+0007"},
                 {"\"Keysight Technologies\"", "\"Key\\u0000sight\"", "U+0000"},
                 {"\"Digital multimeter\"", "\"Digital\\u001B[31m\"", "U+001B"},
                 {"\"数字多用表\"", "\"数字\\u2066多用表\"", "U+2066"},
                 {"\"Example Factory Ltd.\"", "\"" + repeated("x", 1000) + "\"", "at most 300"},
                 {"\"示例市示例路1号\"", "\"示例市\\u061C\"", "customer.address: "}},
                [](const std::string& text) { acquisition::parse_item(text, "f.toml"); });
  const std::string text = base::read_file(kConfigs + "/items/example-34461a.toml");
  const auto item = acquisition::parse_item(with(text, "EXAMPLE-2026-0001", "HZ-2026-字第0117号"), "f.toml");
  CHECK(item.certificate_number == "HZ-2026-字第0117号");
}

TEST_CASE("a laboratory's texts") {
  check_refused(kConfigs + "/laboratory.toml",
                {{"\"CN\"", "\"zz\"", "laboratory.country: "},
                 {"\"CN\"", "\"ZZ\"", "ISO 3166-1"},
                 {"\"CN\"", "\"cn\"", "\"cn\""},
                 {"\"CN\"", "\"CHN\"", "ISO 3166-1"},
                 {"\"EXAMPLE-LAB\"", "\"ЕXAMPLE\"", "U+0415"},
                 {"\"（校准员）\"", "\"\\u202D王\"", "persons.calibrated: "},
                 {"\"+00 000 0000\"", "\"+00\\u200E\"", "U+200E"},
                 {"\"示例计量测试所\"", "\"" + repeated("所", 301) + "\"", "at most 300"}},
                [](const std::string& text) { parse_laboratory(text, "f.toml"); });
  CHECK(is_country_code("DE"));
  for (const char* code : {"", "D", "D ", " D", "de", "ZZ", "EU", "UK", "DEU", "中"}) {
    INFO(code);
    CHECK_FALSE(is_country_code(code));
  }
}

TEST_CASE("a standard's and a procedure's texts") {
  check_refused(kConfigs + "/standards/example-5522a.toml",
                {{"\"0000001\"", "\"０000001\"", "U+FF10"},
                 {"\"EXAMPLE-CAL-2026-0001\"", "\"EXAMPLE\\u2011CAL\"", "U+2011"},
                 {"\"EXAMPLE-CAL-2026-0001\"", "\"EXAMPLE-CAL\\u202C\"", "U+202C"}},
                [](const std::string& text) { calibration::parse_standard(text, "f.toml"); });
  check_refused(kConfigs + "/procedures/multimeter-dc-voltage.toml",
                {{"documents = [\"", "documents = [\"\\u202E", "U+202E"}},
                [](const std::string& text) { acquisition::parse_procedure(text, "f.toml"); });
}

TEST_CASE("a bench's serial numbers") {
  const std::string text = base::read_file(kConfigs + "/benches/demo.toml");
  std::map<std::string, std::string> drivers;
  for (const char* name : {"fluke-5522a", "keysight-34461a", "vaisala-ptu300"})
    drivers[name] = base::read_file(kConfigs + "/drivers/" + name + ".toml");
  const auto parse = [&](const std::string& bench) { drivers::parse_bench(bench, "f.toml", drivers); };
  CHECK_NOTHROW(parse(text));
  CHECK_THROWS_WITH(parse(with(text, "\"MY00000001\"", "\"MY\\u200D1\"")),
                    Contains("f.toml:36:") && Contains("U+200D"));
  CHECK_THROWS_WITH(parse(with(text, "\"0000001\"", "\"OOO\\u0405\"")), Contains("U+0405"));
}

TEST_CASE("a certificate made of anything else is held to the same rules") {
  const auto refused = [](auto change, const std::string& words) {
    Certificate c = sample_certificate();
    change(c);
    CHECK_THROWS_WITH(write_dcc(c), Contains(words));
  };
  refused([](Certificate& c) { c.number = "T2\u200B"; }, "U+200B");
  refused([](Certificate& c) { c.standards[0].serial = "\u0410"; }, "U+0410");
  refused([](Certificate& c) { c.customer.name.zh = "公司\u202E"; }, "the customer's name");
  refused([](Certificate& c) { c.laboratory.country_code = "ZZ"; }, "ISO 3166-1");
  refused([](Certificate& c) { c.persons[2].name.en = repeated("x", 301); }, "at most 300");
  refused([](Certificate& c) { c.method.description.en = "a\x1B[2J"; }, "U+001B");
}

TEST_CASE("every number that may be written has a file name, one of its own") {
  // As archives have it already.
  CHECK(certificate_file_name("EXAMPLE-2026-0001", ".json") == "EXAMPLE-2026-0001.json");
  CHECK(certificate_file_name("a/b.c", ".json") == "a%2Fb%2Ec.json");
  const std::string longest_coded = certificate_file_name(repeated("字", 27), ".json");
  CHECK(longest_coded.size() == 27 * 9 + 5);
  CHECK(longest_coded.find('~') == std::string::npos);
  const std::string one = certificate_file_name(repeated("字", 99) + "1", ".json");
  const std::string other = certificate_file_name(repeated("字", 99) + "2", ".json");
  CHECK(one.size() <= 255);
  CHECK(one != other);

  const std::string folder = ETALON_BINARY_DIR "/certificate-samples/long-number-archive";
  std::filesystem::remove_all(folder);
  const auto archive = Archive::open_or_create(folder);
  for (const std::string& number : {std::string("示例省计量科学研究院电磁校准字第二〇二六零零一二三号甲乙丙丁"),
                                    repeated("字", 60), repeated("字", 100)}) {
    INFO(number);
    Certificate c = sample_certificate();
    c.number = number;
    ArchiveEntry entry = archive_entry(c);
    entry.files = {{kRoleDcc, "certificate.xml", "application/xml", write_dcc(c)}};
    CHECK(archive.add(entry));
    CHECK_FALSE(archive.add(entry));
    CHECK(archive.manifest(number).number == number);
  }
  CHECK(archive.verify().ok());
  Certificate c = sample_certificate();
  ArchiveEntry entry = archive_entry(c);
  entry.number = "T\u202E2";
  CHECK_THROWS_WITH(archive.add(entry), Contains("U+202E"));
}
