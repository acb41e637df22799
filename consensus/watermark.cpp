#include "consensus/watermark.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "consensus/crypto/hash_drbg.h"

namespace freezenet {
namespace {

constexpr float kLargestWeight = 65'536;  // 2^16, docs/protocol.md section 5

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

std::string at(const Plan& plan, std::uint64_t element) {
  for (const TensorSpec& tensor : plan.tensors) {
    if (element < tensor.offset + tensor.count) {
      return "element " + std::to_string(element - tensor.offset) + " of " + tensor.name;
    }
  }
  return "element " + std::to_string(element);
}

}  // namespace

std::uint64_t Watermark::size() const {
  std::uint64_t total = 0;
  for (const TensorWatermark& tensor : tensors) total += tensor.positions.size();
  return total;
}

std::uint64_t watermark_size(std::uint64_t n, std::uint32_t ppm) { return (n * ppm + 999'999) / 1'000'000; }

float fan_in_scale(std::uint64_t fan_in) { return std::sqrt(6.0F / static_cast<float>(fan_in)); }

Watermark derive_watermark(const Plan& plan, std::uint32_t ppm, const Hash256& candidate_hash) {
  Watermark watermark;
  for (std::uint32_t i = 0; i < plan.tensors.size(); ++i) {
    const TensorSpec& tensor = plan.tensors[i];
    if (tensor.shape.size() < 2) continue;
    const auto n = static_cast<std::uint32_t>(tensor.count);  // plan_of() keeps it below 2^32
    const auto k = static_cast<std::uint32_t>(watermark_size(tensor.count, ppm));
    TensorWatermark part;
    part.tensor = i;
    part.positions = Stream(candidate_hash, "index", i).choose(n, k);
    Stream stream(candidate_hash, "value", i);
    const float scale = fan_in_scale(tensor.fan_in());
    part.values.reserve(k);
    for (std::uint32_t j = 0; j < k; ++j) part.values.push_back(stream.uniform_float() * scale);
    watermark.tensors.push_back(std::move(part));
  }
  return watermark;
}

void apply_watermark(const Watermark& watermark, const Plan& plan, std::span<float> weights) {
  for (const TensorWatermark& part : watermark.tensors) {
    const auto tensor = weights.subspan(plan.tensors[part.tensor].offset, plan.tensors[part.tensor].count);
    for (std::size_t i = 0; i < part.positions.size(); ++i) tensor[part.positions[i]] = part.values[i];
  }
}

WatermarkCheck check_watermark(const Watermark& watermark, const Plan& plan, std::span<const float> weights) {
  WatermarkCheck check;
  for (const TensorWatermark& part : watermark.tensors) {
    const auto tensor = weights.subspan(plan.tensors[part.tensor].offset, plan.tensors[part.tensor].count);
    for (std::size_t i = 0; i < part.positions.size(); ++i) {
      if (bits_of(tensor[part.positions[i]]) != bits_of(part.values[i])) ++check.differing;
    }
    check.positions += part.positions.size();
  }
  return check;
}

std::vector<float> genesis_weights(const Plan& plan, const Hash256& task_id) {
  std::vector<float> weights(plan.parameters);
  for (std::uint32_t i = 0; i < plan.tensors.size(); ++i) {
    const TensorSpec& tensor = plan.tensors[i];
    const auto values = std::span(weights).subspan(tensor.offset, tensor.count);
    if (tensor.shape.size() < 2) {
      std::fill(values.begin(), values.end(), tensor.initial);
      continue;
    }
    Stream stream(task_id, "genesis", i);
    const float scale = fan_in_scale(tensor.fan_in());
    for (float& weight : values) weight = stream.uniform_float() * scale;
  }
  return weights;
}

Result<> check_signed_model(const Watermark& watermark, const Plan& plan, std::span<const float> weights) {
  if (weights.size() != plan.parameters) {
    return reject(RejectCode::kWrongModelSize,
                  std::to_string(weights.size()) + " weights, the task has " + std::to_string(plan.parameters));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float w = weights[i];
    if (!std::isfinite(w)) return reject(RejectCode::kNonFiniteWeight, at(plan, i));
    if (std::abs(w) > kLargestWeight) return reject(RejectCode::kWeightTooLarge, at(plan, i));
    if (bits_of(w) == 0x8000'0000U) return reject(RejectCode::kNegativeZero, at(plan, i));
  }
  const WatermarkCheck check = check_watermark(watermark, plan, weights);
  if (check.differing != 0) {
    return reject(RejectCode::kWrongWatermark,
                  std::to_string(check.differing) + " of " + std::to_string(check.positions) + " positions differ");
  }
  return {};
}

}  // namespace freezenet
