#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/lab/training_run.h"

namespace freezenet::lab {

/// "1 h 05 min", "2 min 10 s", "8 s".
std::string duration_text(double seconds);

/// What a person sees of a run, on standard error: one line that is written over where that is a terminal, a line every
/// few seconds where it is not. The caller gives the time, in seconds of training.
class Progress {
 public:
  Progress(std::uint64_t total_steps, std::uint32_t batch, bool terminal)
      : total_steps_(total_steps), batch_(batch), terminal_(terminal) {}

  /// After each step; writes only as often as somebody can read.
  void step(const TrainingRun& run, double seconds);
  /// A line that stays, below which the progress goes on.
  void say(const std::string& line);
  /// Removes the line that is written over.
  void clear();

 private:
  [[nodiscard]] std::string line(const TrainingRun& run, double seconds) const;

  std::uint64_t total_steps_;
  std::uint32_t batch_;
  bool terminal_;
  bool shown_ = false;
  double last_ = 0;            // when a line was written
  double first_seconds_ = -1;  // where the rate is counted from
  std::uint64_t first_step_ = 0;
};

}  // namespace freezenet::lab
