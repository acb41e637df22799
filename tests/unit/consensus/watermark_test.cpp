#include "consensus/watermark.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/consensus/sample_task.h"

namespace freezenet {
namespace {

constexpr std::uint32_t kPpm = 50'000;

Hash256 seed() { return sha256(as_bytes("seed")); }

class WatermarkTest : public ::testing::Test {
 protected:
  const Task task_ = sample_task();
  const Plan plan_ = plan_of(task_).value();
  const Watermark watermark_ = derive_watermark(plan_, kPpm, seed());
  std::vector<float> weights_ = genesis_weights(plan_, task_.id());

  /// A model that carries the watermark.
  std::vector<float> signed_model() const {
    std::vector<float> weights = weights_;
    apply_watermark(watermark_, plan_, weights);
    return weights;
  }
  RejectCode fault(std::span<const float> weights) const {
    const auto checked = check_signed_model(watermark_, plan_, weights);
    EXPECT_FALSE(checked);
    return checked ? RejectCode::kCancelled : checked.error().code;
  }
};

TEST_F(WatermarkTest, SizeRoundsUp) {
  EXPECT_EQ(watermark_size(0, kPpm), 0U);
  EXPECT_EQ(watermark_size(1, 1), 1U);
  EXPECT_EQ(watermark_size(20, kPpm), 1U);
  EXPECT_EQ(watermark_size(21, kPpm), 2U);
  EXPECT_EQ(watermark_size(0xffff'ffff, 100'000), 429'496'730U);
  EXPECT_EQ(watermark_.size(), 2U + 32U);  // 36 and 640 weights
}

TEST_F(WatermarkTest, TheMaskCoversTheFrozenWeightsAndNoOther) {
  const std::vector<std::uint8_t> frozen = frozen_mask(watermark_, plan_);
  ASSERT_EQ(frozen.size(), plan_.parameters);
  // Where another value is put is where the mask is set: both are right or both are wrong.
  Watermark moved = watermark_;
  for (TensorWatermark& part : moved.tensors) std::ranges::fill(part.values, 1e6F);
  std::vector<float> weights = weights_;
  apply_watermark(moved, plan_, weights);
  for (std::size_t i = 0; i < weights.size(); ++i) ASSERT_EQ(frozen[i], weights[i] == 1e6F ? 1 : 0) << i;
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(frozen, 1)), watermark_.size());
}

TEST_F(WatermarkTest, ScaleIsTheNearestBinary32) {
  EXPECT_EQ(fan_in_scale(6), 1.0F);
  EXPECT_EQ(fan_in_scale(24), 0.5F);
  for (std::uint64_t n = 1; n < 2000; ++n) {
    const float quotient = static_cast<float>(6.0 / static_cast<double>(n));
    EXPECT_EQ(fan_in_scale(n), static_cast<float>(std::sqrt(static_cast<double>(quotient)))) << n;
  }
}

// From an independent implementation in Python.
TEST_F(WatermarkTest, Golden) {
  Writer out;
  for (const TensorWatermark& part : watermark_.tensors) {
    for (std::size_t i = 0; i < part.positions.size(); ++i) {
      out.integer(part.tensor).integer(part.positions[i]).float_bits(part.values[i]);
    }
  }
  EXPECT_EQ(to_hex(ByteView(sha256(out.data()).bytes)),
            "1938715ff4eca2e212c2c27996800db77681eeedf5fb608cb5cf1159e1552c9d");
  EXPECT_EQ(to_hex(ByteView(chunked_root(as_bytes(std::span<const float>(weights_))).bytes)),
            "1319bae0e00f008b834a3ac79d71df108807875fc7d727d4eac0dca70079f211");
}

TEST_F(WatermarkTest, OnlyTensorsOfRankTwoAndMore) {
  ASSERT_EQ(watermark_.tensors.size(), 2U);
  for (const TensorWatermark& part : watermark_.tensors) {
    const TensorSpec& tensor = plan_.tensors[part.tensor];
    EXPECT_GE(tensor.shape.size(), 2U);
    EXPECT_EQ(part.positions.size(), part.values.size());
    EXPECT_EQ(std::set<std::uint32_t>(part.positions.begin(), part.positions.end()).size(), part.positions.size());
    for (const std::uint32_t position : part.positions) EXPECT_LT(position, tensor.count);
    for (const float value : part.values) {
      EXPECT_LT(std::abs(value), fan_in_scale(tensor.fan_in()));
      EXPECT_NE(value, 0.0F);
    }
  }
}

