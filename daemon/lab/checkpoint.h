#pragma once

#include "daemon/lab/training_run.h"

namespace freezenet::lab {

/// Where a run of the lab stood: everything that its next step depends on, and what it had measured.
struct Checkpoint {
  RunSettings settings;
  std::uint64_t steps = 0;
  double seconds = 0;  ///< of training so far
  Tally tally;
  std::vector<float> weights, momentum;  ///< plan.parameters each
};

/// A safetensors file: the model's tensors under their own names, so that any loader finds a model in it, the
/// momentum's as "momentum.NAME", and the rest as metadata.
Bytes write_checkpoint(const Task& task, const Plan& plan, const TrainingRun& run, double seconds);

/// The longest file that read_checkpoint() accepts for a task.
std::uint64_t max_checkpoint_bytes(const Plan& plan);

/// Reads a user's file, which may be hostile. The rejects of read_safetensors(); kBadEncoding where it is no checkpoint
/// or a value of it is missing or out of its range; kWrongTask for another task's; kWrongModelRoot where the numbers
/// are not those that were written.
Result<Checkpoint> read_checkpoint(const Task& task, const Plan& plan, ByteView file);

}  // namespace freezenet::lab
