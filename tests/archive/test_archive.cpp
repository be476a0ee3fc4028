#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "archive/archive.h"
#include "archive/archive_verify.h"
#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "tests/archive/archive_place.h"
#include "tests/archive/sample_certificate.h"

using namespace etalon;
using namespace etalon::archive;
namespace fs = std::filesystem;

namespace {

ArchiveEntry entry_of(const std::string& number, bool with_pdf = false) {
  Certificate c = sample_certificate();
  c.number = number;
  ArchiveEntry entry = archive_entry(c);
  const std::string dcc = write_dcc(c);
  entry.files = {{kRoleDcc, "certificate.xml", "text/xml", dcc},
                 {"notes", "notes.json", "application/json", "{\"number\":\"" + number + "\"}\n"},
                 {"input", "procedure.toml", "application/toml", "# the same for all\n"}};
  if (with_pdf) entry.files.push_back({kRolePdf, "certificate.pdf", "application/pdf", write_pdf(c, dcc)});
  return entry;
}

// These tests are about objects and manifests; their entries hold neither run nor results to compare.
VerifyReport verify(const Folder& place) {
  return verify_archive(place / "a");
}

bool unchanged(const VerifyReport& report) {
  UNSCOPED_INFO(said(report));
  return report.findings.empty();
}

}  // namespace

TEST_CASE("what is put into the store comes out, and any change shows") {
  const Folder place;
  const ObjectStore store(place / "store");
  const std::string bytes("a\0b\n", 4);
  const auto hash = store.put(bytes);
  CHECK(hash == base::sha256(bytes));
  CHECK(store.get(hash) == bytes);
  CHECK(store.put(bytes) == hash);
  struct stat status {};
  REQUIRE(stat(store.path_of(hash).c_str(), &status) == 0);
  CHECK((status.st_mode & 0222) == 0);
  CHECK_THROWS_WITH(store.get(base::sha256("other")), Catch::Contains("missing"));
  CHECK_THROWS_WITH(store.get("../../etc/passwd"), Catch::Contains("not a SHA-256"));
  overwrite(store.path_of(hash), "a\n");
  CHECK_THROWS_WITH(store.get(hash), Catch::Contains("changed"));
  CHECK_THROWS_WITH(store.put(bytes), Catch::Contains("changed"));
}

TEST_CASE("a certificate is archived whole and found again") {
  const Folder place;
  const auto archive = Archive::open_or_create(place / "a");
  const auto entry = entry_of("EX/2026 0001 甲", true);
  CHECK(archive.add(entry));
  CHECK(!archive.add(entry));
  const auto again = Archive::open(place / "a");
  CHECK(again.numbers() == std::vector<std::string>{entry.number});
  CHECK(again.file(entry.number, kRoleDcc) == entry.files[0].bytes);
  const auto manifest = again.manifest(entry.number);
  CHECK(manifest.item_serial == "MY00000000");
  CHECK(manifest.status == "issued");
  REQUIRE(manifest.files.size() == 4);
  CHECK(manifest.files[1].size == entry.files[1].bytes.size());
  CHECK_THROWS_WITH(again.manifest("other"), Catch::Contains("there is no certificate other"));
  CHECK_THROWS_WITH(again.file(entry.number, "run"), Catch::Contains("no file \"run\""));
  const auto report = verify(place);
  CHECK(unchanged(report));
  CHECK(report.certificates == 1);
  CHECK(report.objects == 4);
}

TEST_CASE("an archived certificate is never replaced") {
  const Folder place;
  const auto archive = Archive::open_or_create(place / "a");
  auto entry = entry_of("EX-1");
  archive.add(entry);
  entry.files[1].bytes += " ";
  CHECK_THROWS_AS(archive.add(entry), base::RefusedError);
  auto redated = entry_of("EX-1");
  redated.issue_date = "2026-07-01";
  CHECK_THROWS_AS(archive.add(redated), base::RefusedError);
  CHECK(unchanged(verify(place)));  // the refused content left nothing behind
  auto foreign = entry_of("EX-2");
  foreign.number = "EX-3";
  CHECK_THROWS_WITH(archive.add(foreign), Catch::Contains("EX-2"));
  foreign.files.erase(foreign.files.begin());
  CHECK_THROWS_WITH(archive.add(foreign), Catch::Contains("without its DCC"));
  CHECK(archive.numbers().size() == 1);
}

TEST_CASE("folders that are no archive are left alone") {
  const Folder place;
  base::write_file_atomically(place / "x/notes.txt", "mine");
  CHECK_THROWS_AS(Archive::open_or_create(place / "x"), base::FileError);
  CHECK(!fs::exists(place / "x/store"));
  CHECK_THROWS_AS(Archive::open(place / "nothing"), base::FileError);
  base::write_file_atomically(place / "later/archive.json", "{\"archive\":\"etalon\",\"format\":99}");
  CHECK_THROWS_WITH(Archive::open(place / "later"), Catch::Contains("format 99"));
}

