// A person answers only what was asked, after it was asked.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tests/app/bench_in_other_process.h"
#include "tests/app/journal_of_run.h"
#include "tests/app/terminal_program.h"

using namespace etalon;
using namespace etalon::tests;

namespace {

constexpr const char* ordinary = "Enter: done    q: stop here > ";

std::vector<std::string> run_arguments(const std::string& procedure, const BenchInOtherProcess& bench,
                                       const std::string& run) {
  return {etalon_program(), "run", procedure, "--bench", bench.real_bench(), "--item", "example-34461a", "--out", run};
}

std::size_t answered(const std::string& run) {
  return events_of_kind(run, acquisition::event::prompt_answered).size();
}

}  // namespace

TEST_CASE("an Enter that bounces answers one prompt, and no output follows from nobody's hand") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("SHORT meter");
  const std::string run = folder / "run.h5";
  TerminalProgram program(run_arguments(write_short_procedure(folder), bench, run));
  REQUIRE(program.shows(ordinary, 30));
  program.type("\n\n\n");
  // The second prompt is asked and stays unanswered.
  const bool second = program.shows(ordinary, 40, 2);
  INFO(program.screen());
  REQUIRE(second);
  program.read_for(3);
  CHECK(answered(run) == 1);
  CHECK(highest_output(run) == 0);
  const auto given = events_of_kind(run, acquisition::event::prompt_answered);
  CHECK(given.front().subject == "short");
  CHECK(given.front().text.find("Enter at the terminal") != std::string::npos);
  // Asked before it was answered, each with its time.
  const auto asked = events_of_kind(run, acquisition::event::prompt_asked);
  REQUIRE(asked.size() == 2);
  CHECK(asked.front().sequence < given.front().sequence);
  CHECK(asked.front().monotonic + 0.9 < given.front().monotonic);
}

TEST_CASE("what is typed before a question, during a wait, or by a held key is no answer") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("SHORT meter");
  const std::string run = folder / "run.h5";
  const std::string procedure = write_short_procedure(folder);
  {
    TerminalProgram program(run_arguments(procedure, bench, run));
    // Typed at once, then a key that is held: the question does not even open.
    program.type("\n\n750 V\n");
    REQUIRE(program.shows("Copper short", 30));
    for (int i = 0; i < 40; ++i) {
      program.type("\n");
      program.read_for(0.05);
    }
    CHECK(program.count(ordinary) == 0);
    // Once it is let go, it is asked; what was typed is told not to count.
    REQUIRE(program.shows(ordinary, 10));
    CHECK(program.count("is not taken for an answer") == 1);
    program.read_for(1);
    CHECK(answered(run) == 0);
    program.type("\n");
    // Into the wait and the readings.
    for (int i = 0; i < 20; ++i) {
      program.read_for(0.1);
      program.type("\n");
    }
    program.type("left over without an end");
    REQUIRE(program.shows(ordinary, 40, 2));
    program.read_for(2);
    CHECK(answered(run) == 1);
    program.type("q\n");
    CHECK(program.wait(20) == 130);
  }
  // The same when the run is gone on with.
  TerminalProgram program({etalon_program(), "resume", run});
  program.type("\n\n\n");
  REQUIRE(program.shows(ordinary, 30));
  program.read_for(2);
  CHECK(answered(run) == 1);
  program.type("\n");
  program.read_for(2);
  CHECK(answered(run) == 2);
}

TEST_CASE("only the offered answers count; all others are asked again") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("CONNECT meter calibrator");
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"9 V\"");
  SECTION("what was not offered") {
    const std::string run = folder / "run.h5";
    TerminalProgram program(run_arguments(procedure, bench, run));
    int asked = 0;
    for (const std::string answer :
         {"no", "n", "quit", "stop", "取消", "y", "yes", "qq", "done", "否", "\x1b[A", "9 V", "q\n\nx"}) {
      INFO(answer);
      REQUIRE(program.shows(ordinary, 30, ++asked));
      program.type(answer + "\n");
      REQUIRE(program.shows("is none of the choices", 10, asked));
    }
    CHECK(answered(run) == 0);
    CHECK(highest_output(run) == 0);
    CHECK(events_of_kind(run, acquisition::event::answer_not_taken).size() == static_cast<std::size_t>(asked));
    REQUIRE(program.shows(ordinary, 10, ++asked));
    program.type("\n");
    CHECK(program.wait(60) == 0);
    INFO(program.screen());
    CHECK(answered(run) == 1);
  }
  SECTION("q in any dress stops") {
    int number = 0;
    for (const std::string answer : {" q", "Q ", "\u3000q\u3000", "\uFF51", "\uFF31", "\tq"}) {
      INFO(answer);
      const std::string run = folder / ("q" + std::to_string(++number) + ".h5");
      TerminalProgram program(run_arguments(procedure, bench, run));
      REQUIRE(program.shows(ordinary, 30));
      program.type(answer + "\n");
      CHECK(program.wait(20) == 130);
      CHECK(answered(run) == 0);
      // Everything was switched off before the prompt: nobody is frightened for nothing.
      CHECK(program.count("MAY STILL BE ON") == 0);
      CHECK(program.count("the output is off, read back") == 1);
    }
  }
  SECTION("blanks are an Enter, and Chinese is asked in Chinese") {
    const std::string run = folder / "run.h5";
    auto arguments = run_arguments(procedure, bench, run);
    arguments.insert(arguments.begin() + 1, {"--lang", "zh"});
    TerminalProgram program(arguments);
    const std::string choices = base::translate("Enter: done    q: stop here", base::Language::zh) + " > ";
    REQUIRE(choices.find("q") != std::string::npos);
    REQUIRE(program.shows("将校准源接到多用表。", 30));
    program.read_for(2.5);
    for (const std::string answer : {"取消", "是", "停"}) {
      program.type(answer + "\n");
      program.read_for(2.5);
    }
    CHECK(answered(run) == 0);
    program.type(" \u3000 \n");
    CHECK(program.wait(60) == 0);
    INFO(program.screen());
    CHECK(answered(run) == 1);
  }
  SECTION("the end of the input is no answer") {
    const std::string run = folder / "run.h5";
    TerminalProgram program(run_arguments(procedure, bench, run));
    REQUIRE(program.shows(ordinary, 30));
    program.type("\x04");
    CHECK(program.wait(20) == 2);
    CHECK(answered(run) == 0);
  }
}

