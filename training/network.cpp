#include "training/network.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "training/kernels/activation.h"
#include "training/kernels/sum.h"

namespace freezenet::training {

namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 14 does not deduce aggregates by itself

constexpr std::size_t kAlignment = 64;

}  // namespace

bool Network::Stage::trainable() const {
  return std::holds_alternative<kernels::ConvShape>(operation) ||
         std::holds_alternative<kernels::LinearShape>(operation);
}

bool Network::Stage::in_place() const {
  return std::holds_alternative<Relu>(operation) || std::holds_alternative<Flatten>(operation);
}

Network::Network(const Task& task, const Plan& plan, const kernels::Device& device)
    : device_(device), batch_(task.batch) {
  std::size_t tensor = 0;
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    add_stage(task.layers[i], plan.activations[i], plan.activations[i + 1]);
    if (stages_.back().trainable()) {
      stages_.back().weight = plan.tensors[tensor++].offset;
      stages_.back().bias = plan.tensors[tensor++].offset;
    }
  }
  allocate(plan.activations.front().size());
}

void Network::add_stage(const Layer& layer, const Activation& in, const Activation& out) {
  Stage stage;
  stage.in_size = in.size();
  stage.out_size = out.size();
  stage.operation =
      std::visit(Overloaded{[&](const freezenet::Conv2d& l) -> Operation {
                              return kernels::ConvShape{in.channels, in.height, in.width, l.out_channels,
                                                        l.kernel,    l.stride,  l.padding};
                            },
                            [](const freezenet::Relu&) -> Operation { return Relu{}; },
                            [&](const freezenet::MaxPool& l) -> Operation {
                              return kernels::MaxPoolShape{in.channels, in.height, in.width, l.kernel, l.stride};
                            },
                            [](const freezenet::Flatten&) -> Operation { return Flatten{}; },
                            [&](const freezenet::Linear& l) -> Operation {
                              return kernels::LinearShape{in.size(), l.out_features};
                            },
                            // It keeps a place in the list; the engine answers no call with it.
                            [&](const auto&) -> Operation {
                              supported_ = false;
                              return Flatten{};
                            }},
                 layer);
  if (std::holds_alternative<kernels::MaxPoolShape>(stage.operation)) stage.chosen.resize(batch_ * stage.out_size);
  stages_.push_back(std::move(stage));
}

std::size_t Network::scratch_floats() const {
  std::size_t floats = 0;
  for (const Stage& stage : stages_) {
    if (const auto* conv = std::get_if<kernels::ConvShape>(&stage.operation)) {
      floats = std::max(floats, kernels::conv_scratch(*conv, batch_, device_.pool.threads()));
      floats = std::max(floats, batch_ * conv->out_height() * conv->out_width());  // bias_gradient
    } else if (const auto* linear = std::get_if<kernels::LinearShape>(&stage.operation)) {
      floats = std::max({floats, kernels::linear_scratch(*linear, batch_), batch_});
    }
  }
  return floats;
}

void Network::allocate(std::size_t input_size) {
  using kernels::Scratch;
  std::size_t largest = input_size;
  std::size_t total = Scratch::rounded(batch_ * input_size);
  for (const Stage& stage : stages_) {
    largest = std::max(largest, stage.out_size);
    if (!stage.in_place()) total += Scratch::rounded(batch_ * stage.out_size);
  }
  total += 2 * Scratch::rounded(batch_ * largest) + scratch_floats();
  memory_.resize(total + kAlignment / sizeof(float));

  void* begin = memory_.data();
  std::size_t space = memory_.size() * sizeof(float);
  Scratch pieces(static_cast<float*>(std::align(kAlignment, total * sizeof(float), begin, space)));
  input_ = pieces.take(batch_ * input_size);
  float* in = input_;
  for (Stage& stage : stages_) {
    stage.in = in;
    stage.out = stage.in_place() ? in : pieces.take(batch_ * stage.out_size);
    in = stage.out;
  }
  gradient_ = pieces.take(batch_ * largest);
  spare_ = pieces.take(batch_ * largest);
  scratch_ = pieces.take(scratch_floats());
}

void Network::forward(const float* weights, std::size_t count) {
  for (Stage& stage : stages_) forward_stage(stage, weights, count);
}

void Network::forward_stage(Stage& stage, const float* weights, std::size_t count) {
  std::visit(Overloaded{[&](const kernels::ConvShape& shape) {
                          kernels::conv_forward(device_, shape, count, stage.in, weights + stage.weight,
                                                weights + stage.bias, stage.out, scratch_);
                        },
                        [&](const Relu&) { kernels::relu_forward(count * stage.out_size, stage.out); },
                        [&](const kernels::MaxPoolShape& shape) {
                          kernels::max_pool_forward(device_.pool, shape, count, stage.in, stage.out,
                                                    stage.chosen.data());
                        },
                        [](const Flatten&) {},
                        [&](const kernels::LinearShape& shape) {
                          kernels::linear_forward(device_, shape, count, stage.in, weights + stage.weight,
                                                  weights + stage.bias, stage.out, scratch_);
                        }},
             stage.operation);
}

void Network::backward(const float* weights, std::size_t count, const float* logit_gradients, float* gradients,
                       float* input_gradients) {
  const std::size_t logits = stages_.back().out_size;
  for (std::size_t i = 0; i < count * logits; ++i) gradient_[i] = logit_gradients[i] + 0.0F;
  // Nobody below the first layer with weights asks for a gradient, unless the caller does.
  const auto first = static_cast<std::size_t>(
      std::find_if(stages_.begin(), stages_.end(), [](const Stage& stage) { return stage.trainable(); }) -
      stages_.begin());
  for (std::size_t i = stages_.size(); i-- > 0;) {
    if (i < first && input_gradients == nullptr) break;
    backward_stage(stages_[i], weights, count, i > first || input_gradients != nullptr, gradients);
  }
  if (input_gradients != nullptr)
    std::memcpy(input_gradients, gradient_, count * stages_.front().in_size * sizeof(float));
}

void Network::backward_stage(const Stage& stage, const float* weights, std::size_t count, bool wanted,
                             float* gradients) {
  std::visit(
      Overloaded{
          [&](const kernels::ConvShape& shape) {
            const std::size_t plane = shape.out_height() * shape.out_width();
            kernels::conv_weight_gradient(device_, shape, count, stage.in, gradient_, gradients + stage.weight,
                                          scratch_);
            kernels::bias_gradient(count, shape.out_channels, plane, gradient_, gradients + stage.bias,
                                   {scratch_, count * plane});
            if (!wanted) return;
            kernels::conv_input_gradient(device_, shape, count, gradient_, weights + stage.weight, spare_, scratch_);
            std::swap(gradient_, spare_);
          },
          [&](const Relu&) { kernels::relu_backward(count * stage.out_size, stage.out, gradient_); },
          [&](const kernels::MaxPoolShape& shape) {
            kernels::max_pool_backward(device_.pool, shape, count, gradient_, stage.chosen.data(), spare_);
            std::swap(gradient_, spare_);
          },
          [](const Flatten&) {},
          [&](const kernels::LinearShape& shape) {
            kernels::linear_weight_gradient(device_, shape, count, stage.in, gradient_, gradients + stage.weight);
            kernels::bias_gradient(count, shape.out, 1, gradient_, gradients + stage.bias, {scratch_, count});
            if (!wanted) return;
            kernels::linear_input_gradient(device_, shape, count, gradient_, weights + stage.weight, spare_);
            std::swap(gradient_, spare_);
          }},
      stage.operation);
}

}  // namespace freezenet::training
