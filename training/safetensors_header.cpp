#include "training/safetensors_header.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "consensus/base/serialize.h"
#include "training/strict_json.h"

namespace freezenet::training {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxDepth = 3;  // header, tensor, its shape

tl::unexpected<Reject> bad(std::string detail) {
  return reject(RejectCode::kBadEncoding, "safetensors: " + std::move(detail));
}

std::optional<std::vector<std::uint64_t>> counts(const Json& value, std::size_t limit) {
  if (!value.is_array() || value.size() > limit) return std::nullopt;
  std::vector<std::uint64_t> out;
  for (const Json& item : value) {
    if (!item.is_number_unsigned()) return std::nullopt;
    out.push_back(item.get<std::uint64_t>());
  }
  return out;
}

}  // namespace

Result<SafetensorsParts> split_safetensors(ByteView file, std::uint64_t max_header) {
  if (file.size() < kLengthBytes) return reject(RejectCode::kTruncated, "safetensors: no room for the header's length");
  Reader in(file);
  const auto length = in.integer<std::uint64_t>();
  if (length > max_header) {
    return reject(RejectCode::kTooLarge, "safetensors: a header of " + std::to_string(length) +
                                             " bytes, the limit is " + std::to_string(max_header));
  }
  if (length > in.left()) {
    return reject(RejectCode::kTruncated, "safetensors: the header is " + std::to_string(length) +
                                              " bytes, the file has " + std::to_string(in.left()) + " left");
  }
  auto header = parse_strict_object(in.take(length), kMaxDepth);
  if (!header) return bad("the header holds " + header.error().detail);
  return SafetensorsParts{std::move(*header), in.take(in.left())};
}

Result<TensorEntry> read_tensor_entry(const std::string& name, const Json& value) {
  const std::string who = "tensor " + printable(name);
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    return bad(who + " needs dtype, shape and data_offsets, and nothing else");
  }
  if (!value["dtype"].is_string()) return bad(who + " has a dtype that is not text");
  auto shape = counts(value["shape"], TensorEntry::kMaxRank);
  if (!shape)
    return bad(who + " has a shape that is no list of up to " + std::to_string(TensorEntry::kMaxRank) + " counts");
  const auto offsets = counts(value["data_offsets"], 2);
  if (!offsets || offsets->size() != 2) return bad(who + " needs two data_offsets");
  return TensorEntry{name, value["dtype"].get<std::string>(), std::move(*shape), (*offsets)[0], (*offsets)[1]};
}

Result<> sort_by_place(std::vector<TensorEntry>& entries) {
  std::ranges::sort(entries, [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) <
           std::tie(b.begin, b.end, b.name);  // empty ones first: they are in nobody's way
  });
  std::uint64_t at = 0;
  for (const TensorEntry& entry : entries) {
    if (entry.begin != at) {
      return bad("tensor " + printable(entry.name) + " starts at " + std::to_string(entry.begin) + ", expected " +
                 std::to_string(at) + ": a gap or an overlap");
    }
    at = entry.end;
  }
  return {};
}

Result<Metadata> read_metadata(const Json& header) {
  Metadata metadata;
  const auto found = header.find(kMetadataKey);
  if (found == header.end()) return metadata;
  if (!found->is_object()) return bad("__metadata__ is not an object");
  for (const auto& [key, text] : found->items()) {
    if (!text.is_string()) return bad("__metadata__ entry " + printable(key) + " is not text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

}  // namespace freezenet::training
