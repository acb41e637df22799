#include "training/ownership/samples.h"

#include <algorithm>

#include "training/torch/oracle.h"

namespace freezenet::ownership {

namespace {

template <typename Pixels, typename Label>
Samples gather(const Task& task, const Plan& plan, std::int64_t count, const Pixels& pixels_of, const Label& label_of) {
  std::vector<std::uint8_t> pixels, labels;
  pixels.reserve(static_cast<std::size_t>(count) * plan.activations.front().size());
  labels.reserve(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const ByteView sample = pixels_of(i);
    pixels.insert(pixels.end(), sample.begin(), sample.end());
    labels.push_back(label_of(i));
  }
  return {training::oracle_input(task, plan, pixels, torch::kFloat32), training::oracle_labels(labels)};
}

}  // namespace

Samples Samples::slice(std::int64_t begin, std::int64_t end) const {
  return {images.slice(0, begin, end), labels.slice(0, begin, end)};
}

Samples Samples::take(const torch::Tensor& indices) const {
  return {images.index_select(0, indices), labels.index_select(0, indices)};
}

Samples Samples::of_class(std::int64_t label) const { return take(torch::nonzero(labels == label).flatten()); }

Samples joined(const Samples& first, const Samples& second) {
  if (first.size() == 0) return second;
  if (second.size() == 0) return first;
  return {torch::cat({first.images, second.images}), torch::cat({first.labels, second.labels})};
}

Samples training_samples(const Task& task, const Plan& plan, const training::Dataset& dataset, std::int64_t count) {
  return gather(
      task, plan, std::min<std::int64_t>(count, dataset.spec().train_count),
      [&](std::size_t i) { return dataset.train_pixels(i); }, [&](std::size_t i) { return dataset.train_label(i); });
}

Samples evaluation_samples(const Task& task, const Plan& plan, const training::Dataset& dataset, std::int64_t count) {
  return gather(
      task, plan, std::min<std::int64_t>(count, dataset.spec().evaluation_count),
      [&](std::size_t i) { return dataset.evaluation_pixels(i); },
      [&](std::size_t i) { return dataset.evaluation_label(i); });
}

}  // namespace freezenet::ownership
