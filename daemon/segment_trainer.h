#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "daemon/mining_task.h"
#include "training/segment.h"
#include "training/task_context.h"

namespace freezenet::daemon {

/// A segment that was trained to its end: an unsigned header and what proves it.
struct TrainedSegment {
  SealedHeader header;
  Hash256 hash;       ///< ticket and, once signed, block
  bool wins = false;  ///< the ticket meets the target
  training::SegmentResult result;
};

/// The model that a won segment leaves to the chain.
struct ThawedModel {
  std::vector<float> weights;
  std::uint32_t score = 0;
  bool sound = false;
};

/// Trains one segment after another, for whoever has a candidate: the node's miner and the worker process do the same
/// work here. One thread. Memory: an engine a task, made at first use, one start model and one segment.
class SegmentTrainer {
 public:
  /// The start model of this root, of plan.parameters weights.
  using StartModel = std::function<Result<std::vector<float>>(const Hash256& root, std::uint64_t parameters)>;

  /// `tasks` outlives the trainer.
  SegmentTrainer(std::span<const training::TaskContext> tasks, training::EngineOptions engine);

  /// Asks `start` only where the task begins with another model than the one before. Its errors, and those of
  /// training::train(): kCancelled, kVoidSegment (the next nonce is another segment), kSelfTestFailed.
  Result<TrainedSegment> train(const MiningTask& work, const StartModel& start, const std::stop_token& stop);
  /// Of the segment that train() returned last. kSelfTestFailed.
  Result<ThawedModel> thaw(const MiningTask& work, const TrainedSegment& trained);

 private:
  training::Engine& engine(std::size_t task);

  std::span<const training::TaskContext> tasks_;
  training::EngineOptions options_;
  std::vector<std::unique_ptr<training::Engine>> engines_;
  Hash256 start_root_;
  std::vector<float> start_;
  std::optional<training::Segment> segment_;
};

}  // namespace freezenet::daemon
