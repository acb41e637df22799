#pragma once

#include <memory>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/crypto/merkle.h"
#include "daemon/storage/model_store.h"
#include "net/chain_port.h"

namespace freezenet::daemon {

/// The signed models that peers are fetching now, so that a chunk is not a read and a hash of the whole file. One
/// thread owns it. Memory: kMaxBytes, or two models where those are larger.
class ModelCache {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
  static constexpr std::size_t kMaxModels = 256;

  explicit ModelCache(ModelStore& store) : store_(store) {}
  /// kNotFound where the model is not kept or has no such chunk.
  Result<net::ModelChunk> chunk(const Hash256& root, std::uint64_t model_bytes, std::uint64_t index);

 private:
  struct Entry {
    Hash256 root;
    Bytes data;
    std::vector<Hash256> leaves;
  };
  Result<const Entry*> entry(const Hash256& root, std::uint64_t model_bytes);

  ModelStore& store_;
  std::vector<std::unique_ptr<Entry>> entries_;  // most recently used first
};

}  // namespace freezenet::daemon
