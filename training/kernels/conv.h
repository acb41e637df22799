#pragma once

#include <cstddef>

#include "training/kernels/correlation.h"
#include "training/kernels/device.h"

namespace freezenet::kernels {

/// A 2-D convolution (cross-correlation) with a square kernel and a bias. Planes are row-major (n, channel, y, x).
struct ConvShape {
  std::size_t channels, height, width;
  std::size_t out_channels, kernel, stride, padding;
  [[nodiscard]] std::size_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t window() const { return channels * kernel * kernel; }
  [[nodiscard]] std::size_t in_size() const { return channels * height * width; }
  [[nodiscard]] std::size_t out_positions() const { return out_height() * out_width(); }
  [[nodiscard]] std::size_t out_size() const { return out_channels * out_positions(); }
};

/// A convolution's forward pass and its input gradient, image by image in the calling thread: whoever calls divides the
/// images, and can go on with the next operation while an image's outputs are in the cache.
///
/// Weights are packed once a step, before (each thread its part), and shared. Immutable after construction.
class Convolution {
 public:
  Convolution(const KernelTable& table, const ConvShape& shape);

  [[nodiscard]] const ConvShape& shape() const { return shape_; }
  /// Floats of one set of packed weights; the gradient's set has as many as it needs of its own.
  [[nodiscard]] std::size_t packed() const;
  [[nodiscard]] std::size_t packed_reversed() const;
  /// Floats of scratch for one thread.
  [[nodiscard]] std::size_t scratch() const;

  void pack(const float* weights, float* packed, unsigned thread, unsigned threads) const;
  void pack_reversed(const float* weights, float* packed, unsigned thread, unsigned threads) const;

  /// out[n][oc] = chain from bias[oc] over (c, u, v).
  void forward(std::size_t count, const float* in, const float* packed, const float* bias, TileEnd end, float* out,
               float* scratch) const;
  /// Images that input_gradient() takes at once.
  [[nodiscard]] std::size_t gradient_images() const { return backward_.images(); }
  /// in_gradient[n][c][y][x] = chain over (oc, u, v), windows outside the output taking part as +0. At most
  /// gradient_images() of them; in_gradient may be out_gradient's own place.
  void input_gradient(std::size_t count, const float* out_gradient, const float* packed_reversed, float* in_gradient,
                      float* scratch) const;

 private:
  const KernelTable& table_;
  ConvShape shape_;
  Correlation forward_, backward_;
};

/// An image's planes with `padding` zeros around each; `bordered` holds zeros there already.
void fill_bordered(const KernelTable& table, std::size_t channels, std::size_t height, std::size_t width,
                   std::size_t padding, const float* image, float* bordered);

}  // namespace freezenet::kernels
