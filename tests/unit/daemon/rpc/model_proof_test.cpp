#include "daemon/rpc/model_proof.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/watermark.h"
#include "daemon/rpc/reports.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet::daemon {
namespace {

using Relation = ModelBlock::Relation;

/// A chain of one block whose signed model carries the watermark that its candidate dictates.
class ModelProofTest : public testing::Test {
 protected:
  void SetUp() override {
    BuiltBlock block = build_block(chain_, chain_.genesis(), test_key(1));
    SealedHeader& header = block.header;
    do {
      ++header.candidate.nonce;
      weights_ = genesis_weights(plan(), task().id());
      apply_watermark(derive_watermark(plan(), task().watermark_ppm, header.candidate.candidate_hash()), plan(),
                      weights_);
      header.model_root = training::model_root(weights_);
    } while (Uint256::from_hash(header.block_hash()) > chain_.next_target());
    seal(block, test_key(1));
    const auto added = chain_.add_header(header, header.candidate.time);
    ASSERT_TRUE(added.has_value()) << added.error().message();
    entry_ = *added;
    chain_.mark_complete(*entry_);
    ASSERT_TRUE(chain_.accept(*entry_, block.body, proof_of(1, 100)).has_value());
  }
  const Task& task() const { return chain_.params().tasks[0]; }
  const Plan& plan() const { return chain_.plan(0); }
  training::Metadata claim() const { return {{"block", to_hex(entry_->hash)}}; }

  MemoryStore store_;
  Chain chain_{regtest_params(), store_};
  const BlockEntry* entry_ = nullptr;
  std::vector<float> weights_;
};

TEST_F(ModelProofTest, TheSignedModelProvesItsBlock) {
  const auto block = find_model_block(chain_, training::model_root(weights_), {});
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->relation, Relation::kSealed);
  EXPECT_EQ(block->hash, entry_->hash);
  EXPECT_TRUE(block->verified && block->active);
  const ModelVerdict verdict = judge_model(task(), plan(), weights_, block);
  EXPECT_TRUE(verdict.valid) << verdict.reason;
  EXPECT_GT(verdict.positions, 0U);
  EXPECT_EQ(verdict.differing, 0U);
  EXPECT_NE(verdict.reason.find("signed model of block 1"), std::string::npos) << verdict.reason;
}

TEST_F(ModelProofTest, OneChangedFrozenWeightIsFound) {
  const Watermark watermark = derive_watermark(plan(), task().watermark_ppm, entry_->candidate_hash);
  weights_[plan().tensors[watermark.tensors[0].tensor].offset + watermark.tensors[0].positions[0]] += 0.25F;
  const auto block = find_model_block(chain_, training::model_root(weights_), claim());
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->relation, Relation::kClaimed);
  const ModelVerdict verdict = judge_model(task(), plan(), weights_, block);
  EXPECT_FALSE(verdict.valid);
  EXPECT_EQ(verdict.differing, 1U);
  EXPECT_NE(verdict.reason.find("1 of " + std::to_string(watermark.size()) + " frozen weights differs"),
            std::string::npos)
      << verdict.reason;
}

TEST_F(ModelProofTest, OneChangedFreeWeightIsFoundByTheRoot) {
  weights_.back() += 1.0F;  // a bias: biases carry no watermark
  const ModelVerdict verdict =
      judge_model(task(), plan(), weights_, find_model_block(chain_, training::model_root(weights_), claim()));
  EXPECT_FALSE(verdict.valid);
  EXPECT_EQ(verdict.differing, 0U);
  EXPECT_NE(verdict.reason.find("frozen weights agree, but the weights are not those of the block"), std::string::npos)
      << verdict.reason;
}

TEST_F(ModelProofTest, WithoutAClaimThereIsNothingToCompare) {
  weights_.back() += 1.0F;
  for (const training::Metadata& metadata : {training::Metadata{}, training::Metadata{{"block", "nonsense"}},
                                             training::Metadata{{"block", std::string(64, '0')}}}) {
    const auto block = find_model_block(chain_, training::model_root(weights_), metadata);
    EXPECT_FALSE(block.has_value());
    EXPECT_FALSE(judge_model(task(), plan(), weights_, block).valid);
  }
}

TEST_F(ModelProofTest, ACanonicalModelProvesNothing) {
  const auto after = find_model_block(chain_, entry_->outcome->canonical_root, {});
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->relation, Relation::kCanonical);
  EXPECT_EQ(after->height, 1U);
  const std::vector<float> genesis = genesis_weights(plan(), task().id());
  const auto before = find_model_block(chain_, training::model_root(genesis), {});
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->height, 0U);
  const ModelVerdict verdict = judge_model(task(), plan(), genesis, before);
  EXPECT_FALSE(verdict.valid);
  EXPECT_NE(verdict.reason.find("canonical model after block 0"), std::string::npos) << verdict.reason;
}

TEST_F(ModelProofTest, ReportsOfTheBlocks) {
  const auto genesis = block_report(chain_, chain_.genesis());
  EXPECT_EQ(genesis["height"], 0);
  EXPECT_EQ(genesis["miner"], nullptr);
  EXPECT_EQ(genesis["next"], to_hex(entry_->hash));
  EXPECT_EQ(genesis["confirmations"], 2);
  const auto block = block_report(chain_, *find_block(chain_, BlockId(std::uint64_t{1})));
  EXPECT_EQ(block["hash"], to_hex(entry_->hash));
  EXPECT_EQ(block["previous"], genesis["hash"]);
  EXPECT_EQ(block["next"], nullptr);
  EXPECT_EQ(block["score"], 100);
  EXPECT_EQ(block["adopted"], true);
  EXPECT_EQ(block["model_root"], to_hex(training::model_root(weights_)));
  EXPECT_EQ(block["miner"].get<std::string>().substr(0, 5), chain_.params().address_prefix + "1");
  for (const auto& [key, value] : block.items()) EXPECT_TRUE(genesis.contains(key)) << key;

  const auto chain = chain_report(chain_);
  EXPECT_EQ(chain["height"], 1);
  EXPECT_EQ(chain["score"], 100);
  EXPECT_EQ(chain["syncing"], false);
  EXPECT_LE(chain["useful_fraction_ppm"].get<std::uint64_t>(), 1'000'000U);
  const auto recent = recent_blocks_report(chain_, 6);
  ASSERT_EQ(recent.size(), 1U);
  EXPECT_EQ(recent[0]["height"], 1);
  EXPECT_EQ(find_block(chain_, BlockId(std::uint64_t{2})), nullptr);
  EXPECT_EQ(unknown_block(BlockId(std::uint64_t{2})).detail, "the active chain has no block of height 2");
}

}  // namespace
}  // namespace freezenet::daemon
