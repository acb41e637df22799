#include "training/replay_job.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "consensus/crypto/merkle.h"
#include "training/evaluate.h"

namespace freezenet::training {
namespace {

/// Adds the time of a scope to a figure.
class Stopwatch {
 public:
  explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
  ~Stopwatch() {
    milliseconds_ += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& milliseconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

ReplayJob::ReplayJob(ProofJob job, const TaskContext& task, ModelArchive& archive, ReplayCache& cache,
                     EngineFor engine_for)
    : job_(std::move(job)),
      task_(task),
      archive_(archive),
      cache_(cache),
      engine_for_(std::move(engine_for)),
      candidate_(job_.header.candidate.candidate_hash()) {
  verdict_.block_hash = job_.block_hash;
}

bool ReplayJob::begin() {
  if (auto known = cache_.check(candidate_, claim()); !known) return end(known.error());
  auto canonical = archive_.get(job_.header.candidate.start_root, task_.plan.parameters);
  if (!canonical) return end({canonical.error().code, "the start model: " + canonical.error().detail});
  canonical_ = std::move(*canonical);
  {
    const Stopwatch watch(verdict_.timings.watermark_ms);
    segment_.emplace(engine_for_(false), task_.dataset, task_.task, task_.plan, candidate_, job_.height, canonical_);
    if (auto ok = check_received_model(); !ok) return end(ok.error());
  }
  if (const Segment::Checkpoint* known = cache_.state_of(candidate_)) segment_->restore(*known, engine_for_(false));
  segment_->save(start_);
  const EngineOptions& options = engine_for_(false).options();
  portable_ = options.path == kernels::Path::kPortable && options.table == nullptr;  // nothing slower to ask
  // A first step that differs is settled at once: one step each way is what a forged block costs.
  return step() && (!disputed_upto_ || step());
}

Result<> ReplayJob::check_received_model() {
  if (!job_.model) return {};
  if (job_.model->size() != task_.plan.model_bytes()) {
    return reject(RejectCode::kWrongModelSize, std::to_string(job_.model->size()) + " bytes, the task's model has " +
                                                   std::to_string(task_.plan.model_bytes()));
  }
  if (chunked_root(*job_.model) != job_.header.model_root) return reject(RejectCode::kWrongModelRoot);
  std::vector<float> weights(task_.plan.parameters);
  std::memcpy(weights.data(), job_.model->data(), job_.model->size());
  job_.model.reset();
  return check_signed(weights);
}

Result<> ReplayJob::check_signed(std::span<const float> weights) const {
  return check_signed_model(segment_->watermark(), task_.plan, weights);
}

bool ReplayJob::step() {
  if (auto ok = replay_next(); !ok) return end(ok.error());
  if (!segment_->done()) return true;
  auto outcome = conclude();
  if (!outcome) return end(outcome.error());
  cache_.forget(candidate_);
  verdict_.outcome = *outcome;
  return false;
}

Result<> ReplayJob::replay_next() {
  const Stopwatch watch(verdict_.timings.replay_ms);
  Result<> step;
  if (!segment_->done()) step = replay_step(*segment_, claim());
  if (step && segment_->done()) step = replay_model(*segment_, claim());
  if (!step && dispute(step.error())) return {};
  if (!step) remember(step.error());
  if (step && disputed_upto_ && segment_->steps_done() >= *disputed_upto_) {
    verdict_.kernels_disagree = true;  // the block is right, this machine's fast kernels are not
    disputed_upto_.reset();
  }
  verdict_.steps_replayed = segment_->steps_done() - static_cast<std::uint32_t>(start_.digests.size());
  return step;
}

bool ReplayJob::dispute(const Reject& why) {
  const bool arguable = why.code == RejectCode::kWrongTrace || why.code == RejectCode::kWrongReplayedModel ||
                        why.code == RejectCode::kVoidSegment || why.code == RejectCode::kSelfTestFailed;
  if (portable_ || !arguable || start_.digests.size() == segment_->steps()) return false;
  portable_ = true;
  // A step that failed to compute is not among those done; one that differed is.
  const bool computed = why.code == RejectCode::kWrongTrace || why.code == RejectCode::kWrongReplayedModel;
  disputed_upto_ = segment_->steps_done() + (computed ? 0 : 1);
  segment_->restore(start_, engine_for_(true));
  return true;
}

void ReplayJob::remember(const Reject& why) {
  ReplayCache::Known known;
  segment_->save(known.reached);
  if (why.code == RejectCode::kVoidSegment) {
    known.ended_void = why;
    known.reached.weights = std::vector<float>();  // the step that failed left them half updated
    known.reached.momentum = std::vector<float>();
  } else if (why.code != RejectCode::kWrongTrace && why.code != RejectCode::kWrongReplayedModel) {
    return;
  }
  if (segment_->done()) known.model_root = chunked_root(as_bytes(segment_->weights()));
  cache_.learn(candidate_, std::move(known));
}

Result<ProofOutcome> ReplayJob::conclude() {
  const Stopwatch watch(verdict_.timings.evaluation_ms);
  // A model that replay derived has passed nothing of tier 2 yet.
  if (auto ok = check_signed(segment_->weights()); !ok) return tl::unexpected(ok.error());
  const std::vector<float> thawed = thaw(segment_->weights(), canonical_, segment_->watermark(), task_.plan);
  auto score = evaluate(engine_for_(portable_), task_.dataset, task_.task, thawed);
  if (!score) return tl::unexpected(score.error());
  if (auto kept = archive_.put(segment_->weights()); !kept) return tl::unexpected(kept.error());
  auto root = archive_.put(thawed);
  if (!root) return tl::unexpected(root.error());
  return ProofOutcome{*root, score->value_or(0), score->has_value()};
}

bool ReplayJob::end(Reject why) {
  verdict_.outcome = tl::unexpected<Reject>(std::move(why));
  return false;
}

void ReplayJob::cancel() { end({RejectCode::kCancelled, "the verifier stops"}); }

}  // namespace freezenet::training
