#include "training/kernels/linear.h"

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

TEST(Linear, FollowsItsDefinitionOnEveryPathAndThreadCount) {
  Values random(5);
  const auto devices = test_devices();
  for (int i = 0; i < 40; ++i) {
    const std::size_t count = i == 0 ? 1 : random.between(1, 40);
    const LinearShape s = i == 0 ? LinearShape{1, 1} : LinearShape{random.between(1, 90), random.between(1, 40)};
    const auto x = random.floats(count * s.in), w = random.floats(s.in * s.out), b = random.floats(s.out),
               dy = random.floats(count * s.out);
    std::vector<float> y, dx, dw;
    for (std::size_t n = 0; n < count; ++n) {
      for (std::size_t o = 0; o < s.out; ++o) {
        Chain sum(b[o]);
        for (std::size_t j = 0; j < s.in; ++j) sum.add(w[o * s.in + j], x[n * s.in + j]);
        EXPECT_TRUE(sum.plausible());
        y.push_back(sum.value());
      }
      for (std::size_t j = 0; j < s.in; ++j) {
        Chain sum;
        for (std::size_t o = 0; o < s.out; ++o) sum.add(w[o * s.in + j], dy[n * s.out + o]);
        EXPECT_TRUE(sum.plausible());
        dx.push_back(sum.value());
      }
    }
    for (std::size_t o = 0; o < s.out; ++o) {
      for (std::size_t j = 0; j < s.in; ++j) {
        Chain sum;
        for (std::size_t n = 0; n < count; ++n) sum.add(x[n * s.in + j], dy[n * s.out + o]);
        EXPECT_TRUE(sum.plausible());
        dw.push_back(sum.value());
      }
    }
    for (const TestDevice& test : devices) {
      const Device device = test.device();
      std::vector<float> scratch(linear_scratch(s, count)), out(y.size()), x_gradient(dx.size()), w_gradient(dw.size());
      linear_forward(device, s, count, x.data(), w.data(), b.data(), out.data(), scratch.data());
      ASSERT_TRUE(same_bits(out, y)) << test.label;
      linear_input_gradient(device, s, count, dy.data(), w.data(), x_gradient.data());
      ASSERT_TRUE(same_bits(x_gradient, dx)) << test.label;
      linear_weight_gradient(device, s, count, x.data(), dy.data(), w_gradient.data());
      ASSERT_TRUE(same_bits(w_gradient, dw)) << test.label;
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
