// A bench file: which instruments stand here, at which addresses, with which serial numbers, in which roles.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/language.h"
#include "drivers/driver_file.h"
#include "drivers/links/gpib_adapters.h"

namespace etalon::drivers {

// What a simulated individual's true errors are centred on (its certificate, say), by the instrument's own range.
struct IndividualRow {
  double range = 0;
  double gain = 0;    // of output
  double offset = 0;  // in the unit
};

struct BenchInstrument {
  std::string name;         // "calibrator"
  std::string driver_name;  // "fluke-5522a", a file of configs/drivers
  DriverFile driver;
  std::string driver_text;  // the file's exact text, for the run file
  std::string driver_path;
  std::string address;
  std::string model;   // empty: any model the driver file claims
  std::string module;  // what is fitted; empty: the driver file's own limits hold
  std::string serial;
  bool any_serial = false;                 // whoever answers is meant (finding out, recording); never in a run
  std::string standard;                    // a file of configs/standards, empty when it is not a measurement standard
  base::Position position;                 // of its table, for errors
  std::vector<IndividualRow> truth;        // simulated benches only
  std::shared_ptr<GpibAdapters> adapters;  // of the bench, shared by all of its instruments; empty: none
};

// What the simulated world is made of besides the instruments.
struct SimulationSettings {
  double start_utc = 0;     // date at which the simulated clock starts
  double emf_low = 0.5e-6;  // V, thermal EMF right after touching the leads, drawn between low and high …
  double emf_high = 2e-6;
  double emf_time_constant = 100;  // s, … and decaying
  double emf_residual = 0.1e-6;    // V, ±, what stays (copper to copper)
  std::string hand;  // address of the hand that changes the wiring, when another process simulates the bench
};

struct Bench {
  std::string path;
  std::string text;  // exact
  base::LocalText title;
  std::optional<SimulationSettings> simulation;  // set: every instrument here is simulated
  std::vector<BenchInstrument> instruments;
  std::map<std::string, std::string> roles;  // role to instrument name
  std::vector<GpibAdapterDescription> adapters;

  const BenchInstrument& instrument(const std::string& name) const;  // InputError when there is none
  const BenchInstrument& in_role(const std::string& role) const;
};

// `drivers_folder` is where the driver files are. FileError says where.
Bench read_bench(const std::string& path, const std::string& drivers_folder);
// The same from texts; `driver_texts` maps a driver's name to its file's text (a run file keeps them).
Bench parse_bench(const std::string& text, const std::string& file_name,
                  const std::map<std::string, std::string>& driver_texts);

}  // namespace etalon::drivers
