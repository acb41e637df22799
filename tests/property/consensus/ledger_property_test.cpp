// Blocks drawn at random: what connecting changes, disconnecting takes back; and no coin comes from nowhere.

#include <random>

#include <gtest/gtest.h>

#include "consensus/ledger_view.h"
#include "tests/unit/consensus/chain/chain_builder.h"

namespace freezenet {
namespace {

class Money {
 public:
  explicit Money(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_); }

  /// A block whose transactions the view allows, mostly to accounts that are few, so that they meet often.
  std::vector<Transaction> block(const LedgerView& view) {
    LedgerView trial = view;
    std::vector<Transaction> transactions;
    for (std::uint64_t tries = below(12); tries > 0; --tries) {
      Transaction t;
      t.from = key(below(kAccounts));
      const Account account = trial.find(t.from).value_or(Account{});
      t.nonce = account.nonce;
      t.fee = below(4);
      if (below(4) == 0) {
        t.action = Claim{hash_of(below(3)), static_cast<ClaimScheme>(1 + below(4)), hash_of(below(3))};
      } else {
        t.action = Transfer{key(below(kAccounts)), 1 + below(40)};
      }
      const std::vector<Transaction> one{t};
      if (trial.connect({1, std::nullopt, one})) transactions.push_back(t);
    }
    return transactions;
  }
  std::optional<MaturedReward> reward() {
    if (below(3) == 0) return std::nullopt;
    return MaturedReward{key(below(kAccounts)), below(60)};
  }

  static constexpr std::uint64_t kAccounts = 6;
  static XOnlyKey key(std::uint64_t n) { return XOnlyKey{{static_cast<std::uint8_t>(n + 1)}}; }

 private:
  std::mt19937_64 random_;
};

struct State {
  std::map<XOnlyKey, Account> accounts;
  std::vector<ClaimRecord> claims;
  Hash256 claims_digest;
  friend bool operator==(const State&, const State&) = default;
};
State state_of(const Ledger& ledger) { return {ledger.accounts(), ledger.claims(), ledger.claims_digest()}; }

std::uint64_t fees_of(const std::vector<Transaction>& transactions) {
  Body body;
  body.transactions = transactions;
  return body.fees().value();
}

TEST(LedgerProperty, ConnectThenUndoIsTheIdentity) {
  std::uint64_t made = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Money money(seed);
    Ledger ledger;
    std::vector<State> states;
    std::vector<BlockUndo> undos;
    for (std::uint64_t height = 1; height <= 25; ++height) {
      states.push_back(state_of(ledger));
      LedgerView view(ledger);
      const auto transactions = money.block(view);
      made += transactions.size();
      const auto undo = view.connect({height, money.reward(), transactions});
      ASSERT_TRUE(undo) << undo.error().message();
      ledger.apply(view);
      undos.push_back(*undo);
    }
    // All at once in one view down to some block and one by one from there: both are what a reorganisation may do.
    const std::uint64_t down_to = money.below(states.size());
    LedgerView view(ledger);
    while (undos.size() > down_to) {
      view.disconnect(undos.back());
      undos.pop_back();
    }
    ledger.apply(view);
    ASSERT_EQ(state_of(ledger), states[down_to]) << seed;
    while (!undos.empty()) {
      LedgerView one(ledger);
      one.disconnect(undos.back());
      undos.pop_back();
      ledger.apply(one);
      ASSERT_EQ(state_of(ledger), states[undos.size()]) << seed;
    }
  }
  EXPECT_GT(made, 2'000U) << "too little happened to mean anything";
}

TEST(LedgerProperty, AForkLeadsWhereAFreshLedgerWouldBe) {
  for (std::uint64_t seed = 100; seed < 140; ++seed) {
    Money money(seed);
    Ledger ledger, fresh;
    std::vector<BlockUndo> undos;
    const auto connect = [&](Ledger& to, std::uint64_t height, const auto& reward, const auto& transactions) {
      LedgerView view(to);
      auto undo = view.connect({height, reward, transactions});
      EXPECT_TRUE(undo);
      to.apply(view);
      return *undo;
    };
    for (std::uint64_t height = 1; height <= 10; ++height) {
      const auto transactions = money.block(LedgerView(ledger));
      const auto reward = money.reward();
      undos.push_back(connect(ledger, height, reward, transactions));
      if (height <= 4) connect(fresh, height, reward, transactions);
    }
    // Blocks 5 to 10 give way to others, in one view.
    LedgerView view(ledger);
    for (; undos.size() > 4; undos.pop_back()) view.disconnect(undos.back());
    for (std::uint64_t height = 5; height <= 12; ++height) {
      const auto transactions = money.block(LedgerView(fresh));
      const auto reward = money.reward();
      connect(fresh, height, reward, transactions);
      ASSERT_TRUE(view.connect({height, reward, transactions}));
    }
    EXPECT_EQ(view.accounts_hash(), fresh.accounts_hash());
    EXPECT_EQ(view.claims_digest(), fresh.claims_digest());
    ledger.apply(view);
    ASSERT_EQ(state_of(ledger), state_of(fresh)) << seed;
  }
}

TEST(LedgerProperty, SupplyIsWhatMaturedLessTheFeesOnTheirWay) {
  for (std::uint64_t seed = 200; seed < 230; ++seed) {
    Money money(seed);
    Ledger ledger;
    std::uint64_t matured = 0, fees = 0;
    for (std::uint64_t height = 1; height <= 40; ++height) {
      LedgerView view(ledger);
      const auto transactions = money.block(view);
      const auto reward = money.reward();
      ASSERT_TRUE(view.connect({height, reward, transactions}));
      ledger.apply(view);
      matured += reward ? reward->amount : 0;
      fees += fees_of(transactions);
      ASSERT_EQ(ledger.total() + fees, matured) << seed << " at height " << height;
    }
  }
}

}  // namespace
}  // namespace freezenet
