#pragma once

#include <cstddef>

#include "training/kernels/device.h"

namespace freezenet::kernels {

/// y = W x + b for a batch. x (n, in), y (n, out), W (out, in).
struct LinearShape {
  std::size_t in, out;
};

std::size_t linear_scratch(const LinearShape& shape, std::size_t count);

/// y[n][o] = chain from bias[o] over i. Threads divide the o.
void linear_forward(const Device& device, const LinearShape& shape, std::size_t count, const float* x,
                    const float* weights, const float* bias, float* y, float* scratch);
/// x_gradient[n][i] = chain over o. Threads divide the i.
void linear_input_gradient(const Device& device, const LinearShape& shape, std::size_t count, const float* y_gradient,
                           const float* weights, float* x_gradient);
/// weight_gradient[o][i] = chain over n. Threads divide the i.
void linear_weight_gradient(const Device& device, const LinearShape& shape, std::size_t count, const float* x,
                            const float* y_gradient, float* weight_gradient);

}  // namespace freezenet::kernels
