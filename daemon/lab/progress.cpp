#include "daemon/lab/progress.h"

#include <cstdio>

namespace freezenet::lab {

namespace {

constexpr double kTerminalPause = 0.1;
constexpr double kLogPause = 5;

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds < 0 ? 0 : seconds + 0.5);
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%llu h %02llu min", static_cast<unsigned long long>(whole / 3600),
                  static_cast<unsigned long long>(whole / 60 % 60));
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%llu min %02llu s", static_cast<unsigned long long>(whole / 60),
                  static_cast<unsigned long long>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%llu s", static_cast<unsigned long long>(whole));
  }
  return text;
}

std::string Progress::line(const TrainingRun& run, double seconds) const {
  const double passed = seconds - first_seconds_;
  const auto steps = static_cast<double>(run.steps_done() - first_step_);
  const double rate = passed > 0 ? steps / passed : 0;
  char text[200];
  std::snprintf(text, sizeof text, "step %llu/%llu  epoch %.2f  loss %.4f  accuracy %.1f%%  %.0f samples/s  ",
                static_cast<unsigned long long>(run.steps_done()), static_cast<unsigned long long>(total_steps_),
                run.epochs_done(), run.tally().loss(), 100 * run.tally().accuracy(), rate * batch_);
  const auto left = static_cast<double>(total_steps_ - run.steps_done());
  return text + (rate > 0 ? duration_text(left / rate) + " left" : std::string());
}

void Progress::step(const TrainingRun& run, double seconds) {
  if (first_seconds_ < 0) {
    // The first step pays for memory that is touched for the first time: the rate begins behind it.
    first_seconds_ = last_ = seconds;
    first_step_ = run.steps_done();
    return;
  }
  if (seconds - last_ < (terminal_ ? kTerminalPause : kLogPause)) return;
  last_ = seconds;
  const std::string text = line(run, seconds);
  if (terminal_)
    std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  else
    std::fprintf(stderr, "%s\n", text.c_str());
  shown_ = terminal_;
}

void Progress::say(const std::string& line) {
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void Progress::clear() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

}  // namespace freezenet::lab
