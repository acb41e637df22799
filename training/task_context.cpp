#include "training/task_context.h"

#include <string>

#include "training/dataset/digits.h"
#include "training/dataset/folder.h"

namespace freezenet::training {

namespace {

Result<Dataset> load_dataset(const Task& task, const std::filesystem::path& datasets,
                             const std::vector<TaskContext>& loaded) {
  for (const TaskContext& other : loaded) {
    if (other.task.dataset == task.dataset) return other.dataset;
  }
  auto embedded = embedded_dataset(task.dataset);
  if (embedded || embedded.error().code != RejectCode::kNotFound) return embedded;
  const std::string needs = "task '" + task.name + "' needs the dataset '" + task.dataset.name + "'";
  if (datasets.empty())
    return reject(RejectCode::kNotFound,
                  needs + ", which is not part of this program, and no folder of datasets is set");
  auto dataset = load_dataset_folder(task.dataset, datasets / task.dataset.name);
  if (!dataset) return reject(dataset.error().code, needs + ": " + dataset.error().detail);
  return dataset;
}

}  // namespace

Result<std::vector<TaskContext>> load_task_contexts(const NetworkParams& params,
                                                    const std::filesystem::path& datasets) {
  std::vector<TaskContext> contexts;
  for (const Task& task : params.tasks) {
    // First, because it checks the names too: one of them becomes part of a path.
    auto plan = plan_of(task);
    if (!plan) return tl::unexpected(plan.error());
    auto dataset = load_dataset(task, datasets, contexts);
    if (!dataset) return tl::unexpected(dataset.error());
    contexts.push_back({task, std::move(*plan), std::move(*dataset)});
  }
  return contexts;
}

}  // namespace freezenet::training
