#include "app/run_session.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "acquisition/item_on_bench.h"
#include "acquisition/plan_difference.h"
#include "acquisition/rehearsal.h"
#include "acquisition/run_setup.h"
#include "app/certificate_files.h"
#include "app/configuration.h"
#include "app/expected_results.h"
#include "app/operators.h"
#include "app/progress_display.h"
#include "app/version.h"
#include "archive/laboratory.h"
#include "base/file.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "calibration/evaluation/evaluation_rules.h"
#include "calibration/evaluation/sound_run.h"
#include "calibration/evaluation/standard_on_bench.h"

namespace etalon::app {

using acquisition::RunRecord;
using acquisition::RunWriter;
using base::InputError;
using base::tr;
using drivers::Bench;

namespace {

std::string path_of(const RunInputs& inputs, const std::string& name) {
  const auto found = inputs.paths.find(name);
  return found == inputs.paths.end() ? name + ".toml" : found->second;
}

calibration::Standard standard_of(const RunInputs& inputs, const drivers::BenchInstrument& instrument) {
  const std::string name = "standard/" + instrument.standard;
  return calibration::parse_standard(inputs.texts.at(name), path_of(inputs, name));
}

// Each file by itself, so that its errors name the file and the place; then what two files say of one thing.
void check_files(const RunInputs& inputs) {
  calibration::parse_evaluation_rules(inputs.procedure.text, inputs.procedure.path, inputs.plan.unit);
  archive::parse_laboratory(inputs.texts.at("laboratory"), path_of(inputs, "laboratory"));
  for (const auto& instrument : inputs.bench.instruments) {
    if (instrument.standard.empty()) continue;
    const calibration::Standard standard = standard_of(inputs, instrument);
    calibration::require_agreement(standard, instrument);
    if (standard.certificate_number == inputs.item.certificate_number) {
      throw InputError(fmt::format(
          fmt::runtime(
              tr("{}: the item's certificate has the number {}, but that is the certificate of its standard {}")),
          inputs.item.path, standard.certificate_number, instrument.standard));
    }
  }
}

// The standard is the instrument that stands on the bench, and its certificate is valid on the day.
void check_standards(const RunInputs& inputs, const std::string& day) {
  for (const auto& instrument : inputs.bench.instruments) {
    if (!instrument.standard.empty()) calibration::require_valid(standard_of(inputs, instrument), day);
  }
}

// The laboratory's calendar day.
std::string day_of(const RunInputs& inputs, double utc) {
  return acquisition::calendar_of(inputs.texts, path_of(inputs, "laboratory")).day(utc);
}

RunInputs finish(RunInputs inputs) {
  acquisition::put_item_on_bench(inputs.bench, inputs.item);
  inputs.plan = acquisition::make_plan(inputs.procedure, inputs.bench);
  check_files(inputs);
  return inputs;
}

}  // namespace

RunInputs gather_inputs(const std::string& configs, const std::string& procedure, const std::string& bench,
                        const std::string& item) {
  RunInputs inputs;
  inputs.procedure = acquisition::read_procedure(configuration_path(configs, "procedures", procedure));
  const std::string drivers = (std::filesystem::path(configs) / "drivers").string();
  inputs.bench = drivers::read_bench(configuration_path(configs, "benches", bench), drivers);
  const std::string item_path = configuration_path(configs, "items", item);
  inputs.item = acquisition::parse_item(base::read_file(item_path, 1u << 20), item_path);
  inputs.texts["procedure"] = inputs.procedure.text;
  inputs.texts["bench"] = inputs.bench.text;
  inputs.texts["item"] = inputs.item.text;
  const auto read = [&](const std::string& name, const std::string& path) {
    inputs.paths[name] = path;
    inputs.texts[name] = base::read_file(path, 1u << 20);
  };
  read("laboratory", (std::filesystem::path(configs) / "laboratory.toml").string());
  for (const auto& instrument : inputs.bench.instruments) {
    inputs.texts["driver/" + instrument.driver_name] = instrument.driver_text;
    if (instrument.standard.empty()) continue;
    read("standard/" + instrument.standard, configuration_path(configs, "standards", instrument.standard));
  }
  return finish(std::move(inputs));
}

drivers::Bench bench_of(const RunRecord& record) {
  return drivers::parse_bench(record.input("bench"), record.path + ": bench", acquisition::driver_texts_of(record));
}

RunInputs inputs_of(const RunRecord& record, const std::string& configs, const std::string& other_bench) {
  calibration::require_sound(record);
  acquisition::RunSetup setup = acquisition::setup_of(record);
  RunInputs inputs;
  inputs.texts = record.inputs;
  inputs.procedure = setup.procedure;
  inputs.item = setup.item;
  inputs.bench = setup.bench;
  if (!other_bench.empty()) {
    // With the driver files that the run was begun with: readings of one run are made in one way.
    const std::string path = configuration_path(configs, "benches", other_bench);
    inputs.bench = drivers::parse_bench(base::read_file(path, 1u << 20), path, acquisition::driver_texts_of(record));
    acquisition::put_item_on_bench(inputs.bench, inputs.item);
    acquisition::require_same_instruments(setup.bench, inputs.bench);
  }
  inputs.plan = acquisition::make_plan(inputs.procedure, inputs.bench);
  if (const auto difference = acquisition::plan_difference(record.plan_json, inputs.plan)) {
    throw InputError(
        fmt::format(fmt::runtime(tr("{}: the bench {} does not make the plan that the run was begun with: {}")),
                    record.path, inputs.bench.path, *difference));
  }
  check_files(inputs);
  return inputs;
}

std::string to_json(const SimulationChoice& choice) {
  return nlohmann::json{{"speed", choice.speed}, {"seed", choice.seed}, {"faults", choice.faults}}.dump();
}

SimulationChoice simulation_choice_from_json(const std::string& json) {
  try {
    const auto read = nlohmann::json::parse(json);
    return {read.at("speed").get<double>(), read.at("seed").get<std::uint64_t>(), {}};  // a fault happens once
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("the run file's simulation cannot be read: ") + error.what());
  }
}

