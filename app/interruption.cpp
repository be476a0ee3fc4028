#include "app/interruption.h"

#include <fmt/format.h>
#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/language.h"

namespace etalon::app {

using base::tr;

namespace {

// Those that end a program by default and may come from outside, also with a time limit (ulimit -t), an alarm set
// before exec, a failing power supply. Synchronous faults of the program itself (SIGSEGV …) end it all the same.
constexpr int ending_signals[] = {SIGINT,  SIGTERM,   SIGHUP,  SIGQUIT, SIGABRT, SIGALRM, SIGUSR1,
                                  SIGUSR2, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGXCPU, SIGSTKFLT};
constexpr int stopping_signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
constexpr int wake_up = SIGUSR1;

bool ignored_at_start(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

sigset_t set_of(const auto& signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    if (!ignored_at_start(signal)) sigaddset(&set, signal);
  }
  return set;
}

std::string reason_of(int signal) {
  switch (signal) {
    case SIGINT:
      return tr("interrupted by Ctrl-C");
    case SIGTERM:
      return tr("ended by SIGTERM");
    case SIGHUP:
      return tr("the terminal was closed");
    case SIGTSTP:
      return tr("stopped by Ctrl-Z");
    default:
      return fmt::format(fmt::runtime(tr("ended by SIG{}")), ::sigabbrev_np(signal));
  }
}

bool is_stopping(int signal) {
  return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

Interruption::Interruption() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a failed write, as on a full disk
  sigset_t signals = set_of(ending_signals);
  sigaddset(&signals, SIGCONT);  // goes on all the same
  sigaddset(&signals, wake_up);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { watch(); });
}

Interruption::~Interruption() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), wake_up);
  thread_.join();
}

Interruption::HoldsSources::HoldsSources(Interruption& interruption) : interruption_(interruption) {
  interruption_.holds_sources_ = true;
  const sigset_t signals = set_of(stopping_signals);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Interruption::HoldsSources::~HoldsSources() {
  interruption_.holds_sources_ = false;
  const sigset_t signals = set_of(stopping_signals);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interruption::stop_program() {
  if (stop_wanted_.exchange(false)) {
    own_stop_ = true;
    std::raise(SIGSTOP);  // SIGTSTP would not stop a process group without a shell
  }
  cancellation_.go_on();
}

void Interruption::ask_for_stop(const std::string& reason) {
  if (!holds_sources_) {
    own_stop_ = true;
    std::raise(SIGSTOP);
    return;
  }
  stop_wanted_ = true;
  cancellation_.pause(reason);
}

void Interruption::take(int signal, bool stood_still) {
  if (signal == SIGCONT) {
    if (own_stop_.exchange(false) || !stood_still || !holds_sources_) return;
    cancellation_.pause(tr("the program had been stopped from outside, with the source as it was"));
    return;
  }
  if (is_stopping(signal)) {
    if (cancellation_.cancelled() || cancellation_.paused()) return;
    ask_for_stop(reason_of(signal));
    return;
  }
  if (cancellation_.cancelled()) {
    std::fprintf(stderr, "\n%s\n", tr("already stopping: the sources are being switched off").c_str());
    return;
  }
  cancellation_.cancel(reason_of(signal));
}

void Interruption::watch() {
  sigset_t signals = set_of(ending_signals);
  for (const int signal : stopping_signals) {
    if (!ignored_at_start(signal)) sigaddset(&signals, signal);
  }
  sigaddset(&signals, SIGCONT);
  sigaddset(&signals, wake_up);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // fg sends SIGCONT also to a program that was never stopped: that one has looked here all the time.
  constexpr timespec look{0, 200'000'000};
  constexpr std::chrono::milliseconds stood_still{1000};
  auto last_look = std::chrono::steady_clock::now();
  for (;;) {
    const int signal = ::sigtimedwait(&signals, nullptr, &look);
    if (ending_) return;
    if (signal < 0 && errno == EINTR) continue;  // of a stop: SIGCONT follows
    const auto now = std::chrono::steady_clock::now();
    if (signal > 0) take(signal, now - last_look > stood_still);
    last_look = now;
  }
}

}  // namespace etalon::app
