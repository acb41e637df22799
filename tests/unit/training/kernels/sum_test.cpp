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

TEST(BiasGradient, SumsOverSamplesAndPositionsInOrder) {
  Values random(8);
  for (int i = 0; i < 20; ++i) {
    const std::size_t count = random.between(1, 5), channels = random.between(1, 4), plane = random.between(1, 9);
    const auto gradient = random.floats(count * channels * plane);
    std::vector<float> bias(channels), scratch(count * plane);
    bias_gradient(count, channels, plane, gradient.data(), bias.data(), scratch);
    for (std::size_t c = 0; c < channels; ++c) {
      std::vector<float> values;
      for (std::size_t n = 0; n < count; ++n) {
        for (std::size_t p = 0; p < plane; ++p) values.push_back(gradient[(n * channels + c) * plane + p]);
      }
      ASSERT_TRUE(same_bits(std::span(&bias[c], 1), std::vector<float>{by_levels(values)}));
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
