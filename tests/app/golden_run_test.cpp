// Run files of earlier versions, kept as they were written: their results never change. tests/golden/README.md.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

using namespace etalon::tests;
using nlohmann::json;

namespace {

const std::string golden = std::string(ETALON_SOURCE_DIR) + "/tests/golden/";

// Everything that was said then is said now, with the same digits; more may be said.
void check_kept(const json& then, const json& now, const std::string& path) {
  INFO(path);
  if (then.is_object()) {
    REQUIRE(now.is_object());
    for (const auto& [key, value] : then.items()) {
      INFO("key " << key);
      REQUIRE(now.contains(key));
      check_kept(value, now.at(key), path + "/" + key);
    }
  } else if (then.is_array()) {
    REQUIRE(now.is_array());
    REQUIRE(now.size() == then.size());
    for (std::size_t i = 0; i < then.size(); ++i)
      check_kept(then[i], now[i], path + "/" + std::to_string(i));
  } else {
    CHECK(now == then);
  }
}

}  // namespace

TEST_CASE("a run of version 1 gives the results that it gave when it was measured") {
  const TemporaryFolder folder;
  const Outcome outcome =
      etalon::tests::etalon({"evaluate", golden + "run-version-1.h5", "--json", folder / "results.json"});
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  check_kept(json::parse(read_text(golden + "run-version-1-results.json")),
             json::parse(read_text(folder / "results.json")), "");
}

TEST_CASE("a run of version 1 that was interrupted can be gone on with") {
  const TemporaryFolder folder;
  std::filesystem::copy_file(golden + "run-version-1-interrupted.h5", folder / "run.h5");
  const Outcome resumed = etalon::tests::etalon({"resume", folder / "run.h5", "--yes", "--speed", "600"});
  INFO(resumed.output);
  REQUIRE(resumed.exit_code == 0);
  const Outcome evaluated = etalon::tests::etalon({"evaluate", folder / "run.h5", "--json", folder / "results.json"});
  INFO(evaluated.output);
  REQUIRE(evaluated.exit_code == 0);
  CHECK(json::parse(read_text(folder / "results.json")).at("points").size() == 33);
}
