#pragma once

#include <cstddef>

#include "training/kernels/table.h"

namespace freezenet::kernels {

/// Pooling with a square window and no padding; what a stride leaves over at the right and the bottom is not looked at.
struct PoolShape {
  std::size_t channels, height, width;
  std::size_t kernel, stride;
  [[nodiscard]] std::size_t out_height() const { return (height - kernel) / stride + 1; }
  [[nodiscard]] std::size_t out_width() const { return (width - kernel) / stride + 1; }
  [[nodiscard]] std::size_t in_size() const { return channels * height * width; }
  [[nodiscard]] std::size_t out_size() const { return channels * out_height() * out_width(); }
};

/// Scans a window in (u, v) order and replaces on strictly greater; for `count` samples.
void max_pool_forward(const KernelTable& table, const PoolShape& shape, std::size_t count, const float* in, float* out);
/// One sample. Each output's gradient goes to the place that the forward pass chose, found again in `in`; added in
/// (oy, ox) order from +0 where windows overlap. in_gradient does not overlap the others.
void max_pool_backward(const PoolShape& shape, const float* in, const float* out_gradient, float* in_gradient);
/// Whether windows lie side by side and cover the plane, so that the gradient can take the place of the values.
bool max_pool_in_place(const PoolShape& shape);
/// One sample; gated: a gradient is +0 where the value is not above 0.
void max_pool_backward_in_place(const KernelTable& table, const PoolShape& shape, bool gated, const float* out_gradient,
                                float* values);

/// The pairwise sum of a window in (u, v) order, divided by its number of values; `scratch` holds a window.
void avg_pool_forward(const PoolShape& shape, std::size_t count, const float* in, float* out, float* scratch);
/// One sample. Each output's gradient is divided by the number and added to the window's places, in (oy, ox) order.
void avg_pool_backward(const PoolShape& shape, const float* out_gradient, float* in_gradient);

}  // namespace freezenet::kernels
