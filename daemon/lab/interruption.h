#pragma once

#include <csignal>
#include <ctime>

namespace freezenet::lab {

/// SIGINT and SIGTERM as something to be asked for between two steps, so that a run ends with a checkpoint and not in
/// the middle of a file. Made before the threads of an engine, which inherit that these signals wait.
class Interruption {
 public:
  Interruption() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Interruption() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come since the last call.
  bool requested() {
    const timespec now{};
    return sigtimedwait(&signals_, nullptr, &now) > 0;
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

}  // namespace freezenet::lab
