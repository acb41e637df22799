#include "consensus/chain/header_stream.h"

#include <gtest/gtest.h>

#include "consensus/difficulty.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

/// A network whose difficulty moves, so that a stream which lost its place would compute other bits.
NetworkParams moving_params() {
  NetworkParams params = localnet_params();
  params.genesis_time = 1'790'000'000;
  params.genesis_bits = 0x20100000;
  return params;
}

class HeaderStreamTest : public testing::Test {
 protected:
  /// The whole branch stands in a chain with room for it; `small_` has room for its beginning.
  void SetUp() override {
    const BlockEntry* e = &whole_.genesis();
    for (std::uint64_t i = 0; i < 60; ++i) {
      auto added = whole_.add_header(build_block(whole_, *e, test_key(1), i, i % 7 == 0 ? 40 : 1).header, kNow, 1);
      ASSERT_TRUE(added) << added.error().message();
      path_.push_back(e = *added);
    }
  }
  const BlockEntry& fill(std::size_t count) {
    const BlockEntry* last = &small_.genesis();
    for (std::size_t i = 0; i < count; ++i) last = *small_.add_header(path_[i]->header, kNow, 1);
    EXPECT_EQ(small_.add_header(path_[count]->header, kNow, 1).error().code, RejectCode::kTooManyHeaders);
    return *last;
  }

  MemoryStore store_, small_store_;
  Chain whole_{moving_params(), store_};
  Chain small_{moving_params(), small_store_, {100, 20}};
  std::vector<const BlockEntry*> path_;
};

TEST_F(HeaderStreamTest, SumsUpWhatTheTreeWouldHave) {
  HeaderStream stream(small_, fill(20), path_[20]->header);
  for (std::size_t i = 21; i < path_.size(); ++i) {
    const auto taken = stream.extend(path_[i]->header, kNow);
    ASSERT_TRUE(taken) << i << ": " << taken.error().message();
    EXPECT_EQ(stream.last().hash, path_[i]->hash);
    EXPECT_EQ(stream.last().height, path_[i]->height);
    EXPECT_EQ(stream.last().virtual_time, path_[i]->virtual_time);
    EXPECT_EQ(stream.last().total_work, path_[i]->total_work);
  }
  EXPECT_EQ(small_.unverified(), 20U);
}

TEST_F(HeaderStreamTest, BeginsAtGenesisToo) {
  Chain none(moving_params(), small_store_, {100, 0});
  HeaderStream stream(none, none.genesis(), path_[0]->header);
  for (std::size_t i = 1; i < path_.size(); ++i) ASSERT_TRUE(stream.extend(path_[i]->header, kNow)) << i;
  EXPECT_EQ(stream.last().total_work, path_.back()->total_work);
}

TEST_F(HeaderStreamTest, RefusesWhatTheTreeWouldRefuseAndStaysAsItWas) {
  HeaderStream stream(small_, fill(20), path_[20]->header);
  const auto refusal = [&](SealedHeader header, std::uint64_t now = kNow) {
    const auto taken = stream.extend(header, now);
    EXPECT_FALSE(taken);
    EXPECT_EQ(stream.last().hash, path_[20]->hash);
    return taken ? RejectCode::kDuplicate : taken.error().code;
  };
  EXPECT_EQ(refusal(path_[22]->header), RejectCode::kUnknownParent);
  SealedHeader forged = path_[21]->header;
  forged.signature.bytes[7] ^= 1;
  EXPECT_EQ(refusal(forged), RejectCode::kBadSignature);
  forged = path_[21]->header;
  forged.candidate.bits = 0x20100000;
  EXPECT_EQ(refusal(forged), RejectCode::kWrongBits);
  forged = path_[21]->header;
  while (Uint256::from_hash(forged.block_hash()) <= whole_.target_of(*path_[21])) ++forged.candidate.nonce;
  EXPECT_EQ(refusal(forged), RejectCode::kHighHash);
  EXPECT_EQ(refusal(path_[21]->header, path_[21]->header.candidate.time - 1'000), RejectCode::kTimeTooEarly);
  EXPECT_TRUE(stream.extend(path_[21]->header, kNow));
}

}  // namespace
}  // namespace freezenet
