#include "daemon/lab/training_run.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "consensus/crypto/hash_drbg.h"
#include "training/batch.h"
#include "training/finite.h"

namespace freezenet::lab {

TrainingRun::TrainingRun(training::Engine& engine, const training::Dataset& dataset, const Task& task, const Plan& plan,
                         RunSettings settings, std::span<const float> start)
    : engine_(engine),
      dataset_(dataset),
      task_(task),
      settings_(std::move(settings)),
      steps_per_epoch_(std::max(task.dataset.train_count / task.batch, 1U)),
      watermark_(derive_watermark(plan, settings_.watermark_ppm, settings_.seed)),
      weights_(start.begin(), start.end()),
      momentum_(start.size(), 0.0F),
      frozen_(frozen_mask(watermark_, plan)),
      pixels_(task.batch * engine.input_size()),
      labels_(task.batch) {
  apply_watermark(watermark_, plan, weights_);
}

void TrainingRun::restore(std::uint64_t steps, std::span<const float> weights, std::span<const float> momentum,
                          const Tally& tally) {
  steps_ = steps;
  std::ranges::copy(weights, weights_.begin());
  std::ranges::copy(momentum, momentum_.begin());
  tally_ = tally;
}

double TrainingRun::epochs_done() const { return static_cast<double>(steps_) / static_cast<double>(steps_per_epoch_); }

float TrainingRun::rate() const {
  return settings_.rates[std::min<std::uint64_t>(steps_ / steps_per_epoch_, settings_.rates.size() - 1)];
}

void TrainingRun::draw_batch() {
  const std::uint64_t epoch = steps_ / steps_per_epoch_;
  if (epoch != drawn_epoch_) {
    const std::uint32_t count = task_.dataset.train_count;
    order_ = Stream(settings_.seed, "lab-epoch", static_cast<std::uint32_t>(epoch)).choose(count, count);
    drawn_epoch_ = epoch;
  }
  const std::size_t first = steps_ % steps_per_epoch_ * task_.batch;
  Stream augment(settings_.seed, "lab-augment", static_cast<std::uint32_t>(steps_));
  training::fill_batch(dataset_, task_.augmentation, std::span(order_).subspan(first, task_.batch), augment, pixels_,
                       labels_);
}

Result<> TrainingRun::step() {
  const std::string where = "step " + std::to_string(steps_ + 1) + ": ";
  draw_batch();
  const auto computed = engine_.forward_backward(weights_, pixels_, labels_);
  if (!computed) return tl::unexpected(computed.error());
  if (!training::all_finite(computed->logits) || !std::isfinite(computed->loss))
    return reject(RejectCode::kVoidSegment, where + "a logit or the loss is not finite");
  const std::size_t classes = engine_.classes();
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    const auto logits = computed->logits.subspan(i * classes, classes);
    if (std::ranges::max_element(logits) - logits.begin() == labels_[i]) ++tally_.correct;
  }
  tally_.loss_sum += static_cast<double>(computed->loss);
  tally_.samples += labels_.size();
  ++tally_.batches;
  if (auto updated = engine_.update(weights_, momentum_, computed->gradients, rate(), frozen_); !updated)
    return reject(updated.error().code, where + updated.error().detail);
  ++steps_;
  return {};
}

}  // namespace freezenet::lab
