#include "training/flat_watermark.h"

#include <algorithm>
#include <cmath>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"
#include "consensus/watermark.h"

namespace freezenet::training {
namespace {

constexpr std::uint64_t kMaxWeights = std::uint64_t{1} << 32;  // a position is a u32

/// All elements; kTooLarge before the sum could wrap.
Result<std::uint64_t> total_of(std::span<const FlatTensor> tensors) {
  std::uint64_t total = 0;
  for (const FlatTensor& tensor : tensors) {
    std::uint64_t count = 1;
    for (const std::uint64_t side : tensor.shape) {
      if (side == 0) return reject(RejectCode::kConfig, tensor.name + " has no element");
      if (side >= kMaxWeights || (count *= side) >= kMaxWeights) {
        return reject(RejectCode::kTooLarge, tensor.name + " has 2^32 elements or more");
      }
    }
    if ((total += count) >= kMaxWeights) return reject(RejectCode::kTooLarge, "the model has 2^32 weights or more");
  }
  return total;
}

/// Positions and values of one row of weights behind those that are there.
void draw(FlatWatermark& out, const Hash256& seed, std::uint32_t index, std::uint64_t offset, std::uint64_t n,
          std::uint64_t k, float scale) {
  const auto positions =
      Stream(seed, "index", index).choose(static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(k));
  for (const std::uint32_t position : positions) {
    out.positions.push_back(static_cast<std::uint32_t>(offset + position));
  }
  const std::size_t before = out.values.size();
  out.values.resize(before + positions.size());
  Stream(seed, "value", index).fill_uniform(std::span(out.values).subspan(before), scale);
}

Result<> check_options(const FlatWatermarkOptions& options) {
  if (options.placement == Placement::kGlobal && options.values == WatermarkValues::kFanIn) {
    return reject(RejectCode::kConfig, "fan_in values are those of a tensor: they need placement by tensor");
  }
  if (options.placement == Placement::kPerTensor && options.size) {
    return reject(RejectCode::kConfig, "placement by tensor takes a share of each tensor, not a number of weights");
  }
  if (options.size ? *options.size == 0 : options.ppm == 0) {
    return reject(RejectCode::kConfig, "an empty watermark is in every model");
  }
  if (!options.size && options.ppm > kOneMillion) return reject(RejectCode::kConfig, "a share is at most all weights");
  return {};
}

}  // namespace

std::uint64_t FlatTensor::count() const {
  std::uint64_t product = 1;
  for (const std::uint64_t side : shape) product *= side;
  return product;
}

std::uint64_t FlatTensor::fan_in() const { return shape.empty() ? 1 : count() / shape[0]; }

Result<FlatWatermark> derive_flat_watermark(std::span<const FlatTensor> tensors, const FlatWatermarkOptions& options,
                                            const Hash256& seed) {
  if (const auto checked = check_options(options); !checked) return tl::unexpected(checked.error());
  const auto total = total_of(tensors);
  if (!total) return tl::unexpected(total.error());
  FlatWatermark out;
  out.weights = *total;
  if (options.placement == Placement::kGlobal) {
    const std::uint64_t k = options.size.value_or(watermark_size(*total, options.ppm));
    if (k > *total) {
      return reject(RejectCode::kConfig,
                    "a watermark of " + std::to_string(k) + " weights, the model has " + std::to_string(*total));
    }
    if (k != 0) draw(out, seed, 0, 0, *total, k, 1);
  } else {
    std::uint64_t offset = 0;
    for (std::uint32_t i = 0; i < tensors.size(); ++i) {
      const std::uint64_t n = tensors[i].count();
      if (tensors[i].shape.size() >= 2) {
        const float scale = options.values == WatermarkValues::kFanIn ? fan_in_scale(tensors[i].fan_in()) : 1.0F;
        draw(out, seed, i, offset, n, watermark_size(n, options.ppm), scale);
      }
      offset += n;
    }
  }
  if (out.positions.empty()) return reject(RejectCode::kConfig, "the model has no weight that a watermark may take");
  return out;
}

Hash256 flat_watermark_seed(ByteView data) { return sha256(data); }

void apply_flat_watermark(const FlatWatermark& watermark, std::span<float> weights) {
  for (std::size_t i = 0; i < watermark.positions.size(); ++i) weights[watermark.positions[i]] = watermark.values[i];
}

FlatWatermarkCheck check_flat_watermark(const FlatWatermark& watermark, std::span<const float> weights,
                                        float tolerance) {
  FlatWatermarkCheck check{.positions = watermark.positions.size()};
  for (std::size_t i = 0; i < watermark.positions.size(); ++i) {
    const float difference = std::abs(weights[watermark.positions[i]] - watermark.values[i]);
    if (!(difference <= tolerance)) ++check.differing;  // so written, NaN differs
    if (std::isfinite(difference)) check.largest_difference = std::max(check.largest_difference, difference);
  }
  return check;
}

}  // namespace freezenet::training
