#include "training/layers/norm_layer.h"

namespace freezenet::training {

using kernels::Scratch;

NormLayer::NormLayer(const kernels::Device& device, const kernels::GroupNormShape& shape, std::size_t batch,
                     const Tensors& tensors, const Slot& in, const Slot& out, bool relu)
    : Layer(device, in, out), shape_(shape), batch_(batch), tensors_(tensors), relu_(relu) {}

std::size_t NormLayer::memory() const {
  return Scratch::rounded(shape_.moments(batch_)) + 2 * Scratch::rounded(shape_.terms(batch_));
}

kernels::GroupNormState NormLayer::state() const {
  Scratch pieces(state_);
  float* moments = pieces.take(shape_.moments(batch_));
  float* scale_terms = pieces.take(shape_.terms(batch_));
  return {moments, scale_terms, pieces.take(shape_.terms(batch_)), batch_};
}

std::size_t NormLayer::scratch() const { return Scratch::rounded(shape_.scratch()) + Scratch::rounded(in_.size); }

void NormLayer::forward(const float* weights, kernels::Range samples, const Worker& w) const {
  kernels::group_norm_forward(table_, shape_, samples, in_.values, weights + tensors_.weight, weights + tensors_.bias,
                              relu_, out_.values, state(), w.scratch);
}

void NormLayer::backward(const float* weights, kernels::Range samples, const Worker& w) const {
  Scratch pieces(w.scratch);
  float* inner = pieces.take(shape_.scratch());
  float* values = pieces.take(in_.size);
  for (std::size_t n = samples.begin; n < samples.end; ++n) {
    const kernels::Range one{n, n + 1};
    float* place = in_.at(n);
    if (in_.gated) {
      // The gradient is computed over a copy of the values, because the gate still needs them.
      place = values;
      for (std::size_t i = 0; i < in_.size; ++i) place[i] = in_.at(n)[i];
    }
    kernels::group_norm_backward(table_, shape_, n, weights + tensors_.weight, out_.at(n), place, state(), inner);
    settle(table_, in_, one, place);
  }
}

void NormLayer::finish(float* gradients, const Worker& w) const {
  kernels::group_norm_weight_gradient(shape_, kernels::part_of(shape_.channels, w.threads, w.thread), w.count, state(),
                                      gradients + tensors_.weight, gradients + tensors_.bias);
}

}  // namespace freezenet::training
