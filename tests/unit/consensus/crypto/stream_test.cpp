#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

Hash256 seed() { return sha256(as_bytes("seed")); }

// Golden values from an independent implementation in Python; the fifth line of the first test lies behind the
// 4,096-byte border.
TEST(Stream, Golden) {
  Stream words(seed(), "index", 7);
  EXPECT_EQ(words.next_u32(), 0x273c5925U);
  EXPECT_EQ(words.next_u32(), 0xfbe8dfceU);
  for (int i = 0; i < 1024; ++i) words.next_u32();
  EXPECT_EQ(words.next_u32(), 0x91fdb688U);
  EXPECT_EQ(words.next_u32(), 0x9e69eca7U);
  EXPECT_EQ(Stream(seed(), "index", 0).choose(1000, 10),
            (std::vector<std::uint32_t>{141, 473, 505, 135, 886, 273, 171, 925, 968, 579}));
  Stream floats(seed(), "value", 0);
  EXPECT_EQ(floats.uniform_float(), 0x1.8cc5f8p-3F);
  EXPECT_EQ(floats.uniform_float(), -0x1.48948p-7F);
  EXPECT_EQ(floats.uniform_float(), -0x1.252314p-2F);
}

TEST(Stream, SeedLabelAndIndexAllMatter) {
  std::set<std::uint32_t> first;
  first.insert(Stream(seed(), "index", 0).next_u32());
  first.insert(Stream(seed(), "index", 1).next_u32());
  first.insert(Stream(seed(), "value", 0).next_u32());
  first.insert(Stream({}, "index", 0).next_u32());
  EXPECT_EQ(first.size(), 4U);
}

TEST(Stream, BoundedStaysBelowItsBoundAndReachesAllOfIt) {
  Stream stream(seed(), "test", 0);
  for (const std::uint32_t bound : {1U, 2U, 3U, 7U, 8U, 9U, 100U}) {
    std::vector<int> seen(bound);
    for (int i = 0; i < 10'000; ++i) {
      const std::uint32_t value = stream.bounded(bound);
      ASSERT_LT(value, bound);
      ++seen[value];
    }
    const double expected = 10'000.0 / bound;
    for (const int count : seen) EXPECT_NEAR(count, expected, 6 * std::sqrt(expected) + 1) << bound;
  }
}

TEST(Stream, BoundOfOneDrawsNothing) {
  Stream drawn(seed(), "test", 0);
  Stream fresh(seed(), "test", 0);
  EXPECT_EQ(drawn.bounded(1), 0U);
  EXPECT_EQ(drawn.next_u32(), fresh.next_u32());
}

TEST(Stream, BoundedTakesTheTopBits) {
  Stream drawn(seed(), "test", 0);
  Stream fresh(seed(), "test", 0);
  EXPECT_EQ(drawn.bounded(1U << 16), fresh.next_u32() >> 16);
  EXPECT_EQ(drawn.bounded(1U << 31), fresh.next_u32() >> 1);
}

TEST(Stream, UniformFloatsAreOddMultiplesAndNeverZero) {
  Stream stream(seed(), "test", 1);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float value = stream.uniform_float();
    ASSERT_GT(value, -1.0F);
    ASSERT_LT(value, 1.0F);
    const double scaled = std::ldexp(static_cast<double>(value), 24);
    ASSERT_EQ(scaled, std::nearbyint(scaled));
    ASSERT_EQ(std::abs(std::fmod(scaled, 2.0)), 1.0);
    sum += static_cast<double>(value);
  }
  EXPECT_NEAR(sum / 100'000, 0, 0.01);
}

/// The same shuffle with the whole array in memory.
std::vector<std::uint32_t> choose_densely(Stream stream, std::uint32_t n, std::uint32_t k) {
  std::vector<std::uint32_t> array(n);
  std::iota(array.begin(), array.end(), 0U);
  for (std::uint32_t i = 0; i < k; ++i) std::swap(array[i], array[i + stream.bounded(n - i)]);
  array.resize(k);
  return array;
}

void expect_fisher_yates(Stream stream, std::uint32_t n, std::uint32_t k) {
  Stream dense = stream;
  const auto chosen = stream.choose(n, k);
  ASSERT_EQ(chosen, choose_densely(dense, n, k)) << n << ' ' << k;
  ASSERT_EQ(std::set<std::uint32_t>(chosen.begin(), chosen.end()).size(), k);
  ASSERT_TRUE(std::all_of(chosen.begin(), chosen.end(), [n](std::uint32_t x) { return x < n; }));
}

TEST(Stream, ChooseIsFisherYates) {
  for (std::uint32_t n = 0; n <= 34; ++n) {
    for (std::uint32_t k = 0; k <= n; ++k) expect_fisher_yates(Stream(seed(), "choose", n), n, k);
  }
  for (std::uint32_t power = 6; power <= 17; ++power) {
    for (const std::uint32_t n : {(1U << power) - 1, 1U << power, (1U << power) + 1}) {
      for (const std::uint32_t k : {0U, 1U, n / 20, n / 2, n - 2, n - 1, n}) {
        expect_fisher_yates(Stream(seed(), "choose", n), n, k);
      }
    }
  }
  struct Case {
    std::uint32_t n, k;
  };
  for (const auto [n, k] : {Case{100, 37}, {1437, 32}, {5000, 5000}, {100'000, 5000}, {3'000'000, 150'000}}) {
    expect_fisher_yates(Stream(seed(), "choose", n), n, k);
  }
}

/// However much of the stream is used up before, and as much of it as one draw after the other uses.
TEST(Stream, ChooseAndFillTakeTheWordsOneAfterTheOther) {
  for (const std::size_t before : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1023}}) {
    Stream at_once(seed(), "mixed", 0);
    for (std::size_t i = 0; i < before; ++i) at_once.next_u32();
    Stream one_by_one = at_once;
    for (const std::uint32_t count : {0U, 1U, 7U, 1024U, 3000U, 64U}) {
      std::vector<float> filled(count);
      at_once.fill_uniform(filled, 0.3F);
      for (const float value : filled) ASSERT_EQ(value, one_by_one.uniform_float() * 0.3F);
      const auto chosen = at_once.choose(count + 50, count);
      std::vector<std::uint32_t> array(count + 50);
      std::iota(array.begin(), array.end(), 0U);
      for (std::uint32_t i = 0; i < count; ++i) {
        std::swap(array[i], array[i + one_by_one.bounded(count + 50 - i)]);
        ASSERT_EQ(chosen[i], array[i]);
      }
      ASSERT_EQ(at_once.next_u32(), one_by_one.next_u32()) << before << ' ' << count;
    }
  }
}

TEST(Stream, AShorterChoiceIsAPrefix) {
  const auto longer = Stream(seed(), "choose", 0).choose(4000, 400);
  const auto shorter = Stream(seed(), "choose", 0).choose(4000, 150);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST(Stream, ChooseWorksAtTheEndOfItsRange) {
  const auto chosen = Stream(seed(), "choose", 0).choose(0xffff'ffffU, 1000);
  EXPECT_EQ(std::set<std::uint32_t>(chosen.begin(), chosen.end()).size(), 1000U);
}

}  // namespace
}  // namespace freezenet
