// One bad file hides no other: the verification goes on, tells changed, missing and unreadable apart, writes nothing,
// and raises no alarm beside living writers.
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "archive/archive_verify.h"
#include "archive/folder_lock.h"
#include "archive/manifest_listing.h"
#include "archive/pending_filing.h"
#include "base/file.h"
#include "base/sha256.h"
#include "tests/archive/archive_place.h"
#include "tests/archive/archived_run.h"

using namespace etalon;
using namespace etalon::archive;
namespace fs = std::filesystem;

namespace {

// What was found at a path, and how often.
std::multimap<std::string, FindingKind> by_path(const VerifyReport& report) {
  std::multimap<std::string, FindingKind> found;
  for (const auto& finding : report.findings)
    found.emplace(finding.path, finding.kind);
  return found;
}

std::string object_of(const std::string& archive, const ArchiveEntry& entry, const std::string& role) {
  for (const auto& file : entry.files) {
    if (file.role == role) return ObjectStore(archive + "/store").path_of(base::sha256(file.bytes));
  }
  return {};
}

// A certificate that shares no object with others; only its objects and manifest matter here.
ArchiveEntry other_certificate(const std::string& number) {
  ArchiveEntry entry = archived_run();
  entry.number = number;
  for (auto& file : entry.files) {
    if (file.role == kRoleDcc) {
      while (file.bytes.find(archived_number) != std::string::npos)
        file.bytes = replaced(file.bytes, archived_number, number);
    } else {
      file.bytes += number;
    }
  }
  return entry;
}

std::string tree(const std::string& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    REQUIRE(lstat(entry.path().c_str(), &status) == 0);
    lines.push_back(entry.path().string() + " " + std::to_string(status.st_mode) + " " +
                    std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
                    std::to_string(status.st_mtim.tv_nsec));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

// Verifies in a child without privileges, for root may read everything; true when `good` holds of its report.
template <typename Good>
bool as_nobody(const std::string& folder, Good good) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const uid_t nobody = 65534;
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)) _exit(3);
    try {
      _exit(good(verify_archive(folder)) ? 42 : 1);
    } catch (...) {
      _exit(2);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

}  // namespace

