// One run from the command line: its inputs, its bench (real, or simulated here or in another process), its clock, the
// one who answers prompts, and the journal.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/item.h"
#include "acquisition/procedure.h"
#include "acquisition/runner.h"
#include "app/interruption.h"
#include "calibration/evaluation/evaluate.h"
#include "drivers/bench.h"
#include "drivers/simulation/simulated_bench.h"

namespace etalon::app {

// The laboratory's files for a run, read and checked together before any instrument is touched.
struct RunInputs {
  acquisition::Procedure procedure;
  drivers::Bench bench;
  acquisition::Item item;
  acquisition::Plan plan;
  std::map<std::string, std::string> texts;  // as the run file keeps them
  std::map<std::string, std::string> paths;  // where they were read, by the same names
};
// InputError and FileError as the parts give them; also an item whose serial number differs from the bench's.
RunInputs gather_inputs(const std::string& configs, const std::string& procedure, const std::string& bench,
                        const std::string& item);
// The bench of a run, from the run file alone.
drivers::Bench bench_of(const acquisition::RunRecord& record);
// From a run file. `other_bench` replaces the bench (its addresses changed), when given.
RunInputs inputs_of(const acquisition::RunRecord& record, const std::string& configs, const std::string& other_bench);

struct SimulationChoice {
  double speed = 60;
  std::uint64_t seed = 1;
  std::vector<std::string> faults;
  bool operator==(const SimulationChoice&) const = default;
};
std::string to_json(const SimulationChoice& choice);
SimulationChoice simulation_choice_from_json(const std::string& json);

struct SessionOptions {
  SimulationChoice simulation;
  bool yes = false;
  bool verbose = false;
  bool show_prompts = true;
  std::string transcript;  // file for every byte, or empty
  std::string truth;       // file for the simulator's hidden truth, or empty
};

// Carries out steps on the bench. `last_utc` is when the journal ended (0 for a new run): a simulated clock goes on
// from there. RefusedError when the clock would not be real time on real instruments, or a standard is not valid today.
class RunSession {
 public:
  RunSession(const RunInputs& inputs, const SessionOptions& options, Interruption& interruption, double last_utc);
  ~RunSession();

  // Ends with PausedError when the program is to be stopped: the sources are off, and their links are closed.
  void carry_out(const acquisition::RunRecord& record, const std::vector<acquisition::Step>& steps,
                 acquisition::RunWriter& writer, const acquisition::Opening& opening);
  // Only when the bench is simulated in this process.
  const drivers::simulation::SimulatedBench* simulated() const { return simulated_.get(); }

 private:
  SessionOptions options_;
  Interruption& interruption_;
  std::shared_ptr<drivers::Transcript> transcript_;
  std::unique_ptr<base::Clock> clock_;
  std::unique_ptr<drivers::simulation::SimulatedBench> simulated_;
  drivers::Bench bench_;
  std::unique_ptr<acquisition::Operator> operator_;
};

// Everything up to the certificate on nominal readings, as of this moment: a text that is missing, a standard that has
// expired or a font that is not installed shows before any instrument is touched. Throws what it finds.
// What comes out: each point with the standard's correction and the least uncertainty.
calibration::Results rehearse(const RunInputs& inputs, double utc);
// When a run would start: now, or the simulation's date.
double start_utc(const RunInputs& inputs);

// A new run from its inputs to the end of the plan.
acquisition::RunRecord run_to_the_end(const RunInputs& inputs, const SessionOptions& options,
                                      const std::string& run_path, Interruption& interruption);
// What remains of a run. The simulation goes on as it began unless `options` differ.
acquisition::RunRecord resume_to_the_end(const std::string& run_path, const std::string& configs,
                                         const std::string& other_bench, std::optional<SessionOptions> options,
                                         Interruption& interruption);
// One point again; `reason` goes to the journal, empty: none was given.
acquisition::RunRecord repeat_point(const std::string& run_path, const std::string& configs,
                                    const std::string& other_bench, const SessionOptions& options,
                                    Interruption& interruption, const std::string& point, const std::string& reason);

}  // namespace etalon::app
