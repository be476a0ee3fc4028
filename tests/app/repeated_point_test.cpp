// A point that was measured again: its leads were touched again, and everybody is told.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/certificate_files.h"
#include "tests/app/bench_in_other_process.h"
#include "tests/app/journal_of_run.h"
#include "tests/app/terminal_program.h"

using namespace etalon;
using namespace etalon::tests;
using nlohmann::json;

namespace {

json results_of(const std::string& run, const TemporaryFolder& folder) {
  const Outcome outcome = etalon::tests::etalon({"evaluate", run, "--json", folder / "results.json"});
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  return json::parse(read_text(folder / "results.json"));
}

std::string emf_identity(const json& results, const std::string& id) {
  for (const auto& point : results.at("points")) {
    if (point.at("id") != id) continue;
    for (const auto& line : point.at("budget"))
      if (line.at("input") == "emf") return line.at("identity");
  }
  return "";
}

json point_of(const json& results, const std::string& id) {
  for (const auto& point : results.at("points"))
    if (point.at("id") == id) return point;
  return {};
}

// Without the line breaks of the terminal's width.
std::string unwrapped(std::string text) {
  for (auto at = text.find("\n  "); at != std::string::npos; at = text.find("\n  ", at))
    text.replace(at, 3, " ");
  return text;
}

bool stated(const app::CertificateFiles& files, const std::string& en, const std::string& zh) {
  for (const auto& statement : files.certificate.statements) {
    if (statement.en.find(en) != std::string::npos && statement.zh.find(zh) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a repeated point has a thermal EMF of its own, and is named with its reason") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  const std::string run = folder / "run.h5";
  const Outcome whole = etalon::tests::etalon({"run", write_short_procedure(folder), "--bench", bench.bench(), "--item",
                                               "example-34461a", "--out", run, "--speed", "60"});
  INFO(whole.output);
  REQUIRE(whole.exit_code == 0);
  const json before = results_of(run, folder);
  // Uninterrupted: one for each touch, as always; the high voltage goes on with the leads as they are.
  CHECK(emf_identity(before, "100 mV / 0 mV (short)") == "emf, touch 1");
  for (const char* id : {"100 mV / 0 mV", "100 mV / 90 mV", "10 V / 9 V", "1000 V / 750 V"})
    CHECK(emf_identity(before, id) == "emf, touch 2");
  CHECK_FALSE(point_of(before, "100 mV / 90 mV").at("repeated").get<bool>());
  CHECK(whole.output.find("repeated") == std::string::npos);

  const Outcome again =
      etalon::tests::etalon({"repeat", run, "100 mV / 90 mV", "--speed", "60", "--reason", "lead <A> was loose & 冷"});
  INFO(again.output);
  REQUIRE(again.exit_code == 0);
  const Outcome no_reason = etalon::tests::etalon({"repeat", run, "1000 V / 750 V", "--speed", "60"});
  REQUIRE(no_reason.exit_code == 0);
  const auto reasons = events_of_kind(run, acquisition::event::repeat_reason);
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0].subject == "100 mV / 90 mV");
  CHECK(reasons[0].text == "lead <A> was loose & 冷");
  CHECK(reasons[1].text == "no reason given");

  const json after = results_of(run, folder);
  CHECK(emf_identity(after, "100 mV / 0 mV") == "emf, touch 2");
  CHECK(emf_identity(after, "100 mV / 90 mV") == "emf, touch 3");
  CHECK(emf_identity(after, "1000 V / 750 V") == "emf, touch 4");
  CHECK(emf_identity(after, "1000 V / 300 V") == "emf, touch 2");
  const json point = point_of(after, "100 mV / 90 mV");
  CHECK(point.at("attempt") == 2);
  CHECK(point.at("repeated").get<bool>());
  REQUIRE(point.at("attempts").size() == 2);
  CHECK(point.at("attempts")[0].at("cause") == "first");
  CHECK(point.at("attempts")[1].at("cause") == "repeated");
  CHECK(point.at("attempts")[1].at("reason") == "lead <A> was loose & 冷");
  CHECK_FALSE(point_of(after, "10 V / 9 V").at("repeated").get<bool>());

  // The EMF no longer cancels in the slope.
  const auto u_b1 = [](const json& results) {
    for (const auto& curve : results.at("curves"))
      if (curve.at("range") == "100 mV") return curve.at("parameters")[1].at("standard_uncertainty").get<double>();
    return 0.0;
  };
  CHECK(u_b1(after) > 1.05 * u_b1(before));

  const std::string table = unwrapped(etalon::tests::etalon({"evaluate", run}).output);
  INFO(table);
  CHECK(table.find("100 mV / 90 mV: attempt 2 counts") != std::string::npos);
  CHECK(table.find("repeated (reason: lead <A> was loose & 冷)") != std::string::npos);
  CHECK(table.find("repeated (reason: no reason given)") != std::string::npos);
  const auto files = app::make_certificate_files(acquisition::read_run(run), "", base::Language::en);
  CHECK(stated(files, "100 mV / 90 mV: attempt 2 counts; attempt 2 on ", "100 mV / 90 mV"));
  CHECK(stated(files, "no reason given", base::translate("no reason given", base::Language::zh)));
  CHECK(files.dcc.find("lead &lt;A&gt; was loose &amp; 冷") != std::string::npos);
}

TEST_CASE("a repeat that was broken off is told as well; the earlier attempt still counts") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  const std::string run = folder / "run.h5";
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"9 V\"");
  REQUIRE(etalon::tests::etalon(
              {"run", procedure, "--bench", bench.bench(), "--item", "example-34461a", "--out", run, "--speed", "60"})
              .exit_code == 0);
  {
    BackgroundProgram repeat({etalon_program(), "repeat", run, "10 V / 9 V", "--verbose", "--reason", "looks odd"},
                             folder / "repeat.log");
    for (int i = 0; i < 4000 && read_text(folder / "repeat.log").find(" indication ") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    repeat.signal(SIGINT);
    CHECK(repeat.wait(20) == 130);
    CHECK(read_text(folder / "repeat.log").find("etalon resume") == std::string::npos);
  }
  const auto results = calibration::evaluate(acquisition::read_run(run));
  CHECK(results.points[1].attempt == 1);
  REQUIRE(results.points[1].attempts.size() == 2);
  CHECK_FALSE(results.points[1].attempts[1].finished);
  CHECK(calibration::repeated_by_choice(results.points[1]));
  CHECK(calibration::attempts_text(results.points[1]).en.find("not finished") != std::string::npos);
}

