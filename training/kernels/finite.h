#pragma once

#include <cstddef>
#include <cstdint>

#include "training/kernels/table.h"

namespace freezenet::kernels {

/// Neither NaN nor infinity among them: then a term with a zero factor changes no bit (docs/numerics.md section 2).
inline bool all_finite(const KernelTable& table, std::size_t count, const float* values) {
  constexpr std::uint32_t kInfinity = 0x7F800000;
  return table.largest_magnitude(count, values) < kInfinity;
}

}  // namespace freezenet::kernels
