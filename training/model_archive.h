#pragma once

#include <span>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// Where models are found and left by their root. Implemented by the daemon's store; any thread.
class ModelArchive {
 public:
  virtual ~ModelArchive() = default;
  /// Durable on return. The root of what was put.
  virtual Result<Hash256> put(std::span<const float> weights) = 0;
  /// kNotFound; kStorage where what is kept is not what its root says.
  [[nodiscard]] virtual Result<std::vector<float>> get(const Hash256& root, std::uint64_t parameters) const = 0;
};

}  // namespace freezenet::training
