#include "training/kernels/sum.h"

#include <cstring>

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

void bias_gradient(std::size_t count, std::size_t channels, std::size_t plane, const float* gradients, float* bias,
                   std::span<float> scratch) {
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t n = 0; n < count; ++n) {
      std::memcpy(scratch.data() + n * plane, gradients + (n * channels + c) * plane, plane * sizeof(float));
    }
    bias[c] = pairwise_sum(scratch.first(count * plane));
  }
}

}  // namespace freezenet::kernels
