#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "consensus/watermark.h"
#include "daemon/data_dir.h"
#include "daemon/miner.h"
#include "daemon/node_events.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/rpc_server.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "training/replay_verifier.h"

namespace freezenet::daemon::test {

/// Where the chains of several nodes stand, for a thread that waits. Any thread.
class Tips {
 public:
  struct Tip {
    Hash256 hash;
    std::uint64_t height = 0;
  };
  using Map = std::map<std::size_t, Tip>;  // by node

  void set(std::size_t node, const Tip& tip) {
    const std::lock_guard lock(mutex_);
    tips_[node] = tip;
    changed_.notify_all();
  }
  /// Until `enough(tips)`; false where that takes unreasonably long.
  template <typename F>
  bool wait(F enough) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(2), [&] { return enough(std::as_const(tips_)); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Map tips_;
};

/// A store of waiting transactions whose disk fails when the test says so. Any thread may say it.
class FailingWaiting final : public MempoolStore {
 public:
  explicit FailingWaiting(MempoolStore& store) : store_(store) {}
  void fail() { fails_ = true; }
  Result<> keep_waiting(std::span<const KeptTransaction> added, std::span<const Hash256> removed) override {
    if (fails_) return reject(RejectCode::kStorage, "disk I/O error");
    return store_.keep_waiting(added, removed);
  }
  Result<> keep_only(std::span<const KeptTransaction> waiting) override { return store_.keep_only(waiting); }
  Result<WaitingTransactions> waiting() override { return store_.waiting(); }

 private:
  MempoolStore& store_;
  std::atomic<bool> fails_ = false;
};

/// A node as daemon/node.cpp wires it, with all of its threads: chain, replay, miner, network and RPC. What is left out
/// is LibTorch's self-test, options and log files. Owned and stopped by the test's thread.
class LiveNode {
 public:
  LiveNode(std::size_t number, const NetworkParams& params, std::span<const training::TaskContext> tasks,
           const std::filesystem::path& folder, Tips& tips, bool fetch_models)
      : paths_(folder),
        identity_(*net::NodeIdentity::generate()),
        models_(*ModelStore::open(folder / "models")),
        store_(*SqliteChainStore::open(paths_.database(), params.genesis_hash())),
        waiting_(*store_),
        chain_(params, *store_, waiting_, models_, clock_),
        verifier_(tasks, models_, {}, [this](ProofVerdict verdict) { chain_.on_verdict(std::move(verdict)); }),
        miner_(chain_, models_, tasks, key_, {training::EngineOptions{}, 0, std::uint64_t{number} << 32}, log_),
        peers_(net_io_.get_executor(), config(params, fetch_models), identity_, chain_, log_),
        desk_(chain_, reward_keys_, number + 1, {std::chrono::seconds(1), std::chrono::seconds(60)}),
        generator_(chain_, models_, tasks, {}, std::uint64_t{number} << 48),
        events_(
            peers_, miner_, clock_, [](const Reject& why) { ADD_FAILURE() << why.message(); },
            MiningNews{[this] {
                         desk_.on_new_tip();
                         generator_.on_new_tip();
                       },
                       [this] { desk_.on_new_body(); }},
            log_),
        watch_(number, events_, tips) {
    for (const training::TaskContext& task : tasks)
      EXPECT_TRUE(models_.put(genesis_weights(task.plan, task.task.id())));
    chain_.on_change([this](const Chain& chain, const std::string& paused) { snapshot_.publish(chain, paused); });
    EXPECT_TRUE(chain_.start(verifier_, watch_));
    EXPECT_TRUE(peers_.start());
    EXPECT_TRUE(rpc_.start());
    miner_.start();
  }
  ~LiveNode() {
    desk_.stop();
    generator_.stop();
    rpc_.stop();
    miner_.stop();
    peers_.stop_and_wait();
    verifier_.stop();
    chain_.stop();
    net_work_.reset();
    net_thread_.join();
  }
  LiveNode(const LiveNode&) = delete;
  LiveNode& operator=(const LiveNode&) = delete;

