#pragma once

#include <vector>

#include "consensus/network_params.h"
#include "training/dataset/dataset.h"

namespace freezenet::training {

/// A task with everything that its work needs. Immutable; shared by the miner and the verifier.
struct TaskContext {
  Task task;
  Plan plan;
  Dataset dataset;
};

/// The contexts of a network's tasks, in order. kBadTask, kBadDataset, or kNotFound for a dataset that this program
/// does not carry.
Result<std::vector<TaskContext>> load_task_contexts(const NetworkParams& params);

}  // namespace freezenet::training
