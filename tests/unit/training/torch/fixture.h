#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "consensus/watermark.h"
#include "training/dataset/digits.h"

namespace freezenet::training {

/// Largest difference as a share of the largest magnitude of the reference.
template <typename Values>
double difference(const Values& found, std::span<const double> reference) {
  double error = 0, scale = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    error = std::max(error, std::abs(double{found[i]} - reference[i]));
    scale = std::max(scale, std::abs(reference[i]));
  }
  return scale == 0 ? error : error / scale;
}

/// The digits task with everything that a step of it needs, tensors of rank 1 not as they begin.
struct DigitsStep {
  explicit DigitsStep(Task t = digits_task())
      : task(std::move(t)), plan(plan_of(task).value()), weights(genesis_weights(plan, task.id())) {
    const Hash256 seed = tagged_hash("FreezeNet/torch-tests", {});
    for (std::uint32_t t_index = 0; t_index < plan.tensors.size(); ++t_index) {
      const TensorSpec& tensor = plan.tensors[t_index];
      if (tensor.shape.size() != 1) continue;
      Stream stream(seed, "bias", t_index);
      for (std::uint64_t i = 0; i < tensor.count; ++i)
        weights[tensor.offset + i] = tensor.initial + 0.1F * stream.uniform_float();
    }
    const Dataset data = digits_dataset().value();
    for (std::uint32_t i = 0; i < task.batch; ++i) {
      const ByteView sample = data.train_pixels(i);
      pixels.insert(pixels.end(), sample.begin(), sample.end());
      labels.push_back(data.train_label(i));
    }
  }

  Task task;
  Plan plan;
  std::vector<float> weights;
  std::vector<std::uint8_t> pixels, labels;
};

}  // namespace freezenet::training
