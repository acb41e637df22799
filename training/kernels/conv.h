#pragma once

#include <cstddef>

#include "training/kernels/device.h"

namespace freezenet::kernels {

/// A 2-D convolution (cross-correlation) with a square kernel and a bias. Planes are row-major (n, channel, y, x).
struct ConvShape {
  std::size_t channels, height, width;
  std::size_t out_channels, kernel, stride, padding;
  [[nodiscard]] std::size_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  [[nodiscard]] std::size_t window() const { return channels * kernel * kernel; }
};

/// Floats of scratch that each of the three operations may use.
std::size_t conv_scratch(const ConvShape& shape, std::size_t count, unsigned threads);

/// out[n][oc] = chain from bias[oc] over (c, ky, kx); out (n, out_channels, out_height, out_width). Threads divide the
/// images.
void conv_forward(const Device& device, const ConvShape& shape, std::size_t count, const float* in,
                  const float* weights, const float* bias, float* out, float* scratch);
/// in_gradient[n][c][y][x] = chain over (oc, ky, kx), windows outside the output taking part as +0. Threads divide the
/// images.
void conv_input_gradient(const Device& device, const ConvShape& shape, std::size_t count, const float* out_gradient,
                         const float* weights, float* in_gradient, float* scratch);
/// weight_gradient[oc][c][ky][kx] = one chain over (n, oy, ox) of the whole batch. Threads divide the (c, ky, kx).
void conv_weight_gradient(const Device& device, const ConvShape& shape, std::size_t count, const float* in,
                          const float* out_gradient, float* weight_gradient, float* scratch);

}  // namespace freezenet::kernels
