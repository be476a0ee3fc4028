// A small calibration for tests: three wirings, five points, on the simulated bench of the repository.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <string>

#include "acquisition/plan.h"
#include "acquisition/procedure.h"
#include "base/file.h"
#include "drivers/bench.h"

namespace etalon::acquisition::testing {

inline const std::string procedure_text = R"([procedure]
title     = { en = "Small calibration", zh = "小型校准" }
documents = ["JJF 1587-2016"]
method    = "Direct measurement"
[roles]
source  = { sources = "dc voltage" }
item    = { measures = ["dc voltage"] }
ambient = { measures = ["temperature", "relative humidity"] }
[settings]
nplc = "1"
[environment]
temperature         = { from = "10 degC", to = "35 degC" }
"relative humidity" = { from = "10 %", to = "90 %" }
[settling]
flag    = true
dwell   = "5 s"
window  = { readings = 3, span_of_range = 20e-6 }
timeout = "60 s"
[[wiring]]
name   = "short"
from   = "short"
to     = "item"
prompt = { en = "Put the short across HI and LO.", zh = "短接 HI 与 LO。" }
wait   = "60 s"
[[wiring.range]]
range    = "10 V"
points   = ["0 V"]
readings = 3
[[wiring]]
name   = "low voltage"
from   = "source"
to     = "item"
prompt = "Connect the calibrator."
wait   = "60 s"
[[wiring.range]]
range    = "100 mV"
points   = ["100 mV"]
readings = 3
[[wiring.range]]
range    = "10 V"
points   = ["5 V", "-10 V"]
readings = 4
[[wiring]]
name    = "high voltage"
from    = "source"
to      = "item"
prompt  = "DANGER: 1000 V follow. The connection stays as it is."
touched = false
[[wiring.range]]
range    = "1000 V"
points   = ["1000 V"]
readings = 3
[model]
error = "indication - setting"
)";

inline const std::string configs = std::string(ETALON_SOURCE_DIR) + "/configs";

inline std::string demo_bench_text() {
  return base::read_file(configs + "/benches/demo.toml");
}

inline std::map<std::string, std::string> driver_texts() {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(configs + "/drivers"))
    texts[entry.path().stem().string()] = base::read_file(entry.path().string());
  return texts;
}

inline drivers::Bench demo_bench() {
  return drivers::parse_bench(demo_bench_text(), "bench.toml", driver_texts());
}

inline Procedure small_procedure() {
  return parse_procedure(procedure_text, "procedure.toml");
}

inline Plan small_plan() {
  return make_plan(small_procedure(), demo_bench());
}

inline std::string with(std::string text, const std::string& right, const std::string& wrong) {
  const std::size_t at = text.find(right);
  if (at == std::string::npos) throw std::logic_error("the text does not hold: " + right);
  return text.replace(at, right.size(), wrong);
}

// A folder of its own, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("etalon-acquisition-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace etalon::acquisition::testing
