#include "consensus/watermark.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "consensus/crypto/hash_drbg.h"

namespace freezenet {
namespace {

constexpr std::uint32_t kNegativeZero = 0x8000'0000;

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

std::string at(const Plan& plan, std::uint64_t element) {
  for (const TensorSpec& tensor : plan.tensors) {
    if (element < tensor.offset + tensor.count) {
      return "element " + std::to_string(element - tensor.offset) + " of " + tensor.name;
    }
  }
  return "element " + std::to_string(element);
}

/// The positions are scattered over more memory than any cache holds: without this each would be waited for in turn.
void prefetch(std::span<const float> tensor, std::span<const std::uint32_t> positions, std::size_t i) {
  constexpr std::size_t kAhead = 32;
  if (i + kAhead < positions.size()) __builtin_prefetch(tensor.data() + positions[i + kAhead]);
}

/// Whether a weight is not finite, beyond the limit or -0. In integers, which order like the magnitudes with NaN and
/// infinity on top, and without leaving the loop early: so that compilers use vectors.
bool has_fault(std::span<const float> weights) {
  constexpr auto kLimit = std::bit_cast<std::int32_t>(kLargestWeight);
  std::uint32_t faults = 0;
  for (const float weight : weights) {
    const std::uint32_t bits = bits_of(weight);
    faults |= static_cast<std::int32_t>(bits & 0x7FFF'FFFFU) > kLimit ? 1U : 0U;
    faults |= bits == kNegativeZero ? 1U : 0U;
  }
  return faults != 0;
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
    part.values.resize(k);
    Stream(candidate_hash, "value", i).fill_uniform(part.values, fan_in_scale(tensor.fan_in()));
    watermark.tensors.push_back(std::move(part));
  }
  return watermark;
}

void apply_watermark(const Watermark& watermark, const Plan& plan, std::span<float> weights) {
  for (const TensorWatermark& part : watermark.tensors) {
    const auto tensor = weights.subspan(plan.tensors[part.tensor].offset, plan.tensors[part.tensor].count);
    for (std::size_t i = 0; i < part.positions.size(); ++i) {
      prefetch(tensor, part.positions, i);
      tensor[part.positions[i]] = part.values[i];
    }
  }
}

std::vector<std::uint8_t> frozen_mask(const Watermark& watermark, const Plan& plan) {
  std::vector<std::uint8_t> frozen(plan.parameters, 0);
  for (const TensorWatermark& part : watermark.tensors) {
    const auto tensor = std::span(frozen).subspan(plan.tensors[part.tensor].offset, plan.tensors[part.tensor].count);
    for (const std::uint32_t position : part.positions) tensor[position] = 1;
  }
  return frozen;
}

WatermarkCheck check_watermark(const Watermark& watermark, const Plan& plan, std::span<const float> weights) {
  WatermarkCheck check;
  for (const TensorWatermark& part : watermark.tensors) {
    const auto tensor = weights.subspan(plan.tensors[part.tensor].offset, plan.tensors[part.tensor].count);
    for (std::size_t i = 0; i < part.positions.size(); ++i) {
      prefetch(tensor, part.positions, i);
      check.differing += bits_of(tensor[part.positions[i]]) != bits_of(part.values[i]) ? 1 : 0;
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
    Stream(task_id, "genesis", i).fill_uniform(values, fan_in_scale(tensor.fan_in()));
  }
  return weights;
}

Result<> check_signed_model(const Watermark& watermark, const Plan& plan, std::span<const float> weights) {
  if (weights.size() != plan.parameters) {
    return reject(RejectCode::kWrongModelSize,
                  std::to_string(weights.size()) + " weights, the task has " + std::to_string(plan.parameters));
  }
  constexpr std::size_t kBlock = 4096;
  for (std::size_t first = 0; first < weights.size(); first += kBlock) {
    const auto block = weights.subspan(first, std::min(kBlock, weights.size() - first));
    if (!has_fault(block)) continue;
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (!std::isfinite(block[i])) return reject(RejectCode::kNonFiniteWeight, at(plan, first + i));
      if (std::abs(block[i]) > kLargestWeight) return reject(RejectCode::kWeightTooLarge, at(plan, first + i));
      if (bits_of(block[i]) == kNegativeZero) return reject(RejectCode::kNegativeZero, at(plan, first + i));
    }
  }
  const WatermarkCheck check = check_watermark(watermark, plan, weights);
  if (check.differing != 0) {
    return reject(RejectCode::kWrongWatermark,
                  std::to_string(check.differing) + " of " + std::to_string(check.positions) + " positions differ");
  }
  return {};
}

}  // namespace freezenet
