// What the verbs that only calculate have in common: where their results go, and how a signal ends them. And
// `etalon conformity` as a person runs it.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "program.h"

using namespace etalon;
using Catch::Matchers::Contains;
using tests::BackgroundProgram;
using tests::etalon_program;
using tests::Outcome;
using tests::read_text;
using tests::run_program;
using tests::TemporaryFolder;
using tests::write_text;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const char* const model = R"([outputs]
y = "a + b"
[inputs]
a = { value = 1, standard_uncertainty = 0.1 }
b = { value = 2, half_width = 0.3 }
)";
const std::vector<std::string> judged = {"conformity", "--value", "0.5", "--uncertainty", "0.2", "--mpe", "1"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Through a shell, for its redirections.
Outcome shell(const std::string& redirection, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"sh", "-c", "exec \"$0\" \"$@\" " + redirection, etalon_program()});
  return run_program(arguments);
}

}  // namespace

TEST_CASE("a verdict, its probability and the exit code") {
  const Outcome passed = tests::etalon(with(judged, {"--json", "-"}));
  CHECK(passed.exit_code == 0);
  const Json json = Json::parse(passed.output);
  CHECK(json.at("pass") == true);
  CHECK(json.at("rules").size() == 5);
  // u = 0.1: the upper limit is 5 u away.
  CHECK(json.at("nonconformance_probability").get<double>() == Approx(2.8665157187919333e-07).epsilon(1e-9));

  const Outcome failed = tests::etalon({"conformity", "--value", "1.1", "--uncertainty", "0.2", "--mpe", "1"});
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.output, Contains("conditional fail") && Contains("84.13 %"));

  const Outcome refused = tests::etalon({"conformity", "--value", "1.1", "--uncertainty", "-0.2", "--mpe", "1"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(tests::etalon(with(judged, {"--rule", "none"})).output, Contains("'ISO 14253-1'"));
}

TEST_CASE("one measurement has one verdict, whatever k its U was stated with") {
  const auto verdict = [](const char* u, const char* k, const char* rule) {
    const Outcome outcome = tests::etalon({"conformity", "--value", "0.95", "--mpe", "1", "--uncertainty", u,
                                           "--coverage-factor", k, "--rule", rule, "--json", "-"});
    return Json::parse(outcome.output).at("rules").at(0).at("verdict").get<std::string>();
  };
  CHECK(verdict("0.388", "2", "JJF 1094") == "inconclusive");
  CHECK(verdict("0.3201", "1.65", "JJF 1094") == "inconclusive");
  CHECK(verdict("0.04", "2", "guard band") == "pass");
  CHECK(verdict("0.02", "1", "guard band") == "pass");
  CHECK(verdict("0.049", "1", "guard band") == "fail");
  CHECK_THAT(tests::etalon(
                 {"conformity", "--value", "0.95", "--mpe", "1", "--uncertainty", "0.32", "--coverage-factor", "1.6"})
                 .output,
             Contains("0.4 (k = 2, since they mean about 95 %)"));
}

TEST_CASE("limits that are close together are shown apart") {
  const Outcome outcome = tests::etalon({"conformity", "--value", "10000000.2", "--uncertainty", "0.2", "--lower",
                                         "9999999.5", "--upper", "10000000.5", "--in-tolerance", "0.9"});
  CHECK_THAT(outcome.output, Contains("9999999.5 … 10000000.5") && Contains("9999999.7 … 10000000.3") &&
                                 Contains("mean 10000000, ") && Contains("mean 10000000.18"));
}

TEST_CASE("a result that nobody gets is no success") {
  const TemporaryFolder folder;
  write_text(folder / "m.toml", model);
  const std::vector<std::string> uncertainty = {"uncertainty", folder / "m.toml", "--trials", "1000"};
  for (const auto& arguments :
       {judged, with(judged, {"--json", "-"}), uncertainty, with(uncertainty, {"--json", "-"})}) {
    CAPTURE(arguments);
    for (const char* redirection : {"> /dev/full", ">&-"}) {
      const Outcome outcome = shell(redirection, arguments);
      CHECK(outcome.exit_code == 2);
      CHECK_THAT(outcome.output, Contains("standard output cannot be written"));
    }
  }
}

TEST_CASE("files that are asked for: pipes and links are written through, folders are not made") {
  const TemporaryFolder folder;
  const auto to = [&](const std::string& file) { return tests::etalon(with(judged, {"--json", file})); };

  CHECK(to(folder / "typo/x.json").exit_code == 2);
  CHECK_FALSE(fs::exists(folder / "typo"));

  write_text(folder / "target.json", "{\"pass\": false}");
  fs::create_symlink("target.json", folder / "link.json");
  CHECK(to(folder / "link.json").exit_code == 0);
  CHECK(fs::is_symlink(folder / "link.json"));
  CHECK(Json::parse(read_text(folder / "target.json")).at("pass") == true);

  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::string heard;
  std::thread reader([&] { heard = read_text(folder / "pipe"); });
  CHECK(to(folder / "pipe").exit_code == 0);
  reader.join();
  CHECK(Json::parse(heard).at("pass") == true);
  CHECK(fs::is_fifo(folder / "pipe"));

  const Outcome full = to("/dev/full");
  CHECK(full.exit_code == 2);
  CHECK_THAT(full.output, Contains("/dev/full"));
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("Ctrl-C ends a calculation at once, and nothing is written") {
  const TemporaryFolder folder;
  write_text(folder / "m.toml", model);
  for (const int signal : {SIGINT, SIGTERM}) {
    BackgroundProgram program({etalon_program(), "uncertainty", folder / "m.toml", "--trials", "100000000000", "--json",
                               folder / "result.json"},
                              folder / "log");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    REQUIRE(program.running());
    program.signal(signal);
    CHECK(program.wait(60) == 128 + signal);
    CHECK_FALSE(fs::exists(folder / "result.json"));
  }
}
