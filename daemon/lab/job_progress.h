#pragma once

#include <chrono>
#include <string>

#include "daemon/lab/interruption.h"

namespace freezenet::lab {

/// What a person sees of a job that knows its share: "embedding  37%  8 s left" on standard error, written over where
/// that is a terminal, a line every few seconds where it is not; nothing of what is done within a second. Between two
/// calls it asks whether somebody wants to stop.
class JobProgress {
 public:
  /// `interruption` must outlive it.
  JobProgress(Interruption& interruption, bool terminal) : interruption_(interruption), terminal_(terminal) {}
  ~JobProgress() { clear(); }
  JobProgress(const JobProgress&) = delete;
  JobProgress& operator=(const JobProgress&) = delete;

  /// false where SIGINT or SIGTERM came. `done` below 0: unknown.
  bool tell(const std::string& doing, double done);
  /// Removes the line that is written over.
  void clear();

  /// The line itself, `seconds` after the beginning.
  static std::string line(const std::string& doing, double done, double seconds);

 private:
  using Clock = std::chrono::steady_clock;

  Interruption& interruption_;
  bool terminal_;
  bool shown_ = false;
  std::string doing_;
  Clock::time_point begin_ = Clock::now(), last_ = begin_;
};

}  // namespace freezenet::lab
