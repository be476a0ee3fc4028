#include "app/run_session.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "acquisition/rehearsal.h"
#include "app/certificate_files.h"
#include "app/configuration.h"
#include "app/operators.h"
#include "app/progress_display.h"
#include "app/version.h"
#include "archive/laboratory.h"
#include "base/file.h"
#include "base/language.h"
#include "calibration/evaluation/evaluation_rules.h"
#include "calibration/evaluation/standard.h"

namespace etalon::app {

using acquisition::RunRecord;
using acquisition::RunWriter;
using base::InputError;
using base::tr;
using drivers::Bench;

namespace {

// The item file says which individual stands at the item's place.
void put_item_on_bench(Bench& bench, const acquisition::Item& item) {
  const std::string name = bench.in_role("item").name;
  for (auto& instrument : bench.instruments) {
    if (instrument.name != name) continue;
    if (!instrument.serial.empty() && instrument.serial != item.serial) {
      throw base::FileError(instrument.position, fmt::format("serial of {} is {}, but the item file {} says {}", name,
                                                             instrument.serial, item.path, item.serial));
    }
    instrument.serial = item.serial;
    instrument.model = item.model;
  }
}

std::string path_of(const RunInputs& inputs, const std::string& name) {
  const auto found = inputs.paths.find(name);
  return found == inputs.paths.end() ? name + ".toml" : found->second;
}

// Each file by itself, so that its errors name the file and the place.
void check_files(const RunInputs& inputs) {
  calibration::parse_evaluation_rules(inputs.procedure.text, inputs.procedure.path, inputs.plan.unit);
  archive::parse_laboratory(inputs.texts.at("laboratory"), path_of(inputs, "laboratory"));
  for (const auto& [name, text] : inputs.texts) {
    if (name.starts_with("standard/")) calibration::parse_standard(text, path_of(inputs, name));
  }
}

// The standard is the instrument that stands on the bench, and its certificate is valid on the day.
void check_standards(const RunInputs& inputs, const std::string& day) {
  for (const auto& instrument : inputs.bench.instruments) {
    if (instrument.standard.empty()) continue;
    const auto standard = calibration::parse_standard(inputs.texts.at("standard/" + instrument.standard),
                                                      path_of(inputs, "standard/" + instrument.standard));
    if (standard.serial != instrument.serial) {
      throw base::FileError(instrument.position,
                            fmt::format("{} has the serial number {}, but its standard {} is {}", instrument.name,
                                        instrument.serial, instrument.standard, standard.serial));
    }
    calibration::require_valid(standard, day);
  }
}

// The laboratory's calendar day.
std::string day_of(const RunInputs& inputs, double utc) {
  return acquisition::calendar_of(inputs.texts, path_of(inputs, "laboratory")).day(utc);
}

RunInputs finish(RunInputs inputs) {
  put_item_on_bench(inputs.bench, inputs.item);
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

RunInputs inputs_of(const RunRecord& record, const std::string& configs, const std::string& other_bench) {
  RunInputs inputs;
  inputs.texts = record.inputs;
  inputs.procedure = acquisition::parse_procedure(record.input("procedure"), record.path + ": procedure");
  inputs.item = acquisition::parse_item(record.input("item"), record.path + ": item");
  if (other_bench.empty()) {
    std::map<std::string, std::string> driver_texts;
    const std::string prefix = "driver/";
    for (const auto& [name, content] : record.inputs) {
      if (name.starts_with(prefix)) driver_texts[name.substr(prefix.size())] = content;
    }
    inputs.bench = drivers::parse_bench(record.input("bench"), record.path + ": bench", driver_texts);
  } else {
    inputs.bench = drivers::read_bench(configuration_path(configs, "benches", other_bench),
                                       (std::filesystem::path(configs) / "drivers").string());
  }
  inputs = finish(std::move(inputs));
  if (acquisition::plan_to_json(inputs.plan) != record.plan_json) {
    throw InputError(fmt::format("{}: the bench {} does not make the plan that the run was begun with", record.path,
                                 inputs.bench.path));
  }
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
    : options_(options), interruption_(interruption), bench_(inputs.bench) {
  if (!bench_.simulation) {
    if (options.simulation.speed != 1) {
      throw base::RefusedError(tr("--speed belongs to simulated benches: real instruments need real time"));
    }
    if (!options.simulation.faults.empty() || !options.truth.empty()) {
      throw base::RefusedError(tr("--fault and --truth belong to simulated benches"));
    }
    clock_ = std::make_unique<base::SystemClock>();
    operator_ = std::make_unique<PersonAtTerminal>(options.yes, interruption.cancellation());
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

void rehearse(const RunInputs& inputs, double utc) {
  const std::string day = day_of(inputs, utc);
  check_standards(inputs, day);
  const auto run = acquisition::rehearsed_run(inputs.plan, inputs.texts, utc);
  try {
    for (const base::Language leading : {base::Language::zh, base::Language::en})
      make_certificate_files(run, day, leading);
  } catch (const base::RefusedError&) {
    throw;
  } catch (const base::InputError& error) {
    throw InputError(
        fmt::format(fmt::runtime(tr("a run with these files could not have a certificate: {}")), error.what()));
  }
}

RunSession::~RunSession() = default;

void RunSession::carry_out(const RunRecord& record, const std::vector<acquisition::Step>& steps, RunWriter& writer,
                           const std::string& opening) {
  auto transcript = std::make_shared<drivers::Transcript>();
  if (!options_.transcript.empty()) transcript->log_to(options_.transcript);
  ProgressDisplay progress(clock_->speed(), options_.verbose);
  const acquisition::RunSurroundings around{*clock_, interruption_.cancellation(), *operator_, progress, transcript};
  try {
    acquisition::carry_out(record, steps, bench_, writer, around, opening);
  } catch (const base::Error&) {
    progress.finish();
    std::cout << fmt::format(fmt::runtime(tr("What was measured is kept. Go on with: etalon resume {}")), writer.path())
              << std::endl;
    throw;
  }
}

RunRecord run_to_the_end(const RunInputs& inputs, const SessionOptions& options, const std::string& run_path,
                         Interruption& interruption) {
  rehearse(inputs, start_utc(inputs));
  auto texts = inputs.texts;
  texts["simulation"] = to_json(options.simulation);
  RunSession session(inputs, options, interruption, 0);
  RunWriter writer = RunWriter::create(run_path, acquisition::plan_to_json(inputs.plan), texts, software_name);
  const RunRecord record = acquisition::read_run(run_path);
  session.carry_out(record, acquisition::remaining_steps(record), writer, acquisition::event::run_started);
  return acquisition::read_run(run_path);
}

RunRecord resume_to_the_end(const std::string& run_path, const std::string& configs, const std::string& other_bench,
                            std::optional<SessionOptions> options, Interruption& interruption,
                            const std::string& repeat_point) {
  RunRecord record = acquisition::read_run(run_path);
  const RunInputs inputs = inputs_of(record, configs, other_bench);
  const auto chosen_steps = [&] {
    return repeat_point.empty() ? acquisition::remaining_steps(record)
                                : acquisition::steps_to_repeat(record, repeat_point);
  };
  if (chosen_steps().empty()) return record;
  SessionOptions chosen = options.value_or(SessionOptions{});
  if (const auto begun = record.inputs.find("simulation"); begun != record.inputs.end() && inputs.bench.simulation) {
    const auto faults = chosen.simulation.faults;
    chosen.simulation = simulation_choice_from_json(begun->second);
    chosen.simulation.faults = faults;
  }
  // From here on nobody else writes it: what remains is looked at again.
  RunWriter writer = RunWriter::reopen(run_path);
  record = acquisition::read_run(run_path);
  const auto steps = chosen_steps();
  if (steps.empty()) return record;
  RunSession session(inputs, chosen, interruption, writer.last_utc());
  session.carry_out(record, steps, writer,
                    repeat_point.empty() ? acquisition::event::run_resumed : acquisition::event::point_repeated);
  return acquisition::read_run(run_path);
}

}  // namespace etalon::app
