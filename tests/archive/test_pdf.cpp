// The printed certificate, judged by independent programs: poppler-utils, qpdf, zbar-tools.
#include <cairo-pdf.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "archive/certificate_labels.h"
#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "archive/pdf_a.h"
#include "archive/pdf_text.h"
#include "archive/residual_chart.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "tests/archive/chinese_catalogue.h"
#include "tests/archive/program_output.h"
#include "tests/archive/sample_certificate.h"

using namespace etalon;
using namespace etalon::archive;

namespace {

const std::string kFolder = ETALON_BINARY_DIR "/certificate-samples";

struct Sample {
  Certificate certificate;
  std::string dcc;
  std::string pdf;
  std::string path;
};

Sample make_sample(const std::string& name, const Certificate& certificate,
                   base::Language leading = base::Language::zh) {
  load_chinese();
  Sample s{certificate, write_dcc(certificate), {}, kFolder + "/" + name + ".pdf"};
  s.pdf = write_pdf(certificate, s.dcc, {leading, "certificate.xml"});
  base::write_file_atomically(s.path, s.pdf);
  return s;
}

const Sample& issued() {
  static const Sample sample = make_sample("issued", sample_certificate());
  return sample;
}

int count(const std::string& text, const std::string& words) {
  int n = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + words.size()))
    ++n;
  return n;
}

// Whole words of the text.
std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

int pages_of(const std::string& path) {
  const auto info = program_output("pdfinfo '" + path + "'").text;
  const auto at = info.find("Pages:");
  REQUIRE(at != std::string::npos);
  return std::stoi(info.substr(at + 6));
}

// Each row of a table is a line of the text that holds its words in this order.
void check_rows_in_text(const Sample& sample) {
  const auto output = program_output("pdftotext -layout '" + sample.path + "' -");
  REQUIRE(output.exit_code == 0);
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(output.text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(words_of(line));
  const auto has_line = [&](const std::vector<std::string>& wanted) {
    for (const auto& line : lines) {
      if (line.size() < wanted.size()) continue;
      if (std::equal(wanted.begin(), wanted.end(), line.begin())) return true;
    }
    return false;
  };
  for (const auto& table : sample.certificate.tables) {
    for (const auto& row : table.rows) {
      INFO(table.id << " " << row.nominal);
      CHECK(has_line({row.nominal, row.reference, row.indication, row.error, row.expanded_uncertainty,
                      row.coverage_factor, row.effective_degrees_of_freedom, row.mpe}));
    }
  }
}

}  // namespace

