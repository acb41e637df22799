#include "training/ownership/seed_network.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

constexpr std::array<std::int64_t, 4> kFilters = {32, 64, 128, 256};
constexpr std::array<double, 4> kDropout = {.2, .3, .4, .5};
constexpr std::int64_t kDense = 128;
constexpr double kDenseDropout = .5;
constexpr std::int64_t kSmallestSide = 2;  // that the last pooling may leave

std::size_t blocks_for(const Shape& shape) {
  std::size_t blocks = 0;
  std::int64_t side = std::min(shape.height, shape.width);
  while (blocks < kFilters.size() && side / 2 >= kSmallestSide) {
    side /= 2;
    ++blocks;
  }
  TORCH_CHECK(blocks > 0, "the seed's network takes images of 4x4 pixels and more");
  return blocks;
}

/// PyTorch's usual: uniform within 1 / sqrt(fan_in), weight and bias; drawn from a generator of ours.
void initialise(const torch::Tensor& weight, const torch::Tensor& bias, const at::Generator& generator) {
  const torch::NoGradGuard guard;
  const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
  weight.uniform_(-bound, bound, generator);
  bias.uniform_(-bound, bound, generator);
}

/// What follows a neuron around when its place changes.
template <typename Layer, typename Norm>
std::vector<torch::Tensor> neuron_tensors(const Layer& layer, const Norm& norm) {
  return {layer->weight, layer->bias, norm->weight, norm->bias, norm->running_mean, norm->running_var};
}

}  // namespace

SeedNetwork::SeedNetwork(Shape shape, std::uint64_t seed) : Classifier(shape) {
  const at::Generator generator = generator_of(seed);
  const std::size_t blocks = blocks_for(shape);
  std::int64_t channels = shape.channels;
  for (std::size_t i = 0; i < 2 * blocks; ++i) {
    const std::int64_t filters = kFilters[i / 2];
    const std::string name = std::to_string(i);
    Convolution next;
    next.layer =
        register_module("conv" + name, torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, filters, 3).padding(1)));
    next.norm = register_module("norm" + name, torch::nn::BatchNorm2d(filters));
    initialise(next.layer->weight, next.layer->bias, generator);
    convolutions_.push_back(next);
    channels = filters;
  }
  const std::int64_t flat = channels * (shape.height >> blocks) * (shape.width >> blocks);
  dense_ = register_module("dense", torch::nn::Linear(flat, kDense));
  dense_norm_ = register_module("dense_norm", torch::nn::BatchNorm1d(kDense));
  last_ = register_module("last", torch::nn::Linear(kDense, shape.classes));
  initialise(dense_->weight, dense_->bias, generator);
  initialise(last_->weight, last_->bias, generator);
}

torch::Tensor SeedNetwork::forward(const torch::Tensor& images) {
  // The order in memory alone: pooling and norms along the channels take an eighth off a step.
  torch::Tensor x = images.contiguous(at::MemoryFormat::ChannelsLast);
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    x = torch::relu(convolutions_[i].norm->forward(convolutions_[i].layer->forward(x)));
    if (i % 2 == 1) x = torch::dropout(torch::max_pool2d(x, 2), kDropout[i / 2], is_training());
  }
  x = torch::relu(dense_norm_->forward(dense_->forward(x.flatten(1))));
  return last_->forward(torch::dropout(x, kDenseDropout, is_training()));
}

std::shared_ptr<Classifier> SeedNetwork::fresh(std::uint64_t seed) const {
  return std::make_shared<SeedNetwork>(shape(), seed);
}

std::vector<NeuronOrder> SeedNetwork::neuron_orders() const {
  std::vector<NeuronOrder> out;
  for (std::size_t i = 0; i + 1 < convolutions_.size(); ++i) {
    out.push_back(
        {neuron_tensors(convolutions_[i].layer, convolutions_[i].norm), convolutions_[i + 1].layer->weight, 1});
  }
  const Convolution& last = convolutions_.back();
  out.push_back(
      {neuron_tensors(last.layer, last.norm), dense_->weight, dense_->weight.size(1) / last.layer->weight.size(0)});
  out.push_back({neuron_tensors(dense_, dense_norm_), last_->weight, 1});
  return out;
}

}  // namespace freezenet::ownership
