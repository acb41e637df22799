#include "training/kernels/activation.h"

namespace freezenet::kernels {

void relu_forward(std::size_t count, float* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
}

void relu_backward(std::size_t count, const float* output, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) gradient[i] = output[i] > 0.0F ? gradient[i] : 0.0F;
}

std::size_t argmax(const float* values, std::size_t n) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < n; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace freezenet::kernels
