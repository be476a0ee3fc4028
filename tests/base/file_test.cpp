#include "base/file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "base/error.h"

using namespace etalon::base;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("etalon-file-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("a file reads back as it was written") {
  const Folder folder;
  const std::string path = folder.path / "made" / "on" / "the way.bin";
  std::string bytes;
  for (int i = 0; i < 300000; ++i)
    bytes += static_cast<char>(i * 7);
  write_file_atomically(path, bytes);
  CHECK(read_file(path) == bytes);
  write_file_atomically(path, "");
  CHECK(read_file(path).empty());
  write_file_atomically(path, "short");
  CHECK(read_file(path) == "short");
  CHECK(std::distance(fs::directory_iterator(fs::path(path).parent_path()), {}) == 1);
}

TEST_CASE("the umask decides who may read a new file") {
  const Folder folder;
  const std::string path = folder.path / "mode";
  const mode_t before = ::umask(027);
  write_file_atomically(path, "x");
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a file that cannot be read or is too large is refused") {
  const Folder folder;
  const std::string path = folder.path / "file";
  CHECK_THROWS_AS(read_file(path), InputError);
  CHECK_THROWS_WITH(read_file(path), Catch::Contains(path) && Catch::Contains("No such file"));
  CHECK_THROWS_WITH(read_file(folder.path), Catch::Contains("Is a directory"));
  write_file_atomically(path, std::string(100000, 'x'));
  CHECK(read_file(path, 100000).size() == 100000);
  CHECK_THROWS_WITH(read_file(path, 99999), Catch::Contains("99999"));
  CHECK_THROWS_AS(read_file("/dev/zero", 1000), InputError);
}

TEST_CASE("a write that fails leaves the old file and no rest") {
  const Folder folder;
  const std::string path = folder.path / "target";
  fs::create_directories(fs::path(path) / "occupied");
  CHECK_THROWS_AS(write_file_atomically(path, "x"), InputError);
  CHECK(fs::exists(fs::path(path) / "occupied"));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK_THROWS_WITH(write_file_atomically("/proc/etalon/file", "x"), Catch::Contains("/proc/etalon/file"));
}

TEST_CASE("a result does not take the place of a run, a certificate or a model") {
  const Folder folder;
  const std::string path = folder.path / "place";
  const std::string json = "{\"curve\": 1}\n";
  for (const std::string there : {"\x89HDF\r\n", "%PDF-1.7\n", "<?xml version=\"1.0\"?>\n<dcc:x/>",
                                  "[outputs]\ny = \"x\"\n", "x,y\n1,2\n", "<svg xmlns=\"x\"/>"}) {
    write_file_atomically(path, there);
    CHECK_THROWS_WITH(write_file_or_standard_output(path, json), Catch::Contains("not replaced"));
    CHECK(read_file(path) == there);
  }
  for (const std::string there : {"", "\n", "{\"curve\": 0}\n", "\n {"}) {
    write_file_atomically(path, there);
    write_file_or_standard_output(path, json);
    CHECK(read_file(path) == json);
  }
  const std::string drawing = "<?xml version=\"1.0\"?>\n<svg></svg>";
  CHECK_THROWS_WITH(write_file_or_standard_output(path, drawing), Catch::Contains("not replaced"));
  fs::remove(path);
  write_file_or_standard_output(path, drawing);
  write_file_or_standard_output(path, "<svg></svg>");
  CHECK(read_file(path) == "<svg></svg>");
}

TEST_CASE("a writer killed at any moment leaves the old bytes or the new") {
  const Folder folder;
  const std::string path = folder.path / "state";
  const std::string one(200000, '1');
  const std::string two(200000, '2');
  write_file_atomically(path, one);
  std::mt19937 random(4);
  int seen_one = 0;
  for (int i = 0; i < 30; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (;;) {
        write_file_atomically(path, two);
        write_file_atomically(path, one);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string now = read_file(path);
    REQUIRE((now == one || now == two));
    seen_one += now == one;
  }
  CHECK(seen_one > 0);
}
