#pragma once

#include <cstddef>
#include <cstdint>

namespace freezenet::sha256_hardware {

/// A SingleBlocks for processors with SSSE3, SSE4.1 and the SHA extensions.
void single_blocks_x86(const std::uint8_t* blocks, std::size_t count, std::uint8_t* hashes);

}  // namespace freezenet::sha256_hardware
