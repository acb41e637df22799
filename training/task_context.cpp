#include "training/task_context.h"

#include "training/dataset/digits.h"

namespace freezenet::training {

Result<std::vector<TaskContext>> load_task_contexts(const NetworkParams& params) {
  std::vector<TaskContext> contexts;
  for (const Task& task : params.tasks) {
    auto plan = plan_of(task);
    if (!plan) return tl::unexpected(plan.error());
    auto dataset = embedded_dataset(task.dataset);
    if (!dataset) return tl::unexpected(dataset.error());
    contexts.push_back({task, std::move(*plan), std::move(*dataset)});
  }
  return contexts;
}

}  // namespace freezenet::training
