#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "consensus/chain/proof_verifier.h"
#include "training/replay_job.h"
#include "training/replay_share.h"

namespace freezenet::training {

/// Checks proofs of work on a thread of its own: signed model and watermark first, then the replay of the segment, step
/// by step, up to the first digest that differs (docs/protocol.md section 8, tiers 2 and 3), then the evaluation.
///
/// A new job's model and first step are checked before any older job goes on, so that a forged block costs one step
/// however long the queue is; then the job goes on whose source has had the smallest share of the time (ReplayShare). A
/// replay that differs is computed again by the portable kernels before anybody is blamed: a fast kernel that is wrong
/// on this machine must not make it drop honest peers. What it found decides every other seal of the same candidate
/// (ReplayCache), which is why two of them never run side by side.
///
/// Stops with stop() or the destructor: waiting and running jobs get their verdict (kCancelled) and the thread is
/// joined. Memory: at most max_jobs jobs with their model, weights and momentum, one engine a task (two after a
/// difference), and the bounds of ReplayCache.
class ReplayVerifier final : public ProofVerifier {
 public:
  struct Settings {
    EngineOptions engine;
    std::size_t max_jobs = 16;
  };
  using Callback = std::function<void(ProofVerdict)>;

  /// `tasks` and `archive` outlive the verifier. `on_verdict` runs on the verifier's thread.
  ReplayVerifier(std::span<const TaskContext> tasks, ModelArchive& archive, Settings settings, Callback on_verdict);
  ~ReplayVerifier() override;

  Result<> submit(ProofJob job) override;
  [[nodiscard]] std::size_t queued() const override;
  void stop();

 private:
  using Jobs = std::list<std::unique_ptr<ReplayJob>>;

  void run();
  void begin(ProofJob proof, bool stopping);
  void report(ReplayJob& job);
  [[nodiscard]] bool runs(const Hash256& candidate) const;
  Engine& engine(std::size_t task, bool portable);

  std::span<const TaskContext> tasks_;
  ModelArchive& archive_;
  Settings settings_;
  Callback on_verdict_;

  // The verifier thread's own.
  std::map<std::pair<std::size_t, bool>, std::unique_ptr<Engine>> engines_;  // by task and "portable"
  bool portable_only_ = false;                                               // the fast kernels were found wrong
  Jobs running_;
  std::deque<ProofJob> parked_;  // their candidate is being replayed for another seal
  ReplayCache cache_;
  ReplayShare share_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<ProofJob> waiting_;
  std::size_t jobs_ = 0;  // waiting and running
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freezenet::training
