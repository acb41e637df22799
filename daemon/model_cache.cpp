#include "daemon/model_cache.h"

#include <algorithm>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

Result<net::ModelChunk> ModelCache::chunk(const Hash256& root, std::uint64_t model_bytes, std::uint64_t index) {
  if (index >= chunk_count(model_bytes)) return reject(RejectCode::kNotFound, "chunk " + std::to_string(index));
  auto model = entry(root, model_bytes);
  if (!model) return tl::unexpected(model.error());
  const Entry& e = **model;
  const auto first = static_cast<std::ptrdiff_t>(index * kChunkSize);
  const auto last = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>((index + 1) * kChunkSize, e.data.size()));
  return net::ModelChunk{Bytes(e.data.begin() + first, e.data.begin() + last),
                         prove_chunk(e.leaves, static_cast<std::size_t>(index))};
}

Result<const ModelCache::Entry*> ModelCache::entry(const Hash256& root, std::uint64_t model_bytes) {
  const auto known = std::ranges::find_if(entries_, [&](const auto& e) { return e->root == root; });
  if (known != entries_.end()) {
    std::rotate(entries_.begin(), known, known + 1);
    return entries_.front().get();
  }
  auto data = store_.bytes(root, model_bytes);
  if (!data) return tl::unexpected(data.error());
  auto fresh = std::make_unique<Entry>();
  fresh->root = root;
  fresh->data = std::move(*data);
  for (std::size_t at = 0; at < fresh->data.size(); at += kChunkSize) {
    fresh->leaves.push_back(
        merkle_leaf(ByteView(fresh->data).subspan(at, std::min(kChunkSize, fresh->data.size() - at))));
  }
  const std::size_t kept = std::max<std::size_t>(2, kMaxBytes / std::max<std::uint64_t>(1, model_bytes));
  if (entries_.size() >= std::min(kept, kMaxModels)) entries_.pop_back();
  entries_.insert(entries_.begin(), std::move(fresh));
  return entries_.front().get();
}

}  // namespace freezenet::daemon
