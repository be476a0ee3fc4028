// A run file in which something was changed afterwards is refused by whatever reads it.
#include <catch2/catch.hpp>

#include "tests/app/program.h"

using namespace etalon::tests;

namespace {

const std::string golden = std::string(ETALON_SOURCE_DIR) + "/tests/golden/";

// One byte string for another of the same length, where the file keeps its text.
void change(const std::string& from_file, const std::string& to_file, const std::string& from, const std::string& to) {
  std::string bytes = read_text(from_file);
  const auto at = bytes.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(from.size() == to.size());
  write_text(to_file, bytes.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("an input that was changed in a run file is named by every command that reads it") {
  const TemporaryFolder folder;
  const Outcome demo = etalon::tests::etalon({"demo", "--speed", "600", "--out", folder / "demo"});
  INFO(demo.output);
  REQUIRE(demo.exit_code == 0);
  const std::string run = folder / "demo/run.h5";
  CHECK(etalon::tests::etalon({"evaluate", run}).output.find("version 1") == std::string::npos);
  struct Change {
    std::string from, to, told;
  };
  const std::vector<Change> changes{
      {"value = 1.8e-6", "value = 9.8e-6", "/inputs/standard/example-5522a was changed"},
      {"serial        = \"MY00000001\"", "serial        = \"MY00000002\"", "/inputs/item was changed"},
      {"\"0.25 uV\"", "\"0.01 uV\"", "/inputs/procedure was changed"},
      {"Example Factory", "Exemple Factory", "/inputs/item was changed"},
      {"\"simulated\": true", "\"simulated\":false", "/plan was changed"},
  };
  for (const Change& each : changes) {
    const std::string changed = folder / "changed.h5";
    change(run, changed, each.from, each.to);
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"evaluate", changed},
                                               {"certificate", "draft", changed, "--out", folder / "out"},
                                               {"resume", changed},
                                               {"repeat", changed, "10 V / 5 V"}}) {
      const Outcome outcome = etalon::tests::etalon(arguments);
      INFO(arguments[0] << " after " << each.to << "\n" << outcome.output);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.output.find(each.told) != std::string::npos);
    }
  }
  CHECK_FALSE(std::filesystem::exists(folder / "out/certificate.xml"));
}

TEST_CASE("a run of version 1 says that nothing sealed it, and is refused where it contradicts itself") {
  const TemporaryFolder folder;
  const Outcome plain = etalon::tests::etalon({"evaluate", golden + "run-version-1.h5", "--lang", "en"});
  INFO(plain.output);
  CHECK(plain.exit_code == 0);
  CHECK(plain.output.find("did not seal its inputs") != std::string::npos);
  change(golden + "run-version-1.h5", folder / "changed.h5", "\"simulated\": true", "\"simulated\":false");
  const Outcome changed = etalon::tests::etalon({"evaluate", folder / "changed.h5", "--lang", "en"});
  INFO(changed.output);
  CHECK(changed.exit_code == 2);
  CHECK(changed.output.find("/inputs/bench has [simulation]") != std::string::npos);
}