TEST_CASE("a point that was gone on with after an interruption is no repeat, but its leads were touched") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"3 V\", \"9 V\"");
  {
    BackgroundProgram program({etalon_program(), "run", procedure, "--bench", bench.bench(), "--item", "example-34461a",
                               "--out", run, "--speed", "10", "--verbose"},
                              folder / "run.log");
    for (int i = 0; i < 8000 && read_text(folder / "run.log").find(" set calibrator 3 V") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    // In the readings of 3 V.
    const auto shown = read_text(folder / "run.log").size();
    for (int i = 0; i < 8000 && read_text(folder / "run.log").find(" indication ", shown) == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    program.signal(SIGKILL);
    program.wait(10);
  }
  REQUIRE(etalon::tests::etalon({"resume", run}).exit_code == 0);
  const json results = results_of(run, folder);
  CHECK(emf_identity(results, "10 V / 0 V") == "emf, touch 1");
  CHECK(emf_identity(results, "10 V / 3 V") == "emf, touch 2");
  CHECK(emf_identity(results, "10 V / 9 V") == "emf, touch 2");
  const json point = point_of(results, "10 V / 3 V");
  CHECK_FALSE(point.at("repeated").get<bool>());
  REQUIRE(point.at("attempts").size() == 2);
  CHECK(point.at("attempts")[1].at("cause") == "interrupted");
  const auto files = app::make_certificate_files(acquisition::read_run(run), "", base::Language::en);
  for (const auto& statement : files.certificate.statements)
    CHECK(statement.en.find("attempt") == std::string::npos);
}

TEST_CASE("a person at the terminal is asked why; keys pressed before do not answer") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  const std::string run = folder / "run.h5";
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"9 V\"");
  REQUIRE(etalon::tests::etalon(
              {"run", procedure, "--bench", bench.bench(), "--item", "example-34461a", "--out", run, "--speed", "60"})
              .exit_code == 0);
  TerminalProgram program({etalon_program(), "repeat", run, "10 V / 9 V"});
  program.type("typed ahead\n");
  REQUIRE(program.shows("a reason, or Enter for none > ", 20));
  program.type("Lead A was loose\n");
  CHECK(program.wait(60) == 0);
  INFO(program.screen());
  const auto reasons = events_of_kind(run, acquisition::event::repeat_reason);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].text == "Lead A was loose");
}
