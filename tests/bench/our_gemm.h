#pragma once

#include <cstddef>
#include <vector>

#include "training/kernels/device.h"
#include "training/kernels/gemm.h"

namespace freezenet::bench {

/// The engine's product of two row-major matrices, with what it needs allocated beforehand as the engine does.
class OurGemm {
 public:
  OurGemm(std::size_t rows, std::size_t cols, std::size_t depth, unsigned threads);
  /// out (rows, cols) = a (rows, depth) * b (depth, cols).
  void run(const float* a, const float* b, float* out);

 private:
  kernels::GemmShape shape_;
  kernels::Pool pool_;
  kernels::Device device_;
  std::vector<float> scratch_;
};

}  // namespace freezenet::bench
