#include "training/kernels/gemm.h"

#include <algorithm>

namespace freezenet::kernels {

void gemm(const KernelTable& table, std::size_t rows, std::size_t cols, std::size_t depth, const LeftMatrix& left,
          const RightMatrix& right, float* out, std::size_t out_row, GemmChain chain) {
  TileArguments t{.depth = depth,
                  .a = nullptr,
                  .a_row = left.row,
                  .a_k = left.depth,
                  .b = nullptr,
                  .b_k = right.depth,
                  .out = nullptr,
                  .out_row = out_row,
                  .rows = 0,
                  .cols = 0,
                  .start = chain == GemmChain::kWhole,
                  .finish = chain != GemmChain::kContinue};
  // A column panel of the right matrix stays in the first-level cache while all rows pass over it. Rows are split
  // evenly: 32 rows in tiles of at most 12 are 11 + 11 + 10, not 12 + 12 + 8, because a flat tile waits for its own
  // sums.
  const std::size_t row_tiles = (rows + table.tile_rows - 1) / table.tile_rows;
  for (std::size_t col = 0; col < cols; col += table.tile_cols) {
    t.cols = std::min(table.tile_cols, cols - col);
    t.b = right.data + col;
    for (std::size_t i = 0; i < row_tiles; ++i) {
      const std::size_t row = rows * i / row_tiles;
      t.rows = rows * (i + 1) / row_tiles - row;
      t.a = left.data + row * left.row;
      t.out = out + row * out_row + col;
      table.tile(t);
    }
  }
}

void transpose(std::size_t rows, std::size_t cols, const float* in, std::size_t in_row, float* out,
               std::size_t out_row) {
  constexpr std::size_t kBlock = 8;
  for (std::size_t r0 = 0; r0 < rows; r0 += kBlock) {
    const std::size_t r1 = std::min(rows, r0 + kBlock);
    for (std::size_t c = 0; c < cols; ++c) {
      for (std::size_t r = r0; r < r1; ++r) out[c * out_row + r] = in[r * in_row + c] + 0.0F;
    }
  }
}

}  // namespace freezenet::kernels
