#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "consensus/task.h"

namespace freezenet::training {

/// The task's network once more, out of LibTorch's own operations and derived by LibTorch's autograd: the engine's bits
/// are consensus and nobody else's, but its *values* must be the mathematics, and this is the independent statement of
/// it. It shares no arithmetic with the kernels. Runs in binary64 by default, so that what differs is the engine's own
/// rounding.
///
/// Every function may throw c10::Error; callers at the edge of this room catch it.

/// One sample's batch as tensors: pixels looked up in the task's tables, {n, c, h, w}, and labels {n}. `pixels` holds n
/// samples' bytes.
torch::Tensor oracle_input(const Task& task, const Plan& plan, std::span<const std::uint8_t> pixels,
                           torch::Dtype dtype);
torch::Tensor oracle_labels(std::span<const std::uint8_t> labels);

/// The flat buffer cut into leaf tensors that ask for gradients, in task order.
std::vector<torch::Tensor> oracle_parameters(const Plan& plan, std::span<const float> weights, torch::Dtype dtype);

/// Their values in binary64, one tensor behind the other.
std::vector<double> flat_values(const std::vector<torch::Tensor>& tensors);

/// {n, classes}. All layers of the protocol; group norm is LibTorch's own, with the variance biased as ours.
torch::Tensor oracle_logits(const Task& task, const torch::Tensor& input, const std::vector<torch::Tensor>& parameters);
/// Mean softmax cross-entropy with the task's label smoothing, a scalar.
torch::Tensor oracle_loss(const Task& task, const torch::Tensor& logits, const torch::Tensor& labels);

/// Values of one step of SGD in binary64, flat and in task order.
struct OracleStep {
  std::vector<double> logits;  ///< n x classes
  double loss = 0;
  std::vector<double> gradients;  ///< of the loss alone: no mask, no weight decay
  std::vector<double> momentum;   ///< after the step
  std::vector<double> weights;    ///< after the step
};

/// One step of the task from `weights` and `momentum` (both plan.parameters) at `rate`. `frozen` is plan.parameters
/// bytes, non-zero where a weight may not move.
OracleStep oracle_step(const Task& task, const Plan& plan, std::span<const float> weights,
                       std::span<const float> momentum, std::span<const std::uint8_t> frozen,
                       std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels, float rate);

}  // namespace freezenet::training
