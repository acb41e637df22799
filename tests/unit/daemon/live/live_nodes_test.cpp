// Whole nodes in one process, so that sanitizers see their threads at work together.

#include <future>
#include <latch>
#include <list>

#include "consensus/base/hex.h"
#include "consensus/default_task.h"
#include "daemon/cli/rpc_client.h"
#include "daemon/worker/worker.h"
#include "tests/unit/daemon/live/live_node.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using test::LiveNode;
using test::Tips;

/// Regtest with a task whose segment takes about a millisecond, and a target that every 16th ticket meets: nodes replay
/// faster than others mine, and still find a block more than once at the same time.
NetworkParams live_params() {
  NetworkParams params = regtest_params();
  Task& task = params.tasks.front();
  task.layers = {Conv2d{.out_channels = 4, .kernel = 3, .stride = 2, .padding = 1}, Relu{}, Flatten{},
                 Linear{.out_features = 10}};
  task.batch = 8;
  task.evaluation_slice = 40;
  params.genesis_bits = params.limit_bits = 0x200fffff;
  return params;
}

class LiveNodesTest : public testing::Test {
 protected:
  LiveNode& add_node(bool fetch_models) {
    const std::size_t number = nodes_.size();
    const auto folder = folder_ / std::to_string(number);
    std::filesystem::create_directory(folder);
    return nodes_.emplace_back(number, params_, tasks_, folder, tips_, fetch_models);
  }
  /// What an operator asks meanwhile, of every node.
  void ask_all() {
    for (LiveNode& node : nodes_) {
      const auto access = find_rpc_access(node.paths(), std::nullopt, "127.0.0.1", 0);
      ASSERT_TRUE(access) << access.error().message();
      for (const char* method : {"status", "getpeerinfo", "getmininginfo"}) {
        const auto answer = RpcClient(*access).call(method, nlohmann::json::array());
        ASSERT_TRUE(answer) << method << ": " << answer.error().message;
      }
    }
  }

  const NetworkParams params_ = live_params();
  const std::vector<training::TaskContext> tasks_ = *training::load_task_contexts(params_);
  const test::TemporaryFolder folder_;
  Tips tips_;
  std::list<LiveNode> nodes_;
};

/// Two miners that dial each other, and two followers: one fetches every model, one derives it by replay.
TEST_F(LiveNodesTest, MinersAndFollowersEndOnOneChain) {
  LiveNode& first = add_node(true);
  LiveNode& second = add_node(true);
  second.dial(first);
  first.dial(second);
  add_node(true).dial(first);
  add_node(false).dial(second);
  first.miner().set_enabled(true);
  second.miner().set_enabled(true);
  const auto all_at = [&](std::uint64_t height) {
    return tips_.wait([&](const Tips::Map& tips) {
      return tips.size() == nodes_.size() &&
             std::all_of(tips.begin(), tips.end(), [&](const auto& tip) { return tip.second.height >= height; });
    });
  };
  for (const std::uint64_t height : {1U, 2U, 3U}) {
    ASSERT_TRUE(all_at(height));
    ask_all();
  }

  // One miner alone gets ahead of every branch, so that no tie of work is left.
  second.miner().stop();
  ASSERT_TRUE(tips_.wait([](const Tips::Map& tips) {
    return std::all_of(std::next(tips.begin()), tips.end(),
                       [&](const auto& tip) { return tip.second.height < tips.at(0).height; });
  }));
  first.miner().stop();
  ASSERT_TRUE(tips_.wait([](const Tips::Map& tips) {
    return std::all_of(tips.begin(), tips.end(), [&](const auto& tip) { return tip.second.hash == tips.at(0).hash; });
  }));
  for (LiveNode& node : nodes_) {
    EXPECT_EQ(node.state_hash(), first.state_hash());
    for (const net::RejectInfo& why : node.rejects()) {
      EXPECT_TRUE(why.reason.starts_with("duplicate-peer") || why.reason.starts_with("disconnected")) << why.reason;
    }
  }
}