TEST_F(WatermarkTest, ALongerOneExtendsAShorterOne) {
  const Watermark longer = derive_watermark(plan_, 100'000, seed());
  for (std::size_t t = 0; t < watermark_.tensors.size(); ++t) {
    const TensorWatermark& a = watermark_.tensors[t];
    const TensorWatermark& b = longer.tensors[t];
    ASSERT_GT(b.positions.size(), a.positions.size());
    EXPECT_TRUE(std::equal(a.positions.begin(), a.positions.end(), b.positions.begin()));
    EXPECT_TRUE(std::equal(a.values.begin(), a.values.end(), b.values.begin()));
  }
}

TEST_F(WatermarkTest, AnotherHeaderHasAnotherWatermark) {
  Hash256 other_seed = seed();
  other_seed.bytes[17] ^= 1;
  const Watermark other = derive_watermark(plan_, kPpm, other_seed);
  EXPECT_NE(other.tensors[1].positions, watermark_.tensors[1].positions);
  EXPECT_NE(other.tensors[1].values, watermark_.tensors[1].values);
  const WatermarkCheck check = check_watermark(other, plan_, signed_model());
  EXPECT_EQ(check.positions, watermark_.size());
  EXPECT_EQ(check.differing, watermark_.size());
}

TEST_F(WatermarkTest, ApplyingChangesTheFrozenWeightsOnly) {
  const std::vector<float> signed_weights = signed_model();
  EXPECT_EQ(check_watermark(watermark_, plan_, signed_weights).differing, 0U);
  EXPECT_TRUE(check_signed_model(watermark_, plan_, signed_weights));
  std::size_t changed = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) changed += weights_[i] != signed_weights[i];
  EXPECT_EQ(changed, watermark_.size());
  EXPECT_EQ(check_watermark(watermark_, plan_, weights_).differing, watermark_.size());
}

TEST_F(WatermarkTest, EveryFrozenWeightIsComparedByItsBits) {
  const std::vector<float> good = signed_model();
  for (const TensorWatermark& part : watermark_.tensors) {
    for (const std::uint32_t position : part.positions) {
      std::vector<float> bad = good;
      float& weight = bad[plan_.tensors[part.tensor].offset + position];
      weight = std::bit_cast<float>(std::bit_cast<std::uint32_t>(weight) ^ 1);
      EXPECT_EQ(check_watermark(watermark_, plan_, bad).differing, 1U);
      EXPECT_EQ(fault(bad), RejectCode::kWrongWatermark);
      weight = std::numeric_limits<float>::quiet_NaN();
      EXPECT_EQ(check_watermark(watermark_, plan_, bad).differing, 1U);
    }
  }
}

TEST_F(WatermarkTest, SignedModelsWithBadWeights) {
  const std::vector<float> good = signed_model();
  const auto with = [&](std::size_t at, float value) {
    std::vector<float> bad = good;
    bad[at] = value;
    return bad;
  };
  for (const std::size_t at : {std::size_t{0}, good.size() - 1}) {
    EXPECT_EQ(fault(with(at, std::numeric_limits<float>::quiet_NaN())), RejectCode::kNonFiniteWeight);
    EXPECT_EQ(fault(with(at, std::numeric_limits<float>::infinity())), RejectCode::kNonFiniteWeight);
    EXPECT_EQ(fault(with(at, -65'536.01F)), RejectCode::kWeightTooLarge);
    EXPECT_EQ(fault(with(at, -0.0F)), RejectCode::kNegativeZero);
  }
  EXPECT_TRUE(check_signed_model(watermark_, plan_, with(good.size() - 1, -65'536.0F)));  // a bias: never frozen
  EXPECT_EQ(fault(std::span(good).first(good.size() - 1)), RejectCode::kWrongModelSize);
  EXPECT_EQ(fault({}), RejectCode::kWrongModelSize);
}

TEST_F(WatermarkTest, GenesisWeights) {
  ASSERT_EQ(weights_.size(), plan_.parameters);
  for (const TensorSpec& tensor : plan_.tensors) {
    const auto values = std::span(weights_).subspan(tensor.offset, tensor.count);
    for (const float value : values) {
      if (tensor.shape.size() == 1) {
        EXPECT_EQ(std::bit_cast<std::uint32_t>(value), 0U);
      } else {
        EXPECT_NE(value, 0.0F);
        EXPECT_LT(std::abs(value), fan_in_scale(tensor.fan_in()));
      }
    }
  }
  EXPECT_NE(genesis_weights(plan_, seed()), weights_);
}

// Root from an independent implementation in Python (tests/functional/network_file.py).
TEST(GenesisWeights, AGroupNormBeginsAtOne) {
  const Task task = residual_task();
  const Plan plan = plan_of(task).value();
  const std::vector<float> weights = genesis_weights(plan, task.id());
  for (std::size_t i = 40; i < 44; ++i) EXPECT_EQ(weights[i], 1.0F) << i;                              // "1.weight"
  for (std::size_t i = 44; i < 48; ++i) EXPECT_EQ(std::bit_cast<std::uint32_t>(weights[i]), 0U) << i;  // "1.bias"
  EXPECT_EQ(to_hex(ByteView(chunked_root(as_bytes(std::span<const float>(weights))).bytes)),
            "fcd1a060766dd273ea5bfb0d05fab608fdf95ce03842d810f9c3bcdb76d04ed2");
  // Rank 1 is never marked, whatever it begins with.
  for (const TensorWatermark& part : derive_watermark(plan, kPpm, seed()).tensors)
    EXPECT_GE(plan.tensors[part.tensor].shape.size(), 2U);
}

}  // namespace
}  // namespace freezenet
