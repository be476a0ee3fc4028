// Whoever can write in an archive can recompute its hashes. What is stated twice must be the same all the same.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "archive/archive_verify.h"
#include "archive/pdf_a.h"
#include "base/file.h"
#include "tests/archive/archive_place.h"
#include "tests/archive/archived_run.h"

using namespace etalon;
using namespace etalon::archive;

namespace {

VerifyReport verified(const ArchiveEntry& entry) {
  const Folder place;
  forge(place / "a", entry);
  return verify_archive(place / "a");
}

// Found as a contradiction, said with these words, and nothing else is wrong.
void check_contradiction(const ArchiveEntry& entry, const std::string& words) {
  const auto report = verified(entry);
  INFO("expected: " << words << "\nsaid:\n" << said(report));
  CHECK(kinds(report) == std::set{FindingKind::contradicts});
  CHECK(report.exit_code() == base::ExitCode::check_failed);
  CHECK(said(report).find(words) != std::string::npos);
}

std::string file_of(const ArchiveEntry& entry, const std::string& role) {
  for (const auto& file : entry.files) {
    if (file.role == role) return file.bytes;
  }
  return {};
}

// The results with one change.
ArchiveEntry with_results(const std::function<void(nlohmann::ordered_json&)>& change) {
  const ArchiveEntry entry = archived_run();
  auto results = nlohmann::ordered_json::parse(file_of(entry, kRoleResults));
  change(results);
  return with(entry, kRoleResults, results.dump(2) + "\n");
}

// The list in the DCC that holds the errors of the first range, with its first member changed.
std::string with_first_member(const std::string& dcc, const std::string& element, const std::string& after,
                              const std::string& member) {
  const std::size_t place = dcc.find(after);
  REQUIRE(place != std::string::npos);
  const std::size_t begin = dcc.find("<" + element + ">", place) + element.size() + 2;
  REQUIRE(begin > place);
  const std::size_t end = dcc.find_first_of(" <", begin);
  return dcc.substr(0, begin) + member + dcc.substr(end);
}

}  // namespace

TEST_CASE("a certificate of an earlier etalon is compared in every statement, and all is equal") {
  const auto report = verified(archived_run());
  INFO(said(report));
  CHECK(report.all_equal());
  CHECK(report.exit_code() == base::ExitCode::done);
  CHECK(report.certificates == 1);
  CHECK(report.objects == 4);
  CHECK(report.manifests_compared == 1);
  CHECK(report.pdfs_compared == 1);
  CHECK(report.results_compared == 1);
  CHECK(report.runs_compared == 1);
}

TEST_CASE("a manifest that says another thing than its DCC and run") {
  const auto check = [](auto change, const std::string& words) {
    ArchiveEntry entry = archived_run();
    change(entry);
    check_contradiction(entry, words);
  };
  check([](ArchiveEntry& e) { e.status = "issued"; }, "status: \"issued\" in the manifest, \"simulated\" in the DCC");
  check([](ArchiveEntry& e) { e.status = "draft"; }, "status");
  check([](ArchiveEntry& e) { e.status = "valid"; }, "\"valid\" is no status");
  check([](ArchiveEntry& e) { e.begin_date = "2026-05-31"; }, "begin: \"2026-05-31\" in the manifest");
  check([](ArchiveEntry& e) { e.end_date = "2026-06-02"; }, "end: \"2026-06-02\"");
  check([](ArchiveEntry& e) { e.issue_date = "2026-07-01"; }, "issue: \"2026-07-01\"");
  check([](ArchiveEntry& e) { e.item_serial = "MY00000009"; }, "item: \"MY00000009\"");
  check([](ArchiveEntry& e) { e.number = "EXAMPLE-2026-0009"; }, "number: \"EXAMPLE-2026-0009\"");
  check([](ArchiveEntry& e) { e.files[1].media_type = "text/plain"; }, "said to be of the type \"text/plain\"");
  ArchiveEntry swapped = archived_run();
  std::swap(swapped.files[2].role, swapped.files[3].role);
  const auto report = verified(swapped);
  INFO(said(report));
  CHECK(kinds(report) == std::set{FindingKind::contradicts, FindingKind::unreadable});
}

