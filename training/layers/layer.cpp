#include "training/layers/layer.h"

#include <cstring>

namespace freezenet::training {

void settle(const kernels::KernelTable& table, const Slot& slot, kernels::Range samples, float* gradient) {
  const std::size_t count = (samples.end - samples.begin) * slot.size;
  float* values = slot.at(samples.begin);
  if (slot.pending != nullptr) {
    // Of two terms, so that their order is of no consequence.
    float* pending = slot.pending + samples.begin * slot.size;
    table.add(count, gradient, pending, pending);
    gradient = pending;
  }
  if (slot.gated) return table.gate(count, gradient, values);
  if (gradient != values) std::memcpy(values, gradient, count * sizeof(float));
}

float* gradient_place(const Slot& slot, kernels::Range samples, float* scratch) {
  return slot.gated ? scratch : slot.at(samples.begin);
}

}  // namespace freezenet::training
