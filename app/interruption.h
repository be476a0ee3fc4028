// Ctrl-C, SIGTERM and SIGHUP as a cancellation: the run stops at a safe place and switches its sources off.
#pragma once

#include <thread>

#include "base/clock.h"

namespace etalon::app {

class Interruption {
 public:
  // Make it before any other thread: the signals are then seen only here.
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const base::Cancellation& cancellation() const { return cancellation_; }

 private:
  void watch();
  base::Cancellation cancellation_;
  std::thread thread_;
};

}  // namespace etalon::app