TEST_CASE("each fault is named for what it is, and hides no other") {
  const Folder place;
  const std::string a = place / "a";
  const ArchiveEntry good = archived_run();
  forge(a, good);
  const char* roles[] = {kRoleDcc, kRolePdf, kRoleResults, kRoleRun};
  std::map<std::string, FindingKind> expected;
  const auto expect = [&](const std::string& path, FindingKind kind) { expected[path] = kind; };
  std::vector<ArchiveEntry> others;
  for (int i = 2; i < 8; ++i) {
    others.push_back(other_certificate("EXAMPLE-2026-000" + std::to_string(i)));
    forge(a, others.back());
  }
  const auto object = [&](int which, int role) {
    return object_of(a, others[static_cast<std::size_t>(which)], roles[role]);
  };
  const auto moved_away = [&](const std::string& path) {
    const std::string away = place / fs::path(path).filename().string();
    fs::rename(path, away);
    return away;
  };

  overwrite(a + "/archive.json", "{\"archive\":\"etalon\",\"for");
  expect(a + "/archive.json", FindingKind::changed);

  overwrite(object(0, 0), "other bytes");
  expect(object(0, 0), FindingKind::changed);
  fs::resize_file(object(0, 1), 0);
  expect(object(0, 1), FindingKind::changed);
  fs::remove(object(0, 2));
  expect(object(0, 2), FindingKind::missing);

  fs::create_symlink(moved_away(object(1, 0)), object(1, 0));  // to the same bytes
  expect(object(1, 0), FindingKind::unreadable);
  moved_away(object(1, 1));
  fs::create_symlink(object(1, 1), object(1, 1));  // to itself
  expect(object(1, 1), FindingKind::unreadable);
  moved_away(object(1, 2));
  fs::create_symlink("nowhere", object(1, 2));
  expect(object(1, 2), FindingKind::unreadable);

  moved_away(object(2, 0));
  REQUIRE(mkfifo(object(2, 0).c_str(), 0600) == 0);
  expect(object(2, 0), FindingKind::unreadable);
  moved_away(object(2, 1));
  fs::create_directory(object(2, 1));
  expect(object(2, 1), FindingKind::unreadable);

  const auto manifest = [&](int which) {
    return a + "/certificates/" + manifest_file_name(others[static_cast<std::size_t>(which)].number);
  };
  moved_away(manifest(3));
  fs::create_symlink(manifest(3), manifest(3));
  expect(manifest(3), FindingKind::unreadable);
  moved_away(manifest(4));
  fs::create_directory(manifest(4));
  expect(manifest(4), FindingKind::unreadable);
  overwrite(manifest(5), "{}");
  expect(manifest(5), FindingKind::changed);
  for (int which = 3; which < 6; ++which) {
    for (int role = 0; role < 4; ++role)
      expect(object(which, role), FindingKind::not_referred_to);
  }

  base::write_file_atomically(a + "/certificates/EXAMPLE-2026-0001.json~", "backup");
  expect(a + "/certificates/EXAMPLE-2026-0001.json~", FindingKind::stranger);
  fs::create_directory(a + "/certificates/old");
  expect(a + "/certificates/old", FindingKind::stranger);
  base::write_file_atomically(a + "/store/notes.txt", "x");
  expect(a + "/store/notes.txt", FindingKind::stranger);
  base::write_file_atomically(a + "/store/tmp/notes.txt", "x");
  expect(a + "/store/tmp/notes.txt", FindingKind::stranger);

  const auto report = verify_archive(a);
  INFO(said(report));
  const auto found = by_path(report);
  for (const auto& [path, kind] : expected) {
    INFO(path);
    CHECK(found.count(path) == 1);
    CHECK(found.find(path) != found.end());
    if (found.count(path) == 1) CHECK(found.find(path)->second == kind);
  }
  CHECK(report.certificates == 4);   // the good one and three whose objects are damaged
  CHECK(report.runs_compared >= 1);  // the good one was compared all the same
  for (const auto& finding : report.findings)
    CHECK(finding.certificate != archived_number);
  CHECK(report.exit_code() == base::ExitCode::check_failed);
}

TEST_CASE("folders that cannot be read are named, and the rest is read") {
  const Folder place;
  const std::string a = place / "a";
  forge(a, archived_run());
  const std::string folder = fs::path(object_of(a, archived_run(), kRoleResults)).parent_path();
  SECTION("a folder of objects is a file") {
    fs::remove_all(folder);
    base::write_file_atomically(folder, "x");
    const auto report = verify_archive(a);
    INFO(said(report));
    CHECK(by_path(report).find(folder)->second == FindingKind::unreadable);
    CHECK(report.pdfs_compared == 1);
  }
  SECTION("a folder of objects is a link to the same objects") {
    fs::rename(folder, place / "away");
    fs::create_directory_symlink(place / "away", folder);
    const auto report = verify_archive(a);
    INFO(said(report));
    CHECK(kinds(report) == std::set{FindingKind::unreadable});
    CHECK(said(report).find("is a symbolic link") != std::string::npos);
  }
  SECTION("certificates/ is a file") {
    fs::remove_all(a + "/certificates");
    base::write_file_atomically(a + "/certificates", "x");
    const auto report = verify_archive(a);
    INFO(said(report));
    CHECK(kinds(report) == std::set{FindingKind::unreadable, FindingKind::not_referred_to});
  }
  SECTION("store/ is gone") {
    fs::remove_all(a + "/store");
    const auto report = verify_archive(a);
    INFO(said(report));
    CHECK(report.count(FindingKind::missing) == 4);
  }
  SECTION("archive.json is gone, a folder, a later format") {
    fs::remove(a + "/archive.json");
    CHECK(kinds(verify_archive(a)) == std::set{FindingKind::missing});
    fs::create_directory(a + "/archive.json");
    CHECK(kinds(verify_archive(a)) == std::set{FindingKind::unreadable});
    fs::remove(a + "/archive.json");
    base::write_file_atomically(a + "/archive.json", "{\"archive\":\"etalon\",\"format\":2}");
    const auto report = verify_archive(a);
    CHECK(report.exit_code() == base::ExitCode::undecided);
    CHECK(report.runs_compared == 1);
  }
}