RunSession::RunSession(const RunInputs& inputs, const SessionOptions& options, Interruption& interruption,
                       double last_utc)
    : options_(options),
      interruption_(interruption),
      transcript_(std::make_shared<drivers::Transcript>()),
      bench_(inputs.bench) {
  if (!options.transcript.empty()) transcript_->log_to(options.transcript);
  if (!bench_.simulation) {
    if (options.simulation.speed != 1) {
      throw base::RefusedError(tr("--speed belongs to simulated benches: real instruments need real time"));
    }
    if (!options.simulation.faults.empty() || !options.truth.empty()) {
      throw base::RefusedError(tr("--fault and --truth belong to simulated benches"));
    }
    clock_ = std::make_unique<base::SystemClock>();
    operator_ = std::make_unique<PersonAtTerminal>(options.yes, interruption);
  } else {
    const double start = last_utc > 0 ? last_utc + 1 : bench_.simulation->start_utc;
    clock_ = std::make_unique<base::AcceleratedClock>(options.simulation.speed, start);
    std::string hand = bench_.simulation->hand;
    if (hand.empty()) {
      std::vector<drivers::simulation::Fault> faults;
      for (const std::string& fault : options.simulation.faults)
        faults.push_back(drivers::simulation::parse_fault(fault));
      simulated_ =
          std::make_unique<drivers::simulation::SimulatedBench>(bench_, *clock_, options.simulation.seed, faults);
      if (!options.truth.empty()) write_truth(simulated_->truth(), options.truth);
      bench_ = simulated_->live_bench();
      hand = simulated_->hand_address();
    }
    operator_ = std::make_unique<SimulatedHand>(hand, options.show_prompts, interruption.cancellation());
  }
  check_standards(inputs, day_of(inputs, clock_->utc()));
}

double start_utc(const RunInputs& inputs) {
  return inputs.bench.simulation ? inputs.bench.simulation->start_utc : base::SystemClock().utc();
}

calibration::Results rehearse(const RunInputs& inputs, double utc) {
  const std::string day = day_of(inputs, utc);
  check_standards(inputs, day);
  const auto run = acquisition::rehearsed_run(inputs.plan, inputs.texts, utc);
  try {
    calibration::Results results = calibration::evaluate(run);
    require_believable(results);
    for (const base::Language leading : {base::Language::zh, base::Language::en})
      make_certificate_files(run, day, leading);
    return results;
  } catch (const base::RefusedError&) {
    throw;
  } catch (const base::InputError& error) {
    throw InputError(
        fmt::format(fmt::runtime(tr("a run with these files could not have a certificate: {}")), error.what()));
  }
}

RunSession::~RunSession() = default;

