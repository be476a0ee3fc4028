// The whole way through real sockets, pseudo-terminals and files: `etalon demo`, then every number of the certificates
// against `etalon evaluate --json`.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "archive/dcc_check.h"
#include "archive/dcc_reader.h"
#include "archive/dcc_writer.h"
#include "archive/pdf_a.h"
#include "base/sha256.h"
#include "base/units.h"
#include "tests/app/program.h"

using namespace etalon;
using namespace etalon::tests;
using Json = nlohmann::json;

namespace {

std::string run_demo(const TemporaryFolder& folder) {
  const std::string out = folder / "demo";
  const Outcome demo = etalon::tests::etalon({"demo", "--out", out, "--speed", "2000", "--seed", "7"});
  INFO(demo.output);
  REQUIRE(demo.exit_code == 0);
  CHECK(demo.output.find("of 33 measured errors lie within U") != std::string::npos);
  return out;
}

// The words of a page, with typographic minus signs as plain ones.
std::vector<std::string> words_of_pdf(const std::string& pdf) {
  const Outcome text = run_program({"pdftotext", "-layout", pdf, "-"});
  INFO(text.output);
  REQUIRE(text.exit_code == 0);
  std::string plain = text.output;
  const std::string minus = "−";
  for (std::size_t at = plain.find(minus); at != std::string::npos; at = plain.find(minus, at))
    plain.replace(at, minus.size(), "-");
  std::istringstream stream(plain);
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  return words;
}

// All of `wanted` in this order, other words between them allowed, from `at` on; `at` moves behind.
bool find_in_order(const std::vector<std::string>& words, const std::vector<std::string>& wanted, std::size_t& at) {
  for (std::size_t start = at; start + wanted.size() <= words.size(); ++start) {
    if (words[start] != wanted[0]) continue;
    std::size_t k = 0;
    std::size_t w = start;
    for (; w < words.size() && w < start + 16 && k < wanted.size(); ++w) {
      if (words[w] == wanted[k]) ++k;
    }
    if (k == wanted.size()) {
      at = w;
      return true;
    }
  }
  return false;
}

std::map<std::string, std::vector<Json>> points_by_range(const Json& results) {
  std::map<std::string, std::vector<Json>> ranges;
  for (const Json& point : results.at("points"))
    ranges[point.at("range").get<std::string>()].push_back(point);
  return ranges;
}

std::string pass_word(const std::string& verdict) {
  std::string word = verdict;
  std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

}  // namespace

TEST_CASE("each value, U and verdict of DCC and PDF is that of evaluate --json") {
  const TemporaryFolder folder;
  const std::string out = run_demo(folder);
  const Outcome evaluated = etalon::tests::etalon({"evaluate", out + "/run.h5", "--json", "-"});
  REQUIRE(evaluated.exit_code == 0);
  const Json results = Json::parse(evaluated.output);
  REQUIRE(results.at("points").size() == 33);
  REQUIRE(results.at("curves").size() == 5);

  const archive::DccDocument dcc = archive::read_dcc(read_text(out + "/certificate.xml"));
  CHECK(dcc.schema_version == "3.3.0");
  const auto words = words_of_pdf(out + "/certificate.pdf");
  std::size_t at = 0;
  std::size_t compared = 0;
  std::vector<std::string> ranges;
  for (const Json& point : results.at("points")) {
    const auto range = point.at("range").get<std::string>();
    if (std::find(ranges.begin(), ranges.end(), range) == ranges.end()) ranges.push_back(range);
  }
  const auto by_range = points_by_range(results);
  for (const std::string& range : ranges) {
    std::string id = "table-range-" + range;
    std::replace(id.begin(), id.end(), ' ', '-');
    const auto table = std::find_if(dcc.tables.begin(), dcc.tables.end(), [&](const auto& t) { return t.id == id; });
    INFO(id);
    REQUIRE(table != dcc.tables.end());
    const auto* error = table->find("basic_measurementError");
    const auto* reference = table->find("basic_referenceValue");
    const auto* indication = table->find("basic_measuredValue");
    const auto* verdict = table->find("etalon_verdict");
    REQUIRE((error && reference && indication && verdict && error->uncertainty));
    const auto& points = by_range.at(range);
    REQUIRE(error->values.size() == points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Json& reported = points[i].at("reported");
      const auto text = [&](const char* key) { return reported.at(key).get<std::string>(); };
      INFO(points[i].at("id"));
      CHECK(error->values[i] == text("error"));
      CHECK(archive::word_at(error->uncertainty->values, i, "U") == text("expanded_uncertainty"));
      CHECK(archive::word_at(error->uncertainty->coverage_factors, i, "k") == text("coverage_factor"));
      CHECK(base::unit_from_d_si(archive::word_at(error->units, i, "unit")) == text("error_unit"));
      CHECK(reference->values[i] == text("reference"));
      CHECK(base::unit_from_d_si(archive::word_at(reference->units, i, "unit")) == text("value_unit"));
      CHECK(indication->values[i] == text("indication"));
      CHECK(verdict->values[i] == pass_word(points[i].at("verdict").get<std::string>()));
      // The same row, in the same order, on paper.
      CHECK(find_in_order(words,
                          {text("nominal"), text("reference"), text("indication"), text("error"),
                           text("expanded_uncertainty"), text("coverage_factor"), text("mpe")},
                          at));
      ++compared;
    }
  }
  CHECK(compared == 33);
  for (const Json& curve : results.at("curves")) {
    for (const Json& parameter : curve.at("reported")) {
      CHECK(find_in_order(
          words, {parameter.at("value"), parameter.at("expanded_uncertainty"), parameter.at("coverage_factor")}, at));
    }
  }
}

TEST_CASE("the DCC is valid against PTB's schema and sound") {
  const TemporaryFolder folder;
  const std::string out = run_demo(folder);
  const char* given = std::getenv("ETALON_DCC_SCHEMA");
  const std::string schema = given ? given : ETALON_SOURCE_DIR "/../shared/reference/dcc";
  const auto check = archive::check_dcc(read_text(out + "/certificate.xml"), schema);
  for (const auto& issue : check.schema.issues)
    UNSCOPED_INFO(issue.line << ": " << issue.message);
  for (const auto& issues : {check.findings.found, check.findings.undecided}) {
    for (const auto& issue : issues.kept)
      UNSCOPED_INFO(issue.line << ": " << issue.message);
    CHECK(issues.count == 0);
  }
  CHECK(check.whole);
  // The demo's bench is simulated: its certificate says that it is none.
  CHECK(check.exit_code() == base::ExitCode::check_failed);
  if (check.schema.state == archive::SchemaState::skipped) {
    WARN("skipped: no schema (" << check.schema.reason << ")");
  } else {
    CHECK(check.schema.state == archive::SchemaState::valid);
  }
}

TEST_CASE("the archive holds what the certificate was made from, and shows any change") {
  const TemporaryFolder folder;
  const std::string out = run_demo(folder);
  const Outcome sound = etalon::tests::etalon({"archive", "verify", out + "/archive"});
  INFO(sound.output);
  CHECK(sound.exit_code == 0);
  // The archived run makes the archived results again, bit for bit.
  const Outcome listing = etalon::tests::etalon({"archive", "show", out + "/archive", "EXAMPLE-2026-0001"});
  REQUIRE(listing.exit_code == 0);
  std::map<std::string, std::string> paths;
  std::istringstream lines(listing.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string role, name, size, path;
    fields >> role >> name >> size >> path;
    paths[role] = path;
  }
  for (const char* role : {"dcc", "certificate", "results", "run"})
    REQUIRE(paths.count(role) == 1);
  const Outcome again = etalon::tests::etalon({"evaluate", paths["run"], "--json", "-"});
  REQUIRE(again.exit_code == 0);
  CHECK(again.output == read_text(paths["results"]));
  CHECK(read_text(paths["dcc"]) == read_text(out + "/certificate.xml"));
  for (const auto& [role, path] : paths) {
    std::string bytes = read_text(path);
    const std::string original = bytes;
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    write_text(path, bytes);
    const Outcome changed = etalon::tests::etalon({"archive", "verify", out + "/archive"});
    INFO(role << "\n" << changed.output);
    CHECK(changed.exit_code == 1);
    write_text(path, original);
  }
  CHECK(etalon::tests::etalon({"archive", "verify", out + "/archive"}).exit_code == 0);
}

TEST_CASE("the same run gives the same certificate, in either language of the interface") {
  const TemporaryFolder folder;
  const std::string out = run_demo(folder);
  for (const char* name : {"a", "b"}) {
    const Outcome draft = etalon::tests::etalon({"certificate", "draft", out + "/run.h5", "--out", folder / name});
    INFO(draft.output);
    REQUIRE(draft.exit_code == 0);
  }
  CHECK(read_text((folder / "a") + "/certificate.pdf") == read_text((folder / "b") + "/certificate.pdf"));
  CHECK(read_text((folder / "a") + "/certificate.xml") == read_text((folder / "b") + "/certificate.xml"));
  REQUIRE(etalon::tests::etalon({"--lang", "zh", "certificate", "draft", out + "/run.h5", "--out", folder / "zh"})
              .exit_code == 0);
  CHECK(read_text((folder / "zh") + "/certificate.xml") == read_text((folder / "a") + "/certificate.xml"));
  const Outcome text = run_program({"pdftotext", (folder / "zh") + "/certificate.pdf", "-"});
  CHECK(text.output.find("校准证书") != std::string::npos);
  CHECK(text.output.find("不确定度") != std::string::npos);
}

TEST_CASE("--plan touches nothing") {
  const TemporaryFolder folder;
  const Outcome plan = etalon::tests::etalon({"run", "multimeter-dc-voltage", "--bench", "demo", "--item",
                                              "example-34461a", "--plan", "--out", folder / "run.h5"});
  INFO(plan.output);
  CHECK(plan.exit_code == 0);
  CHECK(plan.output.find("33 points") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "run.h5"));
}
