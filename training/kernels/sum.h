#pragma once

#include <cstddef>
#include <span>

namespace freezenet::kernels {

/// Sum of adjacent pairs, again and again until one value is left; an odd last value moves to the next level as it is.
/// + 0.0f at the end; the empty sum is +0. Destroys `values`, its workspace.
float pairwise_sum(std::span<float> values);

/// The largest power of two that divides n >= 1. In a list of planes of n values each, blocks of that size lie whole in
/// one plane and are whole subtrees of the list's pairwise sum: they may be summed plane by plane, and the list of
/// their sums continues.
std::size_t pairwise_block(std::size_t n);

}  // namespace freezenet::kernels