void RunSession::carry_out(const RunRecord& record, const std::vector<acquisition::Step>& steps, RunWriter& writer,
                           const acquisition::Opening& opening) {
  ProgressDisplay progress(clock_->speed(), options_.verbose);
  const acquisition::RunSurroundings around{*clock_, interruption_.cancellation(), *operator_, progress, transcript_};
  try {
    acquisition::carry_out(record, steps, bench_, writer, around, opening);
  } catch (const base::PausedError&) {
    progress.finish();
    throw;
  } catch (const base::Error&) {
    progress.finish();
    const std::string kept = opening.kind == acquisition::event::point_repeated
                                 ? tr("What was measured before is kept, and still counts: {}")
                                 : tr("What was measured is kept. Go on with: etalon resume {}");
    std::cout << base::visible_line(fmt::format(fmt::runtime(kept), writer.path())) << std::endl;
    throw;
  }
}

namespace {

using StepsOf = std::function<std::vector<acquisition::Step>(const RunRecord&)>;

// To the end, also over stops (Ctrl-Z): what remains then begins as after `etalon resume`, with the identity of the
// instruments and the wiring, because nobody knows what was done to the leads meanwhile.
RunRecord carry_out_to_the_end(RunSession& session, RunWriter& writer, Interruption& interruption,
                               const acquisition::Opening& opening, const acquisition::Opening& after_a_stop,
                               const StepsOf& remaining) {
  for (bool stopped = false;; stopped = true) {
    const RunRecord record = acquisition::read_run(writer.path());
    try {
      session.carry_out(record, remaining(record), writer, stopped ? after_a_stop : opening);
      return acquisition::read_run(writer.path());
    } catch (const base::PausedError& pause) {
      interruption.cancellation().check_cancelled();
      std::cout << base::visible_text(pause.what()) << "\n"
                << (interruption.stop_wanted()
                        ? tr("What this run switched on is off, read back, and the instruments are free. When the "
                             "program goes on (fg), the point begins anew with its wiring.")
                        : tr("What this run switched on is off, read back. The point begins anew with its wiring."))
                << std::endl;
      interruption.stop_program();
      interruption.cancellation().check_cancelled();
    }
  }
}

}  // namespace

RunRecord run_to_the_end(const RunInputs& inputs, const SessionOptions& options, const std::string& run_path,
                         Interruption& interruption) {
  rehearse(inputs, start_utc(inputs));
  auto texts = inputs.texts;
  if (inputs.bench.simulation) texts["simulation"] = to_json(options.simulation);
  const Interruption::HoldsSources holds_sources(interruption);
  RunSession session(inputs, options, interruption, 0);
  RunWriter writer = RunWriter::create(run_path, acquisition::plan_to_json(inputs.plan), texts, software_name);
  return carry_out_to_the_end(session, writer, interruption, acquisition::event::run_started,
                              acquisition::event::run_resumed, acquisition::remaining_steps);
}

namespace {

RunRecord go_on(const std::string& run_path, const std::string& configs, const std::string& other_bench,
                const std::optional<SessionOptions>& options, Interruption& interruption,
                const acquisition::Opening& opening, const StepsOf& chosen_steps) {
  RunRecord record = acquisition::read_run(run_path);
  const RunInputs inputs = inputs_of(record, configs, other_bench);
  if (chosen_steps(record).empty()) return record;
  SessionOptions chosen = options.value_or(SessionOptions{});
  if (const auto begun = record.inputs.find("simulation"); begun != record.inputs.end() && inputs.bench.simulation) {
    const auto faults = chosen.simulation.faults;
    chosen.simulation = simulation_choice_from_json(begun->second);
    chosen.simulation.faults = faults;
  }
  const Interruption::HoldsSources holds_sources(interruption);
  // From here on nobody else writes it: what remains is looked at again.
  RunWriter writer = RunWriter::reopen(run_path);
  record = acquisition::read_run(run_path);
  if (chosen_steps(record).empty()) return record;
  RunSession session(inputs, chosen, interruption, writer.last_utc());
  return carry_out_to_the_end(session, writer, interruption, opening, opening, chosen_steps);
}

}  // namespace

RunRecord resume_to_the_end(const std::string& run_path, const std::string& configs, const std::string& other_bench,
                            std::optional<SessionOptions> options, Interruption& interruption) {
  return go_on(run_path, configs, other_bench, options, interruption, acquisition::event::run_resumed,
               acquisition::remaining_steps);
}

RunRecord repeat_point(const std::string& run_path, const std::string& configs, const std::string& other_bench,
                       const SessionOptions& options, Interruption& interruption, const std::string& point,
                       const std::string& reason) {
  const acquisition::Opening opening(acquisition::event::point_repeated, reason.empty() ? "no reason given" : reason);
  return go_on(run_path, configs, other_bench, options, interruption, opening,
               [&](const RunRecord& record) { return acquisition::steps_to_repeat(record, point); });
}

}  // namespace etalon::app
