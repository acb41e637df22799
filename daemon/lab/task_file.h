#pragma once

#include <filesystem>
#include <optional>

#include "consensus/task.h"
#include "training/dataset/dataset.h"

namespace freezenet::lab {

/// A task that a person named: "digits", which is part of this program, or a file with a task as JSON (configs/tasks).
/// `pinned` says whether the file has its dataset's root; without it the task has no id. kConfig names file and place.
struct NamedTask {
  Task task;
  Plan plan;
  bool pinned = true;
};
Result<NamedTask> load_task(const std::filesystem::path& file_or_name);
/// The same for work that needs the data: kConfig, with the command that pins it, where the task is not pinned.
Result<NamedTask> load_pinned_task(const std::filesystem::path& file_or_name);

/// The task's dataset: from the folder where one is given, else the one that is part of this program. The rejects of
/// load_dataset_folder(), or kConfig where --data is needed.
Result<training::Dataset> load_data(const Task& task, const std::optional<std::filesystem::path>& folder);

/// Writes the root of the dataset in `folder` into the task's file, whose other text stays as it is, comments included.
/// kConfig where the file has another root already and `replace` is not set, or where the place of the root cannot be
/// told; the rejects of read_dataset_folder(). Returns the root.
Result<Hash256> pin_task(const std::filesystem::path& file, const std::filesystem::path& folder, bool replace);

}  // namespace freezenet::lab
