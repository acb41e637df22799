#include "training/kernels/group_norm.h"

namespace freezenet::kernels {

void group_norm_forward(const KernelTable& table, const GroupNormShape& s, Range samples, const float* in,
                        const float* scale, const float* shift, bool relu, float* out, const GroupNormState& state,
                        float* scratch) {
  for (std::size_t n = samples.begin; n < samples.end; ++n) {
    for (std::size_t g = 0; g < s.groups; ++g) {
      const std::size_t first = g * s.planes();
      const std::size_t at = (n * s.channels + first) * s.area;
      table.norm_forward({.planes = s.planes(),
                          .area = s.area,
                          .scale = scale + first,
                          .shift = shift + first,
                          .epsilon = s.epsilon,
                          .relu = relu,
                          .in = in + at,
                          .out = out + at,
                          .moments = state.moments + 2 * (n * s.groups + g),
                          .scratch = scratch});
    }
  }
}

void group_norm_backward(const KernelTable& table, const GroupNormShape& s, std::size_t sample, const float* scale,
                         const float* out_gradient, float* values, const GroupNormState& state, float* scratch) {
  const std::size_t block = pairwise_block(s.area);
  const std::size_t blocks = s.area / block;
  const std::size_t row = state.batch * blocks;
  for (std::size_t g = 0; g < s.groups; ++g) {
    const std::size_t first = g * s.planes();
    table.norm_backward({.planes = s.planes(),
                         .area = s.area,
                         .scale = scale + first,
                         .moments = state.moments + 2 * (sample * s.groups + g),
                         .out_gradient = out_gradient + first * s.area,
                         .values = values + first * s.area,
                         .block = block,
                         .scale_terms = state.scale_terms + first * row + sample * blocks,
                         .shift_terms = state.shift_terms + first * row + sample * blocks,
                         .term_row = row,
                         .scratch = scratch});
  }
}

void group_norm_weight_gradient(const GroupNormShape& s, Range channels, std::size_t count, const GroupNormState& state,
                                float* scale_gradient, float* shift_gradient) {
  const std::size_t blocks = s.area / pairwise_block(s.area);
  for (std::size_t c = channels.begin; c < channels.end; ++c) {
    const std::size_t at = c * state.batch * blocks;
    scale_gradient[c] = pairwise_sum({state.scale_terms + at, count * blocks});
    shift_gradient[c] = pairwise_sum({state.shift_terms + at, count * blocks});
  }
}

}  // namespace freezenet::kernels
