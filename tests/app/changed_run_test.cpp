// A run file in which something was changed afterwards is refused by whatever reads it.
#include <catch2/catch.hpp>

#include "acquisition/run_file.h"
#include "app/run_session.h"
#include "calibration/evaluation/sound_run.h"
#include "tests/app/program.h"

using namespace etalon;
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

// The shipped configurations, with another text in one file.
std::string changed_configs(const TemporaryFolder& folder, const std::string& file, const std::string& from,
                            const std::string& to) {
  const std::string configs = folder / "configs";
  std::filesystem::copy(ETALON_SOURCE_DIR "/configs", configs, std::filesystem::copy_options::recursive);
  std::string text = read_text(configs + "/" + file);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_text(configs + "/" + file, text.replace(at, from.size(), to));
  return configs;
}

Outcome run_with(const std::string& configs, const std::string& out) {
  return etalon::tests::etalon({"run", "multimeter-dc-voltage", "--bench", "demo", "--item", "example-34461a",
                                "--configs", configs, "--speed", "600", "--out", out});
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

TEST_CASE("the certificate of a run of version 1 says that nothing sealed it") {
  const TemporaryFolder folder;
  const Outcome draft = etalon::tests::etalon(
      {"certificate", "draft", golden + "run-version-1.h5", "--out", folder / "c", "--lang", "en"});
  INFO(draft.output);
  CHECK(draft.exit_code == 0);
  CHECK(draft.output.find("did not seal its inputs") != std::string::npos);
  const std::string certificate = read_text(folder / "c/certificate.xml");
  CHECK(certificate.find("predates seals") != std::string::npos);
  CHECK(certificate.find("早于封存机制") != std::string::npos);
}

TEST_CASE("a standard may be named by a path: its run is evaluated as any other, and keeps every text as it was") {
  const TemporaryFolder folder;
  const std::string configs = changed_configs(folder, "benches/demo.toml", "\"example-5522a\"",
                                              "\"" + (folder / "./x/../certified.toml") + "\"");
  std::filesystem::create_directories(folder / "x");
  std::filesystem::copy(configs + "/standards/example-5522a.toml", folder / "certified.toml");
  const std::string run = folder / "run.h5";
  const Outcome made = run_with(configs, run);
  INFO(made.output);
  REQUIRE(made.exit_code == 0);
  const Outcome evaluated = etalon::tests::etalon({"evaluate", run});
  INFO(evaluated.output);
  CHECK(evaluated.exit_code == 0);
  const acquisition::RunRecord record = acquisition::read_run(run);
  CHECK(record.inputs.count("standard/certified") == 1);
  // Readers of other people's know the points by the texts of these events.
  for (const auto& event : record.events) {
    if (event.kind != acquisition::event::step_finished || event.subject != "read") continue;
    const auto& step = record.plan.steps.at(static_cast<std::size_t>(event.step) - 1);
    CHECK(event.text == record.plan.points.at(static_cast<std::size_t>(step.point)).id);
  }
}

TEST_CASE("another model than the standard's certificate speaks of is not measured with") {
  const TemporaryFolder folder;
  const std::string configs =
      changed_configs(folder, "standards/example-5522a.toml", "model  = \"5522A\"", "model  = \"5520A\"");
  const Outcome run = run_with(configs, folder / "run.h5");
  INFO(run.output);
  CHECK(run.exit_code == 3);
  CHECK(run.output.find("the model is 5522A") != std::string::npos);
  // Nor does a run file in which it was become a certificate.
  acquisition::RunRecord record = acquisition::read_run(golden + "run-version-1.h5");
  CHECK_NOTHROW(calibration::require_sound(record));
  std::string& standard = record.inputs.at("standard/example-5522a");
  const std::string right = "model  = \"5522A\"";
  REQUIRE(standard.find(right) != std::string::npos);
  standard.replace(standard.find(right), right.size(), "model  = \"5520A/PQ\"");
  CHECK_THROWS_WITH(calibration::require_sound(record),
                    Catch::Contains("calibrator is 5520A") && Catch::Contains("5522A"));
}
