#pragma once

#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

/// A small convolutional autoencoder through which queries are sent, so that only what honest images consist of
/// reaches the model (Meng and Chen, MagNet, CCS 2017). Two convolutions of stride 2 lead to eight planes of a quarter
/// of the sides, two more back to the image; pixels outside the range are cut before, and none comes out of it.
class Autoencoder : public torch::nn::Module {
 public:
  /// Initial weights from `seed`, through LibTorch's global generator.
  Autoencoder(std::int64_t channels, const PixelRange& range, std::uint64_t seed);

  /// {n, channels, height, width} of any size, in and out.
  torch::Tensor forward(const torch::Tensor& images);

 private:
  PixelRange range_;
  torch::nn::Conv2d first_{nullptr}, second_{nullptr}, third_{nullptr}, fourth_{nullptr};
};

/// Adam on the squared error between an image and what comes out for the image with noise on it. Rejects as fit() does.
Result<> train(Autoencoder& model, const AttackSetting& setting, unsigned epochs);

/// Without a graph, at most 500 images at a time.
torch::Tensor reconstructed(Autoencoder& model, const torch::Tensor& images);

}  // namespace freezenet::ownership
