#pragma once

#include <cstddef>
#include <cstdint>

#include "training/kernels/device.h"

namespace freezenet::kernels {

struct SgdConstants {
  float rate, momentum, weight_decay;
};

/// Per coordinate g = fma(wd, w, g) + 0; m = fma(mu, m, g) + 0; w = fma(-rate, m, w) + 0. Frozen coordinates (frozen[i]
/// != 0; null: none) keep weight and momentum. Returns the largest bit pattern of |w|: as patterns compare like
/// magnitudes and NaN stands above infinity, one comparison tells whether all weights are within a limit. Threads
/// divide the coordinates.
std::uint32_t sgd_update(const Device& device, const SgdConstants& constants, std::size_t count, float* weights,
                         float* momentum, const float* gradients, const std::uint8_t* frozen);

}  // namespace freezenet::kernels
