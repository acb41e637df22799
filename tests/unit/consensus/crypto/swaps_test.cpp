#include "consensus/crypto/swaps.h"

#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace freezenet {
namespace {

using Places = std::vector<std::uint32_t>;

/// The definition, on the whole array. `n` is above every place.
Places on_the_whole_array(const Places& places, std::uint32_t n) {
  Places array(n);
  std::iota(array.begin(), array.end(), 0U);
  for (std::size_t i = 0; i < places.size(); ++i) std::swap(array[i], array[places[i]]);
  array.resize(places.size());
  return array;
}

void expect_as_on_the_whole_array(const Places& places, std::uint32_t n) {
  Places swapped = places;
  perform_swaps(swapped);
  ASSERT_EQ(swapped, on_the_whole_array(places, n)) << places.size() << " of " << n;
}

TEST(Swaps, RandomPlaces) {
  std::mt19937 generator(1);
  const auto random = [&] { return static_cast<std::uint32_t>(generator()); };
  const auto draw = [&](std::uint32_t n, std::uint32_t k) {
    Places places(k);
    for (std::uint32_t i = 0; i < k; ++i) places[i] = i + random() % (n - i);
    return places;
  };
  for (std::uint32_t n = 0; n <= 40; ++n) {
    for (std::uint32_t k = 0; k <= n; ++k) {
      for (int round = 0; round < 5; ++round) expect_as_on_the_whole_array(draw(n, k), n);
    }
  }
  for (int round = 0; round < 200; ++round) {
    const std::uint32_t n = 1 + random() % 20'000;
    expect_as_on_the_whole_array(draw(n, random() % (n + 1)), n);
  }
  for (const std::uint32_t k : {0U, 1U, 50'000U, 500'000U, 999'999U, 1'000'000U}) {
    expect_as_on_the_whole_array(draw(1'000'000, k), 1'000'000);
  }
}

TEST(Swaps, EverySwapAtOnePlace) {
  expect_as_on_the_whole_array(Places(1000, 5000), 6000);
  expect_as_on_the_whole_array(Places(1000, 999), 1000);
}

TEST(Swaps, PlacesThatShareEveryBit) {
  Places places;
  for (std::uint32_t i = 0; i < 500; ++i) places.push_back((1 + i % 37) << 18);
  expect_as_on_the_whole_array(places, 38U << 18);
}

TEST(Swaps, ElementsWanderOn) {
  Places places;  // element 0 is carried one further by each swap, beyond the front and back
  for (std::uint32_t i = 0; i < 300; ++i) places.push_back(i + 1);
  expect_as_on_the_whole_array(places, 301);
  for (std::uint32_t i = 0; i < 300; ++i) places[i] = i % 2 == 0 ? 299 : 400;
  places[299] = 400;
  expect_as_on_the_whole_array(places, 401);
}

TEST(Swaps, TheLargestPlace) {
  Places places{0xFFFF'FFFFU, 0xFFFF'FFFEU, 0xFFFF'FFFFU, 0xFFFF'FFFFU};
  perform_swaps(places);
  EXPECT_EQ(places, (Places{0xFFFF'FFFFU, 0xFFFF'FFFEU, 0, 2}));
}

}  // namespace
}  // namespace freezenet
