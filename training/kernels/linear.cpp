#include "training/kernels/linear.h"

#include <algorithm>

#include "training/kernels/gemm.h"

namespace freezenet::kernels {

namespace {

/// A thread's columns: whole tiles, so that no tile is cut in two.
Range columns_of(const Device& device, std::size_t cols, unsigned thread) {
  const std::size_t tile = device.table.tile_cols;
  const Range tiles = part_of((cols + tile - 1) / tile, device.pool.threads(), thread);
  return {std::min(cols, tiles.begin * tile), std::min(cols, tiles.end * tile)};
}

}  // namespace

std::size_t linear_scratch(const LinearShape& shape, std::size_t count) {
  return Scratch::rounded(shape.in * count) + Scratch::rounded(shape.out * count);
}

void linear_forward(const Device& device, const LinearShape& s, std::size_t count, const float* x, const float* weights,
                    const float* bias, float* y, float* scratch) {
  // Outputs are rows and samples are columns: the batch is transposed instead of the weights, which are many times as
  // large.
  Scratch pieces(scratch);
  float* x_columns = pieces.take(s.in * count);
  float* y_columns = pieces.take(s.out * count);
  transpose(count, s.in, x, s.in, x_columns, count);
  device.pool.run([&](unsigned thread) {
    const Range rows = part_of(s.out, device.pool.threads(), thread);
    for (std::size_t o = rows.begin; o < rows.end; ++o) std::fill_n(y_columns + o * count, count, bias[o]);
    gemm(device.table, rows.end - rows.begin, count, s.in, {weights + rows.begin * s.in, s.in, 1}, {x_columns, count},
         y_columns + rows.begin * count, count, GemmChain::kFromOut);
  });
  transpose(s.out, count, y_columns, count, y, s.out);
}

void linear_input_gradient(const Device& device, const LinearShape& s, std::size_t count, const float* y_gradient,
                           const float* weights, float* x_gradient) {
  device.pool.run([&](unsigned thread) {
    const Range cols = columns_of(device, s.in, thread);
    gemm(device.table, count, cols.end - cols.begin, s.out, {y_gradient, s.out, 1}, {weights + cols.begin, s.in},
         x_gradient + cols.begin, s.in, GemmChain::kWhole);
  });
}

void linear_weight_gradient(const Device& device, const LinearShape& s, std::size_t count, const float* x,
                            const float* y_gradient, float* weight_gradient) {
  device.pool.run([&](unsigned thread) {
    const Range cols = columns_of(device, s.in, thread);
    gemm(device.table, s.out, cols.end - cols.begin, count, {y_gradient, 1, s.out}, {x + cols.begin, s.in},
         weight_gradient + cols.begin, s.in, GemmChain::kWhole);
  });
}

}  // namespace freezenet::kernels
