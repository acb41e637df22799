#include "training/kernels/pool.h"

#include <algorithm>

namespace freezenet::kernels {

void max_pool_forward(Pool& pool, const MaxPoolShape& s, std::size_t count, const float* in, float* out,
                      std::uint32_t* chosen) {
  const std::size_t out_height = s.out_height(), out_width = s.out_width();
  pool.run([&](unsigned thread) {
    const Range planes = part_of(count * s.channels, pool.threads(), thread);
    for (std::size_t p = planes.begin; p < planes.end; ++p) {
      const float* plane = in + p * s.height * s.width;
      std::size_t o = p * out_height * out_width;
      for (std::size_t oy = 0; oy < out_height; ++oy) {
        for (std::size_t ox = 0; ox < out_width; ++ox, ++o) {
          const std::size_t corner = oy * s.stride * s.width + ox * s.stride;
          std::size_t best = corner;
          for (std::size_t ky = 0; ky < s.kernel; ++ky) {
            for (std::size_t kx = 0; kx < s.kernel; ++kx) {
              const std::size_t at = corner + ky * s.width + kx;
              best = plane[at] > plane[best] ? at : best;
            }
          }
          out[o] = plane[best] + 0.0F;
          chosen[o] = static_cast<std::uint32_t>(best);
        }
      }
    }
  });
}

void max_pool_backward(Pool& pool, const MaxPoolShape& s, std::size_t count, const float* out_gradient,
                       const std::uint32_t* chosen, float* in_gradient) {
  const std::size_t outputs = s.out_height() * s.out_width();
  const std::size_t area = s.height * s.width;
  pool.run([&](unsigned thread) {
    const Range planes = part_of(count * s.channels, pool.threads(), thread);
    std::fill(in_gradient + planes.begin * area, in_gradient + planes.end * area, 0.0F);
    for (std::size_t p = planes.begin; p < planes.end; ++p) {
      for (std::size_t o = p * outputs; o < (p + 1) * outputs; ++o)
        in_gradient[p * area + chosen[o]] += out_gradient[o];
    }
  });
}

}  // namespace freezenet::kernels
