#pragma once

#include <cstddef>
#include <memory>

#include "training/kernels/device.h"

namespace freezenet::training {

/// The values between two layers, for a batch. In the backward pass the gradient of a value takes its place, as soon as
/// nobody needs the value any more: a step has no other buffer for gradients.
struct Slot {
  std::size_t size = 0;  ///< of one sample
  float* values = nullptr;
  /// ReLU was applied to the values last: a gradient is +0 where the value that it replaces is.
  bool gated = false;
  /// A residual add reads the values too.
  bool shared = false;
  /// Gradient that came over residual adds, to be added to the one that arrives over the layer behind; null where the
  /// slot is not shared.
  float* pending = nullptr;

  [[nodiscard]] float* at(std::size_t sample) const { return values + sample * size; }
};

/// Which thread works, and its own scratch.
struct Worker {
  unsigned thread, threads;
  float* scratch;
  std::size_t count;  ///< samples of the pass
  /// Terms with a zero factor may be left out, where that is faster: every weight is finite.
  bool skip_zeros;
};

/// One operation of a network. Network calls it from several threads at once, each with its own samples, or with its
/// part of what is over the whole batch; so no call changes a member. Every result follows docs/numerics.md to the bit,
/// whatever the number of threads.
class Layer {
 public:
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// Floats of scratch that one thread needs, in any of the calls.
  [[nodiscard]] virtual std::size_t scratch() const { return 0; }
  /// Floats that live from one call to the next, for all threads; given once, before the first call.
  [[nodiscard]] virtual std::size_t memory() const { return 0; }
  virtual void use_memory(float* /*memory*/) {}
  /// How many samples forward() and backward() like to get at once: few enough for the cache.
  [[nodiscard]] virtual std::size_t samples() const { return 1; }
  /// Has weights.
  [[nodiscard]] virtual bool trainable() const { return false; }
  /// Their gradients need the output's gradient of all samples, before backward() replaces any input value.
  [[nodiscard]] virtual bool sums_over_batch() const { return false; }

  /// Before forward(): the thread's part of what all samples share.
  virtual void prepare_forward(const float* /*weights*/, const Worker&) const {}
  virtual void forward(const float* weights, kernels::Range samples, const Worker&) const = 0;

  /// Before backward(), with the output's gradient of all samples in place: the thread's part of the weights'
  /// gradients, and of what backward() of all samples shares.
  virtual void weight_gradient(const float* /*weights*/, float* /*gradients*/, const Worker&) const {}
  /// The gradient at the output slot becomes the one at the input slot.
  virtual void backward(const float* weights, kernels::Range samples, const Worker&) const = 0;
  /// After backward() of all samples: the thread's part of gradients that it gathered terms for.
  virtual void finish(float* /*gradients*/, const Worker&) const {}

 protected:
  Layer(const kernels::Device& device, const Slot& in, const Slot& out) : table_(device.table), in_(in), out_(out) {}

  const kernels::KernelTable& table_;
  const Slot& in_;
  const Slot& out_;
};

/// Puts `gradient` (samples * slot.size values) in the place of the slot's values: with what is pending, and gated
/// where the slot is. `gradient` is used up, and may be the slot's own place if the slot is not gated.
void settle(const kernels::KernelTable& table, const Slot& slot, kernels::Range samples, float* gradient);
/// Where a layer may write such a gradient: into the slot itself where it is not gated, else to `scratch`.
float* gradient_place(const Slot& slot, kernels::Range samples, float* scratch);

/// Offsets of a layer's tensors in the model's flat buffer.
struct Tensors {
  std::size_t weight = 0, bias = 0;
};

}  // namespace freezenet::training
