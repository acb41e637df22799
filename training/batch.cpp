#include "training/batch.h"

#include <cstddef>

#include "training/augment.h"

namespace freezenet::training {

void fill_batch(const Dataset& dataset, const Augmentation& augmentation, std::span<const std::uint32_t> samples,
                Stream& augment, std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels) {
  if (samples.empty()) return;
  const std::size_t size = pixels.size() / samples.size();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const View view = draw_view(augmentation, augment);
    copy_view(dataset.spec(), augmentation, view, dataset.train_pixels(samples[i]), pixels.subspan(i * size, size));
    labels[i] = dataset.train_label(samples[i]);
  }
}

}  // namespace freezenet::training
