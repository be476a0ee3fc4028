#include "app/interruption.h"

#include <pthread.h>

#include <csignal>
#include <cstdio>

#include "base/language.h"

namespace etalon::app {

namespace {

constexpr int wake_up = SIGUSR1;

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, wake_up})
    sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Interruption::Interruption() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { watch(); });
}

Interruption::~Interruption() {
  pthread_kill(thread_.native_handle(), wake_up);
  thread_.join();
}

void Interruption::watch() {
  const sigset_t signals = watched_signals();
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == wake_up) return;
    if (cancellation_.cancelled()) {
      std::fprintf(stderr, "\n%s\n", base::tr("already stopping: the sources are being switched off").c_str());
      continue;
    }
    const char* reason = signal == SIGINT    ? base::message_id("interrupted by Ctrl-C")
                         : signal == SIGTERM ? base::message_id("ended by SIGTERM")
                                             : base::message_id("the terminal was closed");
    cancellation_.cancel(base::tr(reason));
  }
}

}  // namespace etalon::app
