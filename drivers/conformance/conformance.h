// The conformance suite of driver files: the simulator made from a file is driven through the client made from the same
// file, over a real socket or pseudo-terminal. Every quantity, range, setting, error and safe state is used, and each
// misbehaviour of the simulator must end in a named fault, never in a number.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "drivers/driver_file.h"

namespace etalon::drivers::conformance {

enum class Outcome { passed, failed, not_applicable };

struct Finding {
  std::string check;  // "measures dc voltage, range 10 V"
  Outcome outcome = Outcome::passed;
  std::string detail;  // what was expected and what came; why it does not apply
};

struct Report {
  std::string driver;
  std::vector<Finding> findings;
  bool passed() const;
  std::size_t count(Outcome outcome) const;
};

// How the device is connected: as the driver file suggests (a serial line or a TCP socket), or otherwise.
enum class Line { own, hislip, vxi11, gpib };

struct Options {
  double timeout = 1;      // s, of the link, in real time; time-outs of the file are shortened to this
  double speed = 2000;     // of the simulated clock
  std::uint64_t seed = 1;  // of the simulated individual
  const base::Cancellation* cancellation = nullptr;
  Line line = Line::own;
};

// `text` is the driver file's, `name` its name without ending. Never throws for the file's sake but for one that cannot
// be read (FileError).
Report check_driver(const std::string& text, const std::string& name, const Options& options);

// Which driver files claim the identity of another one: a finding for each pair, and one that passed when there is
// none.
std::vector<Finding> check_claims(const std::vector<DriverFile>& drivers);

}  // namespace etalon::drivers::conformance
