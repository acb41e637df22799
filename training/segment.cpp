#include "training/segment.h"

#include <bit>
#include <cmath>
#include <string>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "training/batch.h"
#include "training/finite.h"

namespace freezenet::training {

static_assert(std::endian::native == std::endian::little, "float buffers are hashed as they lie in memory");

Segment::Segment(Engine& engine, const Dataset& dataset, const Task& task, const Plan& plan,
                 const Hash256& candidate_hash, std::uint64_t height, std::span<const float> canonical)
    : engine_(&engine),
      dataset_(dataset),
      task_(task),
      candidate_hash_(candidate_hash),
      rate_(task.rate_at(height)),
      watermark_(derive_watermark(plan, task.watermark_ppm, candidate_hash)),
      weights_(canonical.begin(), canonical.end()),
      momentum_(canonical.size(), 0.0F),
      frozen_(frozen_mask(watermark_, plan)),
      pixels_(task.batch * engine.input_size()),
      labels_(task.batch) {
  apply_watermark(watermark_, plan, weights_);
}

void Segment::draw_batch(std::uint32_t t) {
  const auto indices = Stream(candidate_hash_, "batch", t).choose(task_.dataset.train_count, task_.batch);
  Stream augment(candidate_hash_, "augment", t);
  fill_batch(dataset_, task_.augmentation, indices, augment, pixels_, labels_);
}

Result<Hash256> Segment::train_step(std::uint32_t t) {
  draw_batch(t);
  const auto computed = engine_->forward_backward(weights_, pixels_, labels_);
  if (!computed) return tl::unexpected(computed.error());
  if (!all_finite(computed->logits) || !std::isfinite(computed->loss)) {
    return reject(RejectCode::kVoidSegment, "step " + std::to_string(t) + ": a logit or the loss is not finite");
  }
  const std::uint8_t index[4] = {static_cast<std::uint8_t>(t), static_cast<std::uint8_t>(t >> 8),
                                 static_cast<std::uint8_t>(t >> 16), static_cast<std::uint8_t>(t >> 24)};
  const Hash256 digest = Sha256()
                             .update(index)
                             .update(as_bytes(computed->logits))
                             .update(as_bytes(std::span<const float>(&computed->loss, 1)))
                             .finish();
  auto updated = engine_->update(weights_, momentum_, computed->gradients, rate_, frozen_);
  if (!updated) return reject(updated.error().code, "step " + std::to_string(t) + ": " + updated.error().detail);
  return digest;
}

void Segment::save(Checkpoint& to) const {
  to.weights = weights_;
  to.momentum = momentum_;
  to.digests = digests_;
}

void Segment::restore(const Checkpoint& from, Engine& engine) {
  engine_ = &engine;
  weights_ = from.weights;
  momentum_ = from.momentum;
  digests_ = from.digests;
  error_.reset();
}

Result<Hash256> Segment::step() {
  if (error_) return tl::unexpected(*error_);
  if (done()) return reject(RejectCode::kConfig, "the segment is complete");
  auto digest = train_step(steps_done() + 1);
  if (digest) {
    digests_.push_back(*digest);
  } else {
    error_ = digest.error();
  }
  return digest;
}

Result<SegmentResult> train(Segment& segment, const std::stop_token& stop) {
  SegmentResult result;
  while (!segment.done()) {
    if (stop.stop_requested())
      return reject(RejectCode::kCancelled, "after step " + std::to_string(segment.steps_done()));
    if (const auto digest = segment.step(); !digest) return tl::unexpected(digest.error());
  }
  result.digests.assign(segment.digests().begin(), segment.digests().end());
  result.trace_root = hash_list_root(result.digests);
  result.weights.assign(segment.weights().begin(), segment.weights().end());
  result.model_root = chunked_root(as_bytes(segment.weights()));
  return result;
}

std::vector<float> thaw(std::span<const float> trained, std::span<const float> canonical, const Watermark& watermark,
                        const Plan& plan) {
  std::vector<float> thawed(trained.begin(), trained.end());
  for (const TensorWatermark& tensor : watermark.tensors) {
    const std::uint64_t offset = plan.tensors[tensor.tensor].offset;
    for (const std::uint32_t position : tensor.positions) thawed[offset + position] = canonical[offset + position];
  }
  return thawed;
}

}  // namespace freezenet::training
