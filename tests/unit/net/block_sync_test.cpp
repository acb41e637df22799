#include <atomic>
#include <stdexcept>

#include "tests/unit/net/raw_peer.h"

namespace freezenet::net::testing {
namespace {

constexpr std::size_t kModel = 2 * kChunkSize + 1000;  // three chunks

struct BlockSyncTest : ::testing::Test {
  World world;
};

TEST_F(BlockSyncTest, TwoNodesSync40Blocks) {
  const auto blocks = make_blocks(test_genesis(), 40, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode fresh(world, kModel, config);
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(40)) << fresh.log->all();
  EXPECT_EQ(fresh.chain.tip(), blocks.back().hash);
  EXPECT_EQ(fresh.chain.model_of(blocks[17].hash), blocks[17].model);
  EXPECT_EQ(fresh.chain.offers().size(), 40u) << "each block is fetched once";
}

TEST_F(BlockSyncTest, MoreHeadersThanOneMessageHolds) {
  const auto blocks = make_blocks(test_genesis(), 1203, 100);
  TestNode full(world, 100);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  config.limits.requests_per_second = config.limits.request_burst = 1e6;
  TestNode fresh(world, 100, config);
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_headers(1203)) << fresh.log->all();
  ASSERT_TRUE(fresh.chain.wait_height(20)) << fresh.log->all();
}

/// The only common block that the locator names is genesis: more than two batches of known headers come first.
TEST_F(BlockSyncTest, BranchThatLeavesOursFarAboveTheLocatorsCommonBlockIsLearned) {
  const auto common = make_blocks(test_genesis(), 1200, 100);
  const auto ours = make_blocks(common.back().hash, 20, 100, 1);
  const auto theirs = make_blocks(common.back().hash, 30, 100, 2);
  TestNode full(world, 100);
  full.chain.have(common);
  full.chain.have(theirs);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode node(world, 100, config);
  node.chain.have(common);
  node.chain.have(ours);
  node.start();
  ASSERT_TRUE(node.chain.wait_headers(common.size() + ours.size() + theirs.size())) << node.log->all();
  ASSERT_TRUE(node.chain.wait_offers(theirs.size())) << node.log->all();
}

/// Room for 30 headers at a time: the rest is asked for again as blocks arrive.
TEST_F(BlockSyncTest, ABranchLongerThanTheRoomIsFetchedInPortions) {
  const auto blocks = make_blocks(test_genesis(), 700, 100);
  TestNode full(world, 100);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  config.limits.requests_per_second = config.limits.request_burst = 1e6;
  TestNode fresh(world, 100, config);
  fresh.chain.room = 30;
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(700)) << fresh.log->all();
  EXPECT_EQ(fresh.chain.most_waiting, 30u);
}

TEST_F(BlockSyncTest, TheChainLearnsWhoLeft) {
  TestNode node(world, 100);
  node.start();
  RawPeer peer;
  ASSERT_TRUE(peer.join(node.manager.listening_port()));
  ASSERT_TRUE(node.log->wait(" connected:"));
  peer.hang_up();
  ASSERT_TRUE(node.chain.wait_left(1));
}