TEST_CASE("every rounded number stands in the PDF's text as it is") {
  // The mark of a draft must not tear a row either.
  check_rows_in_text(make_sample("torn", sample_certificate(CertificateStatus::simulated), base::Language::en));
  check_rows_in_text(issued());
  const auto output = program_output("pdftotext -layout '" + issued().path + "' -");
  REQUIRE(output.exit_code == 0);
  const auto words = words_of(output.text);
  const auto has_word = [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  for (const auto& curve : issued().certificate.curves) {
    for (const auto& parameter : curve.parameters) {
      CHECK(has_word(parameter.value));
      CHECK(has_word(parameter.expanded_uncertainty));
    }
    CHECK(has_word(curve.correlation));
  }
  for (const char* text :
       {"校准证书", "示例计量测试所", "以下空白", "EXAMPLE-DC-2026-0123", "简单接受", "JJF 1587-2016"}) {
    CHECK(output.text.find(text) != std::string::npos);
  }
}

TEST_CASE("every page carries its number, the number of pages and the certificate number") {
  const int pages = pages_of(issued().path);
  CHECK(pages >= 3);
  for (int page = 1; page <= pages; ++page) {
    const std::string n = std::to_string(page);
    const auto text = program_output("pdftotext -f " + n + " -l " + n + " '" + issued().path + "' -").text;
    CHECK(text.find("Page " + n + " of " + std::to_string(pages)) != std::string::npos);
    CHECK(text.find("第 " + n + " 页 共 " + std::to_string(pages) + " 页") != std::string::npos);
    CHECK(text.find("EXAMPLE-2026-0001") != std::string::npos);
    CHECK((text.find("End of certificate") != std::string::npos) == (page == pages));
  }
}

TEST_CASE("all fonts are embedded") {
  const auto output = program_output("pdffonts '" + issued().path + "'");
  std::istringstream in(output.text);
  std::string line;
  std::getline(in, line);
  const auto column = line.find("emb");
  REQUIRE(column != std::string::npos);
  std::getline(in, line);
  int fonts = 0;
  while (std::getline(in, line)) {
    INFO(line);
    CHECK(line.substr(column, 3) == "yes");
    CHECK(line.find("Type 3") == std::string::npos);
    ++fonts;
  }
  CHECK(fonts >= 2);
}

TEST_CASE("the PDF is sound and has what PDF/A-3 asks for") {
  const auto check = program_output("qpdf --check '" + issued().path + "'");
  INFO(check.text);
  CHECK(check.exit_code == 0);
  const auto plain = program_output("qpdf --qdf --object-streams=disable '" + issued().path + "' -").text;
  for (const char* wanted : {"/AFRelationship /Source", "/OutputIntents", "<pdfaid:part>3</pdfaid:part>",
                             "/CIDToGIDMap /Identity", "/ID [", "/AF [", "/Lang (zh-CN)"}) {
    INFO(wanted);
    CHECK(plain.find(wanted) != std::string::npos);
  }
  CHECK(count(plain, "/Subtype /CIDFontType2") == count(plain, "/CIDToGIDMap /Identity"));
  for (const char* forbidden : {"/Encrypt", "/JavaScript", "/Launch", "/SMask", "/LZWDecode"}) {
    INFO(forbidden);
    CHECK(plain.find(forbidden) == std::string::npos);
  }
  const auto info = program_output("pdfinfo -isodates '" + issued().path + "'").text;
  CHECK(info.find("2026-06-03T00:00:00") != std::string::npos);
  CHECK(info.find("A4") != std::string::npos);
}

TEST_CASE("the DCC comes back out of the PDF byte for byte") {
  const auto found = pdf_attachments(issued().pdf, "issued.pdf");
  REQUIRE(found.size() == 1);
  CHECK(found[0].file_name == "certificate.xml");
  CHECK(found[0].media_type == "text/xml");
  CHECK(found[0].bytes == issued().dcc);
  const std::string saved = kFolder + "/detached.xml";
  program_output("pdfdetach -save 1 -o '" + saved + "' '" + issued().path + "'");
  CHECK(base::read_file(saved) == issued().dcc);
  CHECK_THROWS_AS(pdf_attachments("not a pdf", "x.pdf"), base::InputError);
}

TEST_CASE("the QR code is read back") {
  program_output("pdftoppm -r 150 -png -f 1 -l 1 '" + issued().path + "' '" + kFolder + "/qr'");
  std::string picture;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().filename().string().rfind("qr-", 0) == 0) picture = entry.path().string();
  }
  REQUIRE(!picture.empty());
  const auto read = program_output("zbarimg -q --raw '" + picture + "'");
  CHECK(read.text.find("certificate EXAMPLE-2026-0001") != std::string::npos);
  CHECK(read.text.find("dcc sha256 " + base::sha256(issued().dcc)) != std::string::npos);
}

TEST_CASE("the same certificate gives the same PDF") {
  CHECK(write_pdf(issued().certificate, issued().dcc) == issued().pdf);
}

TEST_CASE("a simulated certificate says so on every page, in both languages") {
  const auto sample = make_sample("simulated", sample_certificate(CertificateStatus::simulated), base::Language::en);
  const int pages = pages_of(sample.path);
  for (int page = 1; page <= pages; ++page) {
    const std::string n = std::to_string(page);
    const auto text = program_output("pdftotext -f " + n + " -l " + n + " '" + sample.path + "' -").text;
    CHECK(text.find("SIMULATED DATA") != std::string::npos);
    CHECK(text.find("非校准证书") != std::string::npos);
  }
  CHECK(program_output("qpdf --check '" + sample.path + "'").exit_code == 0);
  const auto draft = make_sample("draft", sample_certificate(CertificateStatus::draft));
  CHECK(program_output("pdftotext '" + draft.path + "' -").text.find("DRAFT") != std::string::npos);
  CHECK(program_output("pdftotext '" + issued().path + "' -").text.find("NOT A CALIBRATION") == std::string::npos);
}

