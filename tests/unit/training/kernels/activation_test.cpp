#include "training/kernels/activation.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Relu, NothingButPositiveValuesPass) {
  std::vector<float> values = {1.0F, -1.0F, -0.0F, 0.0F, std::nanf(""), kInfinity, -kInfinity, 0x1p-149F};
  relu_forward(values.size(), values.data());
  EXPECT_TRUE(same_bits(values, std::vector<float>{1.0F, 0.0F, 0.0F, 0.0F, 0.0F, kInfinity, 0.0F, 0x1p-149F}));
}

TEST(Relu, GradientPassesWhereTheOutputIsPositive) {
  const std::vector<float> output = {1.0F, 0.0F, 0x1p-149F};
  std::vector<float> gradient = {-2.0F, 3.0F, 4.0F};
  relu_backward(3, output.data(), gradient.data());
  EXPECT_TRUE(same_bits(gradient, std::vector<float>{-2.0F, 0.0F, 4.0F}));
}

TEST(Argmax, LowestOfEqualOnes) {
  const std::vector<float> values = {1.0F, 3.0F, 3.0F, 2.0F};
  EXPECT_EQ(argmax(values.data(), 4), 1U);
  EXPECT_EQ(argmax(values.data(), 1), 0U);
}

}  // namespace
}  // namespace freezenet::kernels