/// Two workers on one node that does not mine itself; a node beside it follows.
TEST_F(LiveNodesTest, WorkersMineForANodeThatFollowersAgreeWith) {
  LiveNode& served = add_node(true);
  LiveNode& follower = add_node(true);
  follower.dial(served);
  const worker::NodeLink link([&] { return find_rpc_access(served.paths(), std::nullopt, "127.0.0.1", 0); },
                              params_.name, tasks_);
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t ended = 0;
  std::list<worker::Worker> workers;
  for (std::uint64_t number = 1; number <= 2; ++number) {
    worker::Worker::Settings settings;
    settings.first_nonce = number << 40;
    settings.jitter = number;
    settings.blocks = 3;
    if (number == 2) settings.key = SecretKey::generate();
    workers.emplace_back(
        link, tasks_, std::move(settings), [](const std::string&) {},
        [&](const std::string& why) {
          EXPECT_EQ(why, "");
          const std::lock_guard lock(mutex);
          ++ended;
          changed.notify_all();
        });
  }
  for (worker::Worker& worker : workers) worker.start();
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::minutes(2), [&] { return ended == workers.size(); }));
  }
  for (worker::Worker& worker : workers) {
    worker.stop();
    EXPECT_EQ(worker.counts().accepted, 3U) << worker.status();
    EXPECT_EQ(worker.counts().refused, 0U) << worker.status();
  }
  ASSERT_TRUE(tips_.wait([](const Tips::Map& tips) {
    return tips.size() == 2 && tips.at(0).height >= 6 && tips.at(0).hash == tips.at(1).hash;
  }));
  EXPECT_EQ(served.state_hash(), follower.state_hash());
}

TEST_F(LiveNodesTest, AChainAtWorkKeepsNobodyWaitingWhoAsksHowItGoes) {
  LiveNode& node = add_node(true);
  std::latch at_work(1), done(1);
  boost::asio::io_context io;
  auto busy = node.chain().query([&](const Chain&) {
    at_work.count_down();
    done.wait();
    return true;
  });
  std::future<bool> finished = boost::asio::co_spawn(io, std::move(busy), boost::asio::use_future);
  std::thread waiter([&] { io.run(); });
  at_work.wait();
  const RpcClient client(*find_rpc_access(node.paths(), std::nullopt, "127.0.0.1", 0), std::chrono::seconds(20));
  for (const char* method : {"getblockchaininfo", "getbestblockhash", "getstatehash", "status", "getnetworkinfo",
                             "getmininginfo", "getpeerinfo", "getrpcinfo", "uptime", "help"}) {
    const auto answer = client.call(method, nlohmann::json::array());
    EXPECT_TRUE(answer) << method << ": " << answer.error().message;
  }
  done.count_down();
  EXPECT_TRUE(finished.get());
  waiter.join();
}

/// Whoever heard of a block, by the log or by an answer, finds it in the next one.
TEST_F(LiveNodesTest, WhatIsAcknowledgedIsInTheNextAnswer) {
  LiveNode& node = add_node(true);
  const RpcClient client(*find_rpc_access(node.paths(), std::nullopt, "127.0.0.1", 0));
  node.miner().set_enabled(true);
  for (std::uint64_t height = 1; height <= 30; ++height) {
    ASSERT_TRUE(tips_.wait([&](const Tips::Map& tips) { return tips.contains(0) && tips.at(0).height >= height; }));
    const auto answer = client.call("getblockchaininfo", nlohmann::json::array());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_GE(answer->at("height"), height);
  }
}

/// A block is durable, and what it changed of the waiting transactions cannot be written: the node has said that it
/// stops, so nobody hears of that block from it, nor of any other.
TEST_F(LiveNodesTest, NothingIsAcknowledgedAfterAFailure) {
  LiveNode& node = add_node(true);
  const RpcClient client(*find_rpc_access(node.paths(), std::nullopt, "127.0.0.1", 0));
  std::uint64_t told = 0;
  const auto above = [&](std::uint64_t height) {
    return tips_.wait([&](const Tips::Map& tips) { return tips.contains(0) && (told = tips.at(0).height) > height; });
  };
  node.miner().set_enabled(true);
  ASSERT_TRUE(above(params_.maturity));  // there is money
  node.miner().set_enabled(false);
  Transaction payment{{}, 0, 1'000, Transfer{node.key().public_key(), 1}, {}};
  payment.sign(node.key(), params_.genesis_hash());
  Writer encoded;
  payment.encode(encoded);
  const auto sent = client.call("sendrawtransaction", nlohmann::json::array({to_hex(ByteView(encoded.data()))}));
  ASSERT_TRUE(sent) << sent.error().message;

  // A segment that was under way may still end in a block without the payment, which is told of.
  auto failed = node.let_disk_fail();
  node.miner().set_enabled(true);
  ASSERT_EQ(failed.wait_for(std::chrono::minutes(2)), std::future_status::ready);
  const std::uint64_t reached = node.height();  // asked behind all that came with the failure
  ASSERT_TRUE(above(0));
  EXPECT_EQ(reached, told + 1) << "the block with the payment is in the chain";
  const auto answer = client.call("getblockchaininfo", nlohmann::json::array());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("height"), told);
}

}  // namespace
}  // namespace freezenet::daemon
