#include "training/kernels/gemm.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace freezenet::kernels {

namespace {

/// Of the sizes tried, the fastest with a second-level cache of 1 MiB: 6 slivers of 12 rows and this depth are 288 KiB
/// of it, and the longer a block, the fewer times sums go to memory and back.
constexpr std::size_t kDepthBlock = 1024;
constexpr std::size_t kSliverBlock = 6;
constexpr std::size_t kColumnBlock = 512;
/// Up to this depth a column is read so few times that packing costs more than it saves.
constexpr std::size_t kUnpackedDepth = 32;

bool packs_right(const GemmShape& shape, const RightMatrix& right) {
  return right.col != 1 || shape.depth > kUnpackedDepth;
}

/// Columns col .. col + cols of rows k .. k + depth as pieces [piece][k][columns of a piece], the last one filled with
/// zeros.
void pack_right(const KernelTable& table, const RightMatrix& right, std::size_t k, std::size_t depth, std::size_t col,
                std::size_t cols, float* packed) {
  const float* from = right.data + k * right.depth + col * right.col;
  std::size_t c = 0;
  if (right.col == 1) {
    const std::size_t whole = cols / table.piece;
    table.pack_pieces(depth, whole, from, right.depth, packed);
    c = whole * table.piece;
  }
  for (; c < cols; c += table.piece) {
    const std::size_t width = std::min(table.piece, cols - c);
    float* piece = packed + c * depth;
    if (width < table.piece) std::fill_n(piece, depth * table.piece, 0.0F);
    if (right.col == 1) {
      for (std::size_t i = 0; i < depth; ++i) {
        std::memcpy(piece + i * table.piece, from + i * right.depth + c, width * sizeof(float));
      }
    } else {
      table.transpose(width, depth, from + c * right.col, right.col, piece, table.piece);
    }
  }
}

/// The offsets of a tile's factors, for each k of a block.
struct Steps {
  std::array<std::uint32_t, kDepthBlock> a, b;
  Steps(std::size_t a_step, std::size_t b_step, std::size_t depth) {
    for (std::size_t k = 0; k < depth; ++k) {
      a[k] = static_cast<std::uint32_t>(k * a_step);
      b[k] = static_cast<std::uint32_t>(k * b_step);
    }
  }
};

std::size_t sliver_block_floats(const KernelTable& table, const GemmShape& shape) {
  return Scratch::rounded(std::min(sliver_count(table, shape.rows), kSliverBlock) * table.tile_rows *
                          std::min(shape.depth, kDepthBlock));
}

std::size_t column_block_floats(const KernelTable& table, const GemmShape& shape) {
  return Scratch::rounded(std::min(pieces_of(shape.cols, table.piece) * table.piece, kColumnBlock) *
                          std::min(shape.depth, kDepthBlock));
}

/// What a thread computes: some of the rows, and some of the columns.
struct Part {
  Range rows, cols;
};

Part part_for(const KernelTable& table, const GemmShape& shape, unsigned threads, unsigned thread) {
  if (pieces_of(shape.cols, table.piece) < 2 * std::size_t{threads})
    return {part_of(shape.rows, threads, thread), {0, shape.cols}};
  return {{0, shape.rows}, columns_of(table, shape.cols, threads, thread)};
}

}  // namespace

std::size_t sliver_count(const KernelTable& table, std::size_t rows) { return pieces_of(rows, table.tile_rows); }

Sliver sliver_of(const KernelTable& table, std::size_t rows, std::size_t index) {
  const Range range = part_of(rows, sliver_count(table, rows), index);
  return {range.begin, range.end - range.begin};
}

void pack_sliver(const KernelTable& table, const Sliver& sliver, std::size_t depth, const LeftMatrix& left,
                 float* packed) {
  const float* from = left.data + sliver.first * left.row;
  if (left.depth == 1) return table.transpose(sliver.rows, depth, from, left.row, packed, table.tile_rows);
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < sliver.rows; ++r) {
      packed[k * table.tile_rows + r] = from[r * left.row + k * left.depth];
    }
  }
}

std::size_t gemm_part_scratch(const KernelTable& table, const GemmShape& shape) {
  return sliver_block_floats(table, shape) + column_block_floats(table, shape);
}

