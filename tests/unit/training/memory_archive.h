#pragma once

#include <mutex>
#include <unordered_map>

#include "consensus/crypto/merkle.h"
#include "training/model_archive.h"

namespace freezenet::training {

/// Models in memory, for tests of what would keep them on disk.
class MemoryArchive final : public ModelArchive {
 public:
  Result<Hash256> put(std::span<const float> weights) override {
    const Hash256 root = chunked_root(as_bytes(weights));
    const std::lock_guard lock(mutex_);
    models_[root] = {weights.begin(), weights.end()};
    return root;
  }
  [[nodiscard]] Result<std::vector<float>> get(const Hash256& root, std::uint64_t) const override {
    const std::lock_guard lock(mutex_);
    const auto it = models_.find(root);
    if (it == models_.end()) return reject(RejectCode::kNotFound);
    return it->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Hash256, std::vector<float>> models_;
};

}  // namespace freezenet::training
