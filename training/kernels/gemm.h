#pragma once

#include <cstddef>

#include "training/kernels/table.h"

namespace freezenet::kernels {

/// Element (r, k) at data[r * row + k * depth].
struct LeftMatrix {
  const float* data;
  std::size_t row, depth;
};

/// Element (k, c) at data[k * depth + c].
struct RightMatrix {
  const float* data;
  std::size_t depth;
};

enum class GemmChain {
  kWhole,     ///< from +0 to the closing + 0.0f
  kFromOut,   ///< starts from what `out` holds (a bias), closes
  kContinue,  ///< a piece of a longer chain: starts from what `out` holds, stays open
};

/// out[r * out_row + c] = chain over k of left(r, k) * right(k, c), in the calling thread.
void gemm(const KernelTable& table, std::size_t rows, std::size_t cols, std::size_t depth, const LeftMatrix& left,
          const RightMatrix& right, float* out, std::size_t out_row, GemmChain chain);

/// out[c * out_row + r] = in[r * in_row + c] + 0.0f: closes chains on the way, and is a copy of everything else that is
/// not -0.
void transpose(std::size_t rows, std::size_t cols, const float* in, std::size_t in_row, float* out,
               std::size_t out_row);

}  // namespace freezenet::kernels
