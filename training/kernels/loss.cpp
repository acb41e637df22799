#include "training/kernels/loss.h"

#include "training/kernels/argmax.h"
#include "training/kernels/math.h"
#include "training/kernels/sum.h"

namespace freezenet::kernels {

float softmax_cross_entropy(const LossShape& shape, std::size_t count, const float* logits, const std::uint8_t* labels,
                            float* gradient, std::span<float> scratch) {
  const std::size_t classes = shape.classes;
  const auto batch = static_cast<float>(count);
  // The target distribution: `off` everywhere, and what smoothing leaves on the label.
  const float off = shape.label_smoothing / static_cast<float>(classes);
  const float on = (1.0F - shape.label_smoothing) + off;
  const std::span<float> exponentials = scratch.subspan(0, classes);
  const std::span<float> terms = scratch.subspan(classes, classes);
  const std::span<float> losses = scratch.subspan(2 * classes, count);
  for (std::size_t n = 0; n < count; ++n) {
    const float* z = logits + n * classes;
    float* g = gradient + n * classes;
    const float largest = z[argmax(z, classes)];
    for (std::size_t j = 0; j < classes; ++j) {
      exponentials[j] = exp(z[j] - largest);
      terms[j] = exponentials[j];
    }
    const float sum = pairwise_sum(terms);
    const float log_sum = log(sum);
    for (std::size_t j = 0; j < classes; ++j) {
      const float target = j == labels[n] ? on : off;
      terms[j] = target * (log_sum - (z[j] - largest));
      g[j] = (exponentials[j] / sum - target) / batch + 0.0F;
    }
    losses[n] = pairwise_sum(terms);
  }
  return pairwise_sum(losses) / batch + 0.0F;
}

}  // namespace freezenet::kernels
