#include "daemon/segment_trainer.h"

#include "training/evaluate.h"

namespace freezenet::daemon {

SegmentTrainer::SegmentTrainer(std::span<const training::TaskContext> tasks, training::EngineOptions engine)
    : tasks_(tasks), options_(engine), engines_(tasks.size()) {}

Result<TrainedSegment> SegmentTrainer::train(const MiningTask& work, const StartModel& start,
                                             const std::stop_token& stop) {
  const training::TaskContext& task = tasks_[work.task];
  if (const Hash256& root = work.header.start_root; root != start_root_ || start_.empty()) {
    auto weights = start(root, task.plan.parameters);
    if (!weights) return tl::unexpected(weights.error());
    start_ = std::move(*weights);
    start_root_ = root;
  }
  segment_.emplace(engine(work.task), task.dataset, task.task, task.plan, work.header.candidate_hash(), work.height,
                   start_);
  auto result = training::train(*segment_, stop);
  if (!result) return tl::unexpected(result.error());
  TrainedSegment trained{{work.header, result->trace_root, result->model_root, {}}, {}, false, std::move(*result)};
  trained.hash = trained.header.block_hash();
  trained.wins = Uint256::from_hash(trained.hash) <= work.target;
  return trained;
}

Result<ThawedModel> SegmentTrainer::thaw(const MiningTask& work, const TrainedSegment& trained) {
  const training::TaskContext& task = tasks_[work.task];
  ThawedModel model{training::thaw(trained.result.weights, start_, segment_->watermark(), task.plan)};
  const auto score = training::evaluate(engine(work.task), task.dataset, task.task, model.weights);
  if (!score) return tl::unexpected(score.error());
  model.score = score->value_or(0);
  model.sound = score->has_value();
  return model;
}

training::Engine& SegmentTrainer::engine(std::size_t task) {
  auto& engine = engines_[task];
  if (!engine) engine = std::make_unique<training::Engine>(tasks_[task].task, tasks_[task].plan, options_);
  return *engine;
}

}  // namespace freezenet::daemon
