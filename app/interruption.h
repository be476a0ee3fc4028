// Signals as a cancellation: whatever ends or stops the program, a run first switches its sources off and reads that
// back. Only SIGKILL and SIGSTOP cannot be seen (`etalon safe` is for what they leave behind).
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/clock.h"

namespace etalon::app {

// Signals that would end the program (Ctrl-C, Ctrl-\, SIGTERM, SIGHUP, a time or alarm limit …) cancel. One that was
// ignored when the program began stays ignored: nohup, or a shell's background job.
class Interruption {
 public:
  // Make it before any other thread: the signals are then seen only here.
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const base::Cancellation& cancellation() const { return cancellation_; }

  // While one of these lives, the signals that stop a program (Ctrl-Z, and reading or writing the terminal from the
  // background) do not stop it but pause the cancellation: who holds sources ends what goes on as after Ctrl-C, and
  // then calls stop_program(). Make it before threads of the run.
  class HoldsSources {
   public:
    explicit HoldsSources(Interruption& interruption);
    ~HoldsSources();
    HoldsSources(const HoldsSources&) = delete;
    HoldsSources& operator=(const HoldsSources&) = delete;

   private:
    Interruption& interruption_;
  };
  // Whether stop_program() will stop: not when the program was stopped and let go on from outside.
  bool stop_wanted() const { return stop_wanted_; }
  // Stops, if that is what paused; returns when the program was told to go on. The pause is over then.
  void stop_program();
  // As Ctrl-Z, from within: a prompt of a program in the background waits for `fg`.
  void ask_for_stop(const std::string& reason);

 private:
  void watch();
  void take(int signal, bool stood_still);
  base::Cancellation cancellation_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> holds_sources_{false};
  std::atomic<bool> stop_wanted_{false};
  std::atomic<bool> own_stop_{false};  // the next SIGCONT ends a stop of our own
  std::thread thread_;
};

}  // namespace etalon::app