TEST_CASE("without permission is unreadable, not changed") {
  const Folder place;
  fs::permissions(place.path, fs::perms::all);
  const std::string a = place / "a";
  forge(a, archived_run());
  const std::string object = object_of(a, archived_run(), kRoleDcc);
  const auto only_unreadable = [](const std::string& path) {
    return [path](const VerifyReport& report) {
      return kinds(report) == std::set{FindingKind::unreadable} && by_path(report).count(path) == 1 &&
             said(report).find("Permission denied") != std::string::npos;
    };
  };
  CHECK(as_nobody(a, [](const VerifyReport& report) { return report.all_equal(); }));
  SECTION("an object") {
    fs::permissions(object, fs::perms::none);
    CHECK(as_nobody(a, only_unreadable(object)));
  }
  SECTION("a folder of objects") {
    fs::permissions(fs::path(object).parent_path(), fs::perms::none);
    CHECK(as_nobody(a, only_unreadable(fs::path(object).parent_path())));
  }
  SECTION("store/") {
    fs::permissions(a + "/store", fs::perms::none);
    CHECK(as_nobody(a, only_unreadable(a + "/store")));
  }
  SECTION("a manifest") {
    const std::string manifest = a + "/certificates/" + manifest_file_name(archived_number);
    fs::permissions(manifest, fs::perms::none);
    CHECK(as_nobody(a, [&](const VerifyReport& report) {
      return by_path(report).find(manifest)->second == FindingKind::unreadable &&
             report.count(FindingKind::changed) == 0;
    }));
  }
  SECTION("certificates/ and archive.json") {
    fs::permissions(a + "/certificates", fs::perms::none);
    fs::permissions(a + "/archive.json", fs::perms::none);
    CHECK(as_nobody(a, [](const VerifyReport& report) {
      return report.count(FindingKind::unreadable) == 2 && report.count(FindingKind::not_referred_to) == 4;
    }));
  }
  for (const char* path : {"/store", "/certificates"})
    fs::permissions(a + path, fs::perms::owner_all);
}

