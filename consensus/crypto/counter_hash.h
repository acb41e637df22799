#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "consensus/crypto/sha256_hardware/single_blocks.h"

namespace freezenet {

/// The length of Hash_DRBG's state with SHA-256, 440 bits: also the longest message that is one block of SHA-256, which
/// makes hash_counter() a plain loop.
inline constexpr std::size_t kCounterLength = 55;
using Counter = std::array<std::uint8_t, kCounterLength>;

/// `counter` + amount mod 2^440, big-endian.
void add(Counter& counter, std::uint64_t amount);

/// Fills `out` with SHA-256(counter) || SHA-256(counter + 1) || ..., the last one cut off where `out` ends: Hashgen of
/// NIST SP 800-90A section 10.1.1.4. `hardware` may be null: then OpenSSL hashes. Its interface for one short message
/// costs several times what the hash costs, which is why the hardware is asked directly.
void hash_counter(Counter counter, std::span<std::uint8_t> out, sha256_hardware::SingleBlocks hardware);
/// With this machine's hardware.
void hash_counter(const Counter& counter, std::span<std::uint8_t> out);

}  // namespace freezenet
