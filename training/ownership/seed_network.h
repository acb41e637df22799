#pragma once

#include <vector>

#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// The network of the seed's experiments: blocks of twice [convolution 3x3, batch norm, ReLU], max pool 2x2 and dropout
/// (32, 64, 128, 256 filters; .2, .3, .4, .5), then dense 128, batch norm, ReLU, dropout .5, dense. Convolutions are
/// padded to keep the side, and every layer has a bias: 1,306,922 trainable weights for 3x32x32 and ten classes.
///
/// A smaller image gets the first blocks alone, as many as leave at least 2x2 pixels: three for 28x28, two for 8x8.
/// Images of less than 4x4 pixels are a fault of the caller's (c10::Error).
class SeedNetwork final : public Classifier {
 public:
  /// LibTorch's usual initialisation, drawn from `seed`.
  SeedNetwork(Shape shape, std::uint64_t seed);

  torch::Tensor forward(const torch::Tensor& images) override;
  [[nodiscard]] std::shared_ptr<Classifier> fresh(std::uint64_t seed) const override;
  [[nodiscard]] std::vector<NeuronOrder> neuron_orders() const override;

 private:
  struct Convolution {
    torch::nn::Conv2d layer{nullptr};
    torch::nn::BatchNorm2d norm{nullptr};
  };
  std::vector<Convolution> convolutions_;  // two a block
  torch::nn::Linear dense_{nullptr};
  torch::nn::BatchNorm1d dense_norm_{nullptr};
  torch::nn::Linear last_{nullptr};
};

}  // namespace freezenet::ownership
