#pragma once

#include <cstddef>

#include "training/kernels/device.h"

namespace freezenet::kernels {

struct GemmShape {
  std::size_t rows, cols, depth;
};

/// Element (r, k) at data[r * row + k * depth].
struct LeftMatrix {
  const float* data;
  std::size_t row, depth;
};

/// Element (k, c) at data[k * depth + c * col]; one of the two distances is 1.
struct RightMatrix {
  const float* data;
  std::size_t depth, col;
};

enum class GemmChain {
  kWhole,    ///< from +0
  kFromOut,  ///< from what `out` holds (a bias)
};

/// out[r * out_row + c] = chain over k of left(r, k) * right(k, c), in the calling thread; `end` closes the chains.
///
/// Both matrices are packed by blocks: some slivers of tile_rows rows of the left one stay in the second-level cache
/// while the right one's columns pass over them, as many at a time as a tile has. A chain that is longer than a block
/// is interrupted, which rounds nothing.
void gemm_part(const KernelTable& table, const GemmShape& shape, const LeftMatrix& left, const RightMatrix& right,
               float* out, std::size_t out_row, GemmChain chain, TileEnd end, float* scratch);
/// Floats of scratch for it.
std::size_t gemm_part_scratch(const KernelTable& table, const GemmShape& shape);

/// The same on all threads of the device, which divide the columns, or the rows where there are few columns; closed
/// with + 0.0f.
void gemm(const Device& device, const GemmShape& shape, const LeftMatrix& left, const RightMatrix& right, float* out,
          std::size_t out_row, GemmChain chain, float* scratch);
std::size_t gemm_scratch(const KernelTable& table, const GemmShape& shape, unsigned threads);

/// `rows` in all, divided evenly into slivers, because a flat tile waits for its own sums: 32 rows in slivers of at
/// most 12 are 11 + 11 + 10, not 12 + 12 + 8.
struct Sliver {
  std::size_t first, rows;
};
std::size_t sliver_count(const KernelTable& table, std::size_t rows);
Sliver sliver_of(const KernelTable& table, std::size_t rows, std::size_t index);

/// A sliver of the left matrix as [k][tile_rows]: element (first + r, k) at packed[k * tile_rows + r], k < depth.
void pack_sliver(const KernelTable& table, const Sliver& sliver, std::size_t depth, const LeftMatrix& left,
                 float* packed);

}  // namespace freezenet::kernels
