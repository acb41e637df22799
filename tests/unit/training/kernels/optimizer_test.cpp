#include "training/kernels/optimizer.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

constexpr SgdConstants kConstants{.rate = 0.05F, .momentum = 0.9F, .weight_decay = 1e-3F};

TEST(Sgd, FollowsItsDefinitionAndLeavesFrozenWeightsAlone) {
  Values random(9);
  const auto devices = test_devices();
  for (const std::size_t count : {1U, 7U, 8U, 9U, 16U, 17U, 100U, 1001U}) {
    const auto weights = random.floats(count), momentum = random.floats(count), gradients = random.floats(count);
    std::vector<std::uint8_t> frozen(count);
    for (std::uint8_t& f : frozen)
      f = random.between(0, 3) == 0 ? static_cast<std::uint8_t>(random.between(1, 255)) : 0;
    for (const bool masked : {false, true}) {
      auto w = weights, m = momentum;
      std::uint32_t largest = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (!masked || frozen[i] == 0) {
          const float g = std::fmaf(kConstants.weight_decay, w[i], gradients[i]) + 0.0F;
          m[i] = std::fmaf(kConstants.momentum, m[i], g) + 0.0F;
          w[i] = std::fmaf(-kConstants.rate, m[i], w[i]) + 0.0F;
        }
        largest = std::max(largest, std::bit_cast<std::uint32_t>(std::fabs(w[i])));
      }
      for (const TestDevice& test : devices) {
        auto found_w = weights, found_m = momentum;
        const std::uint32_t found = sgd_update(test.device(), kConstants, count, found_w.data(), found_m.data(),
                                               gradients.data(), masked ? frozen.data() : nullptr);
        ASSERT_TRUE(same_bits(found_w, w)) << test.label << " " << count;
        ASSERT_TRUE(same_bits(found_m, m)) << test.label << " " << count;
        EXPECT_EQ(found, largest) << test.label << " " << count;
      }
    }
  }
}

TEST(Sgd, NeverLeavesANegativeZero) {
  // w - rate * m is exact and negative but smaller than any float: without the closing + 0 it rounds to -0.
  for (const TestDevice& test : test_devices()) {
    std::vector<float> w(20, 0.0F), m(20, 0.0F);
    const std::vector<float> g(20, 0x1p-149F);
    sgd_update(test.device(), {.rate = 0.25F, .momentum = 0.0F, .weight_decay = 0.0F}, 20, w.data(), m.data(), g.data(),
               nullptr);
    EXPECT_TRUE(same_bits(w, std::vector<float>(20, 0.0F))) << test.label;
  }
}

TEST(Sgd, ReportsTheLargestMagnitudeNanAboveInfinity) {
  for (const TestDevice& test : test_devices()) {
    for (const std::size_t at : {0U, 5U, 18U}) {
      for (const float bad : {-70000.0F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        std::vector<float> w(19, 1.0F), m(19, 0.0F), g(19, 0.0F);
        w[at] = bad;
        const std::uint32_t largest = sgd_update(test.device(), {.rate = 0.1F, .momentum = 0.9F, .weight_decay = 0.0F},
                                                 19, w.data(), m.data(), g.data(), nullptr);
        EXPECT_GE(largest, std::bit_cast<std::uint32_t>(std::fabs(bad))) << test.label;
      }
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
