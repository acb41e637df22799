#pragma once

#include <memory>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "training/engine.h"

namespace freezenet::training {

/// A task as an ordinary LibTorch module: its parameters are the task's tensors under the task's names, optimisers and
/// autograd take it like any other, and forward and backward are the engine's, so that what is computed with it has the
/// bits of consensus. What LibTorch does in between on its own is joining and cutting tensors, which is exact.
///
/// Owner: whoever trains or inspects a model through LibTorch; the node itself uses the engine. For one thread at a
/// time; autograd may run the backward pass on a thread of its own. There are no second derivatives. Memory: the
/// engine's, and one copy of input and weights for each graph that is alive. Errors are c10::Error, as everywhere in
/// LibTorch; those of the engine carry its reject.
class EngineModule : public torch::nn::Module {
 public:
  /// `plan` is plan_of(task). All parameters are zero until load().
  EngineModule(const Task& task, const Plan& plan, EngineOptions options = {});

  /// Logits {n, classes} of float32 values {n, channels, height, width}, n at most the task's batch.
  torch::Tensor forward(const torch::Tensor& input);
  /// The task's loss (label smoothing included) of such values and int64 labels {n}: forward, loss and their gradients
  /// are the engine's.
  torch::Tensor loss(const torch::Tensor& input, const torch::Tensor& labels);

  /// Copies a model's flat buffer (plan.parameters) into the parameters, and back.
  void load(std::span<const float> weights);
  [[nodiscard]] std::vector<float> weights() const;
  /// The parameters' gradients as one flat buffer, zero where there is none yet.
  [[nodiscard]] std::vector<float> gradients() const;

  /// The engine with the number of its last forward pass. Shared with the graphs that still need it.
  struct Shared;

 private:
  [[nodiscard]] torch::Tensor joined() const;

  Plan plan_;
  std::shared_ptr<Shared> shared_;
  std::vector<torch::Tensor> tensors_;  // the parameters, in task order
};

}  // namespace freezenet::training