void gemm_part(const KernelTable& table, const GemmShape& shape, const LeftMatrix& left, const RightMatrix& right,
               float* out, std::size_t out_row, GemmChain chain, TileEnd end, float* scratch) {
  static constexpr std::array<float, 32> kZeros{};
  if (shape.rows == 0 || shape.cols == 0) return;
  Scratch pieces(scratch);
  float* slivers = pieces.take(sliver_block_floats(table, shape));
  float* panel = pieces.take(column_block_floats(table, shape));
  const bool packs = packs_right(shape, right);
  const Steps steps(table.tile_rows, packs ? table.piece : right.depth, std::min(shape.depth, kDepthBlock));
  const std::size_t sliver_total = sliver_count(table, shape.rows);
  TileArguments t{};
  t.a_at = steps.a.data();
  t.b_at = steps.b.data();
  t.groups = 1;
  t.out_row = out_row;
  t.out_second = table.piece;
  for (std::size_t col0 = 0; col0 < shape.cols; col0 += kColumnBlock) {
    const std::size_t col1 = std::min(shape.cols, col0 + kColumnBlock);
    std::size_t k = 0;
    do {  // once for a depth of 0, which leaves what the chains start from
      t.depth = std::min(kDepthBlock, shape.depth - k);
      t.start = k == 0 && chain == GemmChain::kWhole ? kZeros.data() : nullptr;
      t.end = k + t.depth == shape.depth ? end : TileEnd::kOpen;
      if (packs) pack_right(table, right, k, t.depth, col0, col1 - col0, panel);
      t.b_second = packs ? t.depth * table.piece : table.piece;
      const std::size_t sliver_floats = table.tile_rows * t.depth;
      for (std::size_t i0 = 0; i0 < sliver_total; i0 += kSliverBlock) {
        const std::size_t i1 = std::min(sliver_total, i0 + kSliverBlock);
        for (std::size_t i = i0; i < i1; ++i) {
          pack_sliver(table, sliver_of(table, shape.rows, i), t.depth,
                      {left.data + k * left.depth, left.row, left.depth}, slivers + (i - i0) * sliver_floats);
        }
        const auto tile = [&](std::size_t i, std::size_t col) {
          const Sliver sliver = sliver_of(table, shape.rows, i);
          t.group_rows = static_cast<std::uint32_t>(sliver.rows);
          t.a = slivers + (i - i0) * sliver_floats;
          t.cols = static_cast<std::uint32_t>(std::min(table.piece, col1 - col));
          t.cols_second = static_cast<std::uint32_t>(std::min(table.piece, col1 - col - t.cols));
          t.b = packs ? panel + (col - col0) * t.depth : right.data + k * right.depth + col;
          t.out = out + sliver.first * out_row + col;
          t.next_out = packs ? i + 1 < i1 ? t.out + sliver.rows * out_row : nullptr : t.out + 2 * table.piece;
          table.tile(t);
        };
        if (packs) {
          for (std::size_t col = col0; col < col1; col += 2 * table.piece) {
            for (std::size_t i = i0; i < i1; ++i) tile(i, col);
          }
        } else {
          // Short chains are bound by what they write: the rows of one sliver at a time, from end to end.
          for (std::size_t i = i0; i < i1; ++i) {
            for (std::size_t col = col0; col < col1; col += 2 * table.piece) tile(i, col);
          }
        }
      }
      k += t.depth;
    } while (k < shape.depth);
  }
}

std::size_t gemm_scratch(const KernelTable& table, const GemmShape& shape, unsigned threads) {
  return threads * gemm_part_scratch(table, shape);
}

void gemm(const Device& device, const GemmShape& shape, const LeftMatrix& left, const RightMatrix& right, float* out,
          std::size_t out_row, GemmChain chain, float* scratch) {
  device.pool.run([&](unsigned thread) {
    const Part part = part_for(device.table, shape, device.pool.threads(), thread);
    gemm_part(device.table, {part.rows.end - part.rows.begin, part.cols.end - part.cols.begin, shape.depth},
              {left.data + part.rows.begin * left.row, left.row, left.depth},
              {right.data + part.cols.begin * right.col, right.depth, right.col},
              out + part.rows.begin * out_row + part.cols.begin, out_row, chain, TileEnd::kClosed,
              scratch + thread * gemm_part_scratch(device.table, shape));
  });
}

}  // namespace freezenet::kernels
