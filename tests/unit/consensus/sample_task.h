#pragma once

#include "consensus/task.h"

namespace freezenet {

/// A small task that passes every check, for tests to bend: 1 x 8 x 8 -> conv 4 -> ReLU -> pool -> flatten -> 10
/// logits.
inline Task sample_task() {
  Task task;
  task.name = "sample";
  task.dataset = {"digits", 1, 8, 8, 10, 1437, 360, {}};
  for (std::size_t i = 0; i < 32; ++i) task.dataset.root.bytes[i] = static_cast<std::uint8_t>(i);
  task.inputs.resize(1);
  for (std::size_t i = 0; i < 256; ++i) task.inputs[0][i] = static_cast<float>(i) / 16.0F;
  task.layers = {Conv2d{4, 3, 1, 1}, Relu{}, MaxPool{2, 2}, Flatten{}, Linear{10}};
  task.batch = 32;
  task.steps = 40;
  task.momentum = 0.9F;
  task.weight_decay = 1e-4F;
  task.label_smoothing = 0.1F;
  task.rate_period = 1000;
  task.rates = {0.05F, 0.01F};
  task.watermark_ppm = 50'000;
  task.evaluation_slice = 360;
  task.margin_ppm = 20'000;
  task.target_num = 3;
  task.target_den = 2;
  return task;
}

/// The same with a residual block, group norms and an average pool, and with augmentation where it is asked for.
inline Task residual_task(Augmentation augmentation = {}) {
  Task task = sample_task();
  task.layers = {Conv2d{4, 3, 1, 1},  GroupNorm{2, 1e-5F}, Relu{}, Conv2d{4, 3, 1, 1},
                 GroupNorm{2, 1e-5F}, ResidualAdd{3},      Relu{}, AvgPool{3, 2},
                 Flatten{},           Linear{10}};
  task.augmentation = augmentation;
  return task;
}

}  // namespace freezenet
