#include "training/layers/conv_layer.h"

#include <algorithm>

namespace freezenet::training {

using kernels::Scratch;

ConvLayer::ConvLayer(const kernels::Device& device, const kernels::ConvShape& shape, std::size_t batch,
                     const Tensors& tensors, const Slot& in, const Slot& out, bool relu)
    : Layer(device, in, out),
      conv_(device.table, shape),
      gradient_(device.table, shape, batch, device.pool.threads()),
      sparse_(device.table, shape, device.pool.threads()),
      batch_(batch),
      tensors_(tensors),
      relu_(relu) {}

std::size_t ConvLayer::memory() const { return std::max(conv_.packed(), conv_.packed_reversed()) + sparse_.packed(); }

void ConvLayer::use_memory(float* memory) {
  packed_ = memory;
  packed_sparse_ = memory + std::max(conv_.packed(), conv_.packed_reversed());
}

std::size_t ConvLayer::scratch() const {
  const std::size_t input_gradient =
      Scratch::rounded(conv_.gradient_images() * in_.size) + std::max(conv_.scratch(), sparse_.scratch(1));
  return std::max({input_gradient, gradient_.scratch(), sparse_.scratch(batch_)});
}

std::size_t ConvLayer::samples() const { return conv_.gradient_images(); }

void ConvLayer::prepare_forward(const float* weights, const Worker& w) const {
  conv_.pack(weights + tensors_.weight, packed_, w.thread, w.threads);
}

void ConvLayer::forward(const float* weights, kernels::Range samples, const Worker& w) const {
  conv_.forward(samples.end - samples.begin, in_.at(samples.begin), packed_, weights + tensors_.bias,
                relu_ ? kernels::TileEnd::kRelu : kernels::TileEnd::kClosed, out_.at(samples.begin), w.scratch);
}

bool ConvLayer::backward_skips(const Worker& w) const {
  return w.skip_zeros && sparse_.pays_for_input(out_.at(w.count / 2));
}

void ConvLayer::weight_gradient(const float* weights, float* gradients, const Worker& w) const {
  float* weight_gradients = gradients + tensors_.weight;
  float* bias_gradients = gradients + tensors_.bias;
  if (w.skip_zeros && sparse_.pays_for_weights(out_.at(w.count / 2))) {
    sparse_.weight_gradient(w.thread, w.count, in_.values, out_.values, weight_gradients, bias_gradients, w.scratch);
  } else {
    gradient_.run(w.thread, w.count, in_.values, out_.values, weight_gradients, bias_gradients, w.scratch);
  }
  if (backward_skips(w)) {
    sparse_.pack(weights + tensors_.weight, packed_sparse_, w.thread, w.threads);
  } else {
    conv_.pack_reversed(weights + tensors_.weight, packed_, w.thread, w.threads);
  }
}

void ConvLayer::backward(const float* /*weights*/, kernels::Range samples, const Worker& w) const {
  Scratch pieces(w.scratch);
  float* spare = pieces.take(conv_.gradient_images() * in_.size);
  float* rest = pieces.take(0);
  const bool skips = backward_skips(w);
  const std::size_t step = skips ? 1 : conv_.gradient_images();
  for (std::size_t n = samples.begin; n < samples.end; n += step) {
    const kernels::Range some{n, std::min(samples.end, n + step)};
    float* place = gradient_place(in_, some, spare);
    if (skips) {
      sparse_.input_gradient(out_.at(n), packed_sparse_, place, rest);
    } else {
      conv_.input_gradient(some.end - some.begin, out_.at(n), packed_, place, rest);
    }
    settle(table_, in_, some, place);
  }
}

}  // namespace freezenet::training
