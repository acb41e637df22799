#include "training/ownership/weight_watermark.h"

#include <algorithm>
#include <numeric>

namespace freezenet::ownership {

namespace {

/// The tensor's own memory in row-major order.
float* elements_of(const torch::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous(), "a trainable tensor is not in row-major order");
  return tensor.data_ptr<float>();
}

}  // namespace

WeightWatermark::WeightWatermark(training::FlatWatermark flat, const std::vector<torch::Tensor>& tensors)
    : flat_(std::move(flat)), parts_(tensors.size()) {
  std::vector<std::uint32_t> ascending(flat_.positions.size());
  std::iota(ascending.begin(), ascending.end(), 0U);
  std::ranges::sort(ascending, {}, [&](std::uint32_t i) { return flat_.positions[i]; });
  std::size_t tensor = 0;
  std::uint64_t begin = 0;
  for (const std::uint32_t i : ascending) {
    while (flat_.positions[i] >= begin + static_cast<std::uint64_t>(tensors[tensor].numel())) {
      begin += static_cast<std::uint64_t>(tensors[tensor++].numel());
    }
    parts_[tensor].positions.push_back(static_cast<std::uint32_t>(flat_.positions[i] - begin));
    parts_[tensor].values.push_back(flat_.values[i]);
  }
}

Result<WeightWatermark> WeightWatermark::derive(const Classifier& model, const training::FlatWatermarkOptions& options,
                                                const Hash256& seed) {
  std::vector<training::FlatTensor> tensors;
  for (const auto& item : model.named_parameters()) {
    tensors.push_back({item.key(), {item.value().sizes().begin(), item.value().sizes().end()}});
  }
  auto flat = training::derive_flat_watermark(tensors, options, seed);
  if (!flat) return tl::unexpected(flat.error());
  return WeightWatermark(std::move(*flat), model.parameters());
}

void WeightWatermark::stamp(Classifier& model) const {
  const std::vector<torch::Tensor> tensors = model.parameters();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    float* const weights = elements_of(tensors[i]);
    const Part& part = parts_[i];
    for (std::size_t k = 0; k < part.positions.size(); ++k) weights[part.positions[k]] = part.values[k];
  }
}

std::function<void()> WeightWatermark::stamper(Classifier& model) const {
  return [this, &model] { stamp(model); };
}

training::FlatWatermarkCheck WeightWatermark::check(const Classifier& model, float tolerance) const {
  return training::check_flat_watermark(flat_, flat_weights(model), tolerance);
}

std::vector<float> flat_weights(const Classifier& model) {
  std::vector<float> out;
  for (const torch::Tensor& tensor : model.parameters()) {
    const float* const weights = elements_of(tensor);
    out.insert(out.end(), weights, weights + tensor.numel());
  }
  return out;
}

}  // namespace freezenet::ownership
