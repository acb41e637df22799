#pragma once

#include <gtest/gtest.h>

#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/engine.h"

namespace freezenet::training {

/// The digits under a network that is small enough for the portable kernels, and has every kind of layer.
inline Task small_task() {
  Task task = digits_task();
  task.name = "small";
  task.layers = {Conv2d{.out_channels = 3, .kernel = 3, .stride = 2, .padding = 1},
                 Relu{},
                 MaxPool{.kernel = 2, .stride = 1},
                 Conv2d{.out_channels = 4, .kernel = 2, .stride = 1, .padding = 1},
                 Relu{},
                 Flatten{},
                 Linear{.out_features = 10}};
  task.batch = 7;
  task.label_smoothing = 0.1F;
  task.weight_decay = 1e-3F;
  task.evaluation_slice = 40;
  return task;
}

inline Plan plan_for(const Task& task) {
  auto plan = plan_of(task);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return *plan;
}

inline Dataset digits() {
  auto dataset = digits_dataset();
  EXPECT_TRUE(dataset.has_value()) << dataset.error().message();
  return *dataset;
}

struct Batch {
  std::vector<std::uint8_t> pixels, labels;
};

inline Batch first_samples(const Dataset& dataset, std::uint32_t count) {
  Batch batch;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView sample = dataset.train_pixels(i);
    batch.pixels.insert(batch.pixels.end(), sample.begin(), sample.end());
    batch.labels.push_back(dataset.train_label(i));
  }
  return batch;
}

}  // namespace freezenet::training
