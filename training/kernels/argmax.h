#pragma once

#include <cstddef>

namespace freezenet::kernels {

/// Index of the largest value, the lowest of equal ones; n >= 1. A NaN never wins, unless it stands first.
std::size_t argmax(const float* values, std::size_t n);

}  // namespace freezenet::kernels
