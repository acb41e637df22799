#include "training/kernels/unfold.h"

#include <algorithm>
#include <cstring>

namespace freezenet::kernels {

namespace {
constexpr std::size_t kBlockFloats = 1U << 16;
constexpr std::size_t kChunk = 8;
constexpr std::size_t kLine = 16;
}  // namespace

std::size_t Windows::block_height() const {
  return std::clamp<std::size_t>(kBlockFloats / (rows() * out_width), 1, out_height);
}

std::size_t Windows::stride_of_rows() const {
  const std::size_t lines = (block_height() * out_width + kChunk + kLine - 1) / kLine;
  return (lines | 1U) * kLine;
}

void unfold(const Windows& w, const float* planes, std::size_t row0, std::size_t row1, std::size_t y0, std::size_t y1,
            float* block) {
  const std::size_t area = w.kernel * w.kernel;
  const std::size_t distance = w.stride_of_rows();
  for (std::size_t row = row0; row < row1; ++row) {
    const std::size_t channel = row / area;
    std::size_t ky = row % area / w.kernel;
    std::size_t kx = row % w.kernel;
    if (w.flipped) {
      ky = w.kernel - 1 - ky;
      kx = w.kernel - 1 - kx;
    }
    float* to = block + (row - row0) * distance;
    const float* from = planes + (channel * w.height + y0 * w.stride + ky) * w.width + kx;
    for (std::size_t y = y0; y < y1; ++y, to += w.out_width, from += w.stride * w.width) {
      if (w.stride == 1) {
        // Whole chunks, past the end of the row: the next row overwrites the excess, and the last one has room for it.
        for (std::size_t x = 0; x < w.out_width; x += kChunk) std::memcpy(to + x, from + x, kChunk * sizeof(float));
      } else {
        for (std::size_t x = 0; x < w.out_width; ++x) to[x] = from[x * w.stride];
      }
    }
  }
}

}  // namespace freezenet::kernels
