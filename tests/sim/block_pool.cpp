#include "tests/sim/block_pool.h"

#include "consensus/crypto/sha256.h"

namespace freezenet::sim {
namespace {

/// Scores scatter by more than the gate's margin (7 of 360), so that some models are not adopted.
constexpr std::uint32_t kLowestScore = 340;
constexpr std::uint64_t kScores = 12;

constexpr std::size_t kSteps = 32;

}  // namespace

SimBlock& BlockPool::seal(const CandidateHeader& candidate, const Uint256& target, const SecretKey& key,
                          Random& random) {
  SimBlock block;
  block.body.digests.assign(kSteps, candidate.candidate_hash());
  block.header.candidate = candidate;
  block.header.trace_root = block.body.trace_root();

  // SealedHeader::block_hash() with everything before the model's root hashed once.
  Writer prefix;
  candidate.encode(prefix);
  prefix.hash(block.header.trace_root);
  const Sha256 begun = tagged_hasher("FreezeNet/block").update(prefix.data());
  Sha256 attempt;
  do {
    const std::uint64_t salt = random.bits();
    for (std::size_t i = 0; i < 8; ++i) block.header.model_root.bytes[i] = static_cast<std::uint8_t>(salt >> (8 * i));
    attempt = begun;
    block.hash = attempt.update(block.header.model_root.bytes).finish();
  } while (Uint256::from_hash(block.hash) > target);
  block.header.signature = key.sign(block.hash);

  const auto score = static_cast<std::uint32_t>(kLowestScore + random.below(kScores));
  block.proof = {sha256(block.hash.bytes), score, true};
  by_hash_.emplace(block.hash, blocks_.size());
  blocks_.push_back(std::move(block));
  return blocks_.back();
}

}  // namespace freezenet::sim
