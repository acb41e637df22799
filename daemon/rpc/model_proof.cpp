#include "daemon/rpc/model_proof.h"

#include <vector>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "consensus/watermark.h"

namespace freezenet::daemon {
namespace {

using Relation = ModelBlock::Relation;

ModelBlock describe(const Chain& chain, const BlockEntry& entry, Relation relation) {
  const bool genesis = entry.parent == nullptr;
  const CandidateHeader& candidate = entry.header.candidate;
  return {relation,
          entry.hash,
          entry.candidate_hash,
          entry.height,
          genesis ? chain.params().genesis_time : candidate.time,
          genesis ? std::string() : encode_address(chain.params().address_prefix, candidate.miner_key),
          entry.state == BlockState::kVerified,
          chain.is_active(entry)};
}

std::optional<ModelBlock> claimed_block(const Chain& chain, const training::Metadata& metadata) {
  const auto claim = metadata.find("block");
  if (claim == metadata.end()) return std::nullopt;
  const std::optional<Hash256> hash = hash_from_hex(claim->second);
  const BlockEntry* entry = hash ? chain.find(*hash) : nullptr;
  if (entry == nullptr || entry->parent == nullptr) return std::nullopt;
  return describe(chain, *entry, Relation::kClaimed);
}

std::string of(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

}  // namespace

std::optional<ModelBlock> find_model_block(const Chain& chain, const Hash256& root,
                                           const training::Metadata& metadata) {
  const BlockEntry* sealed = nullptr;
  const BlockEntry* canonical = nullptr;
  // Depth first over the tree with a stack of its own: a chain is as deep as it is long.
  std::vector<const BlockEntry*> open{&chain.genesis()};
  while (!open.empty()) {
    const BlockEntry& entry = *open.back();
    open.pop_back();
    if (entry.parent == nullptr) {
      for (std::size_t task = 0; task < chain.params().tasks.size(); ++task) {
        if (chain.canonical_root(entry, task) == root) canonical = &entry;
      }
    } else if (entry.state == BlockState::kVerified) {
      const auto first = [&](const BlockEntry* found) {
        return found == nullptr || (!chain.is_active(*found) && chain.is_active(entry));
      };
      if (entry.header.model_root == root && first(sealed)) sealed = &entry;
      if (entry.outcome && entry.outcome->canonical_root == root &&
          (first(canonical) || entry.height < canonical->height))
        canonical = &entry;
    }
    for (const BlockEntry* child : chain.children(entry)) open.push_back(child);
  }
  if (sealed != nullptr) return describe(chain, *sealed, Relation::kSealed);
  if (canonical != nullptr) return describe(chain, *canonical, Relation::kCanonical);
  return claimed_block(chain, metadata);
}

ModelVerdict judge_model(const Task& task, const Plan& plan, std::span<const float> weights,
                         const std::optional<ModelBlock>& block) {
  if (!block)
    return {false,
            "the model's root matches no block that this node knows, and the file names none that it could be compared "
            "with"};
  const std::string place = "block " + std::to_string(block->height) + " (" + to_hex(block->hash) + ")";
  if (block->relation == Relation::kCanonical) {
    return {false, "this is the canonical model after " + place +
                       ": the chain goes on with it, but it carries no watermark; only a sealed model proves a block"};
  }
  const WatermarkCheck check =
      check_watermark(derive_watermark(plan, task.watermark_ppm, block->candidate_hash), plan, weights);
  ModelVerdict verdict{false, "", check.positions, check.differing};
  if (block->relation == Relation::kSealed) {
    verdict.valid = check.differing == 0;
    verdict.reason = verdict.valid ? "the signed model of " + place +
                                         (block->active ? "" : ", which is verified but not on the active chain")
                                   : "the root is that of " + place + ", but " + of(check.differing, check.positions) +
                                         " frozen weights differ";
    return verdict;
  }
  verdict.reason = "the model's root matches no block; the file claims " + place + ": ";
  verdict.reason += check.differing == 0 ? "all " + std::to_string(check.positions) +
                                               " frozen weights agree, but the weights are not those of the block"
                                         : of(check.differing, check.positions) + " frozen weights " +
                                               (check.differing == 1 ? "differs" : "differ");
  return verdict;
}

}  // namespace freezenet::daemon
