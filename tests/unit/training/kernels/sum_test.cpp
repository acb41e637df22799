#include "training/kernels/sum.h"

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

/// The definition as a recursion: one level of pairs, then the sum of that level.
float by_levels(const std::vector<float>& values) {
  if (values.empty()) return 0.0F;
  if (values.size() == 1) return values[0] + 0.0F;
  std::vector<float> level;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) level.push_back(values[i] + values[i + 1]);
  if (values.size() % 2 != 0) level.push_back(values.back());
  return by_levels(level);
}

TEST(PairwiseSum, EveryLengthFollowsTheDefinition) {
  Values random(7);
  for (std::size_t n = 0; n < 300; ++n) {
    auto values = random.floats(n);
    const float expected = by_levels(values);
    double exact = 0, magnitude = 0;
    for (const float v : values) {
      exact += v;
      magnitude += std::fabs(v);
    }
    const float found = pairwise_sum(values);
    ASSERT_TRUE(same_bits(std::vector<float>{found}, std::vector<float>{expected})) << n;
    EXPECT_NEAR(found, exact, magnitude * 0x1p-23 * 10) << n;
  }
}

TEST(PairwiseSum, TheOddOneMovesUpUnchanged) {
  // (1 + 2^-24) would round to 1 in a running sum; here the two small ones meet first.
  std::vector<float> values = {1.0F, 0.0F, 0x1p-24F, 0x1p-24F, 0x1p-23F};
  EXPECT_EQ(pairwise_sum(values), 1.0F + 0x1p-22F);
}

TEST(PairwiseSum, NegativeZeroBecomesPositive) {
  std::vector<float> values = {-0.0F};
  EXPECT_FALSE(std::signbit(pairwise_sum(values)));
}

TEST(PairwiseBlock, PlanesMaySumTheirBlocksAlone) {
  Values random(8);
  for (const std::size_t plane : {1U, 2U, 3U, 4U, 12U, 49U, 64U, 196U}) {
    const std::size_t block = pairwise_block(plane);
    EXPECT_EQ(plane % block, 0U);
    EXPECT_EQ(plane / block % 2, 1U);
    for (std::size_t planes = 1; planes < 6; ++planes) {
      const auto values = random.floats(planes * plane);
      for (const Path path : available_paths()) {
        std::vector<float> sums(values.size() / block), scratch(values.size());
        table_of(path).pairwise_blocks(sums.size(), block, values.data(), sums.data(), scratch.data());
        ASSERT_TRUE(same_bits(std::vector<float>{pairwise_sum(sums)}, std::vector<float>{by_levels(values)}))
            << name(path) << ", " << planes << " x " << plane;
      }
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
