#include "training/kernels/conv_gradient.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "training/kernels/plane_sums.h"

namespace freezenet::kernels {

namespace {

/// Positions of a chunk, if the images are small: so many terms make reading and writing the sums of a tile cheap.
constexpr std::size_t kChunkPositions = 256;
/// Positions for which a tile's columns stay in the first-level cache.
constexpr std::size_t kDepthBlock = 128;

/// Threads that divide the output channels share no transposing, which is what there is beside the chains. But they
/// divide whole pieces, and may come out more unequal than with the input channels.
bool divides_channels(const KernelTable& table, const ConvShape& shape, unsigned threads) {
  const std::size_t pieces = pieces_of(shape.out_channels, table.piece);
  return 20 * pieces_of(pieces, threads) * shape.channels > 21 * pieces_of(shape.channels, threads) * pieces;
}

}  // namespace

ConvWeightGradient::ConvWeightGradient(const KernelTable& table, const ConvShape& shape, std::size_t batch,
                                       unsigned threads)
    : table_(table),
      shape_(shape),
      batch_(batch),
      threads_(threads),
      by_channels_(divides_channels(table, shape, threads)) {
  const std::size_t positions = shape.out_positions();
  const std::size_t width = shape.width + 2 * shape.padding;
  plane_ = (shape.height + 2 * shape.padding) * width;
  images_ = std::clamp<std::size_t>(pieces_of(kChunkPositions, positions), 1, batch);
  // Of the output channels of one thread.
  const std::size_t pieces = pieces_of(shape.out_channels, table.piece);
  columns_row_ = Scratch::odd_lines(by_channels_ ? shape.out_channels : pieces_of(pieces, threads) * table.piece);
  for (std::size_t n = 0; n < images_; ++n) {
    for (std::size_t y = 0; y < shape.out_height(); ++y) {
      for (std::size_t x = 0; x < shape.out_width(); ++x) {
        column_at_.push_back(static_cast<std::uint32_t>(plane_at_.size() * columns_row_));
        plane_at_.push_back(static_cast<std::uint32_t>(n * plane_ + y * shape.stride * width + x * shape.stride));
      }
    }
  }
}

ConvWeightGradient::Part ConvWeightGradient::part(unsigned thread) const {
  if (by_channels_) return {part_of(shape_.channels, threads_, thread), {0, shape_.out_channels}};
  return {{0, shape_.channels}, columns_of(table_, shape_.out_channels, threads_, thread)};
}

std::size_t ConvWeightGradient::scratch() const {
  const std::size_t channels = by_channels_ ? pieces_of(shape_.channels, threads_) : shape_.channels;
  return Scratch::rounded(channels * images_ * plane_) + Scratch::rounded(plane_at_.size() * columns_row_) +
         Scratch::rounded(channels * shape_.kernel * shape_.kernel * columns_row_) +
         PlaneSums::scratch(shape_.out_positions(), shape_.out_channels, batch_);
}

void ConvWeightGradient::run(unsigned thread, std::size_t count, const float* in, const float* out_gradient,
                             float* weight_gradient, float* bias_gradient, float* scratch) const {
  const Part mine = part(thread);
  const Range bias = by_channels_ ? part_of(shape_.out_channels, threads_, thread) : mine.outs;
  const std::size_t channels = mine.channels.end - mine.channels.begin;
  const std::size_t outs = mine.outs.end - mine.outs.begin;
  if (outs == 0) return;  // without input channels it may still have biases
  const std::size_t area = shape_.kernel * shape_.kernel;
  const std::size_t positions = shape_.out_positions();
  Scratch pieces(scratch);
  float* planes = pieces.take(channels * images_ * plane_);  // (channel, image, y, x)
  float* columns = pieces.take(plane_at_.size() * columns_row_);
  float* sums = pieces.take(channels * area * columns_row_);  // (channel, u, v, out channel)
  PlaneSums biases(table_, positions, bias, count, pieces);
  std::memset(planes, 0, channels * images_ * plane_ * sizeof(float));
  for (std::size_t n = 0; n < count; n += images_) {
    const std::size_t images = std::min(images_, count - n);
    for (std::size_t i = 0; i < images; ++i) {
      const float* image = in + (n + i) * shape_.in_size() + mine.channels.begin * shape_.height * shape_.width;
      for (std::size_t c = 0; c < channels; ++c) {
        fill_bordered(table_, 1, shape_.height, shape_.width, shape_.padding, image + c * shape_.height * shape_.width,
                      planes + (c * images_ + i) * plane_);
      }
      const float* gradient = out_gradient + (n + i) * shape_.out_size();
      table_.transpose(outs, positions, gradient + mine.outs.begin * positions, positions,
                       columns + i * positions * columns_row_, columns_row_);
      for (std::size_t oc = bias.begin; oc < bias.end; ++oc) biases.add(n + i, oc, gradient + oc * positions);
    }
    accumulate({{0, channels}, {0, outs}}, images * positions, n == 0, n + images == count, planes, columns, sums);
  }
  const std::size_t window = shape_.window();
  table_.transpose(channels * area, outs, sums, columns_row_,
                   weight_gradient + mine.outs.begin * window + mine.channels.begin * area, window);
  biases.finish(bias_gradient);
}

void ConvWeightGradient::accumulate(const Part& part, std::size_t depth, bool first, bool last, const float* planes,
                                    const float* columns, float* sums) const {
  static constexpr std::array<float, 32> kZeros{};
  const std::size_t kernel = shape_.kernel;
  const std::size_t width = shape_.width + 2 * shape_.padding;
  // Rows of a tile: of a 1x1 kernel several channels, else some rows (u) of one channel's window.
  const bool pointwise = kernel == 1;
  const std::size_t most_v = std::min(kernel, table_.tile_rows);
  const std::size_t most_u = pointwise ? 1 : std::max<std::size_t>(1, std::min(kernel, table_.tile_rows / most_v));
  const std::size_t most_c = pointwise ? table_.tile_rows : 1;
  TileArguments t{};
  t.a_group = pointwise ? images_ * plane_ : width;
  t.b_second = table_.piece;
  t.out_row = columns_row_;
  t.out_second = table_.piece;
  for (std::size_t k = 0; k < depth; k += t.depth) {
    t.depth = std::min(kDepthBlock, depth - k);
    t.a_at = plane_at_.data() + k;
    t.b_at = column_at_.data() + k;
    t.start = first && k == 0 ? kZeros.data() : nullptr;
    t.end = last && k + t.depth == depth ? TileEnd::kClosed : TileEnd::kOpen;
    for (std::size_t oc = 0; oc < part.outs.end; oc += 2 * table_.piece) {
      const std::size_t left = part.outs.end - oc;
      t.cols = static_cast<std::uint32_t>(std::min(table_.piece, left));
      t.cols_second = static_cast<std::uint32_t>(std::min(table_.piece, left - t.cols));
      t.b = columns + oc;
      for (std::size_t c = 0; c < part.channels.end; c += most_c) {
        for (std::size_t u = 0; u < kernel; u += most_u) {
          const std::size_t groups = pointwise ? std::min(most_c, part.channels.end - c) : std::min(most_u, kernel - u);
          t.groups = static_cast<std::uint32_t>(groups);
          for (std::size_t v = 0; v < kernel; v += most_v) {
            // Part of a row has no group behind it: with a kernel wider than a tile most_u is 1.
            t.group_rows = static_cast<std::uint32_t>(std::min(most_v, kernel - v));
            t.a = planes + c * images_ * plane_ + u * width + v;
            t.out = sums + ((c * kernel + u) * kernel + v) * columns_row_ + oc;
            table_.tile(t);
          }
        }
      }
    }
  }
}

}  // namespace freezenet::kernels
