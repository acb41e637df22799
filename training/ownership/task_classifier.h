#pragma once

#include <span>

#include "consensus/task.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// A task's network, mined models included: its parameters are the task's tensors under names with '_' in place of the
/// '.' (LibTorch allows none in a parameter's name).
class TaskClassifier final : public Classifier {
 public:
  /// PyTorch's usual initialisation (uniform within 1 / sqrt(fan_in)) from `seed`. `plan` is plan_of(task).
  TaskClassifier(Task task, Plan plan, std::uint64_t seed);

  torch::Tensor forward(const torch::Tensor& images) override;
  [[nodiscard]] std::shared_ptr<Classifier> fresh(std::uint64_t seed) const override;
  [[nodiscard]] std::vector<NeuronOrder> neuron_orders() const override;

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  /// A model's flat buffer (plan().parameters), in and out.
  void load(std::span<const float> weights);
  [[nodiscard]] std::vector<float> flat() const;

 private:
  Task task_;
  Plan plan_;
  std::vector<torch::Tensor> tensors_;  // the parameters, in task order
};

}  // namespace freezenet::ownership
