#pragma once

#include "training/kernels/conv.h"
#include "training/kernels/conv_gradient.h"
#include "training/kernels/sparse_conv.h"
#include "training/layers/layer.h"

namespace freezenet::training {

class ConvLayer final : public Layer {
 public:
  /// relu: the output is rectified on the way.
  ConvLayer(const kernels::Device& device, const kernels::ConvShape& shape, std::size_t batch, const Tensors& tensors,
            const Slot& in, const Slot& out, bool relu);

  [[nodiscard]] std::size_t scratch() const override;
  /// The packed weights.
  [[nodiscard]] std::size_t memory() const override;
  void use_memory(float* memory) override;
  [[nodiscard]] std::size_t samples() const override;
  [[nodiscard]] bool trainable() const override { return true; }
  [[nodiscard]] bool sums_over_batch() const override { return true; }
  void prepare_forward(const float* weights, const Worker& worker) const override;
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void weight_gradient(const float* weights, float* gradients, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  /// Whether backward() skips zeros: of one sample, which stands for the batch. A wrong guess costs time and changes no
  /// bit. The same for all threads.
  [[nodiscard]] bool backward_skips(const Worker& worker) const;

  kernels::Convolution conv_;
  kernels::ConvWeightGradient gradient_;
  kernels::SparseConvGradient sparse_;
  std::size_t batch_;
  Tensors tensors_;
  bool relu_;
  float* packed_ = nullptr;         // of the pass that is under way
  float* packed_sparse_ = nullptr;  // of the backward pass
};

}  // namespace freezenet::training
