#pragma once

#include <csignal>

#include <pthread.h>
#include <termios.h>

namespace freezenet::daemon {

/// A terminal that shows nothing of what is typed, for as long as this lives. A signal waits until it shows it again:
/// nobody is left with a shell without echo. Does nothing to what is no terminal.
class SilentTerminal {
 public:
  explicit SilentTerminal(int terminal) : terminal_(terminal), is_terminal_(::tcgetattr(terminal, &before_) == 0) {
    if (!is_terminal_) return;
    ::sigfillset(&all_);
    ::pthread_sigmask(SIG_BLOCK, &all_, &signals_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_silent_ = ::tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
  }
  ~SilentTerminal() {
    if (!is_terminal_) return;
    ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    ::pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  [[nodiscard]] bool is_silent() const { return is_silent_; }

 private:
  int terminal_;
  termios before_{};
  bool is_terminal_, is_silent_ = false;
  sigset_t all_{}, signals_{};
};

}  // namespace freezenet::daemon
