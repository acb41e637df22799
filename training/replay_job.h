#pragma once

#include <functional>
#include <optional>

#include "consensus/chain/proof_verifier.h"
#include "training/model_archive.h"
#include "training/replay.h"
#include "training/task_context.h"

namespace freezenet::training {

/// One block on its way through tiers 2 to 4 of docs/protocol.md section 8. begin(), then step() until it says that it
/// is over; the verdict is filled either way. One thread at a time.
class ReplayJob {
 public:
  /// An engine for this job's task: the fast one, or the portable one that decides disputes.
  using EngineFor = std::function<Engine&(bool portable)>;

  ReplayJob(ProofJob job, const TaskContext& task, ModelArchive& archive, EngineFor engine_for);

  /// Tier 2 and the start of tier 3: start model, signed model, watermark. False where that ended the job.
  bool begin();
  /// The next step of the replay; after the last one, evaluation and archive. False where that ended the job.
  bool step();
  void cancel();

  [[nodiscard]] std::uint64_t source() const { return job_.source; }
  [[nodiscard]] double replay_ms() const { return verdict_.timings.replay_ms; }
  [[nodiscard]] ProofVerdict take_verdict() { return std::move(verdict_); }

 private:
  bool end(Reject why);
  Result<> check_signed(std::span<const float> weights) const;
  Result<> check_received_model();
  Result<> replay_next();
  /// Everything up to the step that differed, again by the portable kernels: what they say counts. From the start,
  /// because a digest vouches for the forward pass of its step alone: a wrong gradient shows a step later, or many.
  Result<> settle(const Result<>& dispute);
  Result<> check_last_model() const;
  Result<ProofOutcome> conclude();
  [[nodiscard]] SegmentClaim claim() const { return {job_.digests, job_.header.model_root}; }

  ProofJob job_;
  const TaskContext& task_;
  ModelArchive& archive_;
  EngineFor engine_for_;
  bool portable_ = false;
  std::vector<float> canonical_;
  std::optional<Segment> segment_;
  Segment::Checkpoint start_;  // before step 1
  ProofVerdict verdict_;
};

}  // namespace freezenet::training
