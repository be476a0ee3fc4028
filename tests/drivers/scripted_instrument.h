// An instrument for tests: a thread behind a real socket or pseudo-terminal that hands each line to a function.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "drivers/simulation/pseudo_terminal.h"
#include "drivers/simulation/tcp_listener.h"

namespace etalon::drivers::testing {

class ScriptedInstrument {
 public:
  using Answer = std::function<void(const std::string& line, ScriptedInstrument& self)>;

  ScriptedInstrument(std::unique_ptr<ServerPort> port, Answer answer, std::string terminator = "\n")
      : port_(std::move(port)), answer_(std::move(answer)), terminator_(std::move(terminator)), thread_([this] {
          try {
            serve();
          } catch (const base::InterruptedError&) {
          }
        }) {}
  ~ScriptedInstrument() {
    cancellation_.cancel("the test is over");
    thread_.join();
  }

  std::string address() const { return port_->address(); }
  // For the answer function:
  void say(std::string_view bytes) { port_->write(bytes, cancellation_); }
  void say_part(std::string_view bytes) { port_->write_part(bytes, cancellation_); }
  ServerPort& port() { return *port_; }
  // Until `flag` is set.
  void wait_for(const std::atomic<bool>& flag) {
    while (!flag)
      pause(std::chrono::milliseconds(2));
  }
  void pause(std::chrono::milliseconds duration) { cancellation_.sleep(duration); }
  void hang_up() { port_->drop_client(); }
  // What came so far.
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  void serve() {
    std::string input;
    for (;;) {
      char buffer[4096];
      const std::size_t count = port_->read(buffer, sizeof(buffer), cancellation_);
      if (count == 0) input.clear();
      input.append(buffer, count);
      for (std::size_t end; (end = input.find(terminator_)) != std::string::npos;) {
        const std::string line = input.substr(0, end);
        input.erase(0, end + terminator_.size());
        {
          const std::lock_guard lock(mutex_);
          lines_.push_back(line);
        }
        answer_(line, *this);
      }
    }
  }

  std::unique_ptr<ServerPort> port_;
  Answer answer_;
  std::string terminator_;
  base::Cancellation cancellation_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::thread thread_;
};

enum class Kind { tcp, pty };
inline std::unique_ptr<ServerPort> make_port(Kind kind) {
  if (kind == Kind::tcp) return std::make_unique<TcpListener>();
  return std::make_unique<PseudoTerminal>();
}

}  // namespace etalon::drivers::testing
