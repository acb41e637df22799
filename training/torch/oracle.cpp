#include "training/torch/oracle.h"

#include <variant>

namespace freezenet::training {

namespace {

namespace functional = torch::nn::functional;

std::vector<std::int64_t> sizes_of(const TensorSpec& tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

/// One layer; takes the parameters that are its own off the front of `next`.
struct LayerForward {
  const std::vector<torch::Tensor>& activations;  // the last is this layer's input
  const torch::Tensor& x;
  std::vector<torch::Tensor>::const_iterator& next;

  torch::Tensor operator()(const Conv2d& conv) const {
    const torch::Tensor& weight = *next++;
    const torch::Tensor& bias = *next++;
    return torch::conv2d(x, weight, bias, conv.stride, conv.padding);
  }
  torch::Tensor operator()(const Relu&) const { return torch::relu(x); }
  torch::Tensor operator()(const MaxPool& pool) const { return torch::max_pool2d(x, pool.kernel, pool.stride); }
  torch::Tensor operator()(const Flatten&) const { return torch::flatten(x, 1); }
  torch::Tensor operator()(const Linear&) const {
    const torch::Tensor& weight = *next++;
    const torch::Tensor& bias = *next++;
    return torch::linear(x, weight, bias);
  }
  torch::Tensor operator()(const AvgPool& pool) const { return torch::avg_pool2d(x, pool.kernel, pool.stride); }
  torch::Tensor operator()(const GroupNorm& norm) const {
    const torch::Tensor& weight = *next++;
    const torch::Tensor& bias = *next++;
    return torch::group_norm(x, norm.groups, weight, bias, double{norm.epsilon});
  }
  torch::Tensor operator()(const ResidualAdd& add) const { return x + activations[add.activation]; }
};

}  // namespace

std::vector<double> flat_values(const std::vector<torch::Tensor>& tensors) {
  std::vector<double> out;
  for (const torch::Tensor& tensor : tensors) {
    const torch::Tensor flat = tensor.detach().to(torch::kFloat64).contiguous();
    const auto* values = flat.data_ptr<double>();
    out.insert(out.end(), values, values + flat.numel());
  }
  return out;
}

torch::Tensor oracle_input(const Task& task, const Plan& plan, std::span<const std::uint8_t> pixels,
                           torch::Dtype dtype) {
  const Activation& shape = plan.activations.front();
  const auto samples = static_cast<std::int64_t>(pixels.size() / shape.size());
  torch::Tensor input = torch::empty({samples, shape.channels, shape.height, shape.width}, torch::kFloat32);
  auto* out = input.data_ptr<float>();
  const std::size_t plane = std::size_t{shape.height} * shape.width;
  for (std::size_t i = 0; i < pixels.size(); ++i) out[i] = task.inputs[i / plane % shape.channels][pixels[i]];
  return input.to(dtype);
}

torch::Tensor oracle_labels(std::span<const std::uint8_t> labels) {
  torch::Tensor out = torch::empty({static_cast<std::int64_t>(labels.size())}, torch::kInt64);
  std::copy(labels.begin(), labels.end(), out.data_ptr<std::int64_t>());
  return out;
}

std::vector<torch::Tensor> oracle_parameters(const Plan& plan, std::span<const float> weights, torch::Dtype dtype) {
  std::vector<torch::Tensor> parameters;
  for (const TensorSpec& tensor : plan.tensors) {
    torch::Tensor values = torch::empty(sizes_of(tensor), torch::kFloat32);
    const auto part = weights.subspan(tensor.offset, tensor.count);
    std::copy(part.begin(), part.end(), values.data_ptr<float>());
    parameters.push_back(values.to(dtype).requires_grad_(true));
  }
  return parameters;
}

torch::Tensor oracle_logits(const Task& task, const torch::Tensor& input,
                            const std::vector<torch::Tensor>& parameters) {
  std::vector<torch::Tensor> activations{input};
  auto next = parameters.begin();
  for (const freezenet::Layer& layer : task.layers) {
    activations.push_back(std::visit(LayerForward{activations, activations.back(), next}, layer));
  }
  return activations.back();
}

torch::Tensor oracle_loss(const Task& task, const torch::Tensor& logits, const torch::Tensor& labels) {
  return functional::cross_entropy(logits, labels,
                                   functional::CrossEntropyFuncOptions().label_smoothing(double{task.label_smoothing}));
}

OracleStep oracle_step(const Task& task, const Plan& plan, std::span<const float> weights,
                       std::span<const float> momentum, std::span<const std::uint8_t> frozen,
                       std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels, float rate) {
  const auto parameters = oracle_parameters(plan, weights, torch::kFloat64);
  const torch::Tensor logits = oracle_logits(task, oracle_input(task, plan, pixels, torch::kFloat64), parameters);
  const torch::Tensor loss = oracle_loss(task, logits, oracle_labels(labels));

  OracleStep step;
  step.logits = flat_values({logits});
  step.loss = loss.item<double>();
  step.gradients = flat_values(torch::autograd::grad({loss}, parameters));
  step.momentum.assign(momentum.begin(), momentum.end());
  step.weights.assign(weights.begin(), weights.end());
  for (std::size_t i = 0; i < step.weights.size(); ++i) {
    if (frozen[i] != 0) continue;
    const double gradient = double{task.weight_decay} * step.weights[i] + step.gradients[i];
    step.momentum[i] = double{task.momentum} * step.momentum[i] + gradient;
    step.weights[i] -= double{rate} * step.momentum[i];
  }
  return step;
}

}  // namespace freezenet::training
