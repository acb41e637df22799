#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"
#include "training/safetensors.h"

namespace freezenet::training {

/// A safetensors file (format 0.3) cut at its header: what whoever expects certain tensors, and whoever takes any, have
/// in common. Views into the file.
struct SafetensorsParts {
  nlohmann::json header;  ///< an object of whatever it says
  ByteView data;
};

/// kTruncated, kTooLarge above `max_header` bytes of header, kBadEncoding where it is no strict JSON.
Result<SafetensorsParts> split_safetensors(ByteView file, std::uint64_t max_header);

/// What the header says of one tensor. `begin` and `end` are bytes of the data, not checked against anything.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;  ///< at most kMaxRank; empty: one number
  std::uint64_t begin = 0, end = 0;

  static constexpr std::size_t kMaxRank = 32;
};

/// kBadEncoding.
Result<TensorEntry> read_tensor_entry(const std::string& name, const nlohmann::json& value);

/// Puts the entries into the order in which their data lies. kBadEncoding unless they cover the data from its first
/// byte without a gap or an overlap; the last one's end is then the length that the data must have.
Result<> sort_by_place(std::vector<TensorEntry>& entries);

/// The header's `__metadata__`, empty where there is none. kBadEncoding.
Result<Metadata> read_metadata(const nlohmann::json& header);

inline constexpr const char* kMetadataKey = "__metadata__";

}  // namespace freezenet::training
