#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "consensus/crypto/schnorr.h"
#include "daemon/block_maker.h"
#include "daemon/work_meter.h"

namespace spdlog {
class logger;
}

namespace freezenet::daemon {

/// Trains segments on the tip of the chain, one ticket each, and submits those that win. Its own thread, which never
/// touches the chain: it asks ChainService for a candidate, and gives it the sealed block.
///
/// A new tip or a stop ends the running segment at its next step: under another parent its ticket would be worth
/// nothing. Stops with stop(), which joins. Memory: one engine and one segment.
class Miner {
 public:
  struct Settings {
    training::EngineOptions engine;
    int nice = 0;                   ///< of the mining thread alone, so that replay and RPC come first
    std::uint64_t first_nonce = 0;  ///< random: two machines with one key must not train the same segment
  };

  Miner(ChainService& chain, training::ModelArchive& models, std::span<const training::TaskContext> tasks,
        SecretKey key, Settings settings, std::shared_ptr<spdlog::logger> log);
  ~Miner();

  void start();
  void stop();
  void set_enabled(bool on);
  /// This machine's bits are wrong: never mines in this run, and says why.
  void refuse(std::string why);
  /// Not for the time being, and why; empty: again.
  void pause(std::string why);
  /// Any thread: the tip moved.
  void on_new_tip();
  [[nodiscard]] MiningInfo info() const;
  [[nodiscard]] const XOnlyKey& key() const { return key_.public_key(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  /// Under the lock: makes a change that the mining thread must see at once.
  template <typename F>
  void interrupt(F change);
  [[nodiscard]] bool may_mine() const { return enabled_ && refused_.empty() && paused_.empty(); }
  void mine_one(std::uint64_t nonce, const std::stop_token& interrupted);
  void note(const BlockMaker::Attempt& attempt);

  BlockMaker maker_;  // the mining thread's own
  SecretKey key_;
  Settings settings_;
  std::shared_ptr<spdlog::logger> log_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  bool enabled_ = false;
  std::string refused_, paused_;
  std::stop_source segment_;
  MiningInfo info_;
  WorkMeter meter_;
  std::jthread thread_;
};

}  // namespace freezenet::daemon
