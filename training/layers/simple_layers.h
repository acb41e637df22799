#pragma once

#include "training/kernels/pool.h"
#include "training/layers/layer.h"

namespace freezenet::training {

/// A ReLU that no layer before it can apply on the way. In place where in and out are the same slot.
class ReluLayer final : public Layer {
 public:
  ReluLayer(const kernels::Device& device, const Slot& in, const Slot& out)
      : table_(device.table), in_(in), out_(out) {}
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  const kernels::KernelTable& table_;
  const Slot& in_;
  const Slot& out_;
};

class MaxPoolLayer final : public Layer {
 public:
  MaxPoolLayer(const kernels::Device& device, const kernels::PoolShape& shape, const Slot& in, const Slot& out)
      : table_(device.table), shape_(shape), in_(in), out_(out) {}
  [[nodiscard]] std::size_t scratch() const override { return in_.size; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  const kernels::KernelTable& table_;
  kernels::PoolShape shape_;
  const Slot& in_;
  const Slot& out_;
};

class AvgPoolLayer final : public Layer {
 public:
  AvgPoolLayer(const kernels::Device& device, const kernels::PoolShape& shape, const Slot& in, const Slot& out)
      : table_(device.table), shape_(shape), in_(in), out_(out) {}
  [[nodiscard]] std::size_t scratch() const override { return in_.size + shape_.kernel * shape_.kernel; }
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  const kernels::KernelTable& table_;
  kernels::PoolShape shape_;
  const Slot& in_;
  const Slot& out_;
};

/// out = in + other. `last`: no layer behind reads `other`, so its pending gradient begins here.
class ResidualLayer final : public Layer {
 public:
  ResidualLayer(const kernels::Device& device, const Slot& in, const Slot& other, bool last, const Slot& out)
      : table_(device.table), in_(in), other_(other), last_(last), out_(out) {}
  void forward(const float* weights, kernels::Range samples, const Worker& worker) const override;
  void backward(const float* weights, kernels::Range samples, const Worker& worker) const override;

 private:
  const kernels::KernelTable& table_;
  const Slot& in_;
  const Slot& other_;
  bool last_;
  const Slot& out_;
};

}  // namespace freezenet::training
