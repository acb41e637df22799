#pragma once

#include <torch/torch.h>

#include "consensus/task.h"
#include "training/dataset/dataset.h"

namespace freezenet::ownership {

/// Labelled images as a network sees them. A value: copies share the tensors, and nobody writes into them.
struct Samples {
  torch::Tensor images;  ///< {n, channels, height, width} of float32, pixels after the task's input tables
  torch::Tensor labels;  ///< {n} of int64

  [[nodiscard]] std::int64_t size() const { return images.defined() ? images.size(0) : 0; }
  /// Samples [begin, end), which share the memory.
  [[nodiscard]] Samples slice(std::int64_t begin, std::int64_t end) const;
  /// Those that an int64 tensor {k} names, in its order.
  [[nodiscard]] Samples take(const torch::Tensor& indices) const;
  /// Those of one class, in order.
  [[nodiscard]] Samples of_class(std::int64_t label) const;
};

/// One after another; either may be empty.
Samples joined(const Samples& first, const Samples& second);

/// The first `count` samples of a split (all where it has fewer), through the task's input tables.
Samples training_samples(const Task& task, const Plan& plan, const training::Dataset& dataset,
                         std::int64_t count = INT64_MAX);
Samples evaluation_samples(const Task& task, const Plan& plan, const training::Dataset& dataset,
                           std::int64_t count = INT64_MAX);

}  // namespace freezenet::ownership
