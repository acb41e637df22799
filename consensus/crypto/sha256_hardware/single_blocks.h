#pragma once

#include <cstddef>
#include <cstdint>

namespace freezenet::sha256_hardware {

/// SHA-256 of messages of one block each. `blocks` holds count blocks of 64 bytes, padded as FIPS 180-4 section 5.1.1
/// pads (so a message has at most 55 bytes); `hashes` receives 32 bytes for each. Any alignment.
using SingleBlocks = void (*)(const std::uint8_t* blocks, std::size_t count, std::uint8_t* hashes);

/// By the instructions that this machine has for it; null where it has none, or the build is for another family.
SingleBlocks single_blocks();

}  // namespace freezenet::sha256_hardware