TEST_CASE("a PDF that goes on behind its end, and names of files that are none") {
  const ArchiveEntry entry = archived_run();
  check_contradiction(with(entry, kRolePdf, file_of(entry, kRolePdf) + "more"), "behind the end of the PDF");
  const auto named = [&](const std::string& name) {
    ArchiveEntry odd = entry;
    odd.files[1].file_name = name;
    return odd;
  };
  for (const std::string& name :
       {std::string("../../x"), std::string(".."), std::string("a/b"), std::string(), entry.files[0].file_name}) {
    INFO(name);
    const Folder place;
    CHECK_THROWS_AS(Archive::open_or_create(place / "a").add(named(name)), base::InputError);
    // Written by another program.
    REQUIRE(Archive::open(place / "a").add(entry));
    Manifest manifest = Archive::open(place / "a").manifest(entry.number);
    manifest.files[1].file_name = name;
    overwrite(place / "a/certificates/" + manifest_file_name(entry.number), write_manifest(manifest));
    const auto report = verify_archive(place / "a");
    INFO(said(report));
    CHECK(kinds(report) == std::set{FindingKind::contradicts});
  }
}

TEST_CASE("files of one role twice, of a strange role, or not at all") {
  ArchiveEntry entry = archived_run();
  SECTION("two results") {
    entry.files.push_back({kRoleResults, "other.json", "application/json", "{}\n"});
    check_contradiction(entry, "2 files of the role results");
  }
  SECTION("a role that nobody knows is not decided") {
    entry.files.push_back({"notes", "notes.txt", "text/plain", "x\n"});
    const auto report = verified(entry);
    INFO(said(report));
    CHECK(report.findings.empty());
    CHECK(report.exit_code() == base::ExitCode::undecided);
    CHECK(said(report).find("only its SHA-256") != std::string::npos);
  }
  SECTION("without run, results or PDF nothing is called equal that nobody compared") {
    for (std::size_t left_out : {1u, 2u, 3u}) {
      ArchiveEntry less = entry;
      less.files.erase(less.files.begin() + static_cast<std::ptrdiff_t>(left_out));
      const auto report = verified(less);
      INFO(said(report));
      CHECK(report.findings.empty());
      CHECK(report.exit_code() == base::ExitCode::undecided);
      CHECK(!report.all_equal());
    }
  }
}

TEST_CASE("results that say another thing than DCC and run") {
  using Json = nlohmann::ordered_json;
  const auto check = [](const std::function<void(Json&)>& change, const std::string& words) {
    check_contradiction(with_results(change), words);
  };
  check(
      [](Json& r) {
        for (auto& point : r["points"])
          point["verdict"] = "fail";
      },
      "contradict the DCC in 33 places: range 100 mV, point 1, verdict: \"fail\" in the results, \"pass\" in the DCC");
  check([](Json& r) { r["points"][4]["reported"]["expanded_uncertainty"] = "0.01"; }, "U: \"0.01\" in the results");
  check([](Json& r) { r["points"][4]["reported"]["coverage_factor"] = "1.00"; }, "k: \"1.00\" in the results");
  check([](Json& r) { r["points"][4]["reported"]["error_unit"] = "kV"; }, "unit: \"\\kilo\\volt\" in the results");
  check([](Json& r) { r["points"][4]["reported"]["mpe"] = "99"; }, "maximum permissible error");
  check([](Json& r) { r["points"].erase(7); }, "number of points");
  check([](Json& r) { r["points"].clear(); }, "number of ranges");
  check([](Json& r) { r["curves"].erase(0); }, "number of curves");
  check([](Json& r) { r["curves"][1]["reported"][1]["value"] = "0.5"; }, "curve of the range");
  check([](Json& r) { r["end"] = "2026-06-09"; }, "end of the measurement");
  // What only the run can contradict, to the last digit.
  check(
      [](Json& r) {
        r["points"][4]["expanded_uncertainty"] =
            std::nextafter(r["points"][4]["expanded_uncertainty"].get<double>(), 0);
      },
      "/points/5/expanded_uncertainty is");
  check([](Json& r) { r["points"][0]["readings"][3] = 4e-07; }, "/points/1/readings/4 is 4e-07, by the run 3e-07");
  check([](Json& r) { r["points"][0]["budget"].erase(2); }, "/points/1/budget has");
  check([](Json& r) { r["standards"][0]["serial"] = "1"; }, "/standards/1/serial");
  check([](Json& r) { r["simulated"] = false; }, "/simulated is false, by the run true");
  check([](Json& r) { r.erase("environment"); }, "/environment is missing in the results");
  check([](Json& r) { r["points"][2].erase("components"); }, "/points/3/components is missing");
  check([](Json& r) { r["approved"] = true; }, "/approved is not in the evaluation");
}

