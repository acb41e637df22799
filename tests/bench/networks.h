#pragma once

#include <string>
#include <vector>

#include "consensus/task.h"
#include "training/dataset/dataset.h"

namespace freezenet::bench {

/// The networks that are measured, as tasks with SGD of momentum 0.9 and 5% watermark; root and counts of the dataset
/// are the caller's to fill in.
///
/// 1x28x28: convolution 32, max-pool, convolution 64, max-pool, dense 128, dense 10; 3x3 with padding 1, ReLU after
/// each but the last. Batch 128.
Task mnist_network();
/// 3x32x32: four blocks of two 3x3 convolutions (32, 64, 128, 256 filters), each followed by group norm (8 groups) and
/// ReLU, and a max-pool after each block; dense 128, ReLU, dense 10. Batch 64.
Task cifar_network();

/// Random bytes and labels under the task's specification, which receives their root: what speed needs. `train` and
/// `evaluation` samples.
training::Dataset random_dataset(Task& task, std::uint32_t train, std::uint32_t evaluation);

/// Multiply-adds of one training step of a full batch, all counted, whether a kernel skips them or not: the forward
/// pass, the weights' gradients and the inputs' gradients, which the first layer does not need.
double step_multiply_adds(const Task& task, const Plan& plan);

/// Floats that a step cannot do without beside weights, gradients and momentum: the input and what each layer leaves,
/// once for a batch. ReLU and flatten work in place and leave nothing of their own.
std::uint64_t activation_floats(const Task& task, const Plan& plan);

}  // namespace freezenet::bench
