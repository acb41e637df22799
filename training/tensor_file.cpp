#include "training/tensor_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "training/strict_json.h"

namespace freezenet::training {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 15> kDtypes{{{"F64", 8},
                                                                              {"F32", 4},
                                                                              {"F16", 2},
                                                                              {"BF16", 2},
                                                                              {"F8_E4M3", 1},
                                                                              {"F8_E5M2", 1},
                                                                              {"I64", 8},
                                                                              {"I32", 4},
                                                                              {"I16", 2},
                                                                              {"I8", 1},
                                                                              {"U64", 8},
                                                                              {"U32", 4},
                                                                              {"U16", 2},
                                                                              {"U8", 1},
                                                                              {"BOOL", 1}}};

tl::unexpected<Reject> bad(std::string detail) {
  return reject(RejectCode::kBadEncoding, "safetensors: " + std::move(detail));
}

/// Bytes that a tensor of the shape needs, in arithmetic that is checked; nullopt beyond 64 bits.
std::optional<std::uint64_t> bytes_of(std::uint64_t each, std::span<const std::uint64_t> shape) {
  std::uint64_t bytes = each;
  for (const std::uint64_t size : shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return bytes;
}

Result<> check_span(const TensorEntry& entry) {
  const std::string who = "tensor " + printable(entry.name);
  const auto each = dtype_bytes(entry.dtype);
  if (!each) return bad(who + " is of the unknown dtype " + printable(entry.dtype));
  const auto bytes = bytes_of(*each, entry.shape);
  if (!bytes || entry.end < entry.begin || entry.end - entry.begin != *bytes)
    return bad(who + " has data_offsets that do not span what its dtype and shape need");
  return {};
}

}  // namespace

std::optional<std::uint64_t> dtype_bytes(std::string_view dtype) {
  const auto* const found = std::ranges::find(kDtypes, dtype, [](const auto& known) { return known.first; });
  if (found == kDtypes.end()) return std::nullopt;
  return found->second;
}

Result<TensorFile> read_tensor_file(ByteView file) {
  const auto parts = split_safetensors(file, kMaxTensorFileHeader);
  if (!parts) return tl::unexpected(parts.error());
  auto metadata = read_metadata(parts->header);
  if (!metadata) return tl::unexpected(metadata.error());
  TensorFile layout{{}, std::move(*metadata), file.size() - parts->data.size()};
  for (const auto& item : parts->header.items()) {
    if (item.key() == kMetadataKey) continue;
    auto entry = read_tensor_entry(item.key(), item.value());
    if (!entry) return tl::unexpected(entry.error());
    if (auto spans = check_span(*entry); !spans) return tl::unexpected(spans.error());
    layout.tensors.push_back(std::move(*entry));
  }
  if (auto placed = sort_by_place(layout.tensors); !placed) return tl::unexpected(placed.error());
  const std::uint64_t needed = layout.tensors.empty() ? 0 : layout.tensors.back().end;
  if (parts->data.size() != needed) {
    return reject(RejectCode::kWrongModelSize, "safetensors: " + std::to_string(parts->data.size()) +
                                                   " bytes of data, the tensors need " + std::to_string(needed));
  }
  return layout;
}

void renew_model_root(const TensorFile& layout, ByteView before, std::span<std::uint8_t> after) {
  const auto claimed = layout.metadata.find("model_root");
  if (claimed == layout.metadata.end()) return;
  if (claimed->second != to_hex(chunked_root(before.subspan(layout.data_at)))) return;
  const std::string root = to_hex(chunked_root(ByteView(after).subspan(layout.data_at)));
  const auto header = after.first(layout.data_at);
  // The root of these weights stands in a place of its own: what else would have these 64 digits means them too.
  for (auto at = header.begin();;) {
    const auto found = std::ranges::search(std::ranges::subrange(at, header.end()), claimed->second);
    if (found.empty()) return;
    std::ranges::copy(root, found.begin());
    at = found.end();
  }
}

}  // namespace freezenet::training