TEST_CASE("results that are none, or say one thing twice") {
  const ArchiveEntry entry = archived_run();
  const std::string results = file_of(entry, kRoleResults);
  for (const std::string& bytes : {std::string("no JSON"), replaced(results, "\"verdict\": \"pass\"",
                                                                    "\"verdict\": \"pass\", \"verdict\": \"pass\"")}) {
    const auto report = verified(with(entry, kRoleResults, bytes));
    INFO(said(report));
    CHECK(kinds(report) == std::set{FindingKind::unreadable});
  }
  check_contradiction(with(entry, kRoleResults, "{}\n"), "/title is missing in the results");
  check_contradiction(with(entry, kRoleResults, "[]\n"), "number of ranges: 0 in the results");
}

TEST_CASE("a DCC that says another thing than results and run, attached to the PDF") {
  const ArchiveEntry entry = archived_run();
  const std::string dcc = file_of(entry, kRoleDcc);
  const auto check = [&](const std::string& changed, const std::string& words) {
    REQUIRE(changed != dcc);
    check_contradiction(with_dcc(entry, changed), words);
  };
  check(replaced(dcc, "MY00000001", "MY00000002"), "item: ");
  check(replaced(dcc, "<dcc:beginPerformanceDate>2026-06-01", "<dcc:beginPerformanceDate>2026-05-31"), "begin");
  check(replaced(dcc, "<dcc:issueDate>2026-06-01", "<dcc:issueDate>2026-06-02"), "issue: ");
  check(replaced(dcc,
                 "SIMULATED: the results come from a simulated bench. This document is not a calibration certificate.",
                 "In order."),
        "status: ");
  const std::string errors = "refType=\"basic_measurementError\"";
  check(with_first_member(dcc, "si:valueXMLList", errors, "0.99"),
        "error: \"0.17\" in the results, \"0.99\" in the DCC");
  check(with_first_member(dcc, "si:valueExpandedMUXMLList", errors, "0.01"),
        "U: \"0.25\" in the results, \"0.01\" in the DCC");
  check(with_first_member(dcc, "si:coverageFactorXMLList", errors, "2.00"),
        "k: \"1.70\" in the results, \"2.00\" in the DCC");
  check(with_first_member(dcc, "si:unitXMLList", errors, "\\milli\\volt"), "unit");
  check(with_first_member(dcc, "dcc:conformityXMLList", errors, "fail"), "conformity");
  check(with_first_member(dcc, "dcc:charsXMLList", "refType=\"etalon_verdict\"", "fail"),
        "verdict: \"pass\" in the results, \"fail\" in the DCC");
  check(with_first_member(dcc, "si:valueXMLList", "refType=\"basic_toleranceLimitUpper\"", "9.9"),
        "maximum permissible error");
  check(with_first_member(dcc, "si:valueXMLList", "refType=\"basic_acceptanceLimitLower\"", "-9.9"),
        "acceptance limit");
  check(with_first_member(dcc, "si:value", "refType=\"basic_temperatureMin\"", "19.0"), "environment, temperature: ");
  check(with_first_member(dcc, "si:value", "refType=\"etalon_curve\"", "9.9"), "curve of the range");
  check(replaced(dcc, ">EXAMPLE-CAL-2026-0001<", ">EXAMPLE-CAL-2026-0002<"), "standard: ");
}

