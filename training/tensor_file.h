#pragma once

#include <optional>
#include <string_view>

#include "training/safetensors_header.h"

namespace freezenet::training {

/// Headers of models with thousands of layers reach some megabytes; this leaves the rest of memory to the weights.
inline constexpr std::uint64_t kMaxTensorFileHeader = std::uint64_t{8} << 20;

/// A safetensors file of which nothing is known beforehand: what lies where in it. The bytes stay with the caller, so
/// that whoever changes some of them leaves all others as they were.
struct TensorFile {
  std::vector<TensorEntry> tensors;  ///< in the order in which their data lies
  Metadata metadata;
  std::uint64_t data_at = 0;  ///< where in the file the data begins; it need not be aligned
};

/// Bytes of one number of a dtype of the format; nullopt where this version knows none of that name.
std::optional<std::uint64_t> dtype_bytes(std::string_view dtype);

/// Reads what may be hostile. Memory is a multiple of the header's length alone.
///   kTruncated      shorter than its own header says
///   kTooLarge       header over kMaxTensorFileHeader
///   kBadEncoding    not strict JSON, an unknown dtype, a span that is not what dtype and shape need, a gap, an overlap
///   kWrongModelSize the data is not as long as its tensors together
Result<TensorFile> read_tensor_file(ByteView file);

/// Where the metadata says "model_root" (training/model_file.h) and `before` is that root, the header that says so of
/// `after`, in the same bytes otherwise; else the header as it is. `after` is `before` with other weights.
void renew_model_root(const TensorFile& layout, ByteView before, std::span<std::uint8_t> after);

}  // namespace freezenet::training
