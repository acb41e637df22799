#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/watermark.h"
#include "training/dataset/dataset.h"
#include "training/engine.h"

namespace freezenet::training {

/// One segment: the function from a candidate header to a trained model (docs/protocol.md section 5), a step at a time.
/// Mining and replay both run this; neither has a rule of its own.
///
/// Owns weights, momentum and mask (nine bytes a weight, plus one batch of pixels); borrows the rest, which must
/// outlive it. Between two steps the engine may serve another segment, so a scheduler can take step 1 of every queued
/// block before step 2 of any. One thread at a time.
class Segment {
 public:
  /// `canonical` is the task's model after the parent (plan.parameters values). It is copied, and the watermark of
  /// `candidate_hash` applied.
  Segment(Engine& engine, const Dataset& dataset, const Task& task, const Plan& plan, const Hash256& candidate_hash,
          std::uint64_t height, std::span<const float> canonical);

  /// What changes from step to step.
  struct Checkpoint {
    std::vector<float> weights, momentum;
    std::vector<Hash256> digests;  ///< of the steps done so far
  };
  /// Into buffers that are reused from one save to the next.
  void save(Checkpoint& to) const;
  /// Goes back to a checkpoint of this segment and on with another engine of the same task; clears an error of step().
  void restore(const Checkpoint& from, Engine& engine);

  /// The next step; its digest SHA256(t || logits || loss), t from 1. kVoidSegment when a logit, the loss or a weight
  /// left the allowed numbers, kSelfTestFailed when the machine's arithmetic is wrong: after an error every further
  /// call repeats it.
  Result<Hash256> step();
  [[nodiscard]] bool done() const { return steps_done() == task_.steps; }
  [[nodiscard]] std::uint32_t steps_done() const { return static_cast<std::uint32_t>(digests_.size()); }
  /// Of the steps done so far.
  [[nodiscard]] std::span<const Hash256> digests() const { return digests_; }
  [[nodiscard]] std::uint32_t steps() const { return task_.steps; }
  [[nodiscard]] std::span<const float> weights() const { return weights_; }
  [[nodiscard]] const Watermark& watermark() const { return watermark_; }

 private:
  void draw_batch(std::uint32_t t);
  Result<Hash256> train_step(std::uint32_t t);

  Engine* engine_;
  const Dataset& dataset_;
  const Task& task_;
  Hash256 candidate_hash_;
  float rate_;
  Watermark watermark_;
  std::vector<float> weights_, momentum_;
  std::vector<std::uint8_t> frozen_;
  std::vector<std::uint8_t> pixels_, labels_;
  std::vector<Hash256> digests_;
  std::optional<Reject> error_;
};

struct SegmentResult {
  std::vector<Hash256> digests;  ///< one a step
  Hash256 trace_root;
  Hash256 model_root;
  std::vector<float> weights;  ///< the signed model, watermark included
};

/// Runs a fresh segment to its end. kCancelled between two steps once `stop` asks for it; else the errors of step().
Result<SegmentResult> train(Segment& segment, const std::stop_token& stop);

/// The trained model with its frozen weights put back to where the canonical model has them: the watermark is evidence,
/// not damage.
std::vector<float> thaw(std::span<const float> trained, std::span<const float> canonical, const Watermark& watermark,
                        const Plan& plan);

}  // namespace freezenet::training
