#pragma once

#include <string>

#include "consensus/base/result.h"
#include "daemon/lab/task_file.h"
#include "training/engine.h"

namespace freezenet::lab {

/// The work of one segment of a task beside one of the digits task, on this machine.
struct TaskCost {
  double step_seconds = 0;         ///< median of a training step
  double digits_step_seconds = 0;  ///< the same for digits
  std::uint32_t measured_steps = 0;
  double ratio = 0;                ///< of the segments: steps times the step's time
  std::uint32_t num = 1, den = 1;  ///< the ratio as target_num / target_den, to two digits
};

/// Trains both on synthetic samples, in turns of a step each, so that a machine that slows down slows both. Takes about
/// `seconds`, and never less than five steps of each. The errors of the engine.
Result<TaskCost> measure_cost(const NamedTask& named, const training::EngineOptions& engine, double seconds);

/// A fraction with two significant digits, or a tenth where the ratio is below one.
void as_fraction(TaskCost& cost);

}  // namespace freezenet::lab
