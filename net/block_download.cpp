#include "net/block_download.h"

#include <algorithm>

namespace freezenet::net {

std::optional<std::uint64_t> BlockDownload::next_chunk() {
  if (derive_ || asked_ >= chunks()) return std::nullopt;
  return asked_++;
}

Result<> BlockDownload::add_chunk(const Chunk& chunk) {
  if (derive_) return {};
  if (auto good = check_chunk(block_.model_root, block_.model_bytes, chunk.index, chunk.data, chunk.proof); !good)
    return good;
  if (have_.empty()) {
    have_.resize(static_cast<std::size_t>(chunks()));
    model_.resize(static_cast<std::size_t>(block_.model_bytes));
  }
  const auto index = static_cast<std::size_t>(chunk.index);
  if (have_[index]) return {};
  have_[index] = true;
  ++received_;
  std::copy(chunk.data.begin(), chunk.data.end(), model_.begin() + static_cast<std::ptrdiff_t>(index * kChunkSize));
  return {};
}

void BlockDownload::derive() {
  derive_ = true;
  model_ = {};
  have_ = {};
  received_ = 0;
}

}  // namespace freezenet::net
