#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "consensus/crypto/schnorr.h"
#include "daemon/segment_trainer.h"
#include "daemon/work_meter.h"
#include "daemon/worker/backoff.h"
#include "daemon/worker/node_link.h"

namespace freezenet::worker {

/// What came of a worker's blocks.
struct WorkerCounts {
  std::uint64_t found = 0, accepted = 0, stale = 0, refused = 0;
};

/// Trains for a node that may be elsewhere, go away and come back. Two threads: one asks for templates (a long poll is
/// always under way, so that a new tip ends the running segment at once), one trains and submits.
///
/// Ends by itself, with on_end(why), after `blocks` accepted blocks (why is empty) or where this machine or the node's
/// network makes any work vain. Memory: one engine a task, two start models, one segment.
class Worker {
 public:
  struct Settings {
    training::EngineOptions engine;
    int nice = 0;
    std::uint64_t first_nonce = 0;  ///< random: two machines with one key must not train the same segment
    std::uint64_t jitter = 0;       ///< random, for Backoff
    std::optional<SecretKey> key;   ///< where not the node signs
    std::uint64_t blocks = 0;       ///< 0: no end
  };
  using Say = std::function<void(const std::string& line)>;   ///< any thread
  using OnEnd = std::function<void(const std::string& why)>;  ///< any of the two threads, once

  /// `link` and `tasks` outlive the worker.
  Worker(const NodeLink& link, std::span<const training::TaskContext> tasks, Settings settings, Say say, OnEnd on_end);
  ~Worker() { stop(); }

  void start();
  /// The segment ends at its next step; a block that is being submitted is waited for. Joins.
  void stop();
  [[nodiscard]] WorkerCounts counts() const;
  /// One line: rates, expected time to a block, what came of the blocks.
  [[nodiscard]] std::string status() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    WorkTemplate from;
    std::shared_ptr<const std::vector<float>> start;
  };

  void ask(const std::stop_token& stop);
  void take(WorkTemplate work, std::shared_ptr<const std::vector<float>> start);
  void lose_node(const LinkError& why);
  void pause(const std::stop_token& stop, Backoff::Span span);
  void train(const std::stop_token& stop);
  void train_one(const Job& job, std::uint64_t nonce, const std::stop_token& interrupted, const std::stop_token& stop);
  void submit(const Job& job, daemon::TrainedSegment trained, const std::stop_token& stop);
  void note(std::uint64_t height, const Hash256& hash, const LinkResult<Fate>& fate);
  void end(const std::string& why);

  const NodeLink& link_;
  Settings settings_;
  Say say_;
  OnEnd on_end_;
  std::string miner_;               // hexadecimal; empty: the node's key
  daemon::SegmentTrainer trainer_;  // the training thread's

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::optional<Job> job_;  // none while the node is away
  bool away_ = false, ended_ = false;
  std::stop_source segment_;
  WorkerCounts counts_;
  daemon::WorkMeter meter_;
  std::jthread asking_, training_;
};

}  // namespace freezenet::worker
