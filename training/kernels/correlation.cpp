#include "training/kernels/correlation.h"

#include <algorithm>

#include "training/kernels/device.h"
#include "training/kernels/gemm.h"

namespace freezenet::kernels {

namespace {

/// Half of a second-level cache of 1 MiB.
constexpr std::size_t kBlockFloats = 1U << 17;

/// Pieces that a row of outputs takes may leave a seventh of their columns empty: unfolding costs about as much.
bool fills_pieces(const KernelTable& table, const WindowShape& shape) {
  return shape.stride == 1 && 7 * pieces_of(shape.out_width, table.piece) * table.piece <= 8 * shape.out_width;
}

}  // namespace

Correlation::Correlation(const KernelTable& table, const WindowShape& shape, std::size_t rows)
    : table_(table), shape_(shape), rows_(rows), direct_(fills_pieces(table, shape)) {
  const std::size_t terms = shape.terms();
  const std::size_t positions = shape.positions();
  if (!direct_) {
    image_cols_ = pieces_of(positions, table.piece) * table.piece;
    images_ = std::max<std::size_t>(1, kBlockFloats / (terms * image_cols_));
    // Tiles take two pieces.
    if (images_ > 1) images_ -= images_ % 2;
    block_row_ = Scratch::odd_lines(images_ * image_cols_);
  }
  for (std::size_t k = 0; k < terms; ++k) {
    left_at_.push_back(static_cast<std::uint32_t>(k * table.tile_rows));
    right_at_.push_back(static_cast<std::uint32_t>(direct_ ? shape.place(k) : k * block_row_));
  }
  if (direct_) {
    for (std::size_t y = 0; y < shape.out_height; ++y) {
      for (std::size_t x = 0; x < shape.out_width; x += table.piece) {
        pieces_.push_back({static_cast<std::uint32_t>(y * shape.width + x),
                           static_cast<std::uint32_t>(y * shape.out_width + x),
                           static_cast<std::uint32_t>(std::min(table.piece, shape.out_width - x))});
      }
    }
  } else {
    for (std::size_t p = 0; p < positions; p += table.piece) {
      pieces_.push_back({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(p),
                         static_cast<std::uint32_t>(std::min(table.piece, positions - p))});
    }
  }
}

/// One image's windows: row (channel, u, v), column (y, x).
void Correlation::unfold(const float* planes, float* block) const {
  const WindowShape& s = shape_;
  for (std::size_t k = 0; k < s.terms(); ++k) {
    float* to = block + k * block_row_;
    const float* from = planes + s.place(k);
    if (s.stride == 1) {
      table_.copy_rows(s.out_height, s.out_width, from, s.width, to, s.out_width);
      continue;
    }
    for (std::size_t y = 0; y < s.out_height; ++y, to += s.out_width, from += s.stride * s.width) {
      for (std::size_t x = 0; x < s.out_width; ++x) to[x] = from[x * s.stride];
    }
  }
}

void Correlation::apply(std::size_t count, const float* planes, const float* slivers, const float* start, TileEnd end,
                        float* out, std::size_t image_out, float* scratch) const {
  const std::size_t terms = shape_.terms();
  const std::size_t sliver_floats = table_.tile_rows * terms;
  const std::size_t sliver_total = sliver_count(table_, rows_);
  std::size_t image_in = shape_.planes();
  if (!direct_) {
    for (std::size_t n = 0; n < count; ++n) unfold(planes + n * image_in, scratch + n * image_cols_);
    planes = scratch;
    image_in = image_cols_;
  }
  TileArguments t{};
  t.depth = terms;
  t.a_at = left_at_.data();
  t.b_at = right_at_.data();
  t.groups = 1;
  t.out_row = shape_.positions();
  t.end = end;
  const std::size_t all = count * pieces_.size();
  const auto at = [&](std::size_t i, const float*& from, float*& to) {
    const Piece& piece = pieces_[i % pieces_.size()];
    from = planes + i / pieces_.size() * image_in + piece.from;
    to = out + i / pieces_.size() * image_out + piece.to;
    return piece.cols;
  };
  const auto tile = [&](std::size_t p, std::size_t sliver_index) {
    const float* b_second = nullptr;
    float* out_second = nullptr;
    t.cols = at(p, t.b, t.out);
    t.cols_second = 0;
    if (p + 1 < all) {
      t.cols_second = at(p + 1, b_second, out_second);
      t.b_second = static_cast<std::size_t>(b_second - t.b);
      t.out_second = static_cast<std::size_t>(out_second - t.out);
    }
    const Sliver sliver = sliver_of(table_, rows_, sliver_index);
    t.group_rows = static_cast<std::uint32_t>(sliver.rows);
    t.a = slivers + sliver_index * sliver_floats;
    t.out += sliver.first * t.out_row;
    t.start = start + sliver.first;
    table_.tile(t);
  };
  // What is small stays: the windows of two pieces that lie in the planes, or else a sliver.
  if (direct_) {
    for (std::size_t p = 0; p < all; p += 2) {
      for (std::size_t i = 0; i < sliver_total; ++i) tile(p, i);
    }
  } else {
    for (std::size_t i = 0; i < sliver_total; ++i) {
      for (std::size_t p = 0; p < all; p += 2) tile(p, i);
    }
  }
}

}  // namespace freezenet::kernels
