#include "tests/bench/our_step.h"

#include <stdexcept>

#include "consensus/watermark.h"

namespace freezenet::bench {

OurStep::OurStep(Task task, unsigned threads)
    : task_(std::move(task)),
      plan_(plan_of(task_).value()),
      engine_(task_, plan_, {.path = kernels::best_path(), .threads = threads}),
      weights_(genesis_weights(plan_, task_.id())),
      momentum_(plan_.parameters, 0.0F) {
  const training::Dataset dataset = random_dataset(task_, task_.batch, 1);
  for (std::uint32_t i = 0; i < task_.batch; ++i) {
    const ByteView sample = dataset.train_pixels(i);
    pixels_.insert(pixels_.end(), sample.begin(), sample.end());
    labels_.push_back(dataset.train_label(i));
  }
}

Result<> OurStep::run(float rate, std::span<const std::uint8_t> frozen) {
  const auto step = engine_.forward_backward(weights_, pixels_, labels_);
  if (!step) return tl::unexpected(step.error());
  return engine_.update(weights_, momentum_, step->gradients, rate, frozen);
}

void OurStep::run_or_throw(float rate, std::span<const std::uint8_t> frozen) {
  if (const auto ok = run(rate, frozen); !ok) throw std::runtime_error(ok.error().message());
}

}  // namespace freezenet::bench