TEST_CASE("verify names every kind of damage") {
  const Folder place;
  const auto archive = Archive::open_or_create(place / "a");
  archive.add(entry_of("EX-1", true));
  archive.add(entry_of("EX-2"));
  REQUIRE(unchanged(verify(place)));
  const auto first = archive.manifest("EX-1");
  const auto object = [&](int i) {
    return archive.objects().path_of(first.files.at(static_cast<std::size_t>(i)).sha256);
  };

  SECTION("a flipped bit in any object") {
    for (int i = 0; i < 4; ++i) {
      const std::string bytes = base::read_file(object(i));
      for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        overwrite(object(i), changed);
        const auto report = verify(place);
        CHECK(kinds(report) == std::set{FindingKind::changed});
        CHECK(report.findings[0].path == object(i));
        CHECK(report.findings[0].certificate == "EX-1");
      }
      overwrite(object(i), bytes);
    }
    CHECK(unchanged(verify(place)));
  }
  SECTION("a truncated object") {
    fs::resize_file(object(0), 100);
    const auto report = verify(place);
    CHECK(kinds(report) == std::set{FindingKind::changed});
    CHECK(report.findings[0].message.find("100 of") != std::string::npos);
  }
  SECTION("a deleted object, shared by two certificates") {
    fs::remove(object(2));
    const auto report = verify(place);
    CHECK(kinds(report) == std::set{FindingKind::missing});
    CHECK(report.findings.size() == 2);
  }
  SECTION("a truncated, changed, renamed or deleted manifest") {
    const std::string path = archive.manifest_path("EX-1");
    const std::string text = base::read_file(path);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 1}) {
      overwrite(path, text.substr(0, size));
      CHECK(kinds(verify(place)) == std::set{FindingKind::changed, FindingKind::not_referred_to});
    }
    for (std::size_t at = 0; at < text.size(); at += 7) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      overwrite(path, changed);
      CHECK(kinds(verify(place)).count(FindingKind::changed) == 1);
    }
    std::string later = text;
    later.replace(later.find("2026-06-03"), 10, "2026-06-04");  // good JSON, another date
    overwrite(path, later);
    CHECK(kinds(verify(place)).count(FindingKind::changed) == 1);
    overwrite(path, text);
    REQUIRE(unchanged(verify(place)));
    fs::rename(path, archive.manifest_path("EX-9"));
    CHECK(kinds(verify(place)) == std::set{FindingKind::contradicts});
    fs::remove(archive.manifest_path("EX-9"));
    CHECK(kinds(verify(place)) == std::set{FindingKind::not_referred_to});
  }
  SECTION("files that do not belong there") {
    base::write_file_atomically(place / "a/store/ab/notes.txt", "x");
    archive.objects().put("nobody's");
    CHECK(kinds(verify(place)) == std::set{FindingKind::stranger, FindingKind::not_referred_to});
  }
  SECTION("a lost description") {
    fs::remove(place / "a/archive.json");
    CHECK(kinds(verify(place)) == std::set{FindingKind::missing});
  }
  SECTION("a PDF that carries another DCC") {
    auto entry = entry_of("EX-3", true);
    entry.files[0].bytes = entry.files[0].bytes + "<!-- other bytes -->\n";
    archive.add(entry);
    CHECK(kinds(verify(place)) == std::set{FindingKind::contradicts});
  }
}

TEST_CASE("killed at any moment, the archive holds whole certificates only, and adding again completes it") {
  const Folder place;
  Archive::open_or_create(place / "a");
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 40; ++i)
    entries.push_back(entry_of("EX-" + std::to_string(i)));
  int interrupted = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        const auto archive = Archive::open(place / "a");
        for (const auto& entry : entries)
          archive.add(entry);
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    usleep(static_cast<useconds_t>(700 + 900 * round));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) ++interrupted;
    const auto archive = Archive::open(place / "a");
    // An interrupted filing is told from a manifest that was taken away.
    CHECK(unchanged(verify(place)));
    for (const auto& number : archive.numbers())
      CHECK(!archive.file(number, kRoleDcc).empty());
  }
  CHECK(interrupted > 0);
  const auto archive = Archive::open(place / "a");
  for (const auto& entry : entries)
    archive.add(entry);
  CHECK(archive.numbers().size() == entries.size());
  CHECK(unchanged(verify(place)));
  CHECK(fs::is_empty(place / "a/store/tmp"));
}

TEST_CASE("a disk that takes no more leaves the archive as it was, with an error that names the file") {
  const Folder place;
  const auto archive = Archive::open_or_create(place / "a");
  archive.add(entry_of("EX-1"));
  const auto before = verify(place);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{20000, 20000};  // less than the DCC has
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      archive.add(entry_of("EX-2"));
    } catch (const base::InputError& e) {
      _exit(std::string(e.what()).find("cannot be written: File too large") != std::string::npos ? 42 : 2);
    }
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 42));
  const auto after = verify(place);
  CHECK(unchanged(after));
  CHECK(after.objects == before.objects);
  CHECK(archive.numbers() == std::vector<std::string>{"EX-1"});
}
