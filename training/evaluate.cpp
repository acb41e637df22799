#include "training/evaluate.h"

#include <algorithm>
#include <vector>

#include "training/finite.h"
#include "training/kernels/argmax.h"

namespace freezenet::training {

Result<std::optional<std::uint32_t>> evaluate(Engine& engine, const Dataset& dataset, const Task& task,
                                              std::span<const float> weights) {
  const std::size_t classes = engine.classes();
  std::vector<std::uint8_t> pixels;
  std::uint32_t correct = 0;
  for (std::uint32_t begin = 0; begin < task.evaluation_slice; begin += engine.max_count()) {
    const std::uint32_t count = std::min(engine.max_count(), task.evaluation_slice - begin);
    pixels.clear();
    for (std::uint32_t i = begin; i < begin + count; ++i) {
      const ByteView sample = dataset.evaluation_pixels(i);
      pixels.insert(pixels.end(), sample.begin(), sample.end());
    }
    const auto logits = engine.forward(weights, pixels, count);
    if (!logits) return tl::unexpected(logits.error());
    if (!all_finite(*logits)) return std::nullopt;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (kernels::argmax(logits->data() + i * classes, classes) == dataset.evaluation_label(begin + i)) ++correct;
    }
  }
  return correct;
}

}  // namespace freezenet::training
