#include "consensus/crypto/merkle.h"

#include <algorithm>
#include <string>

#include "consensus/base/serialize.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

/// Hashes pairs. Keeps the state after the tag, since a big model has many thousand inner nodes.
class InnerHasher {
 public:
  Hash256 operator()(const Hash256& left, const Hash256& right) {
    work_ = prefix_;
    return work_.update(left.bytes).update(right.bytes).finish();
  }

 private:
  const Sha256 prefix_ = tagged_hasher("FreezeNet/inner");
  Sha256 work_;
};

/// One level up; an odd node is promoted as it is. (Bitcoin doubles it, and so two lists can share one root.)
std::vector<Hash256> parents(std::span<const Hash256> level, InnerHasher& inner) {
  std::vector<Hash256> above;
  above.reserve((level.size() + 1) / 2);
  for (std::size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(inner(level[i], level[i + 1]));
  if (level.size() % 2 == 1) above.push_back(level.back());
  return above;
}

Hash256 seal_root(const Hash256& top, std::uint64_t total_bytes) {
  Writer out;
  out.integer(total_bytes).hash(top);
  return tagged_hash("FreezeNet/root", out.data());
}

}  // namespace

Hash256 merkle_leaf(ByteView data) { return tagged_hash("FreezeNet/leaf", data); }

Hash256 empty_merkle_root() { return tagged_hash("FreezeNet/empty", {}); }

Hash256 merkle_root(std::span<const Hash256> leaves, std::uint64_t total_bytes) {
  if (leaves.empty()) return empty_merkle_root();
  if (leaves.size() == 1) return seal_root(leaves.front(), total_bytes);
  InnerHasher inner;
  std::vector<Hash256> level = parents(leaves, inner);
  while (level.size() > 1) level = parents(level, inner);
  return seal_root(level.front(), total_bytes);
}

Hash256 chunked_root(ByteView data) {
  std::vector<Hash256> leaves;
  leaves.reserve(static_cast<std::size_t>(chunk_count(data.size())));
  for (std::size_t at = 0; at < data.size(); at += kChunkSize) {
    leaves.push_back(merkle_leaf(data.subspan(at, std::min(kChunkSize, data.size() - at))));
  }
  return merkle_root(leaves, data.size());
}

Hash256 hash_list_root(std::span<const Hash256> hashes) {
  std::vector<Hash256> leaves;
  leaves.reserve(hashes.size());
  for (const Hash256& hash : hashes) leaves.push_back(merkle_leaf(hash.bytes));
  return merkle_root(leaves, 32 * std::uint64_t{hashes.size()});
}

std::uint64_t chunk_count(std::uint64_t total_bytes) {
  return total_bytes / kChunkSize + (total_bytes % kChunkSize != 0 ? 1 : 0);
}

MerkleProof prove_chunk(std::span<const Hash256> leaves, std::size_t index) {
  MerkleProof proof;
  InnerHasher inner;
  std::vector<Hash256> level(leaves.begin(), leaves.end());
  while (level.size() > 1) {
    const std::size_t sibling = index ^ 1;
    if (sibling < level.size()) proof.siblings.push_back(level[sibling]);
    level = parents(level, inner);
    index /= 2;
  }
  return proof;
}

Result<> check_chunk(const Hash256& root, std::uint64_t total_bytes, std::uint64_t index, ByteView chunk,
                     const MerkleProof& proof) {
  const auto bad = [&](const char* why) {
    return reject(RejectCode::kBadChunk, "chunk " + std::to_string(index) + ": " + why);
  };
  std::uint64_t width = chunk_count(total_bytes);
  if (index >= width) return bad("beyond the end");
  if (chunk.size() != std::min<std::uint64_t>(kChunkSize, total_bytes - index * kChunkSize)) return bad("wrong length");

  InnerHasher inner;
  Hash256 node = merkle_leaf(chunk);
  std::size_t used = 0;
  for (std::uint64_t at = index; width > 1; at /= 2, width = width / 2 + width % 2) {
    if ((at ^ 1) >= width) continue;  // promoted
    if (used == proof.siblings.size()) return bad("proof too short");
    const Hash256& sibling = proof.siblings[used++];
    node = at % 2 == 0 ? inner(node, sibling) : inner(sibling, node);
  }
  if (used != proof.siblings.size()) return bad("proof too long");
  if (seal_root(node, total_bytes) != root) return bad("does not lead to the root");
  return {};
}

}  // namespace freezenet
