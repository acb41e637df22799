#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace freezenet::training {

/// Neither NaN nor infinity among them: a segment whose logits or loss fail this is void (docs/protocol.md section 5).
inline bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace freezenet::training
