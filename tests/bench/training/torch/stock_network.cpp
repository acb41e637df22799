#include "tests/bench/training/torch/stock_network.h"

#include <cblas.h>
#include <torch/torch.h>

#include "training/torch/oracle.h"

namespace freezenet::bench {
namespace {

std::int64_t whole(std::uint64_t n) { return static_cast<std::int64_t>(n); }

torch::nn::Sequential sequential(const Task& task, const Plan& plan) {
  namespace nn = torch::nn;
  nn::Sequential model;
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    const Activation& in = plan.activations[i];
    if (const auto* conv = std::get_if<Conv2d>(&task.layers[i])) {
      model->push_back(nn::Conv2d(nn::Conv2dOptions(in.channels, conv->out_channels, conv->kernel)
                                      .stride(conv->stride)
                                      .padding(conv->padding)));
    } else if (std::holds_alternative<Relu>(task.layers[i])) {
      model->push_back(nn::ReLU(nn::ReLUOptions(true)));
    } else if (const auto* pool = std::get_if<MaxPool>(&task.layers[i])) {
      model->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(pool->kernel).stride(pool->stride)));
    } else if (std::holds_alternative<Flatten>(task.layers[i])) {
      model->push_back(nn::Flatten());
    } else if (const auto* linear = std::get_if<Linear>(&task.layers[i])) {
      model->push_back(nn::Linear(whole(in.size()), linear->out_features));
    } else if (const auto* norm = std::get_if<GroupNorm>(&task.layers[i])) {
      model->push_back(nn::GroupNorm(nn::GroupNormOptions(norm->groups, in.channels).eps(double{norm->epsilon})));
    } else {
      TORCH_CHECK(false, "a layer that the comparison has no module for");
    }
  }
  return model;
}

torch::optim::SGD optimizer(const Task& task, torch::nn::Sequential& model) {
  return torch::optim::SGD(model->parameters(), torch::optim::SGDOptions(double{task.rates.front()})
                                                    .momentum(double{task.momentum})
                                                    .weight_decay(double{task.weight_decay}));
}

}  // namespace

struct StockNetwork::Parts {
  Parts(const Task& t, const Plan& p) : task(t), plan(p), model(sequential(t, p)), sgd(optimizer(t, model)) {}

  /// Part of a flat buffer that belongs to parameter i.
  template <typename T>
  torch::Tensor part(std::span<const T> flat, std::size_t i, torch::Dtype type) {
    const TensorSpec& tensor = plan.tensors[i];
    const auto values = flat.subspan(tensor.offset, tensor.count);
    // from_blob() wants a pointer that it could write to; the clone is all that lives on.
    const torch::Tensor view = torch::from_blob(const_cast<T*>(values.data()), {whole(values.size())}, type);
    return view.clone().view(model->parameters()[i].sizes());
  }

  const Task task;
  const Plan plan;
  torch::nn::Sequential model;
  torch::optim::SGD sgd;
  std::vector<torch::Tensor> moving;  // 0 where frozen, else 1; empty: nothing is
  torch::Tensor input, labels;
};

StockNetwork::StockNetwork(const Task& task, const Plan& plan, std::span<const float> weights)
    : parts_(std::make_unique<Parts>(task, plan)) {
  TORCH_CHECK(parts_->model->parameters().size() == plan.tensors.size());
  load(weights);
}

StockNetwork::~StockNetwork() = default;

void StockNetwork::freeze(std::span<const std::uint8_t> frozen) {
  parts_->moving.clear();
  for (std::size_t i = 0; i < parts_->plan.tensors.size() && !frozen.empty(); ++i) {
    parts_->moving.push_back(parts_->part(frozen, i, torch::kUInt8).eq(0).to(torch::kFloat32));
  }
}

void StockNetwork::load(std::span<const float> weights) {
  const torch::NoGradGuard no_grad;
  auto parameters = parts_->model->parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].copy_(parts_->part(weights, i, torch::kFloat32));
  parts_->sgd.state().clear();
}

std::vector<float> StockNetwork::weights() const {
  std::vector<float> flat;
  for (const torch::Tensor& parameter : parts_->model->parameters()) {
    const torch::Tensor values = parameter.detach().contiguous();
    flat.insert(flat.end(), values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  }
  return flat;
}

void StockNetwork::set_batch(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels) {
  parts_->input = training::oracle_input(parts_->task, parts_->plan, pixels, torch::kFloat32);
  parts_->labels = training::oracle_labels(labels);
}

void StockNetwork::step(float rate) {
  Parts& parts = *parts_;
  for (auto& group : parts.sgd.param_groups()) group.options().set_lr(double{rate});
  parts.sgd.zero_grad();
  namespace F = torch::nn::functional;
  F::cross_entropy(parts.model->forward(parts.input), parts.labels,
                   F::CrossEntropyFuncOptions().label_smoothing(double{parts.task.label_smoothing}))
      .backward();
  const auto parameters = parts.model->parameters();
  for (std::size_t i = 0; i < parts.moving.size(); ++i) parameters[i].grad().mul_(parts.moving[i]);
  parts.sgd.step();
}

std::uint32_t StockNetwork::count_right() {
  const torch::NoGradGuard no_grad;
  const torch::Tensor chosen = parts_->model->forward(parts_->input).argmax(1);
  return static_cast<std::uint32_t>(chosen.eq(parts_->labels).sum().item<std::int64_t>());
}

void set_stock_threads(unsigned torch, unsigned blas) {
  at::set_num_threads(static_cast<int>(torch));
  openblas_set_num_threads(static_cast<int>(blas));
}

}  // namespace freezenet::bench