TEST_CASE("a copy without empty folders that nobody may write in is verified, and nothing in it changes") {
  const Folder place;
  fs::permissions(place.path, fs::perms::all);
  const std::string a = place / "a";
  forge(a, archived_run());
  fs::remove(a + "/store/tmp");
  for (const auto& entry : fs::recursive_directory_iterator(a))
    fs::permissions(entry.path(), fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
  fs::permissions(a, fs::perms::owner_write, fs::perm_options::remove);
  const std::string before = tree(a);
  CHECK(as_nobody(a, [](const VerifyReport& report) { return report.all_equal(); }));
  CHECK(verify_archive(a).all_equal());
  CHECK(Archive::open(a).numbers() == std::vector<std::string>{archived_number});
  CHECK(tree(a) == before);
  fs::permissions(a, fs::perms::owner_all);
  // Of an archive without certificates git keeps archive.json alone.
  fs::create_directory(place / "b");
  fs::copy_file(a + "/archive.json", place / "b/archive.json");
  CHECK(verify_archive(place / "b").all_equal());
  CHECK(fs::directory_iterator(place / "b")->path().filename() == "archive.json");
  CHECK(Archive::open(place / "b").add(archived_run()));
  CHECK(verify_archive(place / "b").all_equal());
  for (const auto& entry : fs::recursive_directory_iterator(a))
    fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
}

TEST_CASE("an interrupted filing is told from a manifest that was taken away, and settled by the next filing") {
  const Folder place;
  const std::string a = place / "a";
  const auto archive = Archive::open_or_create(a);
  const ArchiveEntry entry = archived_run();
  Manifest manifest{
      entry.number, entry.status, entry.begin_date, entry.end_date, entry.issue_date, entry.item_serial, {}};
  for (const auto& file : entry.files)
    manifest.files.push_back({file.role, file.file_name, file.media_type, file.bytes.size(), base::sha256(file.bytes)});
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // As `add` does it, and killed before the manifest stands in its place.
    const FolderLock lock(a);
    const PendingFiling pending(archive.objects(), write_manifest(manifest));
    for (const auto& file : entry.files)
      archive.objects().put(file.bytes);
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, WUNTRACED) == child);
  REQUIRE(WIFSTOPPED(status));
  const auto living = verify_archive(a);
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO(said(living));
  CHECK(living.all_equal());

  const auto interrupted = verify_archive(a);
  INFO(said(interrupted));
  CHECK(interrupted.findings.empty());
  CHECK(interrupted.exit_code() == base::ExitCode::undecided);
  REQUIRE(interrupted.not_decided.size() == 1);
  CHECK(interrupted.not_decided[0].certificate == entry.number);

  SECTION("the same certificate is filed again") {
    CHECK(archive.add(entry));
    CHECK(verify_archive(a).all_equal());
  }
  SECTION("another one is filed: the interrupted one is whole and is completed") {
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(archive.numbers() == std::vector<std::string>{entry.number, "EXAMPLE-2026-0002"});
    CHECK(fs::is_empty(a + "/store/tmp"));
    CHECK(verify_archive(a).count(FindingKind::missing) == 0);
  }
  SECTION("another one is filed while objects of the interrupted one are missing") {
    fs::remove(object_of(a, entry, kRolePdf));
    CHECK(verify_archive(a).exit_code() == base::ExitCode::undecided);
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(!fs::exists(object_of(a, entry, kRoleRun)));
    CHECK(fs::is_empty(a + "/store/tmp"));
    CHECK(verify_archive(a).count(FindingKind::not_referred_to) == 0);
  }
  SECTION("as long as a manifest cannot be read, no object is taken away") {
    fs::remove(object_of(a, entry, kRolePdf));
    base::write_file_atomically(a + "/certificates/EX-9.json", "{");
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(fs::exists(object_of(a, entry, kRoleRun)));
  }
}

TEST_CASE("a filed certificate whose manifest is moved among the unfinished files loses nothing") {
  const Folder place;
  const std::string a = place / "a";
  const auto archive = Archive::open_or_create(a);
  const ArchiveEntry entry = archived_run();
  REQUIRE(archive.add(entry));
  // As its writer would have named it.
  std::string pending;
  {
    const PendingFiling own(archive.objects(), "{}");
    pending = (*fs::directory_iterator(a + "/store/tmp")).path().string();
  }
  const std::string filed = a + "/certificates/" + manifest_file_name(entry.number);
  const auto objects_stand = [&] {
    for (const auto& file : entry.files)
      CHECK(fs::exists(object_of(a, entry, file.role)) == (file.role != kRolePdf || fs::exists(filed)));
  };
  SECTION("whole: it is put back") {
    fs::rename(filed, pending);
    const auto seen = verify_archive(a);
    REQUIRE(seen.not_decided.size() == 1);
    CHECK(seen.not_decided[0].path == pending);
    CHECK(seen.not_decided[0].certificate == entry.number);
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(fs::exists(filed));
    objects_stand();
    CHECK(fs::is_empty(a + "/store/tmp"));
  }
  SECTION("an object is gone: what is left stays and is named, until it is filed again") {
    fs::remove(object_of(a, entry, kRolePdf));
    fs::rename(filed, pending);
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(fs::exists(pending));
    CHECK(!fs::exists(filed));
    objects_stand();
    const auto seen = verify_archive(a);
    CHECK(std::any_of(seen.not_decided.begin(), seen.not_decided.end(),
                      [&](const auto& one) { return one.path == pending; }));
    CHECK(archive.add(entry));
    CHECK(fs::is_empty(a + "/store/tmp"));
    objects_stand();
  }
  SECTION("of another machine: nothing is touched, and it is said what clears it") {
    const std::string elsewhere = a + "/store/tmp/other-host-12-0.manifest";
    fs::rename(filed, elsewhere);
    CHECK(archive.add(other_certificate("EXAMPLE-2026-0002")));
    CHECK(fs::exists(elsewhere));
    CHECK(fs::exists(object_of(a, entry, kRoleRun)));
    const auto seen = verify_archive(a);
    const auto named = std::find_if(seen.not_decided.begin(), seen.not_decided.end(),
                                    [&](const auto& one) { return one.path == elsewhere; });
    REQUIRE(named != seen.not_decided.end());
    CHECK(named->message.find("move this file away") != std::string::npos);
  }
}

