// Nothing of a certificate stands outside of the text area, over the foot of the page, or over other words: pages are
// rendered and read by poppler, whatever verdicts, numbers and names they carry.
#include <cairo-pdf.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "archive/certificate_labels.h"
#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "archive/pdf_cover.h"
#include "archive/pdf_pages.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/archive/chinese_catalogue.h"
#include "tests/archive/program_output.h"
#include "tests/archive/sample_certificate.h"

using namespace etalon;
using namespace etalon::archive;

namespace {

const std::string kPath = ETALON_BINARY_DIR "/certificate-samples/margins";

struct Word {
  int page = 0;
  double left = 0, top = 0, right = 0, bottom = 0;
  std::string text;
};

std::vector<Word> words_of(const std::string& path, int last_page) {
  const std::string html = program_output("pdftotext -bbox -l " + std::to_string(last_page) + " '" + path + "' -").text;
  const std::regex word(
      R"re(<word xMin="([-0-9.]+)" yMin="([-0-9.]+)" xMax="([-0-9.]+)" yMax="([-0-9.]+)">(.*)</word>)re");
  std::istringstream lines(html);
  std::vector<Word> words;
  int page = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("<page ") != std::string::npos) ++page;
    std::smatch found;
    if (std::regex_search(line, found, word))
      words.push_back(
          {page, std::stod(found[1]), std::stod(found[2]), std::stod(found[3]), std::stod(found[4]), found[5]});
  }
  REQUIRE(words.size() > 20);
  return words;
}

// Grey values of a rendered page; 72 dots an inch, so that a dot is a point.
struct Picture {
  int width = 0, height = 0;
  std::string pixels;
  int at(int x, int y) const {
    return static_cast<unsigned char>(
        pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]);
  }
};

std::vector<Picture> pictures_of(const std::string& path, int last_page) {
  const std::string folder = kPath + "-pages";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  program_output("pdftoppm -gray -r 72 -l " + std::to_string(last_page) + " '" + path + "' '" + folder + "/p'");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<Picture> pictures;
  for (const std::string& file : files) {
    std::istringstream in(base::read_file(file));
    Picture picture;
    std::string magic;
    int largest = 0;
    in >> magic >> picture.width >> picture.height >> largest;
    REQUIRE(magic == "P5");
    in.get();
    picture.pixels.assign(std::istreambuf_iterator<char>(in), {});
    pictures.push_back(picture);
  }
  REQUIRE(!pictures.empty());
  return pictures;
}

// Left and right margin, above the head and below the foot; and the strip between the text area and the foot.
void check_ink(const std::vector<Picture>& pictures) {
  for (std::size_t page = 0; page < pictures.size(); ++page) {
    const Picture& p = pictures[page];
    int outside = 0, over_foot = 0;
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        if (p.at(x, y) > 235) continue;
        const bool beside = x < static_cast<int>(paper::kLeft) - 1 || x > static_cast<int>(paper::kRight) + 1;
        const bool above_or_below = y < 24 || y > static_cast<int>(paper::kHeight) - 14;
        if (beside || above_or_below) ++outside;
        if (y > static_cast<int>(paper::kBottom) + 1 && y < static_cast<int>(paper::kHeight) - 46) ++over_foot;
      }
    }
    INFO("page " << page + 1);
    CHECK(outside == 0);
    CHECK(over_foot == 0);
  }
}

void check_words(const std::vector<Word>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& a = words[i];
    INFO("page " << a.page << " " << a.text);
    CHECK((a.left > paper::kLeft - 1 && a.right < paper::kRight + 1));
    for (std::size_t j = i + 1; j < words.size(); ++j) {
      const Word& b = words[j];
      if (b.page != a.page) continue;
      const double across = std::min(a.right, b.right) - std::max(a.left, b.left);
      const double down = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
      // Boxes of lines below each other touch.
      if (across < 1 || down < 0.45 * std::min(a.bottom - a.top, b.bottom - b.top)) continue;
      FAIL_CHECK("page " << a.page << ": \"" << a.text << "\" over \"" << b.text << "\"");
    }
  }
}

std::string write(const Certificate& certificate, base::Language leading) {
  load_chinese();
  const std::string path = kPath + ".pdf";
  base::write_file_atomically(path, write_pdf(certificate, write_dcc(certificate), {leading, "certificate.xml"}));
  return path;
}

void check_all_pages(const Certificate& certificate) {
  for (const auto leading : {base::Language::zh, base::Language::en}) {
    const std::string path = write(certificate, leading);
    check_ink(pictures_of(path, 100));
    check_words(words_of(path, 100));
  }
}

