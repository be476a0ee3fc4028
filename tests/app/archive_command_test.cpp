// `etalon archive verify` and `show` as a person or script sees them.
#include <catch2/catch.hpp>
#include <filesystem>

#include "archive/archive.h"
#include "tests/app/program.h"
#include "tests/archive/archived_run.h"

using namespace etalon::tests;
namespace fs = std::filesystem;
namespace archive = etalon::archive;

namespace {

Outcome verify(const std::string& folder) {
  return etalon::tests::etalon({"archive", "verify", folder});
}
Outcome show(const std::string& folder) {
  return etalon::tests::etalon({"archive", "show", folder});
}

bool says(const Outcome& outcome, const std::string& words) {
  return outcome.output.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("verify says what was compared, and its exit code what that means") {
  const TemporaryFolder folder;
  const std::string a = folder / "a";
  archive::ArchiveEntry entry = archive::archived_run();
  archive::forge(a, entry);
  const Outcome equal = verify(a);
  INFO(equal.output);
  CHECK(equal.exit_code == 0);
  CHECK(says(equal, "certificates: 1, objects: 4; all unchanged"));
  CHECK(says(equal, "manifest and DCC of 1 certificates, PDF of 1, results of 1, run evaluated again of 1"));

  SECTION("a contradiction") {
    entry.status = "issued";
    archive::forge(a, entry);
    const Outcome found = verify(a);
    INFO(found.output);
    CHECK(found.exit_code == 1);
    CHECK(says(
        found,
        "changed: 0, missing: 0, unreadable: 0, contradicting: 2, not referred to: 0, strangers: 0, not decided: 0"));
  }
  SECTION("nothing wrong, but not everything there") {
    const TemporaryFolder other;
    entry.files.pop_back();
    archive::forge(other / "a", entry);
    const Outcome undecided = verify(other / "a");
    INFO(undecided.output);
    CHECK(undecided.exit_code == 5);
    CHECK(says(undecided, "not decided: the manifest names no file of the role run"));
    CHECK(says(undecided, "not decided: 1"));
    CHECK(!says(undecided, "all unchanged"));
  }
  SECTION("no archive") {
    CHECK(verify(folder / "nothing").exit_code == 2);
    fs::create_directory(folder / "empty");
    CHECK(verify(folder / "empty").exit_code == 2);
    CHECK(fs::is_empty(folder / "empty"));
  }
}

TEST_CASE("no call of verify or show opens anything for writing") {
  const TemporaryFolder folder;
  const std::string a = folder / "a";
  archive::forge(a, archive::archived_run());
  fs::remove(a + "/store/tmp");
  if (run_program({"strace", "-V"}).exit_code != 0) {
    WARN("strace is not installed: looked at the folder only");
  }
  for (const char* verb : {"verify", "show"}) {
    const Outcome traced = run_program({"strace", "-f", "-o", folder / "calls", "-e",
                                        "trace=openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,"
                                        "unlinkat,link,linkat,symlink,chmod,fchmodat,truncate,ftruncate,mknod",
                                        etalon_program(), "archive", verb, a});
    if (traced.exit_code == 127) break;
    INFO(traced.output);
    REQUIRE(traced.exit_code == 0);
    for (const std::string& call : lines_of(read_text(folder / "calls"))) {
      INFO(call);
      if (call.find(a) == std::string::npos) continue;
      CHECK(call.find("O_RDONLY") != std::string::npos);
    }
  }
  CHECK(!fs::exists(a + "/store/tmp"));
}

TEST_CASE("show lists what can be listed, names the rest, and its exit code says so") {
  const TemporaryFolder folder;
  const std::string a = folder / "a";
  archive::ArchiveEntry entry = archive::archived_run();
  archive::forge(a, entry);
  CHECK(show(a).exit_code == 0);
  entry.number = "EXAMPLE-2026-0002";
  archive::forge(a, entry, "renamed.json");
  write_text(a + "/certificates/EXAMPLE-2026-0003.json", "{}");
  fs::create_directory(a + "/certificates/EXAMPLE-2026-0004.json");
  const Outcome listed = show(a);
  INFO(listed.output);
  CHECK(listed.exit_code == 1);
  CHECK(says(listed, "EXAMPLE-2026-0001  simulated"));
  for (const char* name : {"renamed.json", "EXAMPLE-2026-0003.json", "EXAMPLE-2026-0004.json"})
    CHECK(says(listed, std::string("not listed: ") + a + "/certificates/" + name));
}

TEST_CASE("what a terminal would obey is made visible") {
  const TemporaryFolder folder;
  const std::string a = folder / "a";
  archive::ArchiveEntry entry = archive::archived_run();
  entry.item_serial = "\x1b[2J\xc2\x9bMY\u202e1";
  entry.files[0].file_name = "\x1b]0;x\x07.xml";
  archive::forge(a, entry);
  for (const Outcome& outcome :
       {show(a), verify(a), etalon::tests::etalon({"archive", "show", a, archive::archived_number})}) {
    INFO(outcome.output);
    CHECK(outcome.output.find('\x1b') == std::string::npos);
    CHECK(outcome.output.find("\u202e") == std::string::npos);
    CHECK(says(outcome, "<U+001B>"));
  }
  CHECK(show(a).exit_code == 1);
  CHECK(verify(a).exit_code == 1);
}
