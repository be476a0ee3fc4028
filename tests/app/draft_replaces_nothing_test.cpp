// A new output never takes the place of another certificate, run or archive.
#include <catch2/catch.hpp>
#include <filesystem>

#include "archive/archive_verify.h"
#include "archive/pdf_a.h"
#include "tests/app/program.h"
#include "tests/archive/archived_run.h"

using namespace etalon::tests;
namespace fs = std::filesystem;
namespace archive = etalon::archive;

namespace {

const std::string golden_run = std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1.h5";

// The golden run under another certificate number.
std::string other_run(const TemporaryFolder& folder) {
  const std::string path = folder / "other.h5";
  write_text(path, archive::changed_run(archive::archived_number, "EXAMPLE-2026-0077"));
  return path;
}

Outcome draft(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"certificate", "draft"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return etalon::tests::etalon(all);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string> pair{"certificate.pdf", "certificate.xml"};

}  // namespace

TEST_CASE("a certificate is not replaced by one of another number") {
  const TemporaryFolder folder;
  REQUIRE(draft({golden_run, "--out", folder / "c"}).exit_code == 0);
  const std::string dcc = read_text(folder / "c/certificate.xml");
  const std::string pdf = read_text(folder / "c/certificate.pdf");
  const std::string other = other_run(folder);
  const auto check_refused = [&] {
    const Outcome refused = draft({other, "--out", folder / "c", "--archive", folder / "a"});
    INFO(refused.output);
    CHECK(refused.exit_code == 4);
    CHECK(refused.output.find("--out") != std::string::npos);
    CHECK(!fs::exists(folder / "a"));
    return refused.output;
  };
  const std::string said = check_refused();
  CHECK(said.find("EXAMPLE-2026-0001") != std::string::npos);
  CHECK(said.find("EXAMPLE-2026-0077") != std::string::npos);
  CHECK(read_text(folder / "c/certificate.xml") == dcc);
  CHECK(read_text(folder / "c/certificate.pdf") == pdf);
  CHECK(names_in(folder / "c") == pair);
  // The PDF alone speaks for itself, too.
  fs::remove(folder / "c/certificate.xml");
  check_refused();
  CHECK(read_text(folder / "c/certificate.pdf") == pdf);
  CHECK(draft({other, "--out", folder / "d"}).exit_code == 0);
}

TEST_CASE("the same run's certificate may be made again, that of a run with other readings may not") {
  const TemporaryFolder folder;
  REQUIRE(draft({golden_run, "--out", folder / "c"}).exit_code == 0);
  const Outcome again = draft({golden_run, "--out", folder / "c", "--date", "2026-06-09", "--lang", "zh"});
  INFO(again.output);
  CHECK(again.exit_code == 0);
  CHECK(read_text(folder / "c/certificate.xml").find("2026-06-09") != std::string::npos);
  CHECK(names_in(folder / "c") == pair);

  // The same number and the same values for another customer.
  write_text(folder / "changed.h5", archive::changed_run("Example Factory", "Another Factory"));
  const std::string dcc = read_text(folder / "c/certificate.xml");
  const Outcome refused = draft({folder / "changed.h5", "--out", folder / "c"});
  INFO(refused.output);
  CHECK(refused.exit_code == 4);
  CHECK(refused.output.find("was not made from this run") != std::string::npos);
  CHECK(read_text(folder / "c/certificate.xml") == dcc);
}

TEST_CASE("a certificate that was changed since it was made is not replaced") {
  const TemporaryFolder folder;
  REQUIRE(draft({golden_run, "--out", folder / "c", "--lang", "zh"}).exit_code == 0);
  const std::string dcc = read_text(folder / "c/certificate.xml");
  const std::string pdf = read_text(folder / "c/certificate.pdf");
  const auto check_refused = [&](const std::string& name) {
    const std::string changed = read_text(folder / ("c/" + name));
    const Outcome refused = draft({golden_run, "--out", folder / "c"});
    INFO(refused.output);
    CHECK(refused.exit_code == 4);
    CHECK(refused.output.find(name) != std::string::npos);
    CHECK(read_text(folder / ("c/" + name)) == changed);
  };
  std::string stated = dcc;
  const std::string end = "</dcc:statements>";
  stated.insert(stated.find(end),
                "<dcc:statement><dcc:declaration><dcc:content>Added by hand.</dcc:content></dcc:declaration>"
                "</dcc:statement>");
  write_text(folder / "c/certificate.xml", stated);
  check_refused("certificate.xml");
  write_text(folder / "c/certificate.xml", dcc);
  for (const std::string& changed : {pdf.substr(0, pdf.size() - 7), pdf + "more", pdf + "%%EOF\n"}) {
    write_text(folder / "c/certificate.pdf", changed);
    check_refused("certificate.pdf");
  }
  write_text(folder / "c/certificate.pdf", pdf);
  CHECK(draft({golden_run, "--out", folder / "c"}).exit_code == 0);
}

TEST_CASE("a path on standard output obeys nobody") {
  const TemporaryFolder folder;
  const Outcome done = draft({golden_run, "--out", folder / "c\x1b[31m", "--archive", folder / "a\x1b[31m"});
  INFO(done.output);
  CHECK(done.exit_code == 0);
  CHECK(done.output.find('\x1b') == std::string::npos);
  CHECK(done.output.find("<U+001B>") != std::string::npos);
}

TEST_CASE("nothing else under those names is replaced, nor what a link leads to") {
  const TemporaryFolder folder;
  const auto check_refused = [&](const std::string& out) {
    const Outcome refused = draft({golden_run, "--out", folder / out});
    INFO(refused.output);
    CHECK(refused.exit_code == 4);
  };
  write_text(folder / "precious", "mine");
  for (const char* name : {"certificate.xml", "certificate.pdf"}) {
    const std::string out = std::string("o-") + name;
    fs::create_directory(folder / out);
    write_text(folder / (out + "/" + name), "mine");
    check_refused(out);
    CHECK(read_text(folder / (out + "/" + name)) == "mine");
    fs::remove(folder / (out + "/" + name));
    fs::create_symlink(folder / "precious", folder / (out + "/" + name));
    check_refused(out);
    CHECK(fs::is_symlink(folder / (out + "/" + name)));
    fs::remove(folder / (out + "/" + name));
    fs::create_directory(folder / (out + "/" + name));
    check_refused(out);
    CHECK(names_in(folder / out) == std::vector<std::string>{name});
  }
  CHECK(read_text(folder / "precious") == "mine");
}

TEST_CASE("a full disk leaves the earlier pair, or none") {
  const TemporaryFolder folder;
  // Room for the DCC, not for the PDF; the signal would end the program before it can say anything.
  const auto limited = [&](const std::string& out, const std::string& more) {
    return run_program({"sh", "-c",
                        "trap '' XFSZ; ulimit -f 170; exec " + etalon_program() + " certificate draft " + golden_run +
                            " --out " + folder / out + more});
  };
  fs::create_directory(folder / "new");
  const Outcome none = limited("new", "");
  INFO(none.output);
  CHECK(none.exit_code == 2);
  CHECK(names_in(folder / "new").empty());
  REQUIRE(draft({golden_run, "--out", folder / "c"}).exit_code == 0);
  const std::string dcc = read_text(folder / "c/certificate.xml");
  CHECK(limited("c", " --date 2026-06-09 --archive " + folder / "a").exit_code == 2);
  CHECK(read_text(folder / "c/certificate.xml") == dcc);
  CHECK(names_in(folder / "c") == pair);
  CHECK(!fs::exists(folder / "a"));
}

TEST_CASE("a number that is taken in the archive leaves no certificate of it behind") {
  const TemporaryFolder folder;
  REQUIRE(draft({golden_run, "--out", folder / "c", "--archive", folder / "a"}).exit_code == 0);
  const Outcome refused = draft({golden_run, "--out", folder / "d", "--date", "2026-06-09", "--archive", folder / "a"});
  INFO(refused.output);
  CHECK(refused.exit_code == 4);
  CHECK(names_in(folder / "d").empty());
  const auto report = archive::verify_archive(folder / "a");
  CHECK(report.all_equal());
  CHECK(report.objects == 4);
}

TEST_CASE("a demonstration replaces a demonstration and nothing else") {
  const TemporaryFolder folder;
  const auto demo = [&](const std::string& out) {
    return etalon::tests::etalon({"demo", "--out", folder / out, "--speed", "2000"});
  };
  SECTION("its own") {
    REQUIRE(demo("d").exit_code == 0);
    CHECK(demo("d").exit_code == 0);
    // A certificate of somebody else was filed in its archive.
    REQUIRE(draft({other_run(folder), "--out", folder / "c", "--archive", folder / "d/archive"}).exit_code == 0);
    const Outcome refused = demo("d");
    INFO(refused.output);
    CHECK(refused.exit_code == 4);
    CHECK(archive::Archive::open(folder / "d/archive").numbers().size() == 2);
  }
  SECTION("another run") {
    fs::create_directory(folder / "r");
    fs::copy_file(other_run(folder), folder / "r/run.h5");
    CHECK(demo("r").exit_code == 4);
    CHECK(read_text(folder / "r/run.h5") == read_text(folder / "other.h5"));
  }
  SECTION("a run that cannot be read, a certificate without a run") {
    fs::create_directory(folder / "r");
    write_text(folder / "r/run.h5", "mine");
    CHECK(demo("r").exit_code == 4);
    CHECK(read_text(folder / "r/run.h5") == "mine");
    fs::create_directory(folder / "s");
    write_text(folder / "s/certificate.xml", "mine");
    CHECK(demo("s").exit_code == 4);
    CHECK(read_text(folder / "s/certificate.xml") == "mine");
  }
}
