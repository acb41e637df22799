#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/kernels/conv.h"
#include "training/kernels/device.h"

namespace freezenet::kernels {

/// The two gradients of a convolution from an output gradient that is mostly zeros, as ReLU and max pooling leave it: a
/// zero factor changes no bit of a chain whose other factor is finite (docs/numerics.md section 2), so only the other
/// terms are computed, in the same order.
///
/// Here an output's lanes are input channels, and the gradient is what is broadcast: so that a zero is skipped for all
/// lanes at once. Images lie channel last (y, x, channel), with which the k columns of a window's row are contiguous.
///
/// Built once for a layer; immutable. Holds 4 bytes for each position of an image.
class SparseConvGradient {
 public:
  SparseConvGradient(const KernelTable& table, const ConvShape& shape, unsigned threads);

  /// Whether the terms that are left cost less than all of them do: of a sample of one image's output gradient.
  [[nodiscard]] bool pays_for_weights(const float* out_gradient) const;
  [[nodiscard]] bool pays_for_input(const float* out_gradient) const;

  /// Floats of scratch for one thread in any of the calls, and of the packed weights.
  [[nodiscard]] std::size_t scratch(std::size_t batch) const;
  [[nodiscard]] std::size_t packed() const;

  /// A thread's part: some output channels, for count images. An image with a value that is not finite is summed with
  /// nothing left out.
  void weight_gradient(unsigned thread, std::size_t count, const float* in, const float* out_gradient,
                       float* weight_gradient, float* bias_gradient, float* scratch) const;
  /// The thread's part of the weights, as (out channel, u, v, channel).
  void pack(const float* weights, float* packed, unsigned thread, unsigned threads) const;
  /// One image. The weights must be finite.
  void input_gradient(const float* out_gradient, const float* packed, float* in_gradient, float* scratch) const;

 private:
  [[nodiscard]] std::size_t width() const { return shape_.width + 2 * shape_.padding; }
  [[nodiscard]] std::size_t bordered() const {
    return (shape_.height + 2 * shape_.padding) * width() * shape_.channels;
  }
  [[nodiscard]] double density(const float* out_gradient) const;

  const KernelTable& table_;
  ConvShape shape_;
  unsigned threads_;
  std::vector<std::uint32_t> at_;  // of each position's window in a bordered image
};

}  // namespace freezenet::kernels
