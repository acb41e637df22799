#include "training/kernels/gemm.h"

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

struct Case {
  std::size_t rows, cols, depth;
};

TEST(Gemm, EveryOutputIsOneChainOnEveryPath) {
  Values random(1);
  std::vector<Case> cases = {{1, 1, 1}, {1, 1, 0}, {6, 16, 5}, {12, 32, 7}, {13, 33, 3}, {7, 17, 64}, {5, 100, 2}};
  for (int i = 0; i < 40; ++i) cases.push_back({random.between(1, 30), random.between(1, 70), random.between(1, 40)});
  for (const Case& c : cases) {
    const std::size_t out_row = c.cols + 3;
    const auto left = random.floats(c.rows * c.depth);
    const auto right = random.floats(c.depth * c.cols);
    const auto before = random.floats(c.rows * out_row);
    for (const bool transposed : {false, true}) {
      const LeftMatrix a = transposed ? LeftMatrix{left.data(), 1, c.rows} : LeftMatrix{left.data(), c.depth, 1};
      for (const Path path : available_paths()) {
        for (const GemmChain mode : {GemmChain::kWhole, GemmChain::kFromOut, GemmChain::kContinue}) {
          auto out = before;
          gemm(table_of(path), c.rows, c.cols, c.depth, a, {right.data(), c.cols}, out.data(), out_row, mode);
          auto expected = before;
          for (std::size_t r = 0; r < c.rows; ++r) {
            for (std::size_t col = 0; col < c.cols; ++col) {
              Chain sum(mode == GemmChain::kWhole ? 0.0F : before[r * out_row + col]);
              for (std::size_t k = 0; k < c.depth; ++k) sum.add(left[r * a.row + k * a.depth], right[k * c.cols + col]);
              EXPECT_TRUE(sum.plausible());
              expected[r * out_row + col] = sum.value();
            }
          }
          ASSERT_TRUE(same_bits(out, expected)) << name(path) << " " << c.rows << "x" << c.cols << "x" << c.depth;
        }
      }
    }
  }
}

TEST(Gemm, ClosedChainsNeverEndInNegativeZero) {
  // An exact product below the smallest denormal, negative, rounds to -0 inside the chain.
  const std::vector<float> left = {0x1p-100F}, right(40, -0x1p-100F);
  for (const Path path : available_paths()) {
    std::vector<float> out(40, 1.0F);
    gemm(table_of(path), 1, 40, 1, {left.data(), 1, 1}, {right.data(), 40}, out.data(), 40, GemmChain::kWhole);
    EXPECT_TRUE(same_bits(out, std::vector<float>(40, 0.0F))) << name(path);
  }
}

TEST(Gemm, TransposeIsACopyForEveryShape) {
  Values random(2);
  for (int i = 0; i < 30; ++i) {
    const std::size_t rows = random.between(1, 20), cols = random.between(1, 20);
    const auto in = random.floats(rows * cols);
    std::vector<float> out(rows * cols);
    transpose(rows, cols, in.data(), cols, out.data(), rows);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) ASSERT_EQ(out[c * rows + r], in[r * cols + c]);
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
