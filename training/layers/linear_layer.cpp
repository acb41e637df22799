#include "training/layers/linear_layer.h"

#include <algorithm>

namespace freezenet::training {

using kernels::Scratch;

LinearLayer::LinearLayer(const kernels::Device& device, const kernels::LinearShape& shape, std::size_t batch,
                         const Tensors& tensors, const Slot& in, const Slot& out, bool relu)
    : Layer(device, in, out),
      shape_(shape),
      batch_(batch),
      share_(kernels::pieces_of(batch, device.pool.threads())),
      tensors_(tensors),
      relu_(relu) {}

std::size_t LinearLayer::scratch() const {
  return Scratch::rounded(share_ * in_.size) + kernels::linear_scratch(table_, shape_, batch_);
}

void LinearLayer::forward(const float* weights, kernels::Range samples, const Worker& w) const {
  kernels::linear_forward(table_, shape_, samples.end - samples.begin, in_.at(samples.begin), weights + tensors_.weight,
                          weights + tensors_.bias, relu_ ? kernels::TileEnd::kRelu : kernels::TileEnd::kClosed,
                          out_.at(samples.begin), w.scratch);
}

void LinearLayer::weight_gradient(const float* /*weights*/, float* gradients, const Worker& w) const {
  kernels::linear_weight_gradient(table_, shape_, w.thread, w.threads, w.count, in_.values, out_.values,
                                  gradients + tensors_.weight, gradients + tensors_.bias, w.scratch);
}

void LinearLayer::backward(const float* weights, kernels::Range samples, const Worker& w) const {
  Scratch pieces(w.scratch);
  float* spare = pieces.take(share_ * in_.size);
  float* rest = pieces.take(0);
  float* place = gradient_place(in_, samples, spare);
  kernels::linear_input_gradient(table_, shape_, samples.end - samples.begin, out_.at(samples.begin),
                                 weights + tensors_.weight, place, rest);
  settle(table_, in_, samples, place);
}

}  // namespace freezenet::training
