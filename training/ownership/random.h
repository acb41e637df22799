#pragma once

#include <torch/torch.h>

#include "consensus/crypto/hash_drbg.h"

namespace freezenet::ownership {

/// LibTorch's own generator, for what need not be the same on every machine: initial weights, order of samples, noise.
at::Generator generator_of(std::uint64_t seed);

/// Key material is drawn from the protocol's streams (docs/protocol.md section 2), so that a key is a seed of 32 bytes
/// and the same everywhere.

/// Uniform in (-1, 1).
torch::Tensor uniform_tensor(Stream& stream, at::IntArrayRef sizes);
/// N(0, 1) by Marsaglia and Bray's polar method (SIAM Review 6, 1964), out of the numeric profile's log and IEEE
/// operations alone: the same bits everywhere, which no libm promises.
torch::Tensor normal_tensor(Stream& stream, at::IntArrayRef sizes);
/// {n} of 0 and 1 as float32, each the top bit of a u32.
torch::Tensor bit_tensor(Stream& stream, std::int64_t n);
/// k distinct indices of [0, n), int64 {k}, in the order drawn.
torch::Tensor chosen_tensor(Stream& stream, std::int64_t n, std::int64_t k);

}  // namespace freezenet::ownership
