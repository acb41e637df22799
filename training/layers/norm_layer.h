#pragma once

#include "training/kernels/group_norm.h"
#include "training/layers/layer.h"

namespace freezenet::training {

class NormLayer final : public Layer {
 public:
  NormLayer(const kernels::Device& device, const kernels::GroupNormShape& shape, std::size_t batch,
            const Tensors& tensors, const Slot& in, const Slot& out, bool relu);

  /// Moments, and terms of the weights' gradients, from forward() to finish().
  [[nodiscard]] std::size_t memory() const override;
  void use_memory(float* memory) override { state_ = memory; }

  [[nodiscard]] std::size_t scratch() const override;
  [[nodiscard]] bool trainable() const override { return true; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void finish(float* gradients, const Worker& worker) const override;

 private:
  [[nodiscard]] kernels::GroupNormState state() const;

  kernels::GroupNormShape shape_;
  std::size_t batch_;
  Tensors tensors_;
  bool relu_;
  float* state_ = nullptr;
};

}  // namespace freezenet::training
