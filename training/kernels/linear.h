#pragma once

#include <cstddef>

#include "training/kernels/table.h"

namespace freezenet::kernels {

/// y = W x + b for a batch. x (n, in), y (n, out), W (out, in). All in the calling thread.
struct LinearShape {
  std::size_t in, out;
};

/// Floats of scratch for one thread and up to `batch` samples, in any of the three.
std::size_t linear_scratch(const KernelTable& table, const LinearShape& shape, std::size_t batch);

/// y[n][o] = chain from bias[o] over i.
void linear_forward(const KernelTable& table, const LinearShape& shape, std::size_t count, const float* x,
                    const float* weights, const float* bias, TileEnd end, float* y, float* scratch);
/// x_gradient[n][i] = chain over o.
void linear_input_gradient(const KernelTable& table, const LinearShape& shape, std::size_t count,
                           const float* y_gradient, const float* weights, float* x_gradient, float* scratch);
/// weight_gradient[o][i] = chain over n, bias_gradient[o] = pairwise sum over n: the part of one of several threads.
void linear_weight_gradient(const KernelTable& table, const LinearShape& shape, unsigned thread, unsigned threads,
                            std::size_t count, const float* x, const float* y_gradient, float* weight_gradient,
                            float* bias_gradient, float* scratch);

}  // namespace freezenet::kernels
