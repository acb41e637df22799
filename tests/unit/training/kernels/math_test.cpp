#include "training/kernels/math.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint32_t bits(float v) { return std::bit_cast<std::uint32_t>(v); }

/// Distance from the true value in units of the last place of the nearest float (denormals: of 2^-149).
double error_in_ulps(float found, double exact) {
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(static_cast<double>(found) - exact) / std::ldexp(1.0, exponent - 23);
}

/// Every 257th float: all exponents, and a different place in the mantissa each time. The hash (FNV-1a over the
/// result's bytes) is what another implementation has to meet; tests/golden/math_digest goes through all 2^32.
template <typename Function, typename Exact>
std::uint64_t sweep(Function function, Exact exact, double& worst) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); i += 257) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(i));
    const float y = function(x);
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((bits(y) >> shift) & 0xFFU)) * 0x100000001B3U;
    const double expected = exact(static_cast<double>(x));
    if (std::isfinite(y) && std::isfinite(expected) && expected != 0.0)
      worst = std::max(worst, error_in_ulps(y, expected));
  }
  return hash;
}

TEST(Exp, WithinItsErrorBoundAndUnchanged) {
  double worst = 0;
  const std::uint64_t hash =
      sweep([](float x) { return kernels::exp(x); }, [](double x) { return std::exp(x); }, worst);
  EXPECT_LT(worst, 1.06);
  EXPECT_EQ(hash, 0x4A72820AA6C815FDU) << std::hex << hash;
}

TEST(Log, WithinItsErrorBoundAndUnchanged) {
  double worst = 0;
  const std::uint64_t hash =
      sweep([](float x) { return kernels::log(x); }, [](double x) { return std::log(x); }, worst);
  EXPECT_LT(worst, 0.96);
  EXPECT_EQ(hash, 0x1DDEF35D1C6945BBU) << std::hex << hash;
}

TEST(InverseSqrt, WithinItsErrorBoundAndUnchanged) {
  double worst = 0;
  const std::uint64_t hash =
      sweep([](float x) { return inverse_sqrt(x); }, [](double x) { return 1 / std::sqrt(x); }, worst);
  EXPECT_LT(worst, 1.5);
  EXPECT_EQ(hash, 0xAD2C988B30A02E42U) << std::hex << hash;
}

TEST(InverseSqrt, RoundsTheRootThenTheQuotient) {
  Values random(70);
  for (int i = 0; i < 100000; ++i) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(random.between(1, 0x7F7FFFFF)));
    // Binary64 has more than twice the bits: rounding its result to binary32 is rounding the exact one.
    const float root = static_cast<float>(std::sqrt(double{x}));
    ASSERT_EQ(bits(inverse_sqrt(x)), bits(static_cast<float>(1.0 / double{root}))) << x;
  }
}

TEST(InverseSqrt, EdgesOfItsRange) {
  EXPECT_EQ(inverse_sqrt(1.0F), 1.0F);
  EXPECT_EQ(inverse_sqrt(4.0F), 0.5F);
  EXPECT_EQ(inverse_sqrt(0.0F), kInfinity);
  EXPECT_EQ(bits(inverse_sqrt(kInfinity)), 0U);
  EXPECT_EQ(inverse_sqrt(0x1p-148F), 0x1p74F) << "denormals are no zeros";
  EXPECT_EQ(inverse_sqrt(0x1p-126F), 0x1p63F);
  for (const float bad : {-1.0F, -0x1p-149F, -kInfinity, std::nanf("1"), -std::nanf("3")}) {
    EXPECT_EQ(bits(inverse_sqrt(bad)), 0x7FC00000U) << bad;
  }
}

TEST(Exp, EdgesOfItsRange) {
  EXPECT_EQ(kernels::exp(0.0F), 1.0F);
  EXPECT_EQ(kernels::exp(-0.0F), 1.0F);
  EXPECT_EQ(kernels::exp(kInfinity), kInfinity);
  EXPECT_EQ(bits(kernels::exp(-kInfinity)), 0U);
  EXPECT_EQ(bits(kernels::exp(std::nanf("1"))), 0x7FC00000U);
  EXPECT_TRUE(std::isfinite(kernels::exp(0x1.62e42ep+6F)));
  EXPECT_EQ(kernels::exp(0x1.62e43p+6F), kInfinity);
  EXPECT_EQ(kernels::exp(-0x1.9fe368p+6F), 0x1p-149F);
  EXPECT_EQ(bits(kernels::exp(-0x1.9fe36ap+6F)), 0U);
}

TEST(Log, EdgesOfItsRange) {
  EXPECT_EQ(bits(kernels::log(1.0F)), 0U);
  EXPECT_EQ(kernels::log(0.0F), -kInfinity);
  EXPECT_EQ(kernels::log(-0.0F), -kInfinity);
  EXPECT_EQ(kernels::log(kInfinity), kInfinity);
  EXPECT_EQ(bits(kernels::log(-1.0F)), 0x7FC00000U);
  EXPECT_EQ(bits(kernels::log(std::nanf("1"))), 0x7FC00000U);
  EXPECT_NEAR(kernels::log(0x1p-149F), -103.2789, 1e-4);
}

}  // namespace
}  // namespace freezenet::kernels
