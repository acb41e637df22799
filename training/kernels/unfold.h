#pragma once

#include <cstddef>

namespace freezenet::kernels {

/// A stack of planes with a border of zeros, and the windows of size kernel x kernel that a convolution cuts from it.
///
/// The windows as a matrix (im2col): row (channel, ky, kx), column (y, x). Only a block of whole output rows is built
/// at a time, so its memory does not grow with the image or the batch.
struct Windows {
  std::size_t channels, height, width;  ///< of the bordered planes
  std::size_t kernel, stride;
  std::size_t out_height, out_width;
  bool flipped;  ///< row (channel, ky, kx) takes the window's element (kernel-1-ky, kernel-1-kx): the input gradient's
                 ///< order

  [[nodiscard]] std::size_t rows() const { return channels * kernel * kernel; }
  /// Output rows of one block: about 2^16 values, at least one row.
  [[nodiscard]] std::size_t block_height() const;
  /// Distance between matrix rows: an odd number of cache lines, so that the rows do not compete for the same sets of
  /// the cache.
  [[nodiscard]] std::size_t stride_of_rows() const;
  /// Floats for one block, and for the bordered planes; both with room for copies in steps of eight.
  [[nodiscard]] std::size_t block_floats() const { return rows() * stride_of_rows() + 8; }
  [[nodiscard]] std::size_t planes_floats() const { return channels * height * width + 8; }
};

/// Rows row0..row1 of the window matrix for the output rows y0..y1; matrix row row0 lands at `block`.
void unfold(const Windows& windows, const float* planes, std::size_t row0, std::size_t row1, std::size_t y0,
            std::size_t y1, float* block);

}  // namespace freezenet::kernels
