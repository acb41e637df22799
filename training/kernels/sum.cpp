#include "training/kernels/sum.h"

namespace freezenet::kernels {

float pairwise_sum(std::span<float> values) {
  std::size_t n = values.size();
  if (n == 0) return 0.0F;
  while (n > 1) {
    const std::size_t pairs = n / 2;
    for (std::size_t i = 0; i < pairs; ++i) values[i] = values[2 * i] + values[2 * i + 1];
    if (n % 2 != 0) values[pairs] = values[n - 1];
    n = pairs + n % 2;
  }
  return values[0] + 0.0F;
}

std::size_t pairwise_block(std::size_t n) { return n & (~n + 1); }

}  // namespace freezenet::kernels
