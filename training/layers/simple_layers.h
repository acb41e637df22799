#pragma once

#include "training/kernels/pool.h"
#include "training/layers/layer.h"

namespace freezenet::training {

/// A ReLU that no layer before it can apply on the way. In place where in and out are the same slot.
class ReluLayer final : public Layer {
 public:
  ReluLayer(const kernels::Device& device, const Slot& in, const Slot& out) : Layer(device, in, out) {}
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;
};

class MaxPoolLayer final : public Layer {
 public:
  MaxPoolLayer(const kernels::Device& device, const kernels::PoolShape& shape, const Slot& in, const Slot& out)
      : Layer(device, in, out), shape_(shape) {}
  [[nodiscard]] std::size_t scratch() const override { return in_.size; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  kernels::PoolShape shape_;
};

class AvgPoolLayer final : public Layer {
 public:
  AvgPoolLayer(const kernels::Device& device, const kernels::PoolShape& shape, const Slot& in, const Slot& out)
      : Layer(device, in, out), shape_(shape) {}
  [[nodiscard]] std::size_t scratch() const override { return in_.size + shape_.kernel * shape_.kernel; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  kernels::PoolShape shape_;
};

/// out = in + other. `last`: no layer behind reads `other`, so its pending gradient begins here.
class ResidualLayer final : public Layer {
 public:
  ResidualLayer(const kernels::Device& device, const Slot& in, const Slot& other, bool last, const Slot& out)
      : Layer(device, in, out), other_(other), last_(last) {}
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  const Slot& other_;
  bool last_;
};

}  // namespace freezenet::training
