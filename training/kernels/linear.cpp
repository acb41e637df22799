#include "training/kernels/linear.h"

#include <algorithm>

#include "training/kernels/gemm.h"
#include "training/kernels/sum.h"

namespace freezenet::kernels {

std::size_t linear_scratch(const KernelTable& table, const LinearShape& s, std::size_t batch) {
  return std::max({gemm_part_scratch(table, {batch, s.out, s.in}), gemm_part_scratch(table, {batch, s.in, s.out}),
                   gemm_part_scratch(table, {s.out, s.in, batch}), batch});
}

void linear_forward(const KernelTable& table, const LinearShape& s, std::size_t count, const float* x,
                    const float* weights, const float* bias, TileEnd end, float* y, float* scratch) {
  for (std::size_t n = 0; n < count; ++n) std::copy_n(bias, s.out, y + n * s.out);
  gemm_part(table, {count, s.out, s.in}, {x, s.in, 1}, {weights, 1, s.in}, y, s.out, GemmChain::kFromOut, end, scratch);
}

void linear_input_gradient(const KernelTable& table, const LinearShape& s, std::size_t count, const float* y_gradient,
                           const float* weights, float* x_gradient, float* scratch) {
  gemm_part(table, {count, s.in, s.out}, {y_gradient, s.out, 1}, {weights, s.in, 1}, x_gradient, s.in,
            GemmChain::kWhole, TileEnd::kClosed, scratch);
}

void linear_weight_gradient(const KernelTable& table, const LinearShape& s, unsigned thread, unsigned threads,
                            std::size_t count, const float* x, const float* y_gradient, float* weight_gradient,
                            float* bias_gradient, float* scratch) {
  const Range ins = columns_of(table, s.in, threads, thread);
  gemm_part(table, {s.out, ins.end - ins.begin, count}, {y_gradient, 1, s.out}, {x + ins.begin, s.in, 1},
            weight_gradient + ins.begin, s.in, GemmChain::kWhole, TileEnd::kClosed, scratch);
  const Range outs = part_of(s.out, threads, thread);
  for (std::size_t o = outs.begin; o < outs.end; ++o) {
    for (std::size_t n = 0; n < count; ++n) scratch[n] = y_gradient[n * s.out + o];
    bias_gradient[o] = pairwise_sum({scratch, count});
  }
}

}  // namespace freezenet::kernels
