#include "training/kernels/linear.h"

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/sum.h"

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
    std::vector<float> db;
    for (std::size_t o = 0; o < s.out; ++o) {
      std::vector<float> list;
      for (std::size_t n = 0; n < count; ++n) list.push_back(dy[n * s.out + o]);
      db.push_back(pairwise_sum(list));
    }
    for (const TestDevice& test : devices) {
      const Device device = test.device();
      const unsigned threads = device.pool.threads();
      const std::size_t floats = linear_scratch(device.table, s, count);
      std::vector<float> scratch(threads * floats, std::nanf("")), out(y.size()), x_gradient(dx.size()),
          w_gradient(dw.size()), b_gradient(db.size());
      device.pool.run([&](unsigned thread) {
        float* own = scratch.data() + thread * floats;
        const Range some = part_of(count, threads, thread);
        const std::size_t size = some.end - some.begin;
        linear_forward(device.table, s, size, x.data() + some.begin * s.in, w.data(), b.data(), TileEnd::kClosed,
                       out.data() + some.begin * s.out, own);
        linear_input_gradient(device.table, s, size, dy.data() + some.begin * s.out, w.data(),
                              x_gradient.data() + some.begin * s.in, own);
        linear_weight_gradient(device.table, s, thread, threads, count, x.data(), dy.data(), w_gradient.data(),
                               b_gradient.data(), own);
      });
      ASSERT_TRUE(same_bits(out, y)) << test.label;
      ASSERT_TRUE(same_bits(x_gradient, dx)) << test.label;
      ASSERT_TRUE(same_bits(w_gradient, dw)) << test.label;
      ASSERT_TRUE(same_bits(b_gradient, db)) << test.label;
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
