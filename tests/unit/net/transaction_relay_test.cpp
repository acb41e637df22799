#include "net/transaction_relay.h"

#include "tests/unit/net/raw_peer.h"

namespace freezenet::net::testing {
namespace {

Transaction transaction(std::uint64_t nonce, std::uint64_t fee = 1'000) {
  return {XOnlyKey{{7}}, nonce, fee, Transfer{XOnlyKey{{8}}, 5}, {}};
}

class TransactionRelayTest : public ::testing::Test {
 protected:
  TransactionRelayTest() : node_(world_, 100) { node_.start(); }
  /// Tells its peers as a node does.
  static void wire(TestNode& node) {
    node.chain.on_transaction = [&node](const Hash256& id, PeerId from) {
      node.manager.announce_transaction(id, from);
    };
  }
  bool join(RawPeer& peer) { return peer.join(node_.manager.listening_port()); }

  World world_;
  TestNode node_;
};

TEST_F(TransactionRelayTest, NewsTravelsOverEachNodeOnce) {
  auto config = test_config();
  config.connect = {node_.address()};
  TestNode middle(world_, 100, config);
  middle.start();
  config.connect = {middle.address()};
  TestNode last(world_, 100, config);
  for (TestNode* node : {&node_, &middle, &last}) wire(*node);
  last.start();
  ASSERT_TRUE(middle.log->wait("connected", 2)) << middle.log->all();
  for (std::uint64_t n = 0; n < 30; ++n) node_.chain.have_transaction(transaction(n));
  EXPECT_TRUE(last.chain.wait_transactions(30)) << last.log->all();
}

TEST_F(TransactionRelayTest, WhoConnectsIsToldWhatWaits) {
  for (std::uint64_t n = 0; n < 3; ++n) node_.chain.have_transaction(transaction(n));
  RawPeer peer;
  ASSERT_TRUE(join(peer));
  const auto told = peer.expect<HaveTransactions>();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->ids.size(), 3U);
  const Hash256 gone{{1}};
  ASSERT_TRUE(peer.send(GetTransactions{{told->ids[0], gone}}));
  const auto answer = peer.expect<Transactions>();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->transactions.size(), 1U);
  EXPECT_EQ(answer->transactions[0].id(), told->ids[0]);
  EXPECT_EQ(answer->missing, std::vector{gone});
}

TEST_F(TransactionRelayTest, WhatIsUnknownIsFetchedAndWhatIsKnownIsNot) {
  node_.chain.have_transaction(transaction(0));
  RawPeer peer;
  ASSERT_TRUE(join(peer));
  ASSERT_TRUE(peer.send(HaveTransactions{{transaction(0).id(), transaction(1).id(), transaction(2).id()}}));
  const auto asked = peer.expect<GetTransactions>();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->ids, (std::vector{transaction(1).id(), transaction(2).id()}));
  ASSERT_TRUE(peer.send(Transactions{{transaction(2)}, {transaction(1).id()}}));
  EXPECT_TRUE(node_.chain.wait_transactions(2));
}

TEST_F(TransactionRelayTest, WhatNobodyAskedForEndsTheConnection) {
  for (const Transactions& message : {Transactions{{transaction(1)}, {}}, Transactions{{}, {transaction(1).id()}}}) {
    RawPeer peer;
    ASSERT_TRUE(join(peer));
    ASSERT_TRUE(peer.send(message));
    const auto why = peer.expect<RejectMessage>();
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code, "unexpected-message");
  }
  EXPECT_FALSE(node_.chain.wait_transactions(0) && node_.was_rejected("bad-signature"));
}

TEST_F(TransactionRelayTest, OneThatIsNotSignedEndsTheConnection) {
  RawPeer peer;
  ASSERT_TRUE(join(peer));
  ASSERT_TRUE(peer.send(HaveTransactions{{transaction(1, 666).id()}}));
  ASSERT_TRUE(peer.expect<GetTransactions>());
  ASSERT_TRUE(peer.send(Transactions{{transaction(1, 666)}, {}}));
  const auto why = peer.expect<RejectMessage>();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, "bad-signature");
}

TEST_F(TransactionRelayTest, OneThatNeverAnswersIsAskedForSoManyAndNoMore) {
  auto config = test_config();
  config.limits.max_pending_transactions = 700;
  config.limits.transaction_burst = 1e6;
  TestNode node(world_, 100, config);
  node.start();
  RawPeer peer;
  ASSERT_TRUE(peer.join(node.manager.listening_port()));
  std::size_t asked = 0;
  for (std::uint64_t round = 0; round < 4; ++round) {
    HaveTransactions have;
    for (std::uint64_t n = 0; n < 350; ++n) have.ids.push_back(transaction(1'000 * round + n).id());
    ASSERT_TRUE(peer.send(have));
    if (asked == 700) continue;
    const auto get = peer.expect<GetTransactions>();
    ASSERT_TRUE(get);
    asked += get->ids.size();
  }
  EXPECT_EQ(asked, 700U);
  ASSERT_TRUE(peer.send(Ping{77}));
  while (auto message = peer.read()) {
    EXPECT_FALSE(std::holds_alternative<GetTransactions>(*message));
    if (auto* pong = std::get_if<Pong>(&*message); pong != nullptr && pong->nonce == 77) break;
  }
}

}  // namespace
}  // namespace freezenet::net::testing
