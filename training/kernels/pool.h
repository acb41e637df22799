#pragma once

#include <cstddef>
#include <cstdint>

#include "training/kernels/parallel.h"

namespace freezenet::kernels {

/// Max pooling with a square window and no padding; what a stride leaves over at the right and the bottom is not looked
/// at.
struct MaxPoolShape {
  std::size_t channels, height, width;
  std::size_t kernel, stride;
  [[nodiscard]] std::size_t out_height() const { return (height - kernel) / stride + 1; }
  [[nodiscard]] std::size_t out_width() const { return (width - kernel) / stride + 1; }
};

/// Scans a window in (ky, kx) order and replaces on strictly greater. `chosen` (one entry an output) is the place in
/// the input plane.
void max_pool_forward(Pool& pool, const MaxPoolShape& shape, std::size_t count, const float* in, float* out,
                      std::uint32_t* chosen);
/// Each output's gradient goes to the chosen place, added in (oy, ox) order from +0 where windows overlap.
void max_pool_backward(Pool& pool, const MaxPoolShape& shape, std::size_t count, const float* out_gradient,
                       const std::uint32_t* chosen, float* in_gradient);

}  // namespace freezenet::kernels