TEST_CASE("a PDF that is not of this certificate") {
  const ArchiveEntry entry = archived_run();
  const std::string dcc = file_of(entry, kRoleDcc);
  const auto pdf_of = [&](const std::string& title, const std::string& date, const std::string& attached) {
    const std::string old = file_of(entry, kRolePdf);
    return make_pdf_a(old, {title, "a", "s MY00000001", "c", "en", date},
                      {{"certificate.xml", "text/xml", "", attached}});
  };
  check_contradiction(with(entry, kRolePdf, pdf_of("Certificate EXAMPLE-2026-0009", "2026-06-01", dcc)),
                      "its title is");
  check_contradiction(with(entry, kRolePdf, pdf_of("Certificate EXAMPLE-2026-0001", "2026-06-05", dcc)),
                      "its date is 2026-06-05");
  check_contradiction(with(entry, kRolePdf, pdf_of("Certificate EXAMPLE-2026-0001", "2026-06-01", dcc + " ")),
                      "is not the archived one");
  const auto report = verified(with(entry, kRolePdf, "%PDF-1.7\nno more"));
  INFO(said(report));
  CHECK(kinds(report) == std::set{FindingKind::unreadable});
}

TEST_CASE("a run that is not the one the certificate was made from") {
  const ArchiveEntry entry = archived_run();
  const auto check = [&](const std::string& text, const std::string& by, const std::string& words) {
    check_contradiction(with(entry, kRoleRun, changed_run(text, by)), words);
  };
  check(archived_number, "EXAMPLE-2026-0007",
        "number: \"EXAMPLE-2026-0001\" in the manifest, \"EXAMPLE-2026-0007\" by the run");
  check("Example Factory", "Another Factory", "customer: \"Another Factory Ltd.\" by the run, not in the DCC");
  check("1 Example Road", "3 Example Road", "customer: \"3 Example Road");
  check("2 Example Road", "3 Example Road", "laboratory: \"3 Example Road");
  check("Example National Institute", "Another National Institute", "standard: ");
  const auto broken = verified(with(entry, kRoleRun, "not HDF5"));
  INFO(said(broken));
  CHECK(kinds(broken) == std::set{FindingKind::unreadable});
  const auto unfinished = verified(with(
      entry, kRoleRun, base::read_file(std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1-interrupted.h5")));
  INFO(said(unfinished));
  CHECK(kinds(unfinished) == std::set{FindingKind::contradicts});
}

TEST_CASE("certificates mixed up among each other") {
  const Folder place;
  const ArchiveEntry entry = archived_run();
  ArchiveEntry other = entry;
  other.number = "EXAMPLE-2026-0002";
  SECTION("one DCC under two numbers") {
    forge(place / "a", entry);
    forge(place / "a", other);
    const auto report = verify_archive(place / "a");
    INFO(said(report));
    CHECK(report.certificates == 2);
    CHECK(kinds(report) == std::set{FindingKind::contradicts});
    for (const auto& finding : report.findings)
      CHECK(finding.certificate == other.number);
  }
  SECTION("a manifest copied under another name is named, not counted") {
    forge(place / "a", entry);
    forge(place / "a", entry, "EXAMPLE-2026-0002.json");
    const auto report = verify_archive(place / "a");
    INFO(said(report));
    CHECK(report.certificates == 1);
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].kind == FindingKind::contradicts);
    CHECK(report.findings[0].path == place / "a/certificates/EXAMPLE-2026-0002.json");
  }
  SECTION("the results of another certificate, with valid hashes") {
    const auto results = file_of(with_results([](auto& r) {
                                   r["points"][3]["reported"]["error"] = "7.77";
                                   r["points"][3]["error"] = 7.77;
                                 }),
                                 kRoleResults);
    check_contradiction(with(entry, kRoleResults, results), "error: \"7.77\" in the results");
  }
}

TEST_CASE("a number or serial that reads differently from what it is") {
  for (const std::string& serial :
       {std::string("MY\u202e00000001"), std::string("MY\x1b[31m1"), std::string("MY\u200b1")}) {
    ArchiveEntry entry = archived_run();
    entry.item_serial = serial;
    check_contradiction(entry, "invisible character");
  }
}
