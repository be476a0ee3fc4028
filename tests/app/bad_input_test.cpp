// What a technician may get wrong: each ends with a clear message and the right exit code, and nothing is done.
#include <catch2/catch.hpp>

#include "tests/app/program.h"

using etalon::tests::Outcome;
using etalon::tests::TemporaryFolder;

using etalon::tests::read_text;
using etalon::tests::write_text;

namespace {

Outcome run_etalon(const std::vector<std::string>& arguments) {
  return etalon::tests::etalon(arguments);
}

const std::string source_configs = ETALON_SOURCE_DIR "/configs";

// A copy of the shipped configurations in which one text of one file is replaced.
std::string changed_configs(const TemporaryFolder& folder, const std::string& file, const std::string& from,
                            const std::string& to) {
  const std::string configs = folder / "configs";
  std::filesystem::copy(source_configs, configs, std::filesystem::copy_options::recursive);
  std::string text = read_text(configs + "/" + file);
  const auto at = text.find(from);
  INFO(file << " holds no " << from);
  REQUIRE(at != std::string::npos);
  write_text(configs + "/" + file, text.replace(at, from.size(), to));
  return configs;
}

Outcome plan_with(const std::string& configs) {
  return run_etalon(
      {"run", "multimeter-dc-voltage", "--bench", "demo", "--item", "example-34461a", "--configs", configs, "--plan"});
}

}  // namespace

