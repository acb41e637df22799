#include "training/flat_watermark.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "consensus/watermark.h"
#include "tests/unit/training/small_task.h"

namespace freezenet::training {
namespace {

std::vector<FlatTensor> tensors_of(const Plan& plan) {
  std::vector<FlatTensor> out;
  for (const TensorSpec& tensor : plan.tensors)
    out.push_back({tensor.name, {tensor.shape.begin(), tensor.shape.end()}});
  return out;
}

class FlatWatermarkTest : public ::testing::Test {
 protected:
  const Hash256 seed_ = flat_watermark_seed(as_bytes("a block"));
  const std::vector<FlatTensor> tensors_ = {{"conv", {4, 1, 3, 3}}, {"conv.bias", {4}}, {"dense", {10, 64}}};

  FlatWatermark derive(const FlatWatermarkOptions& options) const {
    const auto derived = derive_flat_watermark(tensors_, options, seed_);
    EXPECT_TRUE(derived) << derived.error().message();
    return *derived;
  }
  RejectCode refused(const FlatWatermarkOptions& options) const {
    const auto derived = derive_flat_watermark(tensors_, options, seed_);
    EXPECT_FALSE(derived);
    return derived ? RejectCode::kCancelled : derived.error().code;
  }
};

TEST_F(FlatWatermarkTest, ByTensorWithFanInItIsTheChainsWatermark) {
  const Plan plan = plan_for(small_task());
  const auto flat = derive_flat_watermark(
      tensors_of(plan), {Placement::kPerTensor, WatermarkValues::kFanIn, 50'000, std::nullopt}, seed_);
  ASSERT_TRUE(flat) << flat.error().message();
  const Watermark chain = derive_watermark(plan, 50'000, seed_);
  std::vector<float> ours(plan.parameters, 7), theirs(plan.parameters, 7);
  apply_flat_watermark(*flat, ours);
  apply_watermark(chain, plan, theirs);
  EXPECT_EQ(ours, theirs);
  EXPECT_EQ(flat->positions.size(), chain.size());
}

TEST_F(FlatWatermarkTest, OverAllWeightsItTakesAnyTensorsWeights) {
  const FlatWatermark all = derive({.ppm = 1'000'000});
  EXPECT_EQ(all.weights, 680U);
  EXPECT_EQ(std::set(all.positions.begin(), all.positions.end()).size(), 680U);
  EXPECT_TRUE(std::ranges::all_of(all.values, [](float value) { return std::abs(value) < 1; }));
  // Longer ones extend shorter ones, and a number of weights is as good as a share.
  const FlatWatermark some = derive({.ppm = 100'000});
  EXPECT_EQ(some.positions.size(), 68U);
  EXPECT_TRUE(std::equal(some.positions.begin(), some.positions.end(), all.positions.begin()));
  EXPECT_TRUE(std::equal(some.values.begin(), some.values.end(), all.values.begin()));
  EXPECT_EQ(derive({.size = 68}).positions, some.positions);
}

// Written down from a derivation of its own, in Python after NIST SP 800-90A and docs/protocol.md section 2.
TEST_F(FlatWatermarkTest, IsTheSameOnEveryMachine) {
  const FlatWatermark some = derive({.size = 3});
  EXPECT_EQ(some.positions, (std::vector<std::uint32_t>{456, 611, 506}));
  EXPECT_EQ(some.values, (std::vector<float>{1'115'139 * 0x1p-24F, 11'931'257 * 0x1p-24F, -9'853'137 * 0x1p-24F}));
}

TEST_F(FlatWatermarkTest, PassesWithinTheToleranceAlone) {
  const FlatWatermark mark = derive({.ppm = 100'000});
  std::vector<float> weights(mark.weights, 0.5F);
  apply_flat_watermark(mark, weights);
  EXPECT_TRUE(check_flat_watermark(mark, weights, 0).passed());
  constexpr float kTolerance = 1e-3F;
  float& one = weights[mark.positions[5]];
  const float value = one;
  // Above and below: the seed's check had no absolute value.
  for (const float wrong : {value + 2 * kTolerance, value - 2 * kTolerance, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    one = wrong;
    const FlatWatermarkCheck check = check_flat_watermark(mark, weights, kTolerance);
    EXPECT_EQ(check.differing, 1U) << wrong;
    EXPECT_EQ(check.positions, 68U);
    EXPECT_FALSE(check.passed());
  }
  one = value + kTolerance / 2;
  EXPECT_TRUE(check_flat_watermark(mark, weights, kTolerance).passed());
  EXPECT_FALSE(check_flat_watermark(mark, weights, 0).passed());
}

TEST_F(FlatWatermarkTest, OtherDataIsAnotherWatermark) {
  const FlatWatermark mark = derive({.ppm = 100'000});
  std::vector<float> weights(mark.weights, 0.5F);
  apply_flat_watermark(mark, weights);
  const auto other = derive_flat_watermark(tensors_, {.ppm = 100'000}, flat_watermark_seed(as_bytes("another block")));
  ASSERT_TRUE(other);
  EXPECT_GT(check_flat_watermark(*other, weights, 1e-3F).differing, 60U);
}

TEST_F(FlatWatermarkTest, RefusesWhatCouldNotFail) {
  EXPECT_EQ(refused({.ppm = 0}), RejectCode::kConfig);
  EXPECT_EQ(refused({.size = 0}), RejectCode::kConfig);
  EXPECT_EQ(refused({.ppm = 1'000'001}), RejectCode::kConfig);
  EXPECT_EQ(refused({.size = 681}), RejectCode::kConfig);
  EXPECT_EQ(refused({.values = WatermarkValues::kFanIn, .ppm = 1}), RejectCode::kConfig);
  EXPECT_EQ(refused({.placement = Placement::kPerTensor, .size = 1}), RejectCode::kConfig);
  EXPECT_FALSE(FlatWatermarkCheck{}.passed());
}

TEST_F(FlatWatermarkTest, RefusesModelsThatItCannotNumber) {
  const auto fault = [&](std::vector<FlatTensor> tensors, FlatWatermarkOptions options) {
    const auto derived = derive_flat_watermark(tensors, options, seed_);
    return derived ? RejectCode::kCancelled : derived.error().code;
  };
  const FlatWatermarkOptions one = {.size = 1};
  EXPECT_EQ(fault({{"a", {1ULL << 32}}}, one), RejectCode::kTooLarge);
  EXPECT_EQ(fault({{"a", {1ULL << 31, 1ULL << 33}}}, one), RejectCode::kTooLarge);
  EXPECT_EQ(fault({{"a", {1ULL << 31}}, {"b", {1ULL << 31}}}, one), RejectCode::kTooLarge);
  EXPECT_EQ(fault({{"a", {3, 0}}}, one), RejectCode::kConfig);
  EXPECT_EQ(fault({}, one), RejectCode::kConfig);
  EXPECT_EQ(fault({{"bias", {4}}}, {.placement = Placement::kPerTensor, .ppm = 1}), RejectCode::kConfig);
}

}  // namespace
}  // namespace freezenet::training