  Miner& miner() { return miner_; }
  ChainService& chain() { return chain_; }
  const DataPaths& paths() const { return paths_; }
  const SecretKey& key() const { return key_; }
  /// From now on no change of what waits can be written; ready once the chain has heard of that.
  std::future<void> let_disk_fail() {
    waiting_.fail();
    return watch_.expect_failure();
  }
  void dial(const LiveNode& other) {
    EXPECT_TRUE(peers_.add_node("127.0.0.1:" + std::to_string(other.peers_.listening_port())));
  }
  std::vector<net::RejectInfo> rejects() const { return peers_.last_rejects(); }
  /// Of the chain's tip, asked on the chain's thread.
  std::uint64_t height() {
    auto read = chain_.query([](const Chain& chain) { return chain.tip().height; });
    return boost::asio::co_spawn(net_io_, std::move(read), boost::asio::use_future).get();
  }
  /// Chain, money and models, asked on the chain's thread.
  Hash256 state_hash() {
    auto read = chain_.query([](const Chain& chain) { return chain.state_hash(); });
    return boost::asio::co_spawn(net_io_, std::move(read), boost::asio::use_future).get();
  }

 private:
  /// The news, to those who get them in a node, then to the test.
  class Watch final : public BlockEvents {
   public:
    Watch(std::size_t number, BlockEvents& events, Tips& tips) : number_(number), events_(events), tips_(tips) {}
    void on_accepted(const Chain& chain, const BlockEntry& block, const ChainUpdate& update,
                     net::PeerId origin) override {
      events_.on_accepted(chain, block, update, origin);
      tips_.set(number_, {chain.tip().hash, chain.tip().height});
    }
    void on_moved(const Chain& chain, const ChainUpdate& update) override { events_.on_moved(chain, update); }
    void on_transaction(const Hash256& id, net::PeerId origin) override { events_.on_transaction(id, origin); }
    void on_refused(const Hash256& block, net::PeerId origin, const Reject& why) override {
      events_.on_refused(block, origin, why);
    }
    void on_progress() override { events_.on_progress(); }
    void on_verdict(const ProofVerdict& verdict) override { events_.on_verdict(verdict); }
    void on_failure(const Reject& why) override {
      if (!expected_) return events_.on_failure(why);
      failure_.set_value();
    }
    std::future<void> expect_failure() {
      expected_ = true;
      return failure_.get_future();
    }

   private:
    std::size_t number_;
    BlockEvents& events_;
    Tips& tips_;
    std::atomic<bool> expected_ = false;
    std::promise<void> failure_;
  };

  static net::PeerManagerConfig config(const NetworkParams& params, bool fetch_models) {
    net::PeerManagerConfig config;
    config.network = params.name;
    config.magic = params.magic;
    config.genesis = params.genesis_hash();
    config.engine = kNumericProfile;
    config.fetch_models = fetch_models;
    return config;
  }
  RpcParts parts() {
    return {.chain = chain_,
            .snapshot = snapshot_,
            .models = models_,
            .store = *store_,
            .tools = rpc_tools_,
            .logging = logging_,
            .peers = peers_,
            .mining_info = [this] { return miner_.info(); },
            .set_mining = [this](bool on) -> Result<> {
              miner_.set_enabled(on);
              return {};
            },
            .desk = desk_,
            .generator = generator_,
            .keys = reward_keys_,
            .last_reject = [this] { return events_.last_reject(); },
            .replay_stats = [this] { return events_.replay_stats(verifier_.queued()); },
            .request_stop = [] {},
            .version = "test",
            .user_agent = "test",
            .started_at = clock_.unix_seconds(),
            .clock = clock_};
  }

  const DataPaths paths_;
  const SystemClock clock_;
  const std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>("live");
  const net::NodeIdentity identity_;
  ModelStore models_;
  std::unique_ptr<SqliteChainStore> store_;
  FailingWaiting waiting_;
  ChainSnapshot snapshot_;
  ChainService chain_;
  const SecretKey key_ = *SecretKey::generate();
  const RewardKeys reward_keys_{key_, nullptr};
  training::ReplayVerifier verifier_;
  Miner miner_;
  boost::asio::io_context net_io_;
  net::PeerManager peers_;
  MiningDesk desk_;
  BlockGenerator generator_;
  NodeEvents events_;
  Watch watch_;
  Logging logging_ = *Logging::open("off", {}, false);
  RpcTools rpc_tools_{{}, 1 << 26, nullptr};
  RpcParts rpc_parts_ = parts();
  RpcServer rpc_{
      {.address = "127.0.0.1", .port = 0, .paths = paths_, .limits = {}}, node_methods(rpc_parts_), rpc_tools_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> net_work_{net_io_.get_executor()};
  std::thread net_thread_{[this] { net_io_.run(); }};
};

}  // namespace freezenet::daemon::test
