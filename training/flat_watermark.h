#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// The proof-of-work watermark over any model, outside of consensus: what experiments and the offline tool stamp and
/// look for. Streams, order and rounding are the protocol's (docs/protocol.md sections 2 and 4), so that placement by
/// tensor with fan_in values is the chain's watermark, bit for bit (consensus/watermark.h).

/// Which weights a watermark may take.
enum class Placement {
  kGlobal,    ///< any trainable weight, all tensors in one row: streams "index" and "value" with index 0
  kPerTensor  ///< the same share of each tensor of rank 2 and more: streams with the tensor's index in the model
};
/// How large the values are.
enum class WatermarkValues {
  kUnit,  ///< uniform in (-1, 1)
  kFanIn  ///< times sqrt(6 / fan_in) of the tensor; by tensor only
};

/// A tensor of a model, in the model's order.
struct FlatTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  [[nodiscard]] std::uint64_t count() const;
  /// count() / shape[0]: what one output adds up.
  [[nodiscard]] std::uint64_t fan_in() const;
};

struct FlatWatermarkOptions {
  Placement placement = Placement::kGlobal;
  WatermarkValues values = WatermarkValues::kUnit;
  /// Millionths of all weights, or of each tensor's: 1 to 1,000,000, rounded up to a weight.
  std::uint32_t ppm = 0;
  /// So many weights in place of a share; global placement only.
  std::optional<std::uint64_t> size = {};
};

/// A watermark in the flat buffer of a model: its tensors one after another, each in row-major order.
struct FlatWatermark {
  std::vector<std::uint32_t> positions;  ///< distinct, in the order drawn
  std::vector<float> values;             ///< of positions[i]
  std::uint64_t weights = 0;             ///< elements of the flat buffer
};

/// Memory in proportion to the watermark. kConfig: no weight to take, an empty watermark (which every model has), more
/// positions than weights, or options that exclude each other; kTooLarge: 2^32 weights or more.
Result<FlatWatermark> derive_flat_watermark(std::span<const FlatTensor> tensors, const FlatWatermarkOptions& options,
                                            const Hash256& seed);
/// The seed that any data stands for: its SHA-256. A block's watermark has the candidate hash instead.
Hash256 flat_watermark_seed(ByteView data);

/// Overwrites the marked weights. `weights` has watermark.weights elements.
void apply_flat_watermark(const FlatWatermark& watermark, std::span<float> weights);

struct FlatWatermarkCheck {
  std::uint64_t positions = 0;
  std::uint64_t differing = 0;   ///< by more than the tolerance, on either side; NaN and infinity always
  float largest_difference = 0;  ///< of those that are finite
  [[nodiscard]] bool passed() const { return positions != 0 && differing == 0; }
};
/// `tolerance` is finite and not negative; 0 asks for the very value.
FlatWatermarkCheck check_flat_watermark(const FlatWatermark& watermark, std::span<const float> weights,
                                        float tolerance);

}  // namespace freezenet::training
