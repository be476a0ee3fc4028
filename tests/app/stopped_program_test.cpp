// However a program is ended or stopped, no source stays on that can be switched off; and words match what is known.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "acquisition/runner.h"
#include "app/operators.h"
#include "app/run_session.h"
#include "tests/app/bench_in_other_process.h"
#include "tests/app/journal_of_run.h"
#include "tests/app/terminal_program.h"

using namespace etalon;
using namespace etalon::tests;

namespace {

// With the simulated hand, at ten times the speed: a point of 300 V lasts seconds.
std::vector<std::string> run_arguments(const std::string& procedure, const std::string& bench, const std::string& run) {
  return {etalon_program(), "run",   procedure, "--bench", bench, "--item",
          "example-34461a", "--out", run,       "--speed", "10",  "--verbose"};
}

bool wait_for_text(const std::string& file, const std::string& text, BackgroundProgram& program, double seconds = 90) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (read_text(file).find(text) == std::string::npos) {
    if (!program.running() || std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

TEST_CASE("Ctrl-Z switches the source off, then stops; afterwards the point begins anew with its wiring") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  TerminalProgram program(run_arguments(write_short_procedure(folder), bench.bench(), run));
  REQUIRE(program.shows("set calibrator 300 V", 90));
  program.type("\x1a");
  for (int i = 0; i < 200 && program.state() != 'T'; ++i)
    program.read_for(0.05);
  REQUIRE(program.state() == 'T');
  // The instruments are free: another program can ask.
  CHECK_FALSE(bench.source_is_on());
  const auto paused = events_of_kind(run, acquisition::event::run_paused);
  REQUIRE(paused.size() == 1);
  CHECK(paused.front().text.find("Ctrl-Z") != std::string::npos);
  program.signal(SIGCONT);
  CHECK(program.wait(120) == 0);
  INFO(program.screen());
  CHECK(acquisition::read_run(run).complete());
  CHECK_FALSE(bench.source_is_on());
  // Prompts: three of the run, and the two that lead to the high voltage once more.
  CHECK(events_of_kind(run, acquisition::event::prompt_answered).size() == 5);
  CHECK(events_of_kind(run, acquisition::event::run_resumed).size() == 1);
}

TEST_CASE("reading or writing the terminal from the background, and Ctrl-C while stopped, leave it off as well") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s");
  int number = 0;
  for (const int signal : {SIGTTIN, SIGTTOU}) {
    INFO("signal " << signal);
    const std::string run = folder / ("run" + std::to_string(++number) + ".h5");
    TerminalProgram program(run_arguments(procedure, bench.bench(), run));
    REQUIRE(program.shows("set calibrator", 60));
    program.signal(signal);
    for (int i = 0; i < 200 && program.state() != 'T'; ++i)
      program.read_for(0.05);
    REQUIRE(program.state() == 'T');
    CHECK_FALSE(bench.source_is_on());
    program.signal(SIGINT);
    program.signal(SIGCONT);
    CHECK(program.wait(30) == 130);
    CHECK_FALSE(bench.source_is_on());
  }
}

TEST_CASE("a program that was stopped from outside begins its point anew") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  TerminalProgram program(
      run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s"), bench.bench(), run));
  REQUIRE(program.shows("set calibrator", 60));
  program.signal(SIGSTOP);  // nothing can be done against it …
  program.read_for(1.5);
  REQUIRE(program.state() == 'T');
  program.signal(SIGCONT);  // … but what was read before and after is not one point
  CHECK(program.wait(60) == 0);
  CHECK(events_of_kind(run, acquisition::event::run_paused).size() == 1);
  CHECK(events_of_kind(run, acquisition::event::prompt_answered).size() == 2);
}

TEST_CASE("every signal that ends a program switches the source off first") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s");
  int number = 0;
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGABRT, SIGALRM, SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU,
                           SIGVTALRM, SIGPROF, SIGIO}) {
    INFO("signal " << signal);
    const std::string run = folder / ("run" + std::to_string(++number) + ".h5");
    BackgroundProgram program(run_arguments(procedure, bench.bench(), run), run + ".log");
    REQUIRE(wait_for_text(run + ".log", " set calibrator ", program));
    program.signal(signal);
    CHECK(program.wait(30) == 130);
    CHECK_FALSE(bench.source_is_on());
    CHECK(events_of_kind(run, acquisition::event::run_stopped).size() == 1);
  }
}

TEST_CASE("a hang-up that was ignored at the start stays ignored") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  auto arguments =
      run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s"), bench.bench(), run);
  arguments.insert(arguments.begin(), "nohup");
  BackgroundProgram program(arguments, run + ".log");
  REQUIRE(wait_for_text(run + ".log", " set calibrator ", program));
  program.signal(SIGHUP);
  CHECK(program.wait(60) == 0);
  CHECK(acquisition::read_run(run).complete());
}

TEST_CASE("a file at its size limit is a fault like a full disk, with the source off") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  BackgroundProgram program(
      run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s"), bench.bench(), run),
      run + ".log");
  REQUIRE(wait_for_text(run + ".log", " set calibrator ", program));
  const rlimit none{0, 0};  // the next write is one too many: SIGXFSZ
  REQUIRE(::prlimit(program.process(), RLIMIT_FSIZE, &none, nullptr) == 0);
  CHECK(program.wait(30) == 2);
  CHECK_FALSE(bench.source_is_on());
}

namespace {

// A run in this process whose progress is told to a function.
class Told : public acquisition::RunProgress {
 public:
  explicit Told(std::function<void()> on_reading) : on_reading_(std::move(on_reading)) {}
  void step_started(const acquisition::Plan&, const acquisition::Step&, double, double) override {}
  void reading_taken(const acquisition::Plan&, const acquisition::Step&,
                     const acquisition::JournalReading& r) override {
    if (r.channel == acquisition::indication_channel) on_reading_();
  }
  void event_noted(const acquisition::JournalEvent&) override {}

