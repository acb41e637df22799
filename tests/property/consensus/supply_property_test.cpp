// Whatever branches the chain moves over: the coins that there are, are those of the schedule less the rewards that
// have not been paid out yet.

#include <random>

#include <gtest/gtest.h>

#include "consensus/chain/chain.h"
#include "tests/unit/consensus/chain/chain_builder.h"
#include "tests/unit/consensus/chain/memory_store.h"

namespace freezenet {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::uint64_t kHalving = 7, kMaturity = 3, kSubsidy = 1'000'003;  // odd: halving rounds down
constexpr std::uint8_t kMiners = 4;

NetworkParams quick_params() {
  NetworkParams params = regtest_params();
  params.halving_interval = kHalving;
  params.maturity = kMaturity;
  params.subsidy = kSubsidy;
  return params;
}

class Forks {
 public:
  explicit Forks(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_); }

  /// A block on the tip or on one of the newest others, up to six blocks back.
  void step() {
    const BlockEntry* parent = &chain_.tip();
    std::vector<Transaction> transactions;
    if (below(3) == 0) {
      parent = recent_.empty() ? parent : recent_[below(recent_.size())];
    } else {
      transactions = payments();
    }
    const BuiltBlock block =
        build_block(chain_, *parent, test_key(static_cast<std::uint8_t>(1 + below(kMiners))), ++salt_, 1, transactions);
    auto entry = chain_.add_header(block.header, kNow);
    ASSERT_TRUE(entry) << entry.error().message();
    const auto update = chain_.accept(**entry, block.body, proof_of(salt_, 100));
    ASSERT_TRUE(update) << update.error().message();
    deepest_ = std::max(deepest_, update->disconnected.size());
    undone_ += update->disconnected.size();
    paid_ += update->made.size();
    recent_.push_back(*entry);
    if (recent_.size() > 8) recent_.erase(recent_.begin());
  }
  void set_tip_aside() {
    if (chain_.tip().height == 0) return;
    const auto update = chain_.set_aside(chain_.tip());
    ASSERT_TRUE(update) << update.error().message();
    undone_ += update->disconnected.size();
    recent_.clear();  // what builds on it is aside as well
  }
  void expect_supply() const {
    std::uint64_t schedule = 0, waiting = 0, fees = 0;
    const BlockEntry* e = &chain_.tip();
    for (std::uint64_t height = 1; height <= e->height; ++height) schedule += kSubsidy >> ((height - 1) / kHalving);
    for (std::uint64_t i = 0; i < kMaturity && e->height > 0; ++i, e = e->parent) {
      waiting += kSubsidy >> ((e->height - 1) / kHalving);
      fees += e->fees;
    }
    ASSERT_EQ(chain_.ledger().total() + fees, schedule - waiting) << "at height " << chain_.tip().height;
  }
  void expect_restored() {
    Chain again(quick_params(), store_);
    const auto restored = again.restore();
    ASSERT_TRUE(restored) << restored.error().message();
    ASSERT_EQ(again.state_hash(), chain_.state_hash());
    ASSERT_EQ(again.ledger().total(), chain_.ledger().total());
  }
  [[nodiscard]] std::uint64_t height() const { return chain_.tip().height; }

  std::size_t deepest_ = 0, undone_ = 0, paid_ = 0;

 private:
  /// What the ledger of the tip allows in the next block.
  std::vector<Transaction> payments() {
    std::vector<Transaction> made;
    LedgerView view(chain_.ledger());
    for (std::uint64_t tries = below(4); tries > 0; --tries) {
      const auto from = static_cast<std::uint8_t>(1 + below(kMiners));
      const SecretKey key = test_key(from);
      const Account account = view.find(key.public_key()).value_or(Account{});
      Transaction t{{}, account.nonce, below(500), {}, {}};
      if (below(4) == 0) {
        t.action = Claim{hash_of(below(20)), ClaimScheme::kGradSigns, hash_of(below(20))};
      } else {
        t.action = Transfer{test_key(static_cast<std::uint8_t>(1 + below(kMiners))).public_key(), 1 + below(90'000)};
      }
      t.sign(key, chain_.genesis().hash);
      const std::vector<Transaction> one{t};
      if (view.connect({chain_.tip().height + 1, std::nullopt, one})) made.push_back(t);
    }
    return made;
  }

  std::mt19937_64 random_;
  MemoryStore store_;
  Chain chain_{quick_params(), store_};
  std::vector<const BlockEntry*> recent_;
  std::uint64_t salt_ = 0;
};

TEST(SupplyProperty, IsTheScheduleLessWhatHasNotBeenPaidOut) {
  std::size_t deepest = 0, undone = 0, paid = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Forks forks(seed);
    for (int step = 0; step < 120; ++step) {
      ASSERT_NO_FATAL_FAILURE(forks.step()) << seed;
      ASSERT_NO_FATAL_FAILURE(forks.expect_supply()) << seed << ", step " << step;
      if (forks.below(30) == 0) {
        ASSERT_NO_FATAL_FAILURE(forks.set_tip_aside()) << seed;
        ASSERT_NO_FATAL_FAILURE(forks.expect_supply()) << seed << ", step " << step;
      }
    }
    ASSERT_NO_FATAL_FAILURE(forks.expect_restored()) << seed;
    EXPECT_GT(forks.height(), 4 * kHalving) << "over several halvings";
    deepest = std::max(deepest, forks.deepest_);
    undone += forks.undone_;
    paid += forks.paid_;
  }
  EXPECT_GE(deepest, 2U);
  EXPECT_GT(undone, 40U);
  EXPECT_GT(paid, 300U) << "too little happened to mean anything";
}

}  // namespace
}  // namespace freezenet
