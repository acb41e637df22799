#pragma once

#include <cstddef>
#include <cstdint>

/// The few loops that exist once for each instruction set, as plain functions behind a table.
///
/// This header is all that the files built with instruction-set flags include of ours. It has no inline function on
/// purpose: the linker keeps one copy of an inline function, perhaps the one compiled for AVX-512, and then a processor
/// without it fails in the portable path.
namespace freezenet::kernels {

/// A tile adds sum over k < depth of a[r * a_row + k * a_k] * b[k * b_k + c] to out[r * out_row + c], for r < rows, c <
/// cols: per output one chain acc = fma(a, b, acc), k ascending.
struct TileArguments {
  std::size_t depth;
  const float* a;
  std::size_t a_row, a_k;
  const float* b;
  std::size_t b_k;
  float* out;
  std::size_t out_row;
  std::size_t rows;  ///< 1..KernelTable::tile_rows
  std::size_t cols;  ///< 1..KernelTable::tile_cols; nothing beyond is read or written
  bool start;        ///< the chain starts from +0, not from what `out` holds
  bool finish;       ///< the chain ends: + 0.0f, so that no -0 leaves
};

struct UpdateArguments {
  std::size_t count;
  float* weights;
  float* momentum;
  const float* gradients;
  const std::uint8_t* frozen;  ///< non-zero: this weight does not move; null: all move
  float rate, momentum_factor, weight_decay;
};

struct KernelTable {
  std::size_t tile_rows, tile_cols;
  void (*tile)(const TileArguments&);
  /// SGD with momentum (docs/numerics.md). Returns the largest bit pattern of |w| after the update: above that of a
  /// limit means larger, infinite or NaN.
  std::uint32_t (*update)(const UpdateArguments&);
};

extern const KernelTable kPortableTable;
#if defined(__x86_64__)
extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;
#elif defined(__aarch64__)
extern const KernelTable kNeonTable;
#endif

}  // namespace freezenet::kernels
