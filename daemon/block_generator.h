#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "daemon/block_maker.h"

namespace freezenet::daemon {

/// Mines a given number of blocks at once, for generatetoaddress: on a thread of its own, beside the miner and whether
/// or not that one is on. One request at a time. stop() joins; the request at work ends with kCancelled.
class BlockGenerator {
 public:
  static constexpr std::uint64_t kMostBlocks = 1000;
  using Done = std::function<void(Result<std::vector<Hash256>>)>;

  /// `first_nonce` random, as the miner's.
  BlockGenerator(ChainService& chain, training::ModelArchive& models, std::span<const training::TaskContext> tasks,
                 training::EngineOptions engine, std::uint64_t first_nonce)
      : maker_(chain, models, tasks, engine), nonce_(first_nonce) {}
  ~BlockGenerator() { stop(); }

  /// kBusy while another request is at work. Success: `done` follows once, on the generator's thread, with the blocks
  /// of the active chain that were mined, oldest first.
  Result<> generate(std::uint64_t count, const SecretKey& key, Done done);
  /// Any thread: the running segment is worth nothing any more.
  void on_new_tip();
  void stop();

 private:
  struct Request {
    std::uint64_t count = 0;
    SecretKey key;
    Done done;
  };
  void run(const std::stop_token& stop, Request request);
  Result<std::vector<Hash256>> mine(const std::stop_token& stop, const Request& request);

  BlockMaker maker_;  // the thread's own
  std::uint64_t nonce_;
  std::mutex mutex_;  // guards what follows
  bool busy_ = false, stopped_ = false;
  std::stop_source segment_;
  std::jthread thread_;
};

}  // namespace freezenet::daemon
