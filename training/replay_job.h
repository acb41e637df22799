#pragma once

#include <functional>
#include <optional>

#include "consensus/chain/proof_verifier.h"
#include "training/model_archive.h"
#include "training/replay_cache.h"
#include "training/task_context.h"

namespace freezenet::training {

/// One block on its way through tiers 2 to 4 of docs/protocol.md section 8. begin(), then step() until it says that it
/// is over; the verdict is filled either way. One thread at a time.
class ReplayJob {
 public:
  /// An engine for this job's task: the fast one, or the portable one that decides disputes.
  using EngineFor = std::function<Engine&(bool portable)>;

  /// The references outlive the job. Of one candidate only one job may run at a time: the next one begins with what
  /// it left in the cache.
  ReplayJob(ProofJob job, const TaskContext& task, ModelArchive& archive, ReplayCache& cache, EngineFor engine_for);

  /// What an earlier replay knows, then tier 2 and the start of tier 3: start model, signed model, watermark. False
  /// where that ended the job.
  bool begin();
  /// The next step of the replay; after the last one, evaluation and archive. False where that ended the job.
  bool step();
  void cancel();

  [[nodiscard]] const ProofSource& source() const { return job_.source; }
  [[nodiscard]] const Hash256& candidate() const { return candidate_; }
  [[nodiscard]] double replay_ms() const { return verdict_.timings.replay_ms; }
  [[nodiscard]] ProofVerdict take_verdict() { return std::move(verdict_); }

 private:
  bool end(Reject why);
  Result<> check_signed(std::span<const float> weights) const;
  Result<> check_received_model();
  Result<> replay_next();
  /// Begins to compute everything up to the step that differed again, by the portable kernels: what they say counts.
  /// From where this replay began, because a digest vouches for the forward pass of its step alone: a wrong gradient
  /// shows a step later, or many. A step at a time like the rest: they are slow, and others wait. False where there is
  /// nothing to argue about.
  bool dispute(const Reject& why);
  Result<ProofOutcome> conclude();
  /// What the portable kernels computed decides the other seals of this candidate.
  void remember(const Reject& why);
  [[nodiscard]] SegmentClaim claim() const { return {job_.digests, job_.header.model_root}; }

  ProofJob job_;
  const TaskContext& task_;
  ModelArchive& archive_;
  ReplayCache& cache_;
  EngineFor engine_for_;
  const Hash256 candidate_;
  bool portable_ = false;
  std::optional<std::uint32_t> disputed_upto_;  // the step by which the portable kernels must have differed too
  std::vector<float> canonical_;
  std::optional<Segment> segment_;
  Segment::Checkpoint start_;  // where this replay began: before step 1, or after the last one that was known
  ProofVerdict verdict_;
};

}  // namespace freezenet::training
