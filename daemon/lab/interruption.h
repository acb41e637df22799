#pragma once

#include <csignal>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace freezenet::lab {

/// SIGINT and SIGTERM as something to be asked for between two steps, so that a run ends with a checkpoint and not in
/// the middle of a file. Made on the program's first thread, and asked there. Threads that are made later inherit that
/// these signals wait; one that a library made before main() passes on to the first thread what the system gives it.
class Interruption {
 public:
  Interruption() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    struct sigaction passing {};
    passing.sa_handler = pass_on;
    passing.sa_flags = SA_RESTART;
    sigaction(SIGINT, &passing, &interrupt_before_);
    sigaction(SIGTERM, &passing, &terminate_before_);
  }
  ~Interruption() {
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGTERM, &terminate_before_, nullptr);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come since the last call.
  bool requested() {
    const timespec now{};
    return sigtimedwait(&signals_, nullptr, &now) > 0;
  }

 private:
  /// The first thread has the number of the process.
  static void pass_on(int signal) { ::syscall(SYS_tgkill, ::getpid(), ::getpid(), signal); }

  sigset_t signals_{};
  sigset_t before_{};
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

}  // namespace freezenet::lab
