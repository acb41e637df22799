#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet {

/// Data is committed to in chunks of this many bytes (the last one shorter).
inline constexpr std::size_t kChunkSize = 65'536;

/// Merkle trees of docs/protocol.md section 2: tagged("FreezeNet/leaf", data), tagged("FreezeNet/inner", left ||
/// right), an odd node is promoted, root = tagged("FreezeNet/root", total_bytes u64 || top). The empty root is
/// tagged("FreezeNet/empty", "").
Hash256 merkle_leaf(ByteView data);
Hash256 empty_merkle_root();
/// From leaf hashes; total_bytes is the summed length of the leaves' data.
Hash256 merkle_root(std::span<const Hash256> leaves, std::uint64_t total_bytes);
/// Root over 64 KiB chunks of data.
Hash256 chunked_root(ByteView data);
/// Root over a list of hashes, each a leaf of 32 bytes.
Hash256 hash_list_root(std::span<const Hash256> hashes);

/// What proves that one chunk is part of a root: the sibling hashes, bottom up, without the levels at which the node
/// was promoted.
struct MerkleProof {
  std::vector<Hash256> siblings;
};

std::uint64_t chunk_count(std::uint64_t total_bytes);
MerkleProof prove_chunk(std::span<const Hash256> leaves, std::size_t index);
/// kBadChunk unless `chunk` is chunk `index` of data of `total_bytes` bytes with this root. Also checks the chunk's
/// length.
Result<> check_chunk(const Hash256& root, std::uint64_t total_bytes, std::uint64_t index, ByteView chunk,
                     const MerkleProof& proof);

}  // namespace freezenet
