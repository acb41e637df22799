#pragma once

#include <cstddef>

namespace freezenet::kernels {

/// values[i] = values[i] > 0 ? values[i] : +0, in place. NaN becomes +0.
void relu_forward(std::size_t count, float* values);
/// gradient[i] = output[i] > 0 ? gradient[i] : +0, in place. The output tells as much as the input did.
void relu_backward(std::size_t count, const float* output, float* gradient);

/// Index of the largest value, the lowest of equal ones; n >= 1. A NaN never wins, unless it stands first.
std::size_t argmax(const float* values, std::size_t n);

}  // namespace freezenet::kernels
