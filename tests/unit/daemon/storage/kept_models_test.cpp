#include "daemon/storage/kept_models.h"

#include <gtest/gtest.h>

#include "consensus/crypto/merkle.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

/// A chain of blocks whose models are a few floats in a real folder.
class KeptModelsTest : public testing::Test {
 protected:
  void SetUp() override {
    models_.emplace(*ModelStore::open(folder_ / "models"));
    kept_.emplace(*models_, KeptModels::Policy{4, 10});
  }
  Hash256 put(std::uint64_t salt) {
    const std::vector<float> weights(8, static_cast<float>(salt));
    return *models_->put(weights);
  }
  const BlockEntry& extend(const BlockEntry& parent, std::uint64_t salt, std::uint32_t score = 100) {
    BuiltBlock block = build_block(chain_, parent, test_key(1), salt);
    block.header.model_root = put(2 * salt);
    const Uint256 target = ticket_target(chain_.params().tasks[0], block.header.candidate.bits);
    while (Uint256::from_hash(block.header.block_hash()) > target) ++block.header.candidate.nonce;
    seal(block, test_key(1));
    const BlockEntry& entry = **chain_.add_header(block.header, kNow);
    const auto update = chain_.accept(entry, block.body, {put(2 * salt + 1), score, true});
    EXPECT_TRUE(update) << update.error().message();
    kept_->add(chain_, entry);
    return entry;
  }
  const BlockEntry& extend_by(const BlockEntry& parent, std::uint64_t salt, std::uint64_t blocks) {
    const BlockEntry* e = &parent;
    for (std::uint64_t i = 0; i < blocks; ++i) e = &extend(*e, salt + i);
    return *e;
  }
  bool kept(const BlockEntry& block) {
    const bool sealed = kept_->has(block.header.model_root);
    EXPECT_EQ(sealed, kept_->has(block.outcome->canonical_root));
    return sealed;
  }

  test::TemporaryFolder folder_;
  MemoryStore store_;
  Chain chain_{regtest_params(), store_};
  std::optional<ModelStore> models_;
  std::optional<KeptModels> kept_;
};

TEST_F(KeptModelsTest, KeepsWhatIsNotFinalAndEveryMilestone) {
  extend_by(chain_.genesis(), 100, 16);
  for (std::uint64_t h = 1; h <= 16; ++h) EXPECT_EQ(kept(*chain_.at_height(h)), h == 10 || h > 12) << h;
}

TEST_F(KeptModelsTest, AModelThatSeveralBlocksShareStaysUntilTheLastIsFinal) {
  const BlockEntry& good = extend(chain_.genesis(), 100, 200);
  const BlockEntry* e = &good;
  for (std::uint64_t i = 1; i <= 12; ++i) e = &extend(*e, 100 + i, 1);  // too bad to be adopted
  EXPECT_FALSE(e->outcome->adopted);
  EXPECT_FALSE(kept_->has(good.header.model_root));
  EXPECT_TRUE(kept_->has(good.outcome->canonical_root)) << "twelve blocks later it is still the chain's model";
}

TEST_F(KeptModelsTest, ADeepBranchKeepsWhatItIsReplayedOn) {
  extend_by(chain_.genesis(), 100, 16);
  // Of a branch from far below, the newest verdicts count, however low they lie.
  const BlockEntry& branch = extend_by(*chain_.at_height(3), 500, 4);
  for (const BlockEntry* e = &branch; e->height > 3; e = e->parent) EXPECT_TRUE(kept(*e)) << e->height;
  for (std::uint64_t h = 13; h <= 16; ++h) EXPECT_TRUE(kept(*chain_.at_height(h))) << h;
  // The next one takes its place, although blocks of the active chain that are older verdicts stay.
  extend_by(*chain_.at_height(3), 600, 4);
  for (const BlockEntry* e = &branch; e->height > 3; e = e->parent) EXPECT_FALSE(kept(*e)) << e->height;
  for (std::uint64_t h = 13; h <= 16; ++h) EXPECT_TRUE(kept(*chain_.at_height(h))) << h;
}

TEST_F(KeptModelsTest, RestartFindsTheSameAndRemovesTheRest) {
  extend_by(chain_.genesis(), 100, 16);
  const Hash256 orphan = put(9'999);
  KeptModels again(*models_, {4, 10});
  ASSERT_EQ(again.restore(chain_).value(), 1U);
  EXPECT_FALSE(again.has(orphan));
  for (std::uint64_t h = 1; h <= 16; ++h) EXPECT_EQ(kept(*chain_.at_height(h)), h == 10 || h > 12) << h;
  kept_.emplace(std::move(again));
  extend_by(chain_.tip(), 700, 2);
  EXPECT_FALSE(kept(*chain_.at_height(14)));
  EXPECT_TRUE(kept(*chain_.at_height(15)));
}

TEST_F(KeptModelsTest, DiscardsOnlyWhatNoBlockRefersTo) {
  const BlockEntry& block = extend(chain_.genesis(), 100);
  const Hash256 rejected = put(9'999);
  kept_->discard(rejected);
  kept_->discard(block.outcome->canonical_root);
  EXPECT_FALSE(kept_->has(rejected));
  EXPECT_TRUE(kept(block));
}

TEST_F(KeptModelsTest, WhatIsPinnedStaysUntilOthersTakeItsPlace) {
  extend_by(chain_.genesis(), 100, 6);
  const Hash256 first = put(9'001), second = put(9'002), tip = chain_.tip().outcome->canonical_root;
  kept_->pin({first, tip});
  ASSERT_TRUE(kept_->restore(chain_));
  kept_->discard(first);
  EXPECT_TRUE(kept_->has(first));
  EXPECT_FALSE(kept_->has(second)) << "nobody refers to it";
  const Hash256 third = put(9'003);
  kept_->pin({third});
  EXPECT_FALSE(kept_->has(first));
  EXPECT_TRUE(kept_->has(tip)) << "the block holds it too";
  kept_->pin({third});
  EXPECT_TRUE(kept_->has(third));
  kept_->pin({});
  EXPECT_FALSE(kept_->has(third));
}

}  // namespace
}  // namespace freezenet::daemon
