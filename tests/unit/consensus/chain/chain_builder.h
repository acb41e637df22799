#pragma once

#include "consensus/chain/chain.h"
#include "consensus/crypto/schnorr.h"
#include "consensus/crypto/sha256.h"
#include "consensus/rules.h"

namespace freezenet {

/// A block whose work nobody replays: tests of the chain are about rules, order and money. `salt` makes siblings
/// differ.
struct BuiltBlock {
  SealedHeader header;
  Body body;
};

inline SecretKey test_key(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[31] = n;
  return *SecretKey::from_bytes(bytes);
}

inline Hash256 hash_of(std::uint64_t n) {
  Writer out;
  out.integer(n);
  return sha256(out.data());
}

inline void seal(BuiltBlock& block, const SecretKey& key) {
  block.header.signature = key.sign(block.header.block_hash());
}

/// A child of `parent` that meets its target and every rule of tier 0 and 1, if `parent` is verified.
inline BuiltBlock build_block(const Chain& chain, const BlockEntry& parent, const SecretKey& key,
                              std::uint64_t salt = 0, std::uint64_t seconds = 1,
                              std::vector<Transaction> transactions = {}) {
  BuiltBlock block;
  block.body.transactions = std::move(transactions);
  const NetworkParams& params = chain.params();
  const std::size_t index = params.task_index(parent.height + 1);
  for (std::uint32_t i = 0; i < params.tasks[index].steps; ++i) block.body.digests.push_back(hash_of(salt * 1'000 + i));
  CandidateHeader& c = block.header.candidate;
  c.prev_block = parent.hash;
  c.body_root = block.body.body_root();
  c.task_id = params.tasks[index].id();
  c.start_root = parent.state == BlockState::kVerified ? chain.canonical_root(parent, index) : Hash256{};
  c.miner_key = key.public_key();
  c.time = parent.header.candidate.time + seconds;
  c.bits = next_bits(params, parent);
  block.header.trace_root = block.body.trace_root();
  block.header.model_root = hash_of(salt + 77);
  const Uint256 target = ticket_target(params.tasks[index], c.bits);
  for (c.nonce = salt << 32;; ++c.nonce) {
    if (Uint256::from_hash(block.header.block_hash()) <= target) break;
  }
  seal(block, key);
  return block;
}

inline ProofOutcome proof_of(std::uint64_t salt, std::uint32_t score, bool sound = true) {
  return {hash_of(salt + 5'000'000), score, sound};
}

}  // namespace freezenet