TEST_CASE("before a dangerous output its highest value is the answer") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("CONNECT meter calibrator");
  SECTION("60 V") {
    const std::string procedure = write_procedure_of_one_wiring(folder, "100 V", "\"10 V\", \"-60 V\"");
    const std::string run = folder / "run.h5";
    const std::string choices = "type 60 V: done    q: stop here > ";
    TerminalProgram program(run_arguments(procedure, bench, run));
    int asked = 0;
    for (const std::string answer : {"", "yes", "6", "600", "60 mV", "-60 V", "60 A", "10 V"}) {
      INFO(answer);
      REQUIRE(program.shows(choices, 30, ++asked));
      program.type(answer + "\n");
      REQUIRE(program.shows("is none of the choices", 10, asked));
    }
    CHECK(answered(run) == 0);
    REQUIRE(program.shows(choices, 10, ++asked));
    program.type("６０ v\n");
    CHECK(program.wait(60) == 0);
    INFO(program.screen());
    CHECK(answered(run) == 1);
    CHECK(highest_output(run) == 60);
  }
  SECTION("50 V is not") {
    const std::string procedure = write_procedure_of_one_wiring(folder, "100 V", "\"10 V\", \"-50 V\"");
    TerminalProgram program(run_arguments(procedure, bench, folder / "run.h5"));
    CHECK(program.shows(ordinary, 30));
  }
}

namespace {

// Starts the run with `input` as its standard input; the exit code.
int run_with_input(const std::vector<std::string>& arguments, int input, const std::string& log) {
  std::vector<char*> values;
  for (const std::string& argument : arguments)
    values.push_back(const_cast<char*>(argument.c_str()));
  values.push_back(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::setenv("ETALON_CONFIGS", ETALON_SOURCE_DIR "/configs", 1);
    ::setenv("LANG", "C", 1);
    ::alarm(60);
    ::execvp(values[0], values.data());
    ::_exit(127);
  }
  ::close(input);
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("a file or pipe answers only what it was asked") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("CONNECT meter calibrator");
  const std::string procedure = write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"9 V\"");
  const std::string run = folder / "run.h5";
  const std::string log = folder / "log";
  const auto arguments = run_arguments(procedure, bench, run);
  SECTION("a file that was written before") {
    write_text(folder / "answers", "\n\n\n\n");
    CHECK(run_with_input(arguments, ::open((folder / "answers").c_str(), O_RDONLY | O_CLOEXEC), log) == 2);
    CHECK(read_text(log).find("standard input is a file") != std::string::npos);
    CHECK(answered(run) == 0);
  }
  SECTION("a pipe that was filled before") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], "\n\n\n\n", 4) == 4);
    ::close(ends[1]);
    CHECK(run_with_input(arguments, ends[0], log) == 2);
    CHECK(answered(run) == 0);
  }
  SECTION("a pipe that never falls silent") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::thread yes([&] {
      ::signal(SIGPIPE, SIG_IGN);
      while (::write(ends[1], "\n", 1) == 1)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    CHECK(run_with_input(arguments, ends[0], log) == 2);
    yes.join();
    ::close(ends[1]);
    CHECK(read_text(log).find("never falls silent") != std::string::npos);
    CHECK(answered(run) == 0);
  }
  SECTION("a program that waits for the question") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::thread person([&] {
      for (int i = 0; i < 1200 && read_text(log).find(ordinary) == std::string::npos; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
      (void)!::write(ends[1], "\n", 1);
    });
    CHECK(run_with_input(arguments, ends[0], log) == 0);
    person.join();
    ::close(ends[1]);
    INFO(read_text(log));
    CHECK(answered(run) == 1);
  }
}
