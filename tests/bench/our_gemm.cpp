#include "tests/bench/our_gemm.h"

namespace freezenet::bench {

OurGemm::OurGemm(std::size_t rows, std::size_t cols, std::size_t depth, unsigned threads)
    : rows_(rows),
      cols_(cols),
      depth_(depth),
      pool_(threads),
      device_{kernels::table_of(kernels::best_path()), pool_} {}

void OurGemm::run(const float* a, const float* b, float* out) {
  pool_.run([&](unsigned index) {
    const auto [begin, end] = kernels::part_of(rows_, pool_.threads(), index);
    kernels::gemm(device_.table, end - begin, cols_, depth_, {a + begin * depth_, depth_, 1}, {b, cols_},
                  out + begin * cols_, cols_, kernels::GemmChain::kWhole);
  });
}

}  // namespace freezenet::bench
