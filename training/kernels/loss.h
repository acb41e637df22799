#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace freezenet::kernels {

/// Softmax cross-entropy with label smoothing, the mean over the batch (docs/numerics.md gives every rounding).
struct LossShape {
  std::size_t classes;
  float label_smoothing;
};

/// labels[n] < classes; scratch holds 2 * classes + count floats. `gradient` (count, classes) is that of the returned
/// mean.
float softmax_cross_entropy(const LossShape& shape, std::size_t count, const float* logits, const std::uint8_t* labels,
                            float* gradient, std::span<float> scratch);

}  // namespace freezenet::kernels
