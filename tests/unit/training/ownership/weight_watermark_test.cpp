#include "training/ownership/weight_watermark.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "training/ownership/fitting.h"
#include "training/ownership/random.h"
#include "training/ownership/seed_network.h"

namespace freezenet::ownership {
namespace {

using training::FlatWatermarkOptions;
using training::Placement;
using training::WatermarkValues;

constexpr float kTolerance = 1e-6F;

/// Noise with labels: enough for weights to move.
Samples some_samples(const Shape& shape) {
  const auto generator = generator_of(1);
  return {torch::empty({60, shape.channels, shape.height, shape.width}).normal_(0, 1, generator),
          torch::randint(shape.classes, {60}, generator, torch::kInt64)};
}

class WeightWatermarkTest : public ::testing::Test {
 protected:
  const Shape shape_{1, 8, 8, 10};
  SeedNetwork model_{shape_, 3};

  WeightWatermark derive(const FlatWatermarkOptions& options, const char* header = "header") const {
    auto mark = WeightWatermark::derive(model_, options, training::flat_watermark_seed(as_bytes(header)));
    EXPECT_TRUE(mark) << mark.error().message();
    return std::move(*mark);
  }
  void train(const WeightWatermark& mark, Optimiser optimiser) {
    mark.stamp(model_);
    FitOptions options{.epochs = 2, .batch = 20, .optimiser = optimiser};
    if (optimiser == Optimiser::kSgd) options.weight_decay = 1e-2;
    FitParts parts;
    parts.after_step = mark.stamper(model_);
    ASSERT_TRUE(fit(model_, some_samples(shape_), options, parts));
  }
  /// The element of the flat buffer, in the model's own memory.
  float& weight(std::uint32_t position) {
    for (const torch::Tensor& tensor : model_.parameters()) {
      if (position < tensor.numel()) return tensor.data_ptr<float>()[position];
      position -= static_cast<std::uint32_t>(tensor.numel());
    }
    throw std::out_of_range("position");
  }
};

TEST_F(WeightWatermarkTest, EveryPositionHoldsAtTheEndOfTraining) {
  for (const Optimiser optimiser : {Optimiser::kAdam, Optimiser::kSgd}) {
    const WeightWatermark mark = derive({.ppm = 300'000});
    const std::vector<float> before = flat_weights(model_);
    train(mark, optimiser);
    const auto check = mark.check(model_, 0);
    EXPECT_TRUE(check.passed());
    EXPECT_EQ(check.positions, (before.size() * 3 + 9) / 10);
    // The others were trained.
    const std::vector<float> after = flat_weights(model_);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < after.size(); ++i) moved += after[i] != before[i] ? 1 : 0;
    EXPECT_GT(moved, after.size() * 2 / 3);
  }
}

TEST_F(WeightWatermarkTest, TheChainsPlacementLeavesVectorsAlone) {
  const WeightWatermark mark = derive({Placement::kPerTensor, WatermarkValues::kFanIn, 1'000'000});
  const auto bias = model_.named_parameters()["last.bias"].clone();
  mark.stamp(model_);
  EXPECT_TRUE(torch::equal(model_.named_parameters()["last.bias"], bias));
  EXPECT_TRUE(mark.check(model_, 0).passed());
  const torch::Tensor kernel = model_.named_parameters()["conv1.weight"];
  EXPECT_LE(kernel.abs().max().item<float>(), std::sqrt(6.0F / (32 * 9)));
}

TEST_F(WeightWatermarkTest, AnotherHeaderIsRejected) {
  const WeightWatermark mark = derive({.ppm = 10'000}), other = derive({.ppm = 10'000}, "another header");
  mark.stamp(model_);
  EXPECT_TRUE(mark.check(model_, kTolerance).passed());
  const auto check = other.check(model_, kTolerance);
  EXPECT_FALSE(check.passed());
  EXPECT_GT(check.differing, check.positions * 9 / 10);
}

TEST_F(WeightWatermarkTest, OneWeightIsEnoughToBeRejected) {
  const WeightWatermark mark = derive({.ppm = 10'000});
  mark.stamp(model_);
  for (const std::size_t i : {std::size_t{0}, mark.flat().positions.size() - 1}) {
    float& one = weight(mark.flat().positions[i]);
    const float value = one;
    ASSERT_EQ(value, mark.flat().values[i]);
    for (const float wrong : {value + 2 * kTolerance, value - 2 * kTolerance, std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity()}) {
      one = wrong;
      EXPECT_EQ(mark.check(model_, kTolerance).differing, 1U) << wrong;
    }
    one = value;
    EXPECT_TRUE(mark.check(model_, kTolerance).passed());
  }
}

TEST_F(WeightWatermarkTest, AnEmptyOneIsRefused) {
  const auto mark = WeightWatermark::derive(model_, {.ppm = 0}, Hash256{});
  ASSERT_FALSE(mark);
  EXPECT_EQ(mark.error().code, RejectCode::kConfig);
}

}  // namespace
}  // namespace freezenet::ownership
