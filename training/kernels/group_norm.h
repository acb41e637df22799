#pragma once

#include <cstddef>

#include "training/kernels/parallel.h"
#include "training/kernels/sum.h"
#include "training/kernels/table.h"

namespace freezenet::kernels {

/// Group normalisation (Wu and He, 2018): each sample's channels in `groups` equal parts, each shifted and scaled to
/// mean 0 and variance 1, then a scale and a shift a channel. docs/numerics.md gives every rounding.
struct GroupNormShape {
  std::size_t channels, area, groups;
  float epsilon;
  [[nodiscard]] std::size_t planes() const { return channels / groups; }
  /// Floats of moments, of terms of one gradient, and of scratch for a thread.
  [[nodiscard]] std::size_t moments(std::size_t batch) const { return 2 * groups * batch; }
  [[nodiscard]] std::size_t terms(std::size_t batch) const { return channels * batch * (area / pairwise_block(area)); }
  [[nodiscard]] std::size_t scratch() const { return 3 * planes() * area + kPairwiseSlack; }
};

/// What goes from one pass to the next, in the caller's memory.
struct GroupNormState {
  float* moments;      ///< (sample, group): mean, 1 / sqrt(variance + epsilon)
  float* scale_terms;  ///< (channel, sample, block of the plane): sums that the weights' gradients continue from
  float* shift_terms;
  std::size_t batch;  ///< samples that the state has room for
};

/// `in` and `out` are the whole batch's; relu: max(y, 0) is stored.
void group_norm_forward(const KernelTable& table, const GroupNormShape& shape, Range samples, const float* in,
                        const float* scale, const float* shift, bool relu, float* out, const GroupNormState& state,
                        float* scratch);
/// One sample: out_gradient and values are its own; the input's gradient replaces the values.
void group_norm_backward(const KernelTable& table, const GroupNormShape& shape, std::size_t sample, const float* scale,
                         const float* out_gradient, float* values, const GroupNormState& state, float* scratch);
/// Of some channels, once all of `count` samples went backward; uses up the terms.
void group_norm_weight_gradient(const GroupNormShape& shape, Range channels, std::size_t count,
                                const GroupNormState& state, float* scale_gradient, float* shift_gradient);

}  // namespace freezenet::kernels
