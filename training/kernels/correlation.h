#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/kernels/table.h"

namespace freezenet::kernels {

/// Square windows over planes that already have their border of zeros: what convolutions and their gradients share.
struct WindowShape {
  std::size_t channels, height, width;  ///< of the bordered planes
  std::size_t kernel, stride;
  std::size_t out_height, out_width;
  bool flipped;  ///< term (channel, u, v) takes the window's element (kernel-1-u, kernel-1-v): the input gradient's
                 ///< order

  [[nodiscard]] std::size_t terms() const { return channels * kernel * kernel; }
  [[nodiscard]] std::size_t positions() const { return out_height * out_width; }
  [[nodiscard]] std::size_t planes() const { return channels * height * width; }
  /// Where term (channel, u, v) of the first window lies in the planes.
  [[nodiscard]] std::size_t place(std::size_t term) const {
    const std::size_t area = kernel * kernel;
    // Flipped, (kernel-1-u, kernel-1-v) is what counts down.
    const std::size_t element = flipped ? area - 1 - term % area : term % area;
    return (term / area * height + element / kernel) * width + element % kernel;
  }
};

/// out[row][position] = chain over (channel, u, v) of left[row][channel, u, v] * window element, for some images.
///
/// Where a row of outputs fills whole pieces of a tile, windows are read from the planes as they lie: no copy is made
/// of them. Else they are unfolded (im2col) for a few images at a time, into a block that the second-level cache holds.
///
/// Built once for a layer; immutable, so that threads share one. It holds offsets: 8 bytes a term, 16 a piece.
class Correlation {
 public:
  Correlation(const KernelTable& table, const WindowShape& shape, std::size_t rows);

  [[nodiscard]] const WindowShape& shape() const { return shape_; }
  /// Images whose planes apply() takes at once.
  [[nodiscard]] std::size_t images() const { return images_; }
  /// Floats of scratch for one thread; the planes of images() bordered images are not among them.
  [[nodiscard]] std::size_t scratch() const { return direct_ ? 0 : block_row_ * shape_.terms(); }

  /// `planes` holds count <= images() bordered images; `slivers` the left matrix, packed (gemm.h), one sliver after
  /// another. out: (image, row, position), `image_out` floats apart. start: one value a row, where its chains begin.
  void apply(std::size_t count, const float* planes, const float* slivers, const float* start, TileEnd end, float* out,
             std::size_t image_out, float* scratch) const;

 private:
  struct Piece {
    std::uint32_t from;  // in the planes of an image, or in a row of its unfolded block
    std::uint32_t to;    // position
    std::uint32_t cols;
  };
  void unfold(const float* planes, float* block) const;

  const KernelTable& table_;
  WindowShape shape_;
  std::size_t rows_;
  bool direct_;
  std::size_t images_ = 1;
  std::size_t image_cols_ = 0;  // of an unfolded image: its positions, rounded up to whole pieces
  std::size_t block_row_ = 0;   // distance between rows of the unfolded block
  std::vector<std::uint32_t> left_at_, right_at_;
  std::vector<Piece> pieces_;  // of one image
};

}  // namespace freezenet::kernels