/// More silent peers than the window has blocks, all of which claim one, and then the honest one.
TEST_F(BlockSyncTest, AnyNumberOfSilentPeersLeaveRoomForAnHonestOne) {
  const auto blocks = make_blocks(test_genesis(), 40, kModel);
  auto config = test_config();
  config.limits.max_inbound = config.limits.max_per_address = 64;
  config.limits.request_timeout = Millis(60'000);
  config.limits.block_share = Millis(200);
  TestNode fresh(world, kModel, config);
  fresh.start();
  std::vector<std::unique_ptr<RawPeer>> silent;
  for (std::size_t i = 0; i < config.limits.window + 4; ++i) {
    silent.push_back(std::make_unique<RawPeer>());
    ASSERT_TRUE(silent.back()->join_with(fresh.manager.listening_port(), blocks)) << fresh.log->all();
    const bool asked = i >= config.limits.window || silent.back()->expect<GetBody>().has_value();
    ASSERT_TRUE(asked) << i;
  }
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  ASSERT_TRUE(fresh.manager.add_node(full.address()));
  ASSERT_TRUE(fresh.chain.wait_height(40)) << fresh.log->all();
  for (const auto& offer : fresh.chain.offers()) EXPECT_TRUE(offer.with_model);
}

/// The chain's queue is full of blocks that wait for the first one, which somebody sits on: nothing changes by itself.
TEST_F(BlockSyncTest, AFullQueueMakesRoomForTheBlockThatAllWaitFor) {
  const auto blocks = make_blocks(test_genesis(), 6, kModel);
  auto config = test_config();
  config.limits.request_timeout = Millis(60'000);
  config.limits.block_share = Millis(200);
  TestNode fresh(world, kModel, config);
  fresh.chain.on_offer = [&](const Hash256& hash) {
    const bool waits = fresh.chain.tip() == test_genesis() && hash != blocks[0].hash && hash != blocks[1].hash;
    return waits ? reject(RejectCode::kBusy) : Result<>{};
  };
  fresh.start();
  RawPeer silent;
  ASSERT_TRUE(silent.join_with(fresh.manager.listening_port(), blocks)) << fresh.log->all();
  ASSERT_TRUE(silent.expect<GetBody>());
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  ASSERT_TRUE(fresh.manager.add_node(full.address()));
  ASSERT_TRUE(fresh.chain.wait_height(6)) << fresh.log->all();
}

TEST_F(BlockSyncTest, HeadersWaitForTheBudgetAndBlocksDoNot) {
  const auto blocks = make_blocks(test_genesis(), 30, 100);
  TestNode full(world, 100);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  config.limits.header_slice = 10;
  config.limits.header_burst = 20;
  config.limits.outbound_headers_per_second = 0.001;
  TestNode fresh(world, 100, config);
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(20)) << fresh.log->all();
  EXPECT_EQ(fresh.chain.offers().size(), 20u) << "the third slice waits";
}

TEST_F(BlockSyncTest, HeadersWithAGapEndTheConnection) {
  auto blocks = make_blocks(test_genesis(), 3, 100);
  TestNode node(world, 100);
  node.chain.have(blocks);
  node.start();
  RawPeer liar;
  blocks.erase(blocks.begin() + 1);
  ASSERT_TRUE(liar.join_with(node.manager.listening_port(), blocks));
  const auto refusal = liar.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << node.log->all();
  EXPECT_EQ(refusal->code, "unexpected-message");
  EXPECT_EQ(refusal->detail, "headers that do not follow each other");
}

/// Known headers again and again are no progress: the node goes on from where the batch before ended, or not at all.
TEST_F(BlockSyncTest, ABatchThatDoesNotGoOnFromTheLastOneEndsTheQuestions) {
  const auto blocks = make_blocks(test_genesis(), kMaxHeaders, 100);
  TestNode node(world, 100);
  node.chain.have(blocks);
  node.start();
  RawPeer peer;
  ASSERT_TRUE(peer.join_with(node.manager.listening_port(), blocks));
  const auto second = peer.expect<GetHeaders>();
  ASSERT_TRUE(second) << node.log->all();
  EXPECT_EQ(second->locator.front(), blocks.back().hash);
  ASSERT_TRUE(peer.send_headers(blocks));
  // A third question would come while the node answers these two, one after the other.
  ASSERT_TRUE(peer.send(GetBody{blocks[0].hash}));
  bool answered = false;
  while (const auto message = peer.read()) {
    EXPECT_FALSE(std::holds_alternative<GetHeaders>(*message));
    if (std::holds_alternative<BodyData>(*message)) peer.send(GetBody{blocks[1].hash});
    if (const auto* body = std::get_if<BodyData>(&*message); body && body->block == blocks[1].hash) {
      answered = true;
      break;
    }
  }
  EXPECT_TRUE(answered) << node.log->all();
}

TEST_F(BlockSyncTest, AnnouncedBlockTravelsThroughAThirdNode) {
  const auto blocks = make_blocks(test_genesis(), 3, kModel);
  TestNode a(world, kModel);
  a.start();
  auto config = test_config();
  config.connect = {a.address()};
  TestNode b(world, kModel, config);
  b.start();
  config.connect = {b.address()};
  TestNode c(world, kModel, config);
  c.start();
  ASSERT_TRUE(b.log->wait(" connected:", 2)) << b.log->all();
  ASSERT_TRUE(c.log->wait(" connected:"));
  // Only the last of three is announced: the parent is unknown, so the headers are asked for.
  a.chain.have(blocks);
  a.manager.announce(blocks.back().header);
  ASSERT_TRUE(c.chain.wait_height(3)) << c.log->all();
  EXPECT_EQ(c.chain.tip(), blocks.back().hash);
}

TEST_F(BlockSyncTest, DerivesWhereModelsAreSwitchedOff) {
  const auto blocks = make_blocks(test_genesis(), 5, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  config.fetch_models = false;
  TestNode fresh(world, kModel, config);
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(5));
  for (const auto& offer : fresh.chain.offers()) EXPECT_FALSE(offer.with_model);
}

TEST_F(BlockSyncTest, DerivesWhereNobodyKeepsTheModel) {
  const auto blocks = make_blocks(test_genesis(), 3, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.chain.keep_models = false;
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode fresh(world, kModel, config);
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(3)) << fresh.log->all();
  for (const auto& offer : fresh.chain.offers()) EXPECT_FALSE(offer.with_model);
}

TEST_F(BlockSyncTest, ModelComesFromThePeerThatKeepsIt) {
  const auto blocks = make_blocks(test_genesis(), 4, kModel);
  TestNode without(world, kModel), with(world, kModel);
  without.chain.have(blocks);
  without.chain.keep_models = false;
  without.start();
  with.chain.have(blocks);
  with.start();
  auto config = test_config();
  config.limits.model_patience = Millis(60'000);
  TestNode fresh(world, kModel, config);
  // No block is taken before both are there: the one without models must not be alone.
  std::atomic<bool> both{false};
  fresh.chain.on_offer = [&](const Hash256&) { return both ? Result<>{} : reject(RejectCode::kBusy); };
  fresh.start();
  ASSERT_TRUE(fresh.manager.add_node(with.address()));
  ASSERT_TRUE(fresh.log->wait(" connected:"));
  ASSERT_TRUE(fresh.manager.add_node(without.address()));
  ASSERT_TRUE(fresh.log->wait(" connected:", 2));
  both = true;
  fresh.manager.wake();
  ASSERT_TRUE(fresh.chain.wait_height(4)) << fresh.log->all();
  for (const auto& offer : fresh.chain.offers()) EXPECT_TRUE(offer.with_model);
}

TEST_F(BlockSyncTest, BusyChainIsAskedAgainOnWakeOnly) {
  const auto blocks = make_blocks(test_genesis(), 4, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode fresh(world, kModel, config);
  std::atomic<bool> busy{true};
  fresh.chain.on_offer = [&](const Hash256&) { return busy ? reject(RejectCode::kBusy) : Result<>{}; };
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_offers(1));
  fresh.manager.wake();
  ASSERT_TRUE(fresh.chain.wait_offers(2));
  EXPECT_EQ(fresh.chain.offers()[0].hash, fresh.chain.offers()[1].hash) << "the block was kept";
  busy = false;
  fresh.manager.wake();
  ASSERT_TRUE(fresh.chain.wait_height(4));
  EXPECT_LE(fresh.chain.offers().size(), 7u) << "no busy loop";
}

TEST_F(BlockSyncTest, SilentPeerLosesItsBlockToAnother) {
  const auto blocks = make_blocks(test_genesis(), 2, kModel);
  auto config = test_config();
  config.limits.request_timeout = Millis(300);
  TestNode fresh(world, kModel, config);
  fresh.start();
  RawPeer silent;
  ASSERT_TRUE(silent.join_with(fresh.manager.listening_port(), blocks)) << fresh.log->all();
  ASSERT_TRUE(silent.expect<GetBody>());
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  ASSERT_TRUE(fresh.manager.add_node(full.address()));
  ASSERT_TRUE(fresh.chain.wait_height(2)) << fresh.log->all();
  ASSERT_TRUE(fresh.log->wait("timeout: no answer to get_body")) << fresh.log->all();
}

TEST_F(BlockSyncTest, SilentPeerThatLostItsBlockGetsNoOtherAndIsDropped) {
  const auto blocks = make_blocks(test_genesis(), 40, kModel);
  auto config = test_config();
  config.limits.block_share = Millis(50);
  config.limits.min_block_rate = 1u << 30;
  config.limits.request_timeout = Millis(1500);
  TestNode fresh(world, kModel, config);
  fresh.start();
  RawPeer silent;
  ASSERT_TRUE(silent.join_with(fresh.manager.listening_port(), blocks)) << fresh.log->all();
  ASSERT_TRUE(silent.expect<GetBody>());
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  ASSERT_TRUE(fresh.manager.add_node(full.address()));
  ASSERT_TRUE(fresh.chain.wait_height(40)) << fresh.log->all();
  while (const auto message = silent.read()) {
    EXPECT_FALSE(std::holds_alternative<GetBody>(*message)) << "a second block";
    if (const auto* refusal = std::get_if<RejectMessage>(&*message)) {
      EXPECT_EQ(refusal->code, "timeout");
      EXPECT_EQ(refusal->detail, "no answer to get_body or get_chunk");
      break;
    }
  }
  EXPECT_TRUE(fresh.was_rejected("no answer to get_body")) << fresh.log->all();
}

TEST_F(BlockSyncTest, SlowPeerIsOvertakenAndStaysConnected) {
  const auto blocks = make_blocks(test_genesis(), 1, kModel);
  auto config = test_config();
  config.limits.block_share = Millis(100);
  config.limits.min_block_rate = 1u << 30;
  config.limits.request_timeout = Millis(60'000);
  TestNode fresh(world, kModel, config);
  fresh.start();
  RawPeer slow;
  ASSERT_TRUE(slow.join_with(fresh.manager.listening_port(), blocks));
  ASSERT_TRUE(slow.expect<GetBody>());
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  ASSERT_TRUE(fresh.manager.add_node(full.address()));
  ASSERT_TRUE(fresh.chain.wait_height(1)) << fresh.log->all();
  // Its late answer is what was asked for: no offence.
  ASSERT_TRUE(slow.send(BodyData{blocks[0].hash, blocks[0].body}));
  ASSERT_TRUE(slow.send(Ping{77}));
  const auto pong = slow.expect<Pong>();
  ASSERT_TRUE(pong) << fresh.log->all();
  EXPECT_EQ(pong->nonce, 77u);
}

TEST_F(BlockSyncTest, AnExceptionEndsTheConnectionAndFreesItsBlock) {
  const auto blocks = make_blocks(test_genesis(), 3, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode fresh(world, kModel, config);
  std::atomic<bool> broken{true};
  fresh.chain.on_offer = [&](const Hash256&) -> Result<> {
    if (broken.exchange(false)) throw std::runtime_error("a fault of ours");
    return {};
  };
  fresh.start();
  ASSERT_TRUE(fresh.log->wait("exception: a fault of ours")) << fresh.log->all();
  ASSERT_TRUE(fresh.chain.wait_height(3)) << fresh.log->all();
  EXPECT_TRUE(fresh.was_rejected("internal error"));
  EXPECT_EQ(fresh.manager.peers().size(), 1u) << "the broken one left";
}

TEST_F(BlockSyncTest, CorruptChunkEndsTheConnection) {
  const auto blocks = make_blocks(test_genesis(), 1, kModel);
  TestNode fresh(world, kModel);
  fresh.start();
  RawPeer liar;
  ASSERT_TRUE(liar.join_with(fresh.manager.listening_port(), blocks));
  const auto request = liar.expect<GetChunk>();
  ASSERT_TRUE(request);
  Chunk chunk{request->block, request->index, Bytes(kChunkSize, 1), prove_chunk(blocks[0].leaves, request->index)};
  ASSERT_TRUE(liar.send(chunk));
  const auto refusal = liar.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << fresh.log->all();
  EXPECT_EQ(refusal->code, "bad-chunk");
  EXPECT_TRUE(fresh.was_rejected("bad-chunk"));
  EXPECT_TRUE(fresh.chain.offers().empty());
}

TEST_F(BlockSyncTest, FalseBodyAndFalseHeaderEndTheConnection) {
  auto blocks = make_blocks(test_genesis(), 1, 100);
  TestNode fresh(world, 100);
  fresh.start();
  RawPeer liar;
  ASSERT_TRUE(liar.join_with(fresh.manager.listening_port(), blocks));
  ASSERT_TRUE(liar.expect<GetBody>());
  const auto request = liar.expect<GetChunk>();
  ASSERT_TRUE(request);
  ASSERT_TRUE(liar.send(BodyData{blocks[0].hash, Bytes(5, 5)}));
  ASSERT_TRUE(liar.send(Chunk{request->block, 0, blocks[0].model, prove_chunk(blocks[0].leaves, 0)}));
  auto refusal = liar.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << fresh.log->all();
  EXPECT_EQ(refusal->code, "wrong-body-root");

  RawPeer other;
  blocks[0].header.candidate.bits = 666;
  ASSERT_TRUE(other.join_with(fresh.manager.listening_port(), blocks));
  refusal = other.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << fresh.log->all();
  EXPECT_EQ(refusal->code, "high-hash");
}

TEST_F(BlockSyncTest, WhatNobodyAskedForIsRefused) {
  TestNode node(world, 100);
  node.start();
  const auto blocks = make_blocks(test_genesis(), 1, 100);
  const std::vector<Message> unasked = {BodyData{blocks[0].hash, blocks[0].body},
                                        Chunk{blocks[0].hash, 0, blocks[0].model, {}},
                                        NotFound{MessageType::kGetBody, blocks[0].hash, 0}, Hello{}};
  for (const Message& message : unasked) {
    RawPeer peer;
    ASSERT_TRUE(peer.join(node.manager.listening_port()));
    ASSERT_TRUE(peer.send(message));
    const auto refusal = peer.expect<RejectMessage>();
    ASSERT_TRUE(refusal) << node.log->all();
    EXPECT_EQ(refusal->code, "unexpected-message");
  }
}

TEST_F(BlockSyncTest, ServesAndSaysNotFound) {
  const auto blocks = make_blocks(test_genesis(), 3, kModel);
  TestNode node(world, kModel);
  node.chain.have(blocks);
  node.start();
  RawPeer peer;
  ASSERT_TRUE(peer.join(node.manager.listening_port()));
  ASSERT_TRUE(peer.send(GetHeaders{{test_genesis()}}));
  const auto headers = peer.expect<Headers>();
  ASSERT_TRUE(headers);
  ASSERT_EQ(headers->headers.size(), 3u);
  EXPECT_EQ(headers->headers[2], blocks[2].header);
  ASSERT_TRUE(peer.send(GetChunk{blocks[1].hash, 2}));
  const auto chunk = peer.expect<Chunk>();
  ASSERT_TRUE(chunk);
  EXPECT_TRUE(check_chunk(blocks[1].header.model_root, kModel, 2, chunk->data, chunk->proof));
  ASSERT_TRUE(peer.send(GetChunk{blocks[1].hash, 3}));
  const auto missing = peer.expect<NotFound>();
  ASSERT_TRUE(missing);
  EXPECT_EQ(*missing, (NotFound{MessageType::kGetChunk, blocks[1].hash, 3}));
}

TEST_F(BlockSyncTest, AModelAloneIsFetchedByItsRoot) {
  const auto blocks = make_blocks(test_genesis(), 5, kModel);
  const auto others = make_blocks(test_genesis(), 1, kModel, 9);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  config.fetch_models = false;  // that is about blocks
  TestNode fresh(world, kModel, config);
  fresh.chain.want_model(blocks[2].header.model_root);
  fresh.chain.want_model(others[0].header.model_root);  // which nobody has
  fresh.start();
  const auto model = fresh.chain.wait_model(blocks[2].header.model_root);
  ASSERT_TRUE(model) << fresh.log->all();
  EXPECT_EQ(*model, blocks[2].model);
  ASSERT_TRUE(fresh.chain.wait_height(5)) << "blocks come meanwhile: " << fresh.log->all();
}

TEST_F(BlockSyncTest, BlocksThatNeedNoModelComeWithoutOne) {
  const auto blocks = make_blocks(test_genesis(), 10, kModel);
  TestNode full(world, kModel);
  full.chain.have(blocks);
  full.start();
  auto config = test_config();
  config.connect = {full.address()};
  TestNode fresh(world, kModel, config);
  fresh.chain.body_only = true;
  fresh.start();
  ASSERT_TRUE(fresh.chain.wait_height(10)) << fresh.log->all();
  for (const auto& offer : fresh.chain.offers()) EXPECT_FALSE(offer.with_model);
}

TEST_F(BlockSyncTest, OnlyWhoSaysSoIsAskedForModelsByRootAndFalseOnesEndTheConnection) {
  const auto blocks = make_blocks(test_genesis(), 1, kModel);
  TestNode node(world, kModel);
  node.chain.want_model(blocks[0].header.model_root);
  node.start();
  RawPeer old;
  ASSERT_TRUE(old.join_with(node.manager.listening_port(), blocks)) << node.log->all();
  ASSERT_TRUE(old.expect<GetBody>()) << "it is asked for the block alone";
  RawPeer liar;
  liar.flags = kServesModels | kServesModelsByRoot;
  ASSERT_TRUE(liar.join_with(node.manager.listening_port(), blocks)) << node.log->all();
  const auto asked = liar.expect<GetModelChunk>();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->root, blocks[0].header.model_root);
  liar.send(Chunk{asked->root, asked->index, Bytes(kChunkSize), prove_chunk(blocks[0].leaves, 0)});
  const auto why = liar.expect<RejectMessage>();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, "bad-chunk");
}

}  // namespace
}  // namespace freezenet::net::testing
