#pragma once

#include <filesystem>
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

/// The contexts of a network's tasks, in order. A dataset that is part of this program is used as it is; any other one
/// is read from the folder DATASETS/NAME (folder.h), once where several tasks share it. kBadTask; for a dataset the
/// rejects of load_dataset_folder(), in a sentence that says which task needs it, where it was looked for and what to
/// put there.
Result<std::vector<TaskContext>> load_task_contexts(const NetworkParams& params,
                                                    const std::filesystem::path& datasets = {});

}  // namespace freezenet::training
