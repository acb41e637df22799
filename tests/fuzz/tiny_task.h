#pragma once

#include "consensus/default_task.h"
#include "tests/fuzz/check.h"

namespace freezenet::fuzz {

/// A task whose model has 10 weights in two tensors, so that a whole model file fits into an input.
inline Task tiny_task() {
  Task task = digits_task();
  task.name = "tiny";
  task.dataset.name = "tiny";
  task.dataset.height = task.dataset.width = 2;
  task.dataset.classes = 2;
  task.layers = {Flatten{}, Linear{.out_features = 2}};
  task.watermark_ppm = 100'000;
  return task;
}

/// The kinds of layers that the tiny one lacks, in images as small, with augmentation where it is asked for.
inline Task residual_task(Augmentation augmentation = {}) {
  Task task = tiny_task();
  task.name = "residual";
  task.augmentation = augmentation;
  task.layers = {Conv2d{2, 1, 1, 0}, GroupNorm{1, 1e-5F}, Relu{},    ResidualAdd{1},
                 MaxPool{1, 1},      AvgPool{2, 1},       Flatten{}, Linear{.out_features = 2}};
  return task;
}

inline Plan tiny_plan(const Task& task) {
  const auto plan = plan_of(task);
  require(plan.has_value() && plan->parameters == 10, "the tiny task is one");
  return *plan;
}

/// Weights whose bits are the input's: NaN and infinities too.
inline std::vector<float> floats_of(ByteView bytes, std::size_t count) {
  std::vector<float> weights(count);
  const std::size_t size = std::min(bytes.size(), count * sizeof(float));
  if (size > 0) std::memcpy(weights.data(), bytes.data(), size);
  return weights;
}

inline bool same_bits(std::span<const float> a, std::span<const float> b) { return same(as_bytes(a), as_bytes(b)); }

}  // namespace freezenet::fuzz