std::string repeated(const std::string& text, int times) {
  std::string made;
  for (int i = 0; i < times; ++i)
    made += text;
  return made;
}

constexpr std::array kVerdicts = {Conformity::pass, Conformity::conditional_pass, Conformity::conditional_fail,
                                  Conformity::fail, Conformity::inconclusive,     Conformity::not_stated};
const std::map<Conformity, std::pair<std::string, std::string>> kWords = {
    {Conformity::pass, {"Pass", "合格"}},
    {Conformity::conditional_pass, {"Conditional pass", "有条件合格"}},
    {Conformity::conditional_fail, {"Conditional fail", "有条件不合格"}},
    {Conformity::fail, {"Fail", "不合格"}},
    {Conformity::inconclusive, {"Inconclusive", "待定"}},
    {Conformity::not_stated, {"Not stated", ""}}};

// One table a verdict, its number of rows telling which it is.
Certificate with_verdicts(unsigned which, const std::array<int, 6>& counts) {
  Certificate c = sample_certificate();
  c.curves.clear();
  const ResultTable sample = c.tables.front();
  c.tables.clear();
  for (std::size_t v = 0; v < kVerdicts.size(); ++v) {
    if (!(which & (1u << v))) continue;
    ResultTable table = sample;
    table.id = "t" + std::to_string(v);
    table.rows.assign(static_cast<std::size_t>(counts[v]), sample.rows.front());
    for (Row& row : table.rows)
      row.verdict = kVerdicts[v];
    c.tables.push_back(table);
  }
  return c;
}

}  // namespace

TEST_CASE("every combination of verdicts stands on the cover with its counts, failures first") {
  const std::array<int, 6> counts = {13, 11, 7, 5, 17, 3};
  for (unsigned which = 1; which < 64; ++which) {
    const Certificate c = with_verdicts(which, counts);
    for (const auto leading : {base::Language::zh, base::Language::en}) {
      INFO("combination " << which << (leading == base::Language::zh ? " zh" : " en"));
      const std::string path = write(c, leading);
      check_ink(pictures_of(path, 1));
      const auto words = words_of(path, 1);
      check_words(words);
      if (which == 32) continue;  // nothing is stated: no box
      // The box's words in the order of lines and columns.
      std::string raw = program_output("pdftotext -raw -l 1 '" + path + "' -").text;
      const auto box = raw.find("Conformity of the points");
      REQUIRE(box != std::string::npos);
      raw = raw.substr(box > 40 ? box - 40 : 0);
      std::replace(raw.begin(), raw.end(), '\n', ' ');
      for (std::size_t v = 0; v < kVerdicts.size(); ++v) {
        const auto& [english, chinese] = kWords.at(kVerdicts[v]);
        const bool stated = which & (1u << v);
        INFO(english);
        const std::string count = std::to_string(counts[v]);
        const bool found = raw.find(" " + count + " ") != std::string::npos && raw.find(english) != std::string::npos &&
                           raw.find(chinese) != std::string::npos;
        if (stated) CHECK(found);
        if (!stated) CHECK(raw.find(" " + count + " ") == std::string::npos);
      }
      if (which & (1u << 3)) {
        const auto fail = raw.find(" 5 ");
        for (std::size_t v = 0; v < kVerdicts.size(); ++v) {
          if (v == 3 || !(which & (1u << v))) continue;
          CHECK(fail < raw.find(" " + std::to_string(counts[v]) + " "));
        }
      }
    }
  }
}

TEST_CASE("counts of six digits have room on the cover") {
  // All verdicts in rows of one table, so that their number costs no pages: the cover counts rows only.
  Certificate c = with_verdicts(63, {1, 1, 1, 1, 1, 1});
  std::vector<Word> words;
  for (const auto leading : {base::Language::zh, base::Language::en}) {
    load_chinese();
    const std::string path = kPath + "-cover.pdf";
    cairo_surface_t* surface = cairo_pdf_surface_create(path.c_str(), paper::kWidth, paper::kHeight);
    cairo_t* cairo = cairo_create(surface);
    for (ResultTable& table : c.tables)
      table.rows.resize(123456, table.rows.front());
    PdfPages pages(cairo, {c.number, {}, bilingual(label::kCertificateNumber, leading), {}, {}, leading, 1});
    draw_cover(pages, c, leading, "x");
    cairo_show_page(cairo);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    check_ink(pictures_of(path, 9));
    words = words_of(path, 9);
    check_words(words);
    CHECK(std::count_if(words.begin(), words.end(), [](const Word& w) { return w.text == "123456"; }) == 6);
    CHECK(std::count_if(words.begin(), words.end(), [](const Word& w) { return w.text == "740736"; }) == 1);
  }
}