TEST_CASE("a refused certificate leaves no objects, also when several are filed at once") {
  const Folder place;
  const std::string a = place / "a";
  Archive::open_or_create(a);
  for (int round = 0; round < 5; ++round) {
    const std::string number = "EX-" + std::to_string(round);
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      const pid_t child = fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        ArchiveEntry entry = other_certificate(number);
        entry.files[2].bytes += std::to_string(i % 2);
        entry.files[3].bytes += std::to_string(i % 2);
        try {
          Archive::open(a).add(entry);
        } catch (const base::RefusedError&) {
          _exit(4);
        } catch (...) {
          _exit(1);
        }
        _exit(0);
      }
      children.push_back(child);
    }
    int filed = 0;
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      REQUIRE(WIFEXITED(status));
      CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4));
      if (WEXITSTATUS(status) == 0) ++filed;
    }
    CHECK(filed == 3);
  }
  const auto report = verify_archive(a);
  INFO(said(report));
  CHECK(report.count(FindingKind::not_referred_to) == 0);
  CHECK(report.objects == 20);
  CHECK(fs::is_empty(a + "/store/tmp"));
}

TEST_CASE("no false alarm while certificates are filed") {
  const Folder place;
  const std::string a = place / "a";
  Archive::open_or_create(a);
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 60; ++i)
    entries.push_back(other_certificate("EX-" + std::to_string(i)));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const auto& entry : entries) {
      try {
        Archive::open(a).add(entry);
      } catch (...) {
        _exit(1);
      }
    }
    _exit(0);
  }
  int status = 0;
  int looked = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    const auto report = verify_archive(a);
    ++looked;
    // These forgeries contradict themselves; what must not appear is a missing, unreferred or strange file.
    INFO(said(report));
    for (const FindingKind kind :
         {FindingKind::changed, FindingKind::missing, FindingKind::not_referred_to, FindingKind::stranger})
      CHECK(report.count(kind) == 0);
    CHECK(said(report).find("interrupted") == std::string::npos);
  }
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(looked > 1);
  CHECK(Archive::open(a).numbers().size() == entries.size());
}

TEST_CASE("the list of certificates holds all that can be listed") {
  const Folder place;
  const std::string a = place / "a";
  forge(a, archived_run());
  forge(a, other_certificate("EXAMPLE-2026-0002"));
  forge(a, other_certificate("EXAMPLE-2026-0003"));
  const auto archive = Archive::open(a);
  fs::rename(archive.manifest_path("EXAMPLE-2026-0002"), a + "/certificates/renamed.json");
  base::write_file_atomically(a + "/certificates/EXAMPLE-2026-0003.json~", "backup");
  CHECK(archive.numbers() == std::vector<std::string>{archived_number, "EXAMPLE-2026-0003"});
  const auto listing = list_manifests(a + "/certificates");
  REQUIRE(listing.manifests.size() == 4);
  CHECK(listing.manifests[2].state == ManifestState::stranger);
  CHECK(listing.manifests[3].state == ManifestState::other_name);
}
