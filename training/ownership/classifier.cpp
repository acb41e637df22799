#include "training/ownership/classifier.h"

namespace freezenet::ownership {

std::vector<NamedTensor> Classifier::kernels() const {
  std::vector<NamedTensor> out;
  for (const auto& item : named_parameters()) {
    if (item.value().dim() == 4) out.push_back({item.key(), item.value()});
  }
  return out;
}

std::vector<NamedTensor> Classifier::weights() const {
  std::vector<NamedTensor> out;
  for (const auto& item : named_parameters()) {
    if (item.value().dim() >= 2) out.push_back({item.key(), item.value()});
  }
  return out;
}

std::vector<torch::Tensor> Classifier::last_layer() const {
  const std::vector<torch::Tensor> all = parameters();
  return {all[all.size() - 2], all.back()};
}

std::vector<NamedTensor> Classifier::state() const {
  std::vector<NamedTensor> out;
  for (const auto& item : named_parameters()) out.push_back({item.key(), item.value()});
  for (const auto& item : named_buffers()) {
    if (item.value().is_floating_point()) out.push_back({item.key(), item.value()});
  }
  return out;
}

void Classifier::copy_state(const Classifier& from) {
  const torch::NoGradGuard guard;
  const auto source = from.state();
  const auto target = state();
  for (std::size_t i = 0; i < target.size(); ++i) target[i].tensor.detach().copy_(source[i].tensor);
}

std::shared_ptr<Classifier> Classifier::copy() const {
  auto out = fresh(0);
  out->copy_state(*this);
  out->train(is_training());
  return out;
}

torch::Tensor scores_of(Classifier& model, const torch::Tensor& images, std::int64_t batch) {
  const torch::NoGradGuard guard;
  const bool training = model.is_training();
  model.eval();
  std::vector<torch::Tensor> parts;
  for (std::int64_t at = 0; at < images.size(0); at += batch) {
    parts.push_back(torch::softmax(model.forward(images.slice(0, at, std::min(at + batch, images.size(0)))), 1));
  }
  model.train(training);
  return parts.empty() ? torch::empty({0, model.shape().classes}) : torch::cat(parts);
}

}  // namespace freezenet::ownership
