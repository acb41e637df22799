#include "training/kernels/pool.h"

#include <algorithm>

#include "training/kernels/sum.h"

namespace freezenet::kernels {

namespace {

/// Calls visit(output, first place of its window) for all outputs of a sample, in (channel, oy, ox) order.
template <typename Visit>
void for_each_window(const PoolShape& s, const Visit& visit) {
  std::size_t o = 0;
  for (std::size_t c = 0; c < s.channels; ++c) {
    for (std::size_t oy = 0; oy < s.out_height(); ++oy) {
      for (std::size_t ox = 0; ox < s.out_width(); ++ox, ++o) {
        visit(o, (c * s.height + oy * s.stride) * s.width + ox * s.stride);
      }
    }
  }
}

std::size_t place_of_maximum(const PoolShape& s, const float* in, std::size_t corner) {
  std::size_t best = corner;
  for (std::size_t u = 0; u < s.kernel; ++u) {
    for (std::size_t v = 0; v < s.kernel; ++v) {
      const std::size_t at = corner + u * s.width + v;
      best = in[at] > in[best] ? at : best;
    }
  }
  return best;
}

}  // namespace

bool max_pool_in_place(const PoolShape& s) {
  return s.kernel == 2 && s.stride == 2 && s.height % 2 == 0 && s.width % 2 == 0;
}

void max_pool_forward(const KernelTable& table, const PoolShape& s, std::size_t count, const float* in, float* out) {
  if (max_pool_in_place(s)) return table.max_pool_2x2(count * s.channels * s.out_height(), s.out_width(), in, out);
  for (std::size_t n = 0; n < count; ++n, in += s.in_size(), out += s.out_size()) {
    for_each_window(s, [&](std::size_t o, std::size_t corner) { out[o] = in[place_of_maximum(s, in, corner)] + 0.0F; });
  }
}

void max_pool_backward(const PoolShape& s, const float* in, const float* out_gradient, float* in_gradient) {
  std::fill_n(in_gradient, s.in_size(), 0.0F);
  for_each_window(
      s, [&](std::size_t o, std::size_t corner) { in_gradient[place_of_maximum(s, in, corner)] += out_gradient[o]; });
}

void max_pool_backward_in_place(const KernelTable& table, const PoolShape& s, bool gated, const float* out_gradient,
                                float* values) {
  table.max_pool_2x2_backward(s.channels * s.out_height(), s.out_width(), gated, out_gradient, values);
}

void avg_pool_forward(const PoolShape& s, std::size_t count, const float* in, float* out, float* scratch) {
  const auto number = static_cast<float>(s.kernel * s.kernel);
  for (std::size_t n = 0; n < count; ++n, in += s.in_size(), out += s.out_size()) {
    for_each_window(s, [&](std::size_t o, std::size_t corner) {
      for (std::size_t u = 0; u < s.kernel; ++u) {
        std::copy_n(in + corner + u * s.width, s.kernel, scratch + u * s.kernel);
      }
      out[o] = pairwise_sum({scratch, s.kernel * s.kernel}) / number + 0.0F;
    });
  }
}

void avg_pool_backward(const PoolShape& s, const float* out_gradient, float* in_gradient) {
  const auto number = static_cast<float>(s.kernel * s.kernel);
  std::fill_n(in_gradient, s.in_size(), 0.0F);
  for_each_window(s, [&](std::size_t o, std::size_t corner) {
    const float part = out_gradient[o] / number + 0.0F;
    for (std::size_t u = 0; u < s.kernel; ++u) {
      for (std::size_t v = 0; v < s.kernel; ++v) in_gradient[corner + u * s.width + v] += part;
    }
  });
}

}  // namespace freezenet::kernels