 private:
  std::function<void()> on_reading_;
};

}  // namespace

TEST_CASE("an error that nothing catches ends the program with the source off") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s");
  const bool other_thread = GENERATE(false, true);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);
    const int log = ::open((folder / "child.log").c_str(), O_WRONLY | O_CREAT, 0644);
    ::dup2(log, STDERR_FILENO);
    ::dup2(log, STDOUT_FILENO);
    const std::string configs = std::string(ETALON_SOURCE_DIR) + "/configs";
    auto inputs = app::gather_inputs(configs, procedure, bench.bench(), "example-34461a");
    const std::string run = folder / "run.h5";
    auto writer = acquisition::RunWriter::create(run, acquisition::plan_to_json(inputs.plan), inputs.texts, "test");
    const auto record = acquisition::read_run(run);
    const base::AcceleratedClock clock(10, 1780300800.0);
    const base::Cancellation never;
    app::SimulatedHand hand(inputs.bench.simulation->hand, false, never);
    Told told([&] {
      if (!other_thread) std::terminate();
      std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
    });
    acquisition::carry_out(record, acquisition::remaining_steps(record), inputs.bench, writer,
                           {clock, never, hand, told, nullptr}, acquisition::event::run_started);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  INFO(read_text(folder / "child.log"));
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK_FALSE(bench.source_is_on());
}

TEST_CASE("etalon safe switches off what a killed program left on") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s");
  const auto leave_on = [&](const std::string& file) {
    BackgroundProgram program(run_arguments(procedure, bench.bench(), file), file + ".log");
    REQUIRE(wait_for_text(file + ".log", " set calibrator ", program));
    program.signal(SIGKILL);
    program.wait(10);
    REQUIRE(bench.source_is_on());
  };
  leave_on(run);
  SECTION("by the bench, and again when there is nothing left to do") {
    for (int i = 0; i < 2; ++i) {
      const Outcome safe = etalon::tests::etalon({"safe", bench.real_bench()});
      INFO(safe.output);
      CHECK(safe.exit_code == 0);
      CHECK(safe.output == "calibrator: the output is off, read back\n");
      CHECK_FALSE(bench.source_is_on());
    }
  }
  SECTION("by the run file") {
    const Outcome safe = etalon::tests::etalon({"safe", run});
    INFO(safe.output);
    CHECK(safe.exit_code == 0);
    CHECK_FALSE(bench.source_is_on());
  }
  SECTION("also when another source cannot be reached, which is named") {
    std::string text = read_text(bench.real_bench());
    text +=
        "\n[instruments.another]\ndriver = \"fluke-5522a\"\naddress = \"ASRL/dev/does-not-exist::9600-8N1::INSTR\"\n"
        "serial = \"0000002\"\n";
    write_text(folder / "two.toml", text);
    const Outcome safe = etalon::tests::etalon({"safe", folder / "two.toml"});
    INFO(safe.output);
    CHECK(safe.exit_code == 3);
    CHECK(safe.output.find("MAY STILL BE ON: another.") != std::string::npos);
    CHECK(safe.output.find("calibrator: the output is off, read back") != std::string::npos);
    CHECK_FALSE(bench.source_is_on());
  }
  SECTION("not an instrument that is another one") {
    std::string text = read_text(bench.real_bench());
    const std::string serial = "serial   = \"0000001\"";
    REQUIRE(text.find(serial) != std::string::npos);
    text.replace(text.find(serial), serial.size(), "serial   = \"0000009\"");
    write_text(folder / "other.toml", text);
    const Outcome safe = etalon::tests::etalon({"safe", folder / "other.toml"});
    INFO(safe.output);
    CHECK(safe.exit_code == 3);
    CHECK(safe.output.find("calibrator: NOT KNOWN TO BE OFF") != std::string::npos);
    CHECK(bench.source_is_on());
  }
}

TEST_CASE("a source that a run never reached is not said to be off") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  std::string text = read_text(bench.real_bench());
  const auto at = text.find("ASRL");
  text.replace(at, text.find('"', at) - at, "ASRL/dev/does-not-exist::9600-8N1::INSTR");
  write_text(folder / "gone.toml", text);
  const Outcome run = etalon::tests::etalon({"run", write_short_procedure(folder), "--bench", folder / "gone.toml",
                                             "--item", "example-34461a", "--out", folder / "run.h5", "--yes"});
  INFO(run.output);
  CHECK(run.exit_code == 3);
  CHECK(run.output.find("calibrator: not reached; whether its output is on is not known") != std::string::npos);
}

TEST_CASE("what a killed repeat left on is switched off by resume, though nothing remains to be measured") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "10");
  const std::string run = folder / "run.h5";
  BackgroundProgram whole(
      run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"3 V\", \"9 V\"", "0 s"), bench.bench(), run),
      run + ".log");
  REQUIRE(whole.wait(60) == 0);
  BackgroundProgram repeat(
      {etalon_program(), "repeat", run, "10 V / 9 V", "--reason", "check", "--speed", "10", "--verbose"},
      run + ".repeat.log");
  REQUIRE(wait_for_text(run + ".repeat.log", " set calibrator ", repeat));
  repeat.signal(SIGKILL);
  repeat.wait(10);
  REQUIRE(bench.source_is_on());
  const Outcome resumed = etalon::tests::etalon({"resume", run, "--speed", "10"});
  INFO(resumed.output);
  CHECK(resumed.exit_code == 0);
  CHECK_FALSE(bench.source_is_on());
}
