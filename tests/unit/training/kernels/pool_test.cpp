#include "training/kernels/pool.h"

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

TEST(MaxPool, TakesTheFirstOfEqualMaxima) {
  Pool pool(1);
  const std::vector<float> in = {1, 2, 2, 2};
  std::vector<float> out(1);
  std::vector<std::uint32_t> chosen(1);
  max_pool_forward(pool, {1, 2, 2, 2, 2}, 1, in.data(), out.data(), chosen.data());
  EXPECT_EQ(out[0], 2.0F);
  EXPECT_EQ(chosen[0], 1U);
}

TEST(MaxPool, FollowsItsDefinitionOverlapsAndLeftoversIncluded) {
  Values random(6);
  for (int i = 0; i < 40; ++i) {
    const std::size_t kernel = random.between(1, 3);
    const MaxPoolShape s{random.between(1, 4), random.between(kernel, 9), random.between(kernel, 9), kernel,
                         random.between(1, 3)};
    const std::size_t count = random.between(1, 5), outputs = s.out_height() * s.out_width(), area = s.height * s.width;
    const auto in = random.floats(count * s.channels * area), gradient = random.floats(count * s.channels * outputs);
    std::vector<float> expected, expected_gradient(in.size(), 0.0F);
    for (std::size_t p = 0; p < count * s.channels; ++p) {
      for (std::size_t oy = 0; oy < s.out_height(); ++oy) {
        for (std::size_t ox = 0; ox < s.out_width(); ++ox) {
          std::size_t best = p * area + oy * s.stride * s.width + ox * s.stride;
          for (std::size_t ky = 0; ky < s.kernel; ++ky) {
            for (std::size_t kx = 0; kx < s.kernel; ++kx) {
              const std::size_t at = p * area + (oy * s.stride + ky) * s.width + ox * s.stride + kx;
              if (in[at] > in[best]) best = at;
            }
          }
          expected_gradient[best] += gradient[expected.size()];
          expected.push_back(in[best]);
        }
      }
    }
    for (const unsigned threads : {1U, 2U, 3U}) {
      Pool pool(threads);
      std::vector<float> out(expected.size()), in_gradient(in.size(), 9.0F);
      std::vector<std::uint32_t> chosen(expected.size());
      max_pool_forward(pool, s, count, in.data(), out.data(), chosen.data());
      max_pool_backward(pool, s, count, gradient.data(), chosen.data(), in_gradient.data());
      ASSERT_TRUE(same_bits(out, expected));
      ASSERT_TRUE(same_bits(in_gradient, expected_gradient));
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
