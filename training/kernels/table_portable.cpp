#include "training/kernels/table.h"

#include <bit>
#include <cmath>

// What every line of these kernels stands on.
#if defined(__FAST_MATH__)
#error "the numeric profile forbids -ffast-math"
#endif
static_assert(__FLT_EVAL_METHOD__ == 0, "binary32 operations must round to binary32");

namespace freezenet::kernels {

namespace {

constexpr std::size_t kRows = 4;
constexpr std::size_t kCols = 8;

/// std::fmaf rounds once by its definition, with or without an instruction for it. A block of chains at a time, so that
/// one waits for none.
void tile(const TileArguments& t) {
  float acc[kRows][kCols];
  for (std::size_t r = 0; r < t.rows; ++r) {
    for (std::size_t c = 0; c < t.cols; ++c) acc[r][c] = t.start ? 0.0F : t.out[r * t.out_row + c];
  }
  for (std::size_t k = 0; k < t.depth; ++k) {
    const float* b = t.b + k * t.b_k;
    for (std::size_t r = 0; r < t.rows; ++r) {
      const float a = t.a[r * t.a_row + k * t.a_k];
      for (std::size_t c = 0; c < t.cols; ++c) acc[r][c] = std::fmaf(a, b[c], acc[r][c]);
    }
  }
  for (std::size_t r = 0; r < t.rows; ++r) {
    for (std::size_t c = 0; c < t.cols; ++c) t.out[r * t.out_row + c] = t.finish ? acc[r][c] + 0.0F : acc[r][c];
  }
}

std::uint32_t update(const UpdateArguments& u) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < u.count; ++i) {
    if (u.frozen == nullptr || u.frozen[i] == 0) {
      const float g = std::fmaf(u.weight_decay, u.weights[i], u.gradients[i]) + 0.0F;
      const float m = std::fmaf(u.momentum_factor, u.momentum[i], g) + 0.0F;
      u.momentum[i] = m;
      u.weights[i] = std::fmaf(-u.rate, m, u.weights[i]) + 0.0F;
    }
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(u.weights[i]) & 0x7FFFFFFFU;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

}  // namespace

const KernelTable kPortableTable = {kRows, kCols, tile, update};

}  // namespace freezenet::kernels
