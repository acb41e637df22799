#include "training/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "consensus/base/serialize.h"
#include "training/strict_json.h"

namespace freezenet::training {

namespace {

static_assert(std::endian::native == std::endian::little, "weights are written as they lie in memory");

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxDepth = 3;  // header, tensor, its shape
constexpr const char* kMetadataKey = "__metadata__";

std::uint64_t total_count(std::span<const TensorSpec> tensors) {
  std::uint64_t count = 0;
  for (const TensorSpec& tensor : tensors) count += tensor.count;
  return count;
}

tl::unexpected<Reject> bad(std::string detail) {
  return reject(RejectCode::kBadEncoding, "safetensors: " + std::move(detail));
}

/// Where one tensor lies in the file's data.
struct Extent {
  std::uint64_t begin = 0, end = 0;
  const TensorSpec* tensor = nullptr;
};

std::optional<std::vector<std::uint64_t>> integers(const Json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::uint64_t> out;
  for (const Json& item : value) {
    if (!item.is_number_unsigned()) return std::nullopt;
    out.push_back(item.get<std::uint64_t>());
  }
  return out;
}

Result<Extent> read_extent(const TensorSpec& tensor, const Json& entry) {
  const std::string who = "tensor " + printable(tensor.name);
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    return bad(who + " needs dtype, shape and data_offsets, and nothing else");
  }
  if (entry["dtype"] != "F32") return bad(who + " is not of dtype F32");
  const auto shape = integers(entry["shape"]);
  if (!shape || !std::equal(shape->begin(), shape->end(), tensor.shape.begin(), tensor.shape.end())) {
    std::string expected;
    for (const std::uint32_t size : tensor.shape) expected += (expected.empty() ? "" : ", ") + std::to_string(size);
    return bad(who + " does not have the task's shape [" + expected + "]");
  }
  const auto offsets = integers(entry["data_offsets"]);
  if (!offsets || offsets->size() != 2) return bad(who + " needs two data_offsets");
  const Extent extent{(*offsets)[0], (*offsets)[1], &tensor};
  if (extent.end < extent.begin || extent.end - extent.begin != tensor.count * sizeof(float)) {
    return bad(who + " has data_offsets that do not span its " + std::to_string(tensor.count * sizeof(float)) +
               " bytes");
  }
  return extent;
}

Result<Metadata> read_metadata(const Json& value) {
  if (!value.is_object()) return bad("__metadata__ is not an object");
  Metadata metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) return bad("__metadata__ entry " + printable(key) + " is not text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

/// The extents in file order, one for each tensor, covering [0, total) exactly.
Result<std::vector<Extent>> read_extents(std::span<const TensorSpec> tensors, const Json& header) {
  for (const auto& entry : header.items()) {
    const std::string& name = entry.key();
    const bool known =
        std::any_of(tensors.begin(), tensors.end(), [&](const TensorSpec& tensor) { return tensor.name == name; });
    if (!known && name != kMetadataKey) return bad("the task has no tensor " + printable(name));
  }
  std::vector<Extent> extents;
  for (const TensorSpec& tensor : tensors) {
    const auto entry = header.find(tensor.name);
    if (entry == header.end()) return bad("tensor " + printable(tensor.name) + " is missing");
    const auto extent = read_extent(tensor, *entry);
    if (!extent) return tl::unexpected(extent.error());
    extents.push_back(*extent);
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  std::uint64_t at = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != at) {
      return bad("tensor " + printable(extent.tensor->name) + " starts at " + std::to_string(extent.begin) +
                 ", expected " + std::to_string(at) + ": a gap or an overlap");
    }
    at = extent.end;
  }
  return extents;
}

}  // namespace

Bytes write_safetensors(std::span<const TensorSpec> tensors, std::span<const float> weights, const Metadata& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::uint64_t at = 0;
  for (const TensorSpec& tensor : tensors) {
    const std::uint64_t end = at + tensor.count * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = tensors.empty() && metadata.empty()
                         ? "{}"
                         : header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');

  Writer out;
  out.integer(std::uint64_t{text.size()});
  out.bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  for (const TensorSpec& tensor : tensors) out.bytes(as_bytes(weights.subspan(tensor.offset, tensor.count)));
  return out.take();
}

Result<Safetensors> read_safetensors(std::span<const TensorSpec> tensors, ByteView file) {
  if (file.size() < kLengthBytes) return reject(RejectCode::kTruncated, "safetensors: no room for the header's length");
  Reader in(file);
  const auto length = in.integer<std::uint64_t>();
  if (length > kMaxSafetensorsHeader) {
    return reject(RejectCode::kTooLarge, "safetensors: a header of " + std::to_string(length) +
                                             " bytes, the limit is " + std::to_string(kMaxSafetensorsHeader));
  }
  if (length > in.left()) {
    return reject(RejectCode::kTruncated, "safetensors: the header is " + std::to_string(length) +
                                              " bytes, the file has " + std::to_string(in.left()) + " left");
  }
  const auto header = parse_strict_object(in.take(length), kMaxDepth);
  if (!header) return bad("the header holds " + header.error().detail);
  const auto extents = read_extents(tensors, *header);
  if (!extents) return tl::unexpected(extents.error());

  Safetensors result;
  if (const auto found = header->find(kMetadataKey); found != header->end()) {
    auto metadata = read_metadata(*found);
    if (!metadata) return tl::unexpected(metadata.error());
    result.metadata = std::move(*metadata);
  }

  const ByteView data = in.take(in.left());
  const std::uint64_t count = total_count(tensors);
  if (data.size() != count * sizeof(float)) {
    return reject(RejectCode::kWrongModelSize, "safetensors: " + std::to_string(data.size()) +
                                                   " bytes of weights, the task's tensors need " +
                                                   std::to_string(count * sizeof(float)));
  }
  result.weights.resize(count);
  for (const Extent& extent : *extents) {
    if (extent.tensor->count == 0) continue;
    std::memcpy(result.weights.data() + extent.tensor->offset, data.data() + extent.begin, extent.end - extent.begin);
  }
  return result;
}

}  // namespace freezenet::training
