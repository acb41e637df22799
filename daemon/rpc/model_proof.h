#pragma once

#include <optional>
#include <span>
#include <string>

#include "consensus/chain/chain.h"
#include "training/model_file.h"

namespace freezenet::daemon {

/// The block that a model may belong to, and why it is looked at.
struct ModelBlock {
  enum class Relation {
    kSealed,     ///< the model's root is the block's model_root
    kCanonical,  ///< the model's root is the canonical root after the block
    kClaimed,    ///< only the file's metadata says so
  };
  Relation relation = Relation::kClaimed;
  Hash256 hash;
  Hash256 candidate_hash;
  std::uint64_t height = 0;
  std::uint64_t time = 0;
  std::string miner;  ///< address; empty for genesis
  bool verified = false;
  bool active = false;
};

/// The verified block that signed a model of this root, a block of the active chain before others; else the first block
/// after which it was canonical; else the block that the metadata names, where it is known. nullopt: none. One pass
/// over all known headers.
std::optional<ModelBlock> find_model_block(const Chain& chain, const Hash256& root, const training::Metadata& metadata);

/// What a model file is worth, for the person who holds it.
struct ModelVerdict {
  bool valid = false;  ///< the file holds, bit for bit, the signed model of a verified block, watermark included
  std::string reason;  ///< one sentence
  std::uint64_t positions = 0;  ///< weights that the block's candidate header froze; 0 where no block is compared
  std::uint64_t differing = 0;  ///< of them, those that have another value in the file
};

ModelVerdict judge_model(const Task& task, const Plan& plan, std::span<const float> weights,
                         const std::optional<ModelBlock>& block);

}  // namespace freezenet::daemon
