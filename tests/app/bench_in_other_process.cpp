#include "tests/app/bench_in_other_process.h"

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace etalon::tests {

namespace {

// Without [simulation] and truth, as a bench of real instruments is written.
std::string as_real(const std::string& text) {
  std::string real;
  bool simulation = false;
  bool truth = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("[", 0) == 0) simulation = line == "[simulation]";
    if (line.rfind("truth", 0) == 0) truth = true;
    if (!simulation && !truth) real += line + "\n";
    if (line == "]") truth = false;
  }
  return real;
}

const char* const head = R"toml([procedure]
title     = "Short dc voltage"
documents = ["JJF 1587-2016"]
method    = "direct"
[roles]
source  = { sources = "dc voltage" }
item    = { measures = ["dc voltage"] }
ambient = { measures = ["temperature", "relative humidity", "pressure"] }
[settings]
nplc           = "10"
high_impedance = "ON"
[settling]
flag    = true
dwell   = "0 s"
timeout = "60 s"
)toml";

const char* const tail = R"toml([model]
error = "indication + resolution - (setting * (1 + gain + gain_drift) + offset + offset_drift + emf)"
[model.short]
error = "indication + resolution - emf"
[inputs.emf]
half_width   = "0.25 uV"
distribution = "rectangular"
per          = "touch"
[evaluation]
coverage_probability = 0.9545
curve                = "line"
[decision]
rule = "non-binary"
)toml";

}  // namespace

BenchInOtherProcess::BenchInOtherProcess(const TemporaryFolder& folder, const std::string& speed)
    : log_(folder / "simulate.log"),
      bench_(folder / "live.toml"),
      real_bench_(folder / "real.toml"),
      program_({etalon_program(), "simulate", "demo", "--speed", speed, "--write-bench", bench_}, log_) {
  for (int i = 0; i < 800 && read_text(log_).find("\nhand ") == std::string::npos; ++i) {
    if (!program_.running()) throw std::runtime_error("the simulators did not start: " + read_text(log_));
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  if (read_text(log_).find("\nhand ") == std::string::npos) throw std::runtime_error("the simulators say nothing");
  write_text(real_bench_, as_real(read_text(bench_)));
}

std::string BenchInOtherProcess::address(const std::string& name) const {
  const std::string log = "\n" + read_text(log_);
  const auto at = log.find("\n" + name + " ");
  if (at == std::string::npos) throw std::runtime_error("no address of " + name);
  const auto begin = at + name.size() + 2;
  return log.substr(begin, log.find('\n', begin) - begin);
}

void BenchInOtherProcess::move_hand(const std::string& message) const {
  const Outcome moved = etalon({"instrument", "query", address("hand"), message, "--reply"});
  if (moved.exit_code != 0) throw std::runtime_error("the hand: " + moved.output);
}

bool BenchInOtherProcess::source_is_on() const {
  const Outcome status = etalon({"instrument", "query", address("calibrator"), "ISR?"});
  if (status.exit_code != 0) throw std::runtime_error("the calibrator: " + status.output);
  return (std::stoi(status.output) & 1) != 0;
}

std::string write_short_procedure(const TemporaryFolder& folder) {
  const std::string path = folder / "short-dcv.toml";
  write_text(path, std::string(head) + R"toml([[wiring]]
name   = "short"
from   = "short"
to     = "item"
prompt = { en = "Copper short across HI and LO.", zh = "短接 HI 与 LO。" }
wait   = "1 s"
[[wiring.range]]
range    = "100 mV"
points   = ["0 mV"]
readings = 5
[[wiring.range]]
range    = "10 V"
points   = ["0 V"]
readings = 5
[[wiring]]
name   = "low voltage"
from   = "source"
to     = "item"
prompt = "Calibrator to the meter."
wait   = "1 s"
[[wiring.range]]
range    = "100 mV"
points   = ["0 mV", "90 mV"]
readings = 5
[[wiring.range]]
range    = "10 V"
points   = ["0 V", "3 V", "9 V"]
readings = 5
[[wiring]]
name   = "high voltage"
from   = "source"
to     = "item"
prompt = "DANGER: up to 750 V follow."
touched = false
[[wiring.range]]
range    = "100 V"
points   = ["90 V"]
readings = 5
[[wiring.range]]
range    = "1000 V"
points   = ["300 V", "750 V", "-750 V"]
readings = 5
)toml" + tail);
  return path;
}

std::string write_procedure_of_one_wiring(const TemporaryFolder& folder, const std::string& range,
                                          const std::string& points, const std::string& wait) {
  const std::string path = folder / "one-wiring.toml";
  write_text(path, std::string(head) + R"toml([[wiring]]
name   = "leads"
from   = "source"
to     = "item"
prompt = { en = "Calibrator to the meter.", zh = "将校准源接到多用表。" }
wait   = ")toml" + wait +
                       R"toml("
[[wiring.range]]
range    = ")toml" + range +
                       R"toml("
points   = [)toml" + points +
                       R"toml(]
readings = 3
)toml" + tail);
  return path;
}

}  // namespace etalon::tests
