#include "training/kernels/argmax.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::size_t argmax_of(const std::vector<float>& values) { return argmax(values.data(), values.size()); }

TEST(Argmax, LowestOfEqualOnes) {
  EXPECT_EQ(argmax_of({1.0F, 3.0F, 3.0F, 2.0F}), 1U);
  EXPECT_EQ(argmax_of({1.0F}), 0U);
  EXPECT_EQ(argmax_of({-2.0F, -1.0F, -1.0F}), 1U);
  EXPECT_EQ(argmax_of({0.0F, -0.0F}), 0U);
  EXPECT_EQ(argmax_of({-0.0F, 0.0F}), 0U) << "zeros are equal";
}

TEST(Argmax, ANanWinsOnlyWhereItStandsFirst) {
  const float nan = std::nanf("");
  EXPECT_EQ(argmax_of({nan, 1.0F, kInfinity}), 0U);
  EXPECT_EQ(argmax_of({-kInfinity, nan, 2.0F, nan}), 2U);
  EXPECT_EQ(argmax_of({-1.0F, nan}), 0U);
}

}  // namespace
}  // namespace freezenet::kernels
