#include "training/ownership/task_classifier.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "training/ownership/random.h"
#include "training/torch/oracle.h"

namespace freezenet::ownership {

namespace {

Shape shape_of(const Task& task, const Plan& plan) {
  const Activation& in = plan.activations.front();
  return {in.channels, in.height, in.width, task.dataset.classes};
}

std::string parameter_name(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

}  // namespace

TaskClassifier::TaskClassifier(Task task, Plan plan, std::uint64_t seed)
    : Classifier(shape_of(task, plan)), task_(std::move(task)), plan_(std::move(plan)) {
  const at::Generator generator = generator_of(seed);
  double bound = 0;  // of the layer's weight; its bias follows it
  for (const TensorSpec& spec : plan_.tensors) {
    const std::vector<std::int64_t> sizes(spec.shape.begin(), spec.shape.end());
    torch::Tensor value;
    if (sizes.size() > 1) bound = 1 / std::sqrt(static_cast<double>(spec.fan_in()));
    if (sizes.size() > 1 || spec.initial == 0) {
      value = torch::empty(sizes).uniform_(-bound, bound, generator);
    } else {
      value = torch::full(sizes, spec.initial);
      bound = 0;  // and the bias of a norm is zero
    }
    tensors_.push_back(register_parameter(parameter_name(spec.name), value));
  }
}

torch::Tensor TaskClassifier::forward(const torch::Tensor& images) {
  return training::oracle_logits(task_, images, tensors_);
}

std::shared_ptr<Classifier> TaskClassifier::fresh(std::uint64_t seed) const {
  return std::make_shared<TaskClassifier>(task_, plan_, seed);
}

std::vector<NeuronOrder> TaskClassifier::neuron_orders() const {
  for (const Layer& layer : task_.layers) {
    // Groups and sums tie the channels of several tensors to their places.
    if (std::holds_alternative<GroupNorm>(layer) || std::holds_alternative<ResidualAdd>(layer)) return {};
  }
  std::vector<NeuronOrder> out;
  for (std::size_t i = 0; i + 2 < tensors_.size(); i += 2) {
    const torch::Tensor& next = tensors_[i + 2];
    out.push_back({{tensors_[i], tensors_[i + 1]}, next, next.size(1) / tensors_[i].size(0)});
  }
  return out;
}

void TaskClassifier::load(std::span<const float> weights) {
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto part = weights.subspan(plan_.tensors[i].offset, plan_.tensors[i].count);
    std::ranges::copy(part, tensors_[i].data_ptr<float>());
  }
}

std::vector<float> TaskClassifier::flat() const {
  std::vector<float> out(plan_.parameters);
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const torch::Tensor values = tensors_[i].detach().contiguous();
    std::copy_n(values.data_ptr<float>(), values.numel(),
                out.begin() + static_cast<std::ptrdiff_t>(plan_.tensors[i].offset));
  }
  return out;
}

}  // namespace freezenet::ownership
