#pragma once

#include <span>
#include <vector>

#include "consensus/task.h"

namespace freezenet {

/// The proof-of-work watermark (docs/protocol.md section 4): which weights a candidate header freezes, and at which
/// values.
struct TensorWatermark {
  std::uint32_t tensor = 0;              ///< index into Plan::tensors; only tensors of rank 2 and more
  std::vector<std::uint32_t> positions;  ///< element within the tensor, in the order drawn
  std::vector<float> values;             ///< value of positions[i], scaled
};
struct Watermark {
  std::vector<TensorWatermark> tensors;
  [[nodiscard]] std::uint64_t size() const;
};

/// k = (n * ppm + 999,999) / 1,000,000.
std::uint64_t watermark_size(std::uint64_t n, std::uint32_t ppm);
/// sqrt(6 / fan_in) in binary32: one division, one square root, both correctly rounded.
float fan_in_scale(std::uint64_t fan_in);
/// Seed = candidate_hash; streams "index" and "value" with the tensor's index.
Watermark derive_watermark(const Plan& plan, std::uint32_t ppm, const Hash256& candidate_hash);
/// Overwrites the frozen weights. `weights` is the model's flat buffer (plan.parameters).
void apply_watermark(const Watermark& watermark, const Plan& plan, std::span<float> weights);
/// One byte a parameter, 1 where the watermark holds the weight still.
std::vector<std::uint8_t> frozen_mask(const Watermark& watermark, const Plan& plan);

struct WatermarkCheck {
  std::uint64_t positions = 0;
  std::uint64_t differing = 0;  ///< compared as bits: NaN never passes
};
WatermarkCheck check_watermark(const Watermark& watermark, const Plan& plan, std::span<const float> weights);
/// Genesis weights: stream "genesis" of the task id per tensor, uniform times fan_in_scale; tensors of rank 1
/// their initial value.
std::vector<float> genesis_weights(const Plan& plan, const Hash256& task_id);
/// Tier 2 of a received model: size is right, no NaN or infinity, |w| <= 2^16, no -0, and the watermark; first fault by
/// name.
Result<> check_signed_model(const Watermark& watermark, const Plan& plan, std::span<const float> weights);

}  // namespace freezenet
