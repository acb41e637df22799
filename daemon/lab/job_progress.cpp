#include "daemon/lab/job_progress.h"

#include <cstdio>

#include "daemon/lab/progress.h"

namespace freezenet::lab {

namespace {

constexpr std::chrono::milliseconds kFirst{1000}, kTerminalPause{100}, kLogPause{5000};

}  // namespace

std::string JobProgress::line(const std::string& doing, double done, double seconds) {
  if (done < 0) return doing + "  " + duration_text(seconds) + " so far";
  char percent[16];
  std::snprintf(percent, sizeof percent, "  %.0f%%", 100 * done);
  return doing + percent + (done > 0 ? "  " + duration_text(seconds * (1 - done) / done) + " left" : std::string());
}

bool JobProgress::tell(const std::string& doing, double done) {
  const Clock::time_point now = Clock::now();
  // A count within the name of what is done is no other job.
  if (const std::string what = doing.substr(0, doing.find(',')); what != doing_) {
    doing_ = what;
    begin_ = last_ = now;
  }
  if (now - begin_ >= kFirst && now - last_ >= (terminal_ ? kTerminalPause : kLogPause)) {
    last_ = now;
    const std::string text = line(doing, done, std::chrono::duration<double>(now - begin_).count());
    std::fprintf(stderr, terminal_ ? "\r\x1b[K%s" : "%s\n", text.c_str());
    shown_ = terminal_;
  }
  return !interruption_.requested();
}

void JobProgress::clear() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

}  // namespace freezenet::lab
