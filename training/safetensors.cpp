#include "training/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "consensus/base/serialize.h"
#include "training/safetensors_header.h"
#include "training/strict_json.h"

namespace freezenet::training {

namespace {

static_assert(std::endian::native == std::endian::little, "weights are written as they lie in memory");

std::uint64_t total_count(std::span<const TensorSpec> tensors) {
  std::uint64_t count = 0;
  for (const TensorSpec& tensor : tensors) count += tensor.count;
  return count;
}

tl::unexpected<Reject> bad(std::string detail) {
  return reject(RejectCode::kBadEncoding, "safetensors: " + std::move(detail));
}

Result<TensorEntry> read_expected(const TensorSpec& tensor, const nlohmann::json& value) {
  auto entry = read_tensor_entry(tensor.name, value);
  if (!entry) return entry;
  const std::string who = "tensor " + printable(tensor.name);
  if (entry->dtype != "F32") return bad(who + " is not of dtype F32");
  if (!std::ranges::equal(entry->shape, tensor.shape)) {
    std::string expected;
    for (const std::uint32_t size : tensor.shape) expected += (expected.empty() ? "" : ", ") + std::to_string(size);
    return bad(who + " does not have the task's shape [" + expected + "]");
  }
  if (entry->end < entry->begin || entry->end - entry->begin != tensor.count * sizeof(float)) {
    return bad(who + " has data_offsets that do not span its " + std::to_string(tensor.count * sizeof(float)) +
               " bytes");
  }
  return entry;
}

/// One entry for each tensor, in task order, that together cover the data exactly.
Result<std::vector<TensorEntry>> read_entries(std::span<const TensorSpec> tensors, const nlohmann::json& header) {
  for (const auto& entry : header.items()) {
    const std::string& name = entry.key();
    const bool known =
        std::any_of(tensors.begin(), tensors.end(), [&](const TensorSpec& tensor) { return tensor.name == name; });
    if (!known && name != kMetadataKey) return bad("the task has no tensor " + printable(name));
  }
  std::vector<TensorEntry> entries;
  for (const TensorSpec& tensor : tensors) {
    const auto value = header.find(tensor.name);
    if (value == header.end()) return bad("tensor " + printable(tensor.name) + " is missing");
    auto entry = read_expected(tensor, *value);
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  std::vector<TensorEntry> in_file = entries;
  if (auto placed = sort_by_place(in_file); !placed) return tl::unexpected(placed.error());
  return entries;
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
  const auto parts = split_safetensors(file, kMaxSafetensorsHeader);
  if (!parts) return tl::unexpected(parts.error());
  const auto entries = read_entries(tensors, parts->header);
  if (!entries) return tl::unexpected(entries.error());
  auto metadata = read_metadata(parts->header);
  if (!metadata) return tl::unexpected(metadata.error());

  const std::uint64_t count = total_count(tensors);
  if (parts->data.size() != count * sizeof(float)) {
    return reject(RejectCode::kWrongModelSize, "safetensors: " + std::to_string(parts->data.size()) +
                                                   " bytes of weights, the task's tensors need " +
                                                   std::to_string(count * sizeof(float)));
  }
  Safetensors result{std::vector<float>(count), std::move(*metadata)};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].count == 0) continue;
    const TensorEntry& entry = (*entries)[i];
    std::memcpy(result.weights.data() + tensors[i].offset, parts->data.data() + entry.begin, entry.end - entry.begin);
  }
  return result;
}

}  // namespace freezenet::training
