// An archive whose making was interrupted is completed by whoever comes next.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "archive/archive.h"
#include "archive/archive_verify.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/archive/archive_place.h"

using namespace etalon;
using namespace etalon::archive;
namespace fs = std::filesystem;

namespace {

// Makes the archive in a child that is killed at its `count`-th entry into or return from the system; false when it
// came to its end before.
bool killed_at(const std::string& folder, int count) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    try {
      Archive::open_or_create(folder);
    } catch (...) {
      _exit(2);
    }
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));
  for (int i = 0; i < count; ++i) {
    REQUIRE(ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      return false;
    }
  }
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status);
}

std::string listing(const std::string& folder) {
  std::string text;
  if (!fs::exists(folder)) return "no folder";
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    text += entry.path().lexically_relative(folder).string() + " ";
  return text;
}

}  // namespace

TEST_CASE("killed at any system call while it is made, an archive is completed by the next one") {
  const Folder place;
  int kills = 0;
  std::set<std::string> left;
  for (int count = 1; killed_at(place / std::to_string(count), count); ++count) {
    ++kills;
    const std::string folder = place / std::to_string(count);
    INFO("killed at stop " << count << ", left: " << listing(folder));
    left.insert(listing(folder));
    const auto archive = Archive::open_or_create(folder);
    CHECK(archive.numbers().empty());
    CHECK(verify_archive(folder).all_equal());
    CHECK(listing(folder).find(".part") == std::string::npos);
  }
  CHECK(kills > 30);
  CHECK(left.size() >= 5);  // no folder, empty, store, store/tmp, certificates, a part of archive.json, …
}

TEST_CASE("what an earlier etalon left of an interrupted making is completed") {
  const Folder place;
  base::write_file_atomically(place / "a/archive.json.4711-0.part", "{\"archi");
  CHECK_THROWS_WITH(verify_archive(place / "a"), Catch::Contains("interrupted"));
  CHECK_THROWS_AS(Archive::open(place / "a"), base::FileError);
  Archive::open_or_create(place / "a");
  CHECK(verify_archive(place / "a").all_equal());
  CHECK(!fs::exists(place / "a/archive.json.4711-0.part"));
  // Only some of its folders.
  fs::create_directories(place / "b/store/tmp");
  Archive::open_or_create(place / "b");
  CHECK(verify_archive(place / "b").all_equal());
}

TEST_CASE("an archive.json of which only a beginning is there is completed beside empty folders, and left elsewhere") {
  const Folder place;
  for (const std::string begin : {"", "{", "{\"archive\":\"eta"}) {
    const std::string a = place / ("a" + std::to_string(begin.size()));
    fs::create_directories(a + "/store/tmp");
    fs::create_directories(a + "/certificates");
    base::write_file_atomically(a + "/archive.json", begin);
    CHECK_THROWS_WITH(verify_archive(a), Catch::Contains("interrupted"));
    Archive::open_or_create(a);
    CHECK(verify_archive(a).all_equal());
  }
  base::write_file_atomically(place / "b/archive.json", "{\"arch");
  base::write_file_atomically(place / "b/notes.txt", "mine");
  CHECK_THROWS_AS(Archive::open_or_create(place / "b"), base::FileError);
  CHECK(base::read_file(place / "b/archive.json") == "{\"arch");
}

TEST_CASE("what stands beside archive.json is named") {
  const Folder place;
  Archive::open_or_create(place / "a");
  base::write_file_atomically(place / "a/notes.txt", "mine");
  const auto report = verify_archive(place / "a");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == FindingKind::stranger);
  CHECK(report.findings[0].path == place / "a/notes.txt");
}

TEST_CASE("a folder that holds anything else is never made an archive") {
  const Folder place;
  const auto check_refused = [&](const std::string& folder) {
    const std::string before = listing(folder);
    CHECK_THROWS_WITH(Archive::open_or_create(folder), Catch::Contains("holds other files"));
    CHECK(listing(folder) == before);
  };
  for (const std::string file : {"a/notes.txt", "b/archive.json.part", "c/store/notes.txt", "d/store/tmp/x",
                                 "e/certificates/x.json", "f/archive.json.1-0.part.txt", "g/store/ab/cd"}) {
    base::write_file_atomically(place / file, "mine");
    check_refused(place / std::string(1, file[0]));
  }
  base::write_file_atomically(place / "h/archive.json.1-0.part", "{");
  base::write_file_atomically(place / "h/run.h5", "mine");
  check_refused(place / "h");
  fs::create_directory(place / "i");
  fs::create_symlink("/etc", place / "i/store");
  check_refused(place / "i");
  fs::create_directories(place / "j/archive.json.1-0.part");
  check_refused(place / "j");
}

TEST_CASE("many that find no archive at one time make one") {
  const Folder place;
  std::vector<pid_t> children;
  for (int i = 0; i < 16; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        Archive::open_or_create(place / "deep/a");
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  CHECK(verify_archive(place / "deep/a").all_equal());
}
