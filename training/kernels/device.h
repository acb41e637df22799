#pragma once

#include <cstddef>

#include "training/kernels/parallel.h"
#include "training/kernels/path.h"
#include "training/kernels/table.h"

namespace freezenet::kernels {

/// The loops of a path; the path must be available.
const KernelTable& table_of(Path path);

/// What every operation that multiplies is given: whose loops, and on which threads.
struct Device {
  const KernelTable& table;
  Pool& pool;
};

/// Hands out pieces of one buffer that the caller allocated before. Sizes are rounded up to a cache line, so that two
/// threads' pieces share none.
class Scratch {
 public:
  explicit Scratch(float* begin) : next_(begin) {}
  float* take(std::size_t floats) {
    float* piece = next_;
    next_ += rounded(floats);
    return piece;
  }
  static constexpr std::size_t rounded(std::size_t floats) { return (floats + 15) / 16 * 16; }

 private:
  float* next_;
};

}  // namespace freezenet::kernels