TEST_CASE("the longest numbers and names stay within the margins of every page") {
  Certificate c = sample_certificate();
  SECTION("Latin without blanks") {
    c.number = repeated("N", 100);
    const std::string number = repeated("W", 100);
    const std::string name = repeated("Wm", 150);
    for (std::string* text : {&c.item.serial, &c.item.laboratory_id, &c.laboratory.code})
      *text = number;
    for (LocalText* text : {&c.item.name, &c.item.maker, &c.item.owner, &c.customer.name, &c.customer.address,
                            &c.laboratory.name, &c.laboratory.address, &c.place.text, &c.method.procedure_title})
      *text = {name, repeated("mW", 150)};
    c.item.model = name;
    for (Person& person : c.persons)
      person.name = {name, repeated("宽", 300)};
    for (MeasurementStandard& standard : c.standards) {
      standard.serial = standard.certificate_number = number;
      standard.model = name;
      standard.name = standard.maker = standard.certificate_laboratory = {name, name};
    }
    c.method.documents = {name, name};
    check_all_pages(c);
  }
  SECTION("Chinese") {
    c.number = repeated("字", 100);
    const std::string number = repeated("号", 100);
    const std::string name = repeated("宽", 300);
    for (std::string* text : {&c.item.serial, &c.item.laboratory_id, &c.laboratory.code})
      *text = number;
    for (LocalText* text : {&c.item.name, &c.item.maker, &c.item.owner, &c.customer.name, &c.customer.address,
                            &c.laboratory.name, &c.laboratory.address, &c.place.text, &c.method.procedure_title})
      *text = {repeated("Wide name ", 29), name};
    c.item.model = name;
    for (Person& person : c.persons)
      person.name = {repeated("Wide name ", 29), name};
    for (MeasurementStandard& standard : c.standards) {
      standard.serial = standard.certificate_number = number;
      standard.name = standard.maker = standard.certificate_laboratory = {name, name};
    }
    check_all_pages(c);
  }
}

TEST_CASE("the longest description and many documents have room") {
  Certificate c = sample_certificate();
  c.item.condition = {repeated("long text ", 100), repeated("长", 1000)};
  c.method.description = {repeated("long text ", 100), repeated("长", 1000)};
  c.method.documents.assign(12, repeated("JJF 1587-2016 ", 10) + "x");
  check_all_pages(c);
  c.method.documents.assign(60, repeated("W", 300));
  CHECK_THROWS_WITH(write(c, base::Language::en), Catch::Contains("longer than a page"));
}

TEST_CASE("wide numbers, titles, notes and many repeated points stay within the margins") {
  Certificate c = sample_certificate();
  for (ResultTable& table : c.tables) {
    table.title = {repeated("A long title of a range ", 8), repeated("量程的长标题", 20)};
    for (Row& row : table.rows) {
      row.note = {"input shorted, with a remark that takes its room", "输入端短路，并附有较长的说明"};
      row.reference = "-123456.7890123";
      row.indication = "-123456.7890123";
      row.nominal = "-123456.7";
      row.coverage_probability = &row == &table.rows.front() ? "0.9545" : "0.95";
      row.acceptance_limit = "12345.6";
      row.verdict = Conformity::conditional_fail;
    }
  }
  for (Curve& curve : c.curves)
    curve.equation = "E = b0 + b1·x + b2·x² + b3·x³ + b4·x⁴ + b5·x⁵ + b6·x⁶ + b7·x⁷ + b8·x⁸";
  c.tables[0].rows.resize(60, c.tables[0].rows[0]);  // one point again and again
  for (Row& row : c.tables[1].rows)
    row.plot = {row.plot.x * 1e12, row.plot.error * 1e-15, 1e-16, 3e-15};
  c.curves.erase(c.curves.begin() + 1);
  check_all_pages(c);
  // Numbers of an axis say nothing without its unit and power of ten.
  std::string text = program_output("pdftotext -raw '" + kPath + ".pdf' -").text;
  std::erase_if(text, [](char c) { return c == '\n' || c == ' '; });  // upright text comes in pieces
  CHECK(text.find("(µV)(×10⁻¹⁵)") != std::string::npos);
  CHECK(text.find("(V)(×10¹²)") != std::string::npos);
}
