#include "training/layers/simple_layers.h"

#include <cstring>

namespace freezenet::training {

namespace {

std::size_t count_of(const Slot& slot, kernels::Range samples) { return (samples.end - samples.begin) * slot.size; }

}  // namespace

void ReluLayer::forward(const float* /*weights*/, kernels::Range samples, const Worker&) const {
  if (in_.values != out_.values) {
    std::memcpy(out_.at(samples.begin), in_.at(samples.begin), count_of(in_, samples) * sizeof(float));
  }
  table_.relu(count_of(in_, samples), out_.at(samples.begin));
}

/// The gradient at `out` was gated when it was put there.
void ReluLayer::backward(const float* /*weights*/, kernels::Range samples, const Worker&) const {
  if (in_.values != out_.values) settle(table_, in_, samples, out_.at(samples.begin));
}

void MaxPoolLayer::forward(const float* /*weights*/, kernels::Range samples, const Worker&) const {
  kernels::max_pool_forward(table_, shape_, samples.end - samples.begin, in_.at(samples.begin), out_.at(samples.begin));
}

void MaxPoolLayer::backward(const float* /*weights*/, kernels::Range samples, const Worker& w) const {
  for (std::size_t n = samples.begin; n < samples.end; ++n) {
    if (in_.pending == nullptr && kernels::max_pool_in_place(shape_)) {
      kernels::max_pool_backward_in_place(table_, shape_, in_.gated, out_.at(n), in_.at(n));
    } else {
      kernels::max_pool_backward(shape_, in_.at(n), out_.at(n), w.scratch);
      settle(table_, in_, {n, n + 1}, w.scratch);
    }
  }
}

void AvgPoolLayer::forward(const float* /*weights*/, kernels::Range samples, const Worker& w) const {
  kernels::avg_pool_forward(shape_, samples.end - samples.begin, in_.at(samples.begin), out_.at(samples.begin),
                            w.scratch);
}

void AvgPoolLayer::backward(const float* /*weights*/, kernels::Range samples, const Worker& w) const {
  for (std::size_t n = samples.begin; n < samples.end; ++n) {
    kernels::avg_pool_backward(shape_, out_.at(n), w.scratch);
    settle(table_, in_, {n, n + 1}, w.scratch);
  }
}

void ResidualLayer::forward(const float* /*weights*/, kernels::Range samples, const Worker&) const {
  table_.add(count_of(in_, samples), in_.at(samples.begin), other_.at(samples.begin), out_.at(samples.begin));
}

void ResidualLayer::backward(const float* /*weights*/, kernels::Range samples, const Worker&) const {
  const std::size_t count = count_of(in_, samples);
  const float* gradient = out_.at(samples.begin);
  float* pending = other_.pending + samples.begin * other_.size;
  if (last_) {
    std::memcpy(pending, gradient, count * sizeof(float));
  } else {
    table_.add(count, pending, gradient, pending);
  }
  settle(table_, in_, samples, out_.at(samples.begin));
}

}  // namespace freezenet::training
