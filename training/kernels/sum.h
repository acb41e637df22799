#pragma once

#include <cstddef>
#include <span>

namespace freezenet::kernels {

/// The sum of every reduction that is no dot product: adjacent pairs are added until one value is left; the odd one at
/// the end of a level moves up as it is. Uses the span as its workspace. The empty sum is +0; never -0.
float pairwise_sum(std::span<float> values);

/// bias[c] = pairwise sum over (n, position) of gradients[n][c][position], positions running fastest. `scratch` holds
/// count * plane floats.
void bias_gradient(std::size_t count, std::size_t channels, std::size_t plane, const float* gradients, float* bias,
                   std::span<float> scratch);

}  // namespace freezenet::kernels
