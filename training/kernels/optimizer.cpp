#include "training/kernels/optimizer.h"

#include <atomic>

namespace freezenet::kernels {

std::uint32_t sgd_update(const Device& device, const SgdConstants& constants, std::size_t count, float* weights,
                         float* momentum, const float* gradients, const std::uint8_t* frozen) {
  std::atomic<std::uint32_t> largest{0};
  device.pool.run([&](unsigned thread) {
    const Range part = part_of(count, device.pool.threads(), thread);
    const std::uint32_t found = device.table.update({.count = part.end - part.begin,
                                                     .weights = weights + part.begin,
                                                     .momentum = momentum + part.begin,
                                                     .gradients = gradients + part.begin,
                                                     .frozen = frozen == nullptr ? nullptr : frozen + part.begin,
                                                     .rate = constants.rate,
                                                     .momentum_factor = constants.momentum,
                                                     .weight_decay = constants.weight_decay});
    std::uint32_t seen = largest.load(std::memory_order_relaxed);
    while (found > seen && !largest.compare_exchange_weak(seen, found, std::memory_order_relaxed)) {
    }
  });
  return largest.load(std::memory_order_relaxed);
}

}  // namespace freezenet::kernels