TEST_CASE("a table that runs over pages repeats its header and loses no row") {
  Certificate c = sample_certificate();
  c.curves.clear();
  c.tables.resize(1);
  c.tables[0].title = {"Long table", "长表"};
  const Row row = c.tables[0].rows[0];
  c.tables[0].rows.clear();
  for (int i = 0; i < 150; ++i) {
    Row next = row;
    next.nominal = std::to_string(1000 + i);
    next.verdict = i % 7 == 0 ? Conformity::fail : i % 5 == 0 ? Conformity::inconclusive : Conformity::pass;
    next.coverage_probability = i % 2 ? "0.95" : "0.9545";
    next.acceptance_limit = "3.1";
    c.tables[0].rows.push_back(next);
  }
  const auto sample = make_sample("long", c);
  const auto text = program_output("pdftotext -layout '" + sample.path + "' -").text;
  for (int i = 0; i < 150; ++i)
    CHECK(count(text, " " + std::to_string(1000 + i) + " ") == 1);
  CHECK(count(text, "Long table") >= 3);
  CHECK(count(text, "continued") >= 2);
  CHECK(count(text, "0.9545") == 75);
}

TEST_CASE("what cannot be printed rightly is refused") {
  load_chinese();
  Certificate c = sample_certificate();
  const auto dcc = write_dcc(c);
  Certificate other = c;
  other.number = "OTHER-1";
  CHECK_THROWS_WITH(write_pdf(other, dcc), Catch::Contains("EXAMPLE-2026-0001"));
  c.item.name.en = "Multimeter \U0001F9EA";  // no glyph in a certificate's fonts
  CHECK_THROWS_WITH(write_pdf(c, dcc), Catch::Contains("no font of the certificate draws the character U+1F9EA"));
  Certificate wide = sample_certificate();
  wide.tables[0].rows[0].reference = "0." + std::string(120, '1');
  CHECK_THROWS_WITH(write_pdf(wide, write_dcc(wide)), Catch::Contains("too wide"));
}

TEST_CASE("every label has its Chinese") {
  load_chinese();
  const std::string source = base::read_file(ETALON_SOURCE_DIR "/archive/certificate_labels.h");
  const std::string open = "message_id(\"";
  int labels = 0;
  for (auto at = source.find(open); at != std::string::npos; at = source.find(open, at + 1)) {
    const auto begin = at + open.size();
    const std::string id = source.substr(begin, source.find('"', begin) - begin);
    INFO(id);
    CHECK(base::translate(id.c_str(), base::Language::zh) != id);
    ++labels;
  }
  CHECK(labels > 60);
}

TEST_CASE("axis ticks are round and told apart") {
  const auto ticks = round_ticks(-105, 105, 5);
  CHECK(ticks.values == std::vector<double>{-100, -50, 0, 50, 100});
  CHECK(ticks.decimals == 0);
  const auto small = round_ticks(-0.0031, 0.0031, 6);
  CHECK(small.decimals == 3);
  REQUIRE(small.values.size() == 7);
  CHECK(small.values.front() == Approx(-0.003));
  CHECK_THROWS_AS(round_ticks(1, 1, 5), base::InputError);
}

TEST_CASE("a chart without points or with numbers that are not finite is refused") {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 200, 200);
  cairo_t* cairo = cairo_create(surface);
  ResidualChart chart;
  chart.title = "x";
  CHECK_THROWS_AS(draw_residual_chart(cairo, 0, 0, 200, 200, chart), base::InputError);
  chart.points = {{0, std::nan(""), 1, 1}};
  CHECK_THROWS_AS(draw_residual_chart(cairo, 0, 0, 200, 200, chart), base::InputError);
  chart.points = {{5, 0, 0, std::nullopt}};  // one point, no spread, no limit
  CHECK_NOTHROW(draw_residual_chart(cairo, 0, 0, 200, 200, chart));
  CHECK(cairo_status(cairo) == CAIRO_STATUS_SUCCESS);
  cairo_destroy(cairo);
  cairo_surface_destroy(surface);
}
