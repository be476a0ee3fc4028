#include "base/sha256.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

using namespace etalon::base;

TEST_CASE("SHA-256 of the examples in FIPS 180-4") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256(std::string_view("a\0b", 3)) != sha256("a"));
}

TEST_CASE("SHA-256 of a file is that of its bytes") {
  const auto path = std::filesystem::temp_directory_path() / ("etalon-sha256-" + std::to_string(::getpid()));
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 200000u}) {
    const std::string bytes(size, 'x');
    write_file_atomically(path, bytes);
    CHECK(sha256_file(path) == sha256(bytes));
  }
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(sha256_file(path), Catch::Contains(path.string()) && Catch::Contains("No such file"));
  CHECK_THROWS_AS(sha256_file(path), InputError);
  CHECK_THROWS_WITH(sha256_file("/"), Catch::Contains("Is a directory"));
}
