#pragma once

#include "training/kernels/linear.h"
#include "training/layers/layer.h"

namespace freezenet::training {

class LinearLayer final : public Layer {
 public:
  LinearLayer(const kernels::Device& device, const kernels::LinearShape& shape, std::size_t batch,
              const Tensors& tensors, const Slot& in, const Slot& out, bool relu);

  [[nodiscard]] std::size_t scratch() const override;
  /// A weight is read once for all samples of a thread.
  [[nodiscard]] std::size_t samples() const override { return batch_; }
  [[nodiscard]] bool trainable() const override { return true; }
  [[nodiscard]] bool sums_over_batch() const override { return true; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void weight_gradient(const float* weights, float* gradients, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  kernels::LinearShape shape_;
  std::size_t batch_;
  std::size_t share_;  // most samples of one thread
  Tensors tensors_;
  bool relu_;
};

}  // namespace freezenet::training
