#include "tests/bench/our_gemm.h"

namespace freezenet::bench {

OurGemm::OurGemm(std::size_t rows, std::size_t cols, std::size_t depth, unsigned threads)
    : shape_{rows, cols, depth},
      pool_(threads),
      device_{kernels::table_of(kernels::best_path()), pool_},
      scratch_(kernels::gemm_scratch(device_.table, shape_, threads)) {}

void OurGemm::run(const float* a, const float* b, float* out) {
  kernels::gemm(device_, shape_, {a, shape_.depth, 1}, {b, shape_.cols, 1}, out, shape_.cols,
                kernels::GemmChain::kWhole, scratch_.data());
}

}  // namespace freezenet::bench
