#pragma once

#include <cstddef>
#include <cstdint>

namespace freezenet::sha256_hardware {

/// A SingleBlocks for processors with the SHA2 instructions of ARMv8.
void single_blocks_arm(const std::uint8_t* blocks, std::size_t count, std::uint8_t* hashes);

}  // namespace freezenet::sha256_hardware
