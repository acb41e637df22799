#include "consensus/base/uint256.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet {
namespace {

__extension__ using Wide = unsigned __int128;

Uint256 from_wide(Wide value) {
  return Uint256(static_cast<std::uint64_t>(value >> 64))
      .shift_left(64)
      .saturating_add(Uint256(static_cast<std::uint64_t>(value)));
}

/// Random limbs of random lengths, so that carries, zeros and full words all come up.
Uint256 random_value(std::mt19937_64& random) {
  Uint256 value;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t limb = random() % 4 == 0 ? (random() % 2 == 0 ? 0 : ~0ULL) : random();
    value = value.shift_left(64).saturating_add(Uint256(limb));
  }
  return value.shift_right(static_cast<unsigned>(random() % 257));
}

/// a * b by shifts and adds, or the maximum where it does not fit: the slow way, to check divide() against.
Uint256 product(const Uint256& a, const Uint256& b) {
  Uint256 sum;
  for (unsigned bit = 0; bit < b.bit_length(); ++bit) {
    if ((b.shift_right(bit).low64() & 1) == 0) continue;
    if (a.bit_length() + bit > 256) return Uint256::max();
    sum = sum.saturating_add(a.shift_left(bit));
  }
  return sum;
}

TEST(Uint256, AgreesWithTheCompilersArithmeticBelow128Bits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Wide a = (Wide{random()} << 64 | random()) >> (random() % 128);
    const Wide b = (Wide{random()} << 64 | random()) >> (random() % 128);
    const unsigned shift = static_cast<unsigned>(random() % 128);
    const Uint256 ua = from_wide(a);
    const Uint256 ub = from_wide(b);
    EXPECT_EQ(ua <=> ub, a <=> b);
    EXPECT_EQ(ua.saturating_sub(ub), from_wide(a > b ? a - b : 0));
    EXPECT_EQ(ua.shift_right(shift), from_wide(a >> shift));
    EXPECT_EQ(ua.shift_left(shift).shift_right(shift), ua);
    if ((a >> 64) == 0 && (b >> 64) == 0) {
      EXPECT_EQ(ua.saturating_add(ub), from_wide(a + b));
    }
    if (b != 0) {
      EXPECT_EQ(ua.divide(ub), from_wide(a / b));
    }
    const auto num = static_cast<std::uint32_t>(random());
    const auto den = static_cast<std::uint32_t>(random() | 1);
    if ((a >> 96) == 0) {
      EXPECT_EQ(ua.saturating_mul_div(num, den), from_wide(a * num / den));
    }
  }
}

TEST(Uint256, DivisionLeavesARestBelowTheDivisor) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2'000; ++i) {
    const Uint256 a = random_value(random);
    const Uint256 b = random_value(random);
    if (b.is_zero()) continue;
    const Uint256 quotient = a.divide(b);
    const Uint256 multiple = product(quotient, b);
    ASSERT_LE(multiple, a);
    EXPECT_LT(a.saturating_sub(multiple), b);
  }
}

TEST(Uint256, DivisionByTheLargestValues) {
  EXPECT_EQ(Uint256::max().divide(Uint256::max()), Uint256(1));
  EXPECT_EQ(Uint256::max().saturating_sub(Uint256(1)).divide(Uint256::max()), Uint256());
  EXPECT_EQ(Uint256::max().divide(Uint256(1)), Uint256::max());
  EXPECT_EQ(Uint256::max().divide(Uint256::power_of_two(255)), Uint256(1));
  EXPECT_EQ(Uint256::max().divide(Uint256::power_of_two(255).saturating_add(Uint256(1))), Uint256(1));
}

TEST(Uint256, MulDivIsExactWithNumeratorAboveOrBelow) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2'000; ++i) {
    const Uint256 a = random_value(random).shift_right(32);
    const auto num = static_cast<std::uint32_t>(random());
    const auto den = static_cast<std::uint32_t>(random() | 1);
    EXPECT_EQ(a.saturating_mul_div(num, den), product(a, Uint256(num)).divide(Uint256(den)));
  }
}

TEST(Uint256, NothingWraps) {
  EXPECT_EQ(Uint256::max().saturating_add(Uint256(1)), Uint256::max());
  EXPECT_EQ(Uint256(1).saturating_sub(Uint256(2)), Uint256());
  EXPECT_EQ(Uint256::max().saturating_mul_div(3, 2), Uint256::max());
  EXPECT_EQ(Uint256::max().saturating_mul_div(3, 3), Uint256::max());  // the product has 258 bits, the quotient fits
  EXPECT_EQ(Uint256::max().saturating_mul_div(4'294'967'295U, 4'294'967'295U), Uint256::max());
  EXPECT_EQ(Uint256::power_of_two(255).saturating_mul_div(2, 1), Uint256::max());
  EXPECT_EQ(Uint256::power_of_two(255).saturating_mul_div(2, 3).bit_length(), 255U);
}

TEST(Uint256, ShiftsPastTheEndGiveZero) {
  EXPECT_TRUE(Uint256::max().shift_left(256).is_zero());
  EXPECT_TRUE(Uint256::max().shift_right(1000).is_zero());
  EXPECT_EQ(Uint256(1).shift_left(255), Uint256::power_of_two(255));
  EXPECT_EQ(Uint256::max().shift_right(255), Uint256(1));
}

TEST(Uint256, BitLength) {
  EXPECT_EQ(Uint256().bit_length(), 0U);
  for (unsigned bit = 0; bit < 256; ++bit) EXPECT_EQ(Uint256::power_of_two(bit).bit_length(), bit + 1);
}

TEST(Uint256, HashesAreLittleEndian) {
  Hash256 hash;
  hash.bytes[0] = 1;
  hash.bytes[31] = 0x80;
  const Uint256 value = Uint256::from_hash(hash);
  EXPECT_EQ(value, Uint256::power_of_two(255).saturating_add(Uint256(1)));
  EXPECT_EQ(value.to_hash(), hash);
  EXPECT_EQ(to_hex(value), "8" + std::string(62, '0') + "1");
}

TEST(Uint256, OrdersLikeTheHashesItComesFrom) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 1'000; ++i) {
    const Uint256 a = random_value(random);
    const Uint256 b = random_value(random);
    EXPECT_EQ(a <=> b, a.to_hash() <=> b.to_hash());
  }
}

TEST(Uint256, ToDoubleRoundsOnce) {
  EXPECT_EQ(Uint256(12345).to_double(), 12345.0);
  EXPECT_EQ(Uint256::max().to_double(), std::ldexp(1.0, 256));
  EXPECT_EQ(Uint256::power_of_two(200).to_double(), std::ldexp(1.0, 200));
  // Half a unit and one bit far below: rounding the upper half alone would see a tie and go to even.
  const Uint256 value =
      Uint256::power_of_two(200).saturating_add(Uint256::power_of_two(147)).saturating_add(Uint256(1));
  EXPECT_EQ(value.to_double(), std::ldexp(1.0, 200) + std::ldexp(1.0, 148));
}

}  // namespace
}  // namespace freezenet
