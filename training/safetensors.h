#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/task.h"

namespace freezenet::training {

/// Text that travels in a file's `__metadata__`. Nothing in it is ever trusted.
using Metadata = std::map<std::string, std::string>;

/// A file as the safetensors format 0.3 describes it: u64 length of the header, the header (JSON), the tensors' bytes.
/// Here every tensor is F32, names and shapes are `tensors` in their order, and the header is padded with spaces so
/// that the data starts at a multiple of 8. Equal arguments give equal bytes. `weights` is the flat buffer that the
/// specs' offsets index, without gaps.
Bytes write_safetensors(std::span<const TensorSpec> tensors, std::span<const float> weights, const Metadata& metadata);

/// No header of ours reaches 64 KiB; a stranger's may be larger, but not so large that parsing it is an attack.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 1 << 20;

struct Safetensors {
  std::vector<float> weights;  ///< in the order of `tensors`, whatever order the file has
  Metadata metadata;
};

/// Reads a user's file, which may be hostile, and accepts it only where it holds exactly `tensors`. Memory: the header
/// is at most kMaxSafetensorsHeader and held twice as parsed JSON, the weights are of the size that `tensors` says,
/// never of one that the file says.
///   kTruncated      shorter than its own header says
///   kTooLarge       header over the limit
///   kBadEncoding    not JSON, a key twice, nested too deep, another dtype, an unknown or missing tensor, a wrong
///   shape, offsets with a gap
///                   or an overlap
///   kWrongModelSize the data is not as long as the tensors together
Result<Safetensors> read_safetensors(std::span<const TensorSpec> tensors, ByteView file);

}  // namespace freezenet::training