TEST_CASE("mistakes in the laboratory's files are told with their place, before anything is touched") {
  struct Mistake {
    std::string file, from, to;
    int exit_code;
    std::vector<std::string> told;
  };
  const std::string procedure = "procedures/multimeter-dc-voltage.toml";
  const std::string standard = "standards/example-5522a.toml";
  const std::vector<Mistake> mistakes{
      {procedure, "dwell ", "dwel ", 2, {"multimeter-dc-voltage.toml:", "unknown key", "did you mean dwell?"}},
      {procedure, "\"5 s\"", "\"5 V\"", 2, {"multimeter-dc-voltage.toml:", "settling.dwell"}},
      {procedure, "\"100 mV\"", "\"200 mV\"", 2, {"multimeter-dc-voltage.toml:", "200 mV", "0.1, 1, 10, 100, 1000"}},
      {procedure,
       "indication + resolution - (",
       "indicaton + resolution - (",
       2,
       {"multimeter-dc-voltage.toml:", "indicaton", "indication"}},
      {procedure, "\"JJF 1094\"", "\"JJF 1904\"", 2, {"multimeter-dc-voltage.toml:", "decision.rule", "JJF 1094"}},
      {procedure,
       "temperature         = {",
       "temprature          = {",
       2,
       {"multimeter-dc-voltage.toml:", "temprature"}},
      {procedure, "[settling]", "[settling", 2, {"multimeter-dc-voltage.toml:", "not valid TOML"}},
      {"benches/demo.toml",
       "ambient = \"ambient\"",
       "ambient = \"logger\"",
       2,
       {"demo.toml:", "roles.ambient", "logger"}},
      {"benches/demo.toml",
       "driver  = \"keysight-34461a\"",
       "driver  = \"keysight-34461b\"",
       2,
       {"demo.toml:", "keysight-34461b.toml"}},
      {"drivers/fluke-5522a.toml", "[safe_state]", "[safe_stat]", 2, {"fluke-5522a.toml:", "safe_stat"}},
      {"items/example-34461a.toml", "MY00000001", "MY00000002", 2, {"demo.toml:", "MY00000001", "MY00000002"}},
      {"items/example-34461a.toml", "number = \"EXAMPLE-2026-0001\"", "number = \"\"", 2, {"certificate number"}},
      {"items/example-34461a.toml", "EXAMPLE-2026-0001", "\\u202EEXAMPLE", 2, {"example-34461a.toml:", "U+202E"}},
      {"items/example-34461a.toml", "EXAMPLE-2026-0001", "ＥXAMPLE", 2, {"example-34461a.toml:", "U+FF25", "\"E\""}},
      // What the fonts of the certificate lack is known before the bench is touched.
      {"items/example-34461a.toml", "数字多用表", "数字多用表\U0001F9EA", 2, {"the item's name", "U+1F9EA"}},
      {"laboratory.toml", "country = \"CN\"", "country = \"China\"", 2, {"laboratory.toml:", "country"}},
      {"laboratory.toml", "country = \"CN\"", "country = \"zz\"", 2, {"laboratory.toml:", "ISO 3166-1"}},
      {"laboratory.toml", "（校准员）", "（\u200D校准员）", 2, {"laboratory.toml:", "U+200D"}},
      {"standards/example-5522a.toml", "serial = \"0000001\"", "serial = \"0000009\"", 2, {"demo.toml:", "0000009"}},
      {"standards/example-5522a.toml",
       "valid_until = 2027-02-28",
       "valid_until = 2026-05-31",
       4,
       {"EXAMPLE-CAL-2026-0001", "2026-05-31"}},
      {"standards/example-5522a.toml",
       "up_to        = \"1020 V\"",
       "up_to        = \"900 V\"",
       2,
       {"900 V is no range", "fluke-5522a", "1020"}},
      // What two files say of one thing, and sizes that cannot be.
      {standard,
       "[[corrections]]\nquantity     = \"dc voltage\"\nup_to        = \"32.99999 V\"\ngain         = { value = "
       "1.8e-6, expanded_uncertainty = 3e-6, coverage_factor = 2 }\noffset       = { value = \"-2 uV\", "
       "expanded_uncertainty = \"4 uV\", coverage_factor = 2 }\ngain_drift   = { half_width = 4e-6 }\noffset_drift = { "
       "half_width = \"4 uV\" }\n",
       "",
       2,
       {"EXAMPLE-CAL-2026-0001 says nothing about dc voltage", "up to 32.99999 V"}},
      {standard, "\"dc voltage\"", "\"dc votlage\"", 2, {"example-5522a.toml:", "did you mean dc voltage?"}},
      {standard, "value = 2.1e-6", "value = 2.1", 2, {"example-5522a.toml:", "gain of 2.1"}},
      {standard, "\"-2 uV\"", "\"-2 mV\"", 2, {"example-5522a.toml:", "offset of -0.002 V"}},
      {standard, "model  = \"5522A\"", "model  = \"5730A\"", 2, {"demo.toml:", "5730A", "fluke-5522a"}},
      {"benches/demo.toml", "\"34461A\"", "\"34470A\"", 2, {"demo.toml:", "34470A"}},
      {"items/example-34461a.toml", "\"34461A\"", "\"34470A\"", 2, {"demo.toml:", "34461A", "34470A"}},
      {"items/example-34461a.toml", "Keysight Technologies", "Fluke", 2, {"demo.toml:", "Fluke", "keysight-34461a"}},
      {"items/example-34461a.toml", "EXAMPLE-2026-0001", "EXAMPLE-CAL-2026-0001", 2, {"its standard example-5522a"}},
      {procedure, "\"5 min\"", "\"1e9 s\"", 2, {"wait", "30 days"}},
      {procedure, "\"18 degC\"", "\"18 K\"", 2, {"environment.temperature", "in no room"}},
      // What a model leaves out is in no result; a wrong sign is in all of them.
      {procedure,
       "(setting * (1 + gain + gain_drift) + offset + offset_drift + emf)",
       "setting + emf",
       2,
       {"multimeter-dc-voltage.toml:", "does not use gain", "without = [\"gain\"]"}},
      {procedure, "gain_drift) + offset + offset_drift", "gain_drift) + offset", 2, {"does not use offset_drift"}},
      {procedure, "resolution - emf\"", "resolution\"\nwithout = [\"resolution\"]", 2, {"all the same"}},
      {procedure, "resolution - emf\"", "resolution\"\nwithout = [\"gain\"]", 2, {"nothing that the run fills in"}},
      {procedure,
       "[inputs.emf]",
       "[inputs.lead]\nhalf_width = \"3 uV\"\ndistribution = \"rectangular\"\n[inputs.emf]",
       2,
       {"inputs.lead is used by no model"}},
      {procedure, "resolution - (setting", "resolution + (setting", 2, {"equal to the nominal value", "wrong sign"}},
      {"benches/demo.toml",
       "\"vaisala-ptu300\"",
       "\"./vaisala-ptu300\"",
       2,
       {"demo.toml:", "expected a name, not a path"}},
      {procedure, "\"0.25 uV\"", "\"2.5 mV\"", 2, {"U would be at least", "cannot be meant"}},
  };
  for (const Mistake& mistake : mistakes) {
    const TemporaryFolder folder;
    const Outcome plan = plan_with(changed_configs(folder, mistake.file, mistake.from, mistake.to));
    INFO(mistake.file << ": " << mistake.to << "\n" << plan.output);
    CHECK(plan.exit_code == mistake.exit_code);
    for (const std::string& part : mistake.told) {
      INFO("expected to be told: " << part);
      CHECK(plan.output.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("a part of the model may be left out on purpose") {
  const TemporaryFolder folder;
  const Outcome plan =
      plan_with(changed_configs(folder, "procedures/multimeter-dc-voltage.toml", " + offset + offset_drift + emf)\"",
                                " + offset + emf)\"\nwithout = [\"offset_drift\"]"));
  INFO(plan.output);
  CHECK(plan.exit_code == 0);
}

TEST_CASE("two standards of one name, in different files, are refused") {
  const TemporaryFolder folder;
  const std::string configs =
      changed_configs(folder, "benches/demo.toml", "driver  = \"vaisala-ptu300\"",
                      "driver  = \"vaisala-ptu300\"\nstandard = \"" + (folder / "example-5522a.toml") + "\"");
  write_text(folder / "example-5522a.toml", read_text(configs + "/standards/example-5522a.toml") + "\n# another\n");
  const Outcome plan = plan_with(configs);
  INFO(plan.output);
  CHECK(plan.exit_code == 2);
  CHECK(plan.output.find("different files of one name") != std::string::npos);
}

TEST_CASE("a clock that is not real time is refused for real instruments") {
  const TemporaryFolder folder;
  std::string bench = read_text(source_configs + "/benches/demo.toml");
  const auto begin = bench.find("\n[simulation]") + 1;
  bench.erase(begin, bench.find("[roles]") - begin);
  const auto truth = bench.find("truth    = [");
  bench.erase(truth, bench.find("\n]", truth) + 2 - truth);
  const auto port = bench.find("::0::");
  bench.replace(port, 5, "::5025::");
  bench.replace(bench.rfind("/dev/pts/0"), 10, "/dev/pts/1");
  write_text(folder / "real.toml", bench);
  const Outcome run = run_etalon({"run", "multimeter-dc-voltage", "--bench", folder / "real.toml", "--item",
                                  "example-34461a", "--speed", "60", "--out", folder / "run.h5"});
  INFO(run.output);
  CHECK(run.exit_code == 4);
  CHECK(run.output.find("--speed") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "run.h5"));
}

TEST_CASE("wrong command lines and files") {
  const TemporaryFolder folder;
  write_text(folder / "empty.h5", "");
  write_text(folder / "text.h5", "this is no run file");
  write_text(folder / "binary.toml", std::string("\x00\xff\xfe\x01", 4));
  const std::vector<std::string> run{"run", "multimeter-dc-voltage", "--bench", "demo", "--item", "example-34461a"};
  struct Wrong {
    std::vector<std::string> arguments;
    std::string told;
  };
  const std::vector<Wrong> all{
      {{"evalute", "run.h5"}, "did you mean evaluate?"},
      {{"--lang", "fr", "demo"}, "fr"},
      {{"run", "multimeter-dc-voltage", "--bench", "demo"}, "--item"},
      {{"run", "multimeter-dc-voltage", "--bench", "dmeo", "--item", "example-34461a"}, "demo"},
      {{"run", folder / "binary.toml", "--bench", "demo", "--item", "example-34461a"}, "binary.toml"},
      {{"evaluate", folder / "missing.h5"}, "missing.h5"},
      {{"evaluate", folder / "empty.h5"}, "empty.h5"},
      {{"evaluate", folder / "text.h5"}, "text.h5"},
      {{"evaluate", folder.path().string()}, folder.path().string()},
      {{"resume", folder / "text.h5"}, "text.h5"},
      {{"archive", "verify", folder / "nothing"}, "nothing"},
      {{"dcc", "check", folder / "text.h5"}, "text.h5"},
      {{"instrument", "query", "TCPIP::127.0.0.1::SOCKET", "*IDN?"}, "TCPIP::127.0.0.1::SOCKET"},
      {{"instrument", "query", "ASRL/dev/null::9600-8N1::INSTR", "*IDN?", "--timeout", "5"}, "--timeout 5"},
      {{"demo", "--speed", "-3"}, "--speed"},
      {{"demo", "--out", "/proc/etalon"}, "/proc/etalon"},
  };
  for (const Wrong& wrong : all) {
    const Outcome outcome = run_etalon(wrong.arguments);
    INFO(wrong.arguments[0] << " … " << wrong.arguments.back() << "\n" << outcome.output);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.output.find(wrong.told) != std::string::npos);
    CHECK(outcome.output.find("unexpected error") == std::string::npos);
  }
  // An existing run is never overwritten.
  write_text(folder / "run.h5", "precious");
  auto over = run;
  over.insert(over.end(), {"--out", folder / "run.h5"});
  const Outcome existing = run_etalon(over);
  CHECK(existing.exit_code == 2);
  CHECK(existing.output.find("etalon resume") != std::string::npos);
  CHECK(read_text(folder / "run.h5") == "precious");
}
