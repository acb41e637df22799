#include "training/kernels/table.h"

#include <cmath>

#include "training/kernels/loops.h"

// What every line of these kernels stands on.
#if defined(__FAST_MATH__)
#error "the numeric profile forbids -ffast-math"
#endif
static_assert(__FLT_EVAL_METHOD__ == 0, "binary32 operations must round to binary32");

namespace freezenet::kernels {

namespace {

constexpr std::size_t kRows = 4;
constexpr std::size_t kPiece = 4;

/// std::fmaf rounds once by its definition, with or without an instruction for it. A block of chains at a time, so that
/// one waits for none.
void tile(const TileArguments& t) {
  const std::size_t rows = std::size_t{t.groups} * t.group_rows;
  const std::size_t cols = std::size_t{t.cols} + t.cols_second;
  float acc[kRows][2 * kPiece];
  const auto out = [&](std::size_t r, std::size_t c) -> float& {
    return t.out[r * t.out_row + (c < t.cols ? c : t.out_second + c - t.cols)];
  };
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) acc[r][c] = t.start != nullptr ? t.start[r] : out(r, c);
  }
  for (std::size_t k = 0; k < t.depth; ++k) {
    const float* first = t.b + t.b_at[k];
    const float* second = first + t.b_second;
    for (std::size_t r = 0; r < rows; ++r) {
      const float a = t.a[t.a_at[k] + r / t.group_rows * t.a_group + r % t.group_rows];
      for (std::size_t c = 0; c < t.cols; ++c) acc[r][c] = std::fmaf(a, first[c], acc[r][c]);
      for (std::size_t c = 0; c < t.cols_second; ++c) acc[r][t.cols + c] = std::fmaf(a, second[c], acc[r][t.cols + c]);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      const float x = acc[r][c];
      out(r, c) = t.end == TileEnd::kOpen ? x : t.end == TileEnd::kClosed ? x + 0.0F : x > 0.0F ? x : 0.0F;
    }
  }
}

void gather_row(const SparseRow& s) {
  for (std::size_t i = 0; i < s.terms; ++i) {
    for (std::size_t c = 0; c < s.cols; ++c) s.out[c] = std::fmaf(s.values[i], s.row[s.at[i] + c], s.out[c]);
  }
}

void scatter_row(const SparseRow& s) {
  for (std::size_t i = 0; i < s.terms; ++i) {
    float* out = s.out + s.at[i];
    for (std::size_t c = 0; c < s.cols; ++c) out[c] = std::fmaf(s.values[i], s.row[c], out[c]);
  }
}

}  // namespace

const KernelTable kPortableTable = {kRows,
                                    kPiece,
                                    tile,
                                    gather_row,
                                    scatter_row,
                                    update,
                                    copy_rows,
                                    pack_pieces<kPiece>,
                                    transpose_blocks<kPiece>,
                                    relu,
                                    gate,
                                    pairwise_blocks,
                                    norm_forward,
                                    norm_backward,
                                    max_pool_2x2,
                                    max_pool_2x2_backward,
                                    add,
                                    close,
                                    count_nonzero,
                                    gather_nonzero<>,
                                    largest_magnitude};

}  // namespace freezenet::kernels
