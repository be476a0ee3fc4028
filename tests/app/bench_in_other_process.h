// A bench's simulators in a process of their own, as instruments outlive the program that uses them.
#pragma once

#include <string>

#include "tests/app/program.h"

namespace etalon::tests {

class BenchInOtherProcess {
 public:
  explicit BenchInOtherProcess(const TemporaryFolder& folder, const std::string& speed);

  // With the address of the hand that changes the wiring: nobody is asked.
  const std::string& bench() const { return bench_; }
  // The same instruments as if they were real: the person at the terminal is asked, and time is real.
  const std::string& real_bench() const { return real_bench_; }
  std::string address(const std::string& name) const;
  // Moves the hand: "SHORT meter", "CONNECT meter calibrator", "OPEN meter".
  void move_hand(const std::string& message) const;
  // Bit 0 of the calibrator's status register, asked over its own line.
  bool source_is_on() const;

 private:
  std::string log_;
  std::string bench_;
  std::string real_bench_;
  BackgroundProgram program_;
};

// Eleven points of the demo bench with waits of a second, as a procedure file in `folder`.
std::string write_short_procedure(const TemporaryFolder& folder);
// One wiring of one range: its points, such as `"60 V", "90 V"`.
std::string write_procedure_of_one_wiring(const TemporaryFolder& folder, const std::string& range,
                                          const std::string& points, const std::string& wait = "0 s");

}  // namespace etalon::tests
