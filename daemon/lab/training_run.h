#pragma once

#include <span>
#include <vector>

#include "consensus/watermark.h"
#include "training/dataset/dataset.h"
#include "training/engine.h"

namespace freezenet::lab {

/// What decides every bit of a run, beside the task and the weights that it starts from.
struct RunSettings {
  Hash256 seed;                     ///< of the order of the samples, of augmentation and of the watermark
  std::uint32_t watermark_ppm = 0;  ///< of each tensor's weights, frozen from the first step on; up to a million
  std::vector<float> rates;         ///< one an epoch, the last one from there on; at least one
  friend bool operator==(const RunSettings&, const RunSettings&) = default;
};

/// What was measured on the training batches since the last evaluation. Part of a checkpoint, so that a run that was
/// resumed reports what one without a break reports.
struct Tally {
  double loss_sum = 0;  ///< of the batches' mean losses
  std::uint64_t batches = 0, samples = 0, correct = 0;
  [[nodiscard]] double loss() const { return batches == 0 ? 0 : loss_sum / static_cast<double>(batches); }
  [[nodiscard]] double accuracy() const {
    return samples == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(samples);
  }
  friend bool operator==(const Tally&, const Tally&) = default;
};

/// Training as people do it, on the engine of the chain: epochs in which every sample is drawn once, in an order from
/// the seed, momentum that is kept, and a watermark that is frozen as a segment freezes its own. An epoch has as many
/// batches as fit whole; the samples that are left over wait for the next epoch's order. Equal arguments give equal
/// bits on every machine, for every instruction set and number of threads.
///
/// Owns weights, momentum, mask and an epoch's order (nine bytes a weight, four a sample, one batch of pixels); borrows
/// the rest, which must outlive it. One thread.
class TrainingRun {
 public:
  /// `start` are the weights before the watermark, plan.parameters of them; the dataset holds a batch at least.
  TrainingRun(training::Engine& engine, const training::Dataset& dataset, const Task& task, const Plan& plan,
              RunSettings settings, std::span<const float> start);

  /// Goes on from where a run of the same settings stood.
  void restore(std::uint64_t steps, std::span<const float> weights, std::span<const float> momentum,
               const Tally& tally);

  /// One batch. kVoidSegment where a logit, the loss or a weight leaves the allowed numbers, kSelfTestFailed where the
  /// machine's arithmetic is wrong; the run is of no use afterwards.
  Result<> step();

  [[nodiscard]] std::uint64_t steps_done() const { return steps_; }
  [[nodiscard]] std::uint64_t steps_per_epoch() const { return steps_per_epoch_; }
  /// Epochs done, with the part of the one that runs.
  [[nodiscard]] double epochs_done() const;
  /// Of the next step.
  [[nodiscard]] float rate() const;
  [[nodiscard]] const RunSettings& settings() const { return settings_; }
  [[nodiscard]] std::span<const float> weights() const { return weights_; }
  [[nodiscard]] std::span<const float> momentum() const { return momentum_; }
  [[nodiscard]] std::uint64_t frozen() const { return watermark_.size(); }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  void reset_tally() { tally_ = {}; }

 private:
  void draw_batch();

  training::Engine& engine_;
  const training::Dataset& dataset_;
  const Task& task_;
  RunSettings settings_;
  std::uint64_t steps_per_epoch_;
  Watermark watermark_;
  std::vector<float> weights_, momentum_;
  std::vector<std::uint8_t> frozen_;
  std::uint64_t steps_ = 0;
  std::uint64_t drawn_epoch_ = UINT64_MAX;  // whose order is in order_
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> pixels_, labels_;
  Tally tally_;
};

}  // namespace freezenet::lab
