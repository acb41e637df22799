#include "training/kernels/pool.h"

#include <algorithm>

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/sum.h"

namespace freezenet::kernels {
namespace {

/// Few different values, so that windows have ties; negative ones, so that a gate closes; and NaN.
std::vector<float> tied(Values& random, std::size_t n, bool with_nan) {
  const float of[] = {-2.0F, -1.0F, 0.0F, 0.5F, 1.0F, 1.0F, 2.0F, with_nan ? std::nanf("") : 3.0F};
  std::vector<float> out(n);
  for (float& v : out) v = of[random.between(0, 7)];
  return out;
}

/// Calls visit(output, places of its window in row order) for each output of `count` samples.
template <typename Visit>
void each_window(const PoolShape& s, std::size_t count, const Visit& visit) {
  std::size_t output = 0;
  for (std::size_t plane = 0; plane < count * s.channels; ++plane) {
    for (std::size_t oy = 0; oy < s.out_height(); ++oy) {
      for (std::size_t ox = 0; ox < s.out_width(); ++ox, ++output) {
        std::vector<std::size_t> places;
        for (std::size_t u = 0; u < s.kernel; ++u) {
          for (std::size_t v = 0; v < s.kernel; ++v) {
            places.push_back((plane * s.height + oy * s.stride + u) * s.width + ox * s.stride + v);
          }
        }
        visit(output, places);
      }
    }
  }
}

std::size_t first_largest(const std::vector<float>& in, const std::vector<std::size_t>& places) {
  std::size_t best = places.front();
  for (const std::size_t place : places) {
    if (in[place] > in[best]) best = place;
  }
  return best;
}

struct Passed {
  std::vector<float> out, in_gradient;
};

Passed max_pool_by_definition(const PoolShape& s, std::size_t count, const std::vector<float>& in,
                              const std::vector<float>& gradient) {
  Passed expected{std::vector<float>(count * s.out_size()), std::vector<float>(in.size(), 0.0F)};
  each_window(s, count, [&](std::size_t output, const std::vector<std::size_t>& places) {
    const std::size_t best = first_largest(in, places);
    expected.out[output] = in[best] + 0.0F;
    expected.in_gradient[best] += gradient[output];
  });
  return expected;
}

TEST(MaxPool, TakesTheFirstOfEqualMaxima) {
  for (const Path path : available_paths()) {
    const std::vector<float> in = {1, 2, 2, 2}, gradient = {5};
    std::vector<float> out(1), values = in;
    max_pool_forward(table_of(path), {1, 2, 2, 2, 2}, 1, in.data(), out.data());
    max_pool_backward_in_place(table_of(path), {1, 2, 2, 2, 2}, false, gradient.data(), values.data());
    EXPECT_EQ(out[0], 2.0F);
    EXPECT_TRUE(same_bits(values, std::vector<float>{0, 5, 0, 0})) << name(path);
  }
}

TEST(MaxPool, LeavesNoNegativeZero) {
  for (const Path path : available_paths()) {
    for (const std::size_t width : {2U, 3U}) {  // side by side; a column left over
      const std::vector<float> in(2 * width, -0.0F);
      std::vector<float> out(1);
      max_pool_forward(table_of(path), {1, 2, width, 2, 2}, 1, in.data(), out.data());
      EXPECT_TRUE(same_bits(out, std::vector<float>{0.0F})) << name(path);
    }
  }
}

TEST(MaxPool, FollowsItsDefinitionOverlapsAndLeftoversIncluded) {
  Values random(6);
  for (int i = 0; i < 60; ++i) {
    const std::size_t kernel = i < 20 ? 3 : random.between(1, 3);
    const PoolShape s{random.between(1, 4), random.between(kernel, 9), random.between(kernel, 9), kernel,
                      i < 20 ? 2 : random.between(1, 3)};
    const std::size_t count = random.between(1, 5);
    const auto in = i % 2 == 0 ? random.floats(count * s.in_size()) : tied(random, count * s.in_size(), i % 4 == 1);
    const auto gradient = random.floats(count * s.out_size());
    const Passed expected = max_pool_by_definition(s, count, in, gradient);
    std::vector<float> in_gradient(in.size(), 9.0F);
    for (std::size_t n = 0; n < count; ++n) {
      max_pool_backward(s, in.data() + n * s.in_size(), gradient.data() + n * s.out_size(),
                        in_gradient.data() + n * s.in_size());
    }
    ASSERT_TRUE(same_bits(in_gradient, expected.in_gradient)) << i;
    for (const Path path : available_paths()) {
      std::vector<float> out(expected.out.size() + 1, 9.0F);
      max_pool_forward(table_of(path), s, count, in.data(), out.data());
      ASSERT_EQ(out.back(), 9.0F);
      out.pop_back();
      ASSERT_TRUE(same_bits(out, expected.out)) << name(path) << " " << i;
    }
  }
}

TEST(MaxPool, InPlaceOnlyWhereWindowsOfTwoCoverThePlane) {
  EXPECT_TRUE(max_pool_in_place({3, 4, 6, 2, 2}));
  EXPECT_FALSE(max_pool_in_place({3, 5, 6, 2, 2}));
  EXPECT_FALSE(max_pool_in_place({3, 4, 7, 2, 2}));
  EXPECT_FALSE(max_pool_in_place({3, 4, 6, 2, 1}));
  EXPECT_FALSE(max_pool_in_place({3, 6, 6, 3, 2}));
  EXPECT_FALSE(max_pool_in_place({3, 6, 6, 3, 3}));
}

/// Rows narrower and wider than a register and than the stretch that the loops take at once.
TEST(MaxPool, InPlaceGradientIsThatOfTheDefinitionThroughAGate) {
  Values random(16);
  for (std::size_t width = 2; width <= 300; width += width < 70 ? 2 : 46) {
    for (const std::size_t height : {2U, 4U, 6U}) {  // an odd and an even number of rows of windows
      for (const bool with_nan : {false, true}) {
        const PoolShape s{random.between(1, 3), height, width, 2, 2};
        ASSERT_TRUE(max_pool_in_place(s));
        const auto in = tied(random, s.in_size(), with_nan);
        const auto gradient = random.floats(s.out_size());
        Passed expected = max_pool_by_definition(s, 1, in, gradient);
        for (const bool gated : {false, true}) {
          for (std::size_t i = 0; gated && i < in.size(); ++i) {
            if (!(in[i] > 0.0F)) expected.in_gradient[i] = 0.0F;
          }
          for (const Path path : available_paths()) {
            std::vector<float> values = in, out(s.out_size());
            values.push_back(9.0F);
            max_pool_forward(table_of(path), s, 1, in.data(), out.data());
            ASSERT_TRUE(same_bits(out, expected.out)) << name(path) << " " << width;
            max_pool_backward_in_place(table_of(path), s, gated, gradient.data(), values.data());
            ASSERT_EQ(values.back(), 9.0F) << name(path);
            values.pop_back();
            ASSERT_TRUE(same_bits(values, expected.in_gradient)) << name(path) << " " << width << "x" << height;
          }
        }
      }
    }
  }
}

TEST(AvgPool, FollowsItsDefinitionOverlapsAndLeftoversIncluded) {
  Values random(26);
  for (int i = 0; i < 60; ++i) {
    const std::size_t kernel = random.between(1, 5);
    const PoolShape s{random.between(1, 4), random.between(kernel, 9), random.between(kernel, 9), kernel,
                      random.between(1, 3)};
    const std::size_t count = random.between(1, 3);
    const auto in = random.floats(count * s.in_size()), gradient = random.floats(count * s.out_size());
    const auto number = static_cast<float>(kernel * kernel);
    std::vector<float> expected(count * s.out_size()), expected_gradient(in.size(), 0.0F);
    each_window(s, count, [&](std::size_t output, const std::vector<std::size_t>& places) {
      std::vector<float> window;
      for (const std::size_t place : places) window.push_back(in[place]);
      double exact = 0;
      for (const float v : window) exact += double{v};
      expected[output] = pairwise_sum(window) / number + 0.0F;
      ASSERT_NEAR(expected[output], exact / double{number}, 1e-4);
      const float part = gradient[output] / number + 0.0F;
      for (const std::size_t place : places) expected_gradient[place] += part;
    });
    std::vector<float> out(expected.size()), in_gradient(in.size(), 9.0F), scratch(kernel * kernel);
    avg_pool_forward(s, count, in.data(), out.data(), scratch.data());
    for (std::size_t n = 0; n < count; ++n) {
      avg_pool_backward(s, gradient.data() + n * s.out_size(), in_gradient.data() + n * s.in_size());
    }
    ASSERT_TRUE(same_bits(out, expected)) << i;
    ASSERT_TRUE(same_bits(in_gradient, expected_gradient)) << i;
  }
}

/// A quotient smaller than half of the smallest denormal is a zero, and never -0.
TEST(AvgPool, LeavesNoNegativeZero) {
  const PoolShape s{1, 2, 2, 2, 2};
  const std::vector<float> in = {-0x1p-149F, 0.0F, 0.0F, 0.0F}, gradient = {-0x1p-149F};
  std::vector<float> out(1), in_gradient(4), scratch(4);
  avg_pool_forward(s, 1, in.data(), out.data(), scratch.data());
  avg_pool_backward(s, gradient.data(), in_gradient.data());
  EXPECT_TRUE(same_bits(out, std::vector<float>(1, 0.0F)));
  EXPECT_TRUE(same_bits(in_gradient, std::vector<float>(4, 0.0F)));
}

}  // namespace
}  // namespace freezenet::kernels
