#pragma once

#include <memory>
#include <vector>

#include "training/experiments/points.h"
#include "training/experiments/run_points.h"
#include "training/ownership/experiments/data.h"
#include "training/ownership/experiments/model_shelf.h"
#include "training/ownership/weight_watermark.h"

namespace freezenet::experiments {

/// The proof-of-work watermark's three experiments. Adam at 1e-3, batches of 100, no augmentation; a run's seed gives
/// its initial weights, the order of its samples, its dropout and its two headers: its own, A, and another one, B.
class FreezeNetRuns {
 public:
  /// All arguments must outlive it.
  FreezeNetRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer);

  /// From new weights under A, over all ratios.
  Result<> learning_ability();
  /// B stamped on a model that was trained without a watermark.
  Result<> weak_tampering();
  /// Training under B: what somebody saves who starts from a model that was trained under A, against one who starts
  /// from new weights under A.
  Result<> strong_tampering();

 private:
  [[nodiscard]] Setting setting() const;
  [[nodiscard]] std::vector<MarkShape> marks() const;
  [[nodiscard]] double cost() const;  // of one training
  [[nodiscard]] TrainingPoint planned(const MarkShape& mark, const char* start, std::uint64_t seed) const;
  void plan(std::vector<Point>& points, const TrainingPoint& point);
  Result<PointTable> open_training() const;

  /// Trains the point's model and puts it on the shelf.
  Result<PointTable::Row> train(TrainingPoint point, WorkClock& clock);
  /// The point's trained model; where it is not on the shelf it is trained, and its row is added where that is missing.
  Result<std::shared_ptr<ownership::Classifier>> trained(const TrainingPoint& point, WorkClock& clock);

  const ExperimentOptions& options_;
  const ExperimentData& data_;
  const Observer& observer_;
  ModelShelf shelf_;
  std::unique_ptr<PointTable> training_;
};

}  // namespace freezenet::experiments
