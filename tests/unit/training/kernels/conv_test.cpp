#include "training/kernels/conv.h"

#include <algorithm>
#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/conv_gradient.h"
#include "training/kernels/sparse_conv.h"
#include "training/kernels/sum.h"

namespace freezenet::kernels {
namespace {

/// The definitions of docs/numerics.md, loop by loop.
struct Expected {
  std::vector<float> out, in_gradient, weight_gradient, bias_gradient;
};

struct Data {
  std::vector<float> in, weights, bias, out_gradient;
};

/// Input value under element (ky, kx) of the window at (oy, ox); +0 on the border.
float under(const ConvShape& s, const std::vector<float>& in, std::size_t n, std::size_t c, std::size_t y,
            std::size_t x) {
  if (y < s.padding || x < s.padding || y - s.padding >= s.height || x - s.padding >= s.width) return 0.0F;
  return in[((n * s.channels + c) * s.height + y - s.padding) * s.width + x - s.padding];
}

/// The output gradient that reaches input (y, x) through the weight (ky, kx); +0 where no window does.
float reached(const ConvShape& s, const std::vector<float>& gradient, std::size_t n, std::size_t oc, std::size_t y,
              std::size_t x, std::size_t ky, std::size_t kx) {
  if (y + s.padding < ky || x + s.padding < kx) return 0.0F;
  const std::size_t oy = y + s.padding - ky, ox = x + s.padding - kx;
  if (oy % s.stride != 0 || ox % s.stride != 0 || oy / s.stride >= s.out_height() || ox / s.stride >= s.out_width())
    return 0.0F;
  return gradient[((n * s.out_channels + oc) * s.out_height() + oy / s.stride) * s.out_width() + ox / s.stride];
}

std::vector<float> expected_out(const ConvShape& s, std::size_t count, const Data& d) {
  std::vector<float> out;
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t oc = 0; oc < s.out_channels; ++oc)
      for (std::size_t oy = 0; oy < s.out_height(); ++oy)
        for (std::size_t ox = 0; ox < s.out_width(); ++ox) {
          Chain sum(d.bias[oc]);
          for (std::size_t c = 0; c < s.channels; ++c)
            for (std::size_t ky = 0; ky < s.kernel; ++ky)
              for (std::size_t kx = 0; kx < s.kernel; ++kx)
                sum.add(d.weights[((oc * s.channels + c) * s.kernel + ky) * s.kernel + kx],
                        under(s, d.in, n, c, oy * s.stride + ky, ox * s.stride + kx));
          EXPECT_TRUE(sum.plausible());
          out.push_back(sum.value());
        }
  return out;
}

std::vector<float> expected_in_gradient(const ConvShape& s, std::size_t count, const Data& d) {
  std::vector<float> out;
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t c = 0; c < s.channels; ++c)
      for (std::size_t y = 0; y < s.height; ++y)
        for (std::size_t x = 0; x < s.width; ++x) {
          Chain sum;
          for (std::size_t oc = 0; oc < s.out_channels; ++oc)
            for (std::size_t ky = 0; ky < s.kernel; ++ky)
              for (std::size_t kx = 0; kx < s.kernel; ++kx)
                sum.add(d.weights[((oc * s.channels + c) * s.kernel + ky) * s.kernel + kx],
                        reached(s, d.out_gradient, n, oc, y, x, ky, kx));
          EXPECT_TRUE(sum.plausible());
          out.push_back(sum.value());
        }
  return out;
}

std::vector<float> expected_weight_gradient(const ConvShape& s, std::size_t count, const Data& d) {
  std::vector<float> out;
  for (std::size_t oc = 0; oc < s.out_channels; ++oc)
    for (std::size_t c = 0; c < s.channels; ++c)
      for (std::size_t ky = 0; ky < s.kernel; ++ky)
        for (std::size_t kx = 0; kx < s.kernel; ++kx) {
          Chain sum;
          for (std::size_t n = 0; n < count; ++n)
            for (std::size_t oy = 0; oy < s.out_height(); ++oy)
              for (std::size_t ox = 0; ox < s.out_width(); ++ox)
                sum.add(d.out_gradient[((n * s.out_channels + oc) * s.out_height() + oy) * s.out_width() + ox],
                        under(s, d.in, n, c, oy * s.stride + ky, ox * s.stride + kx));
          EXPECT_TRUE(sum.plausible());
          out.push_back(sum.value());
        }
  return out;
}

std::vector<float> expected_bias_gradient(const ConvShape& s, std::size_t count, const Data& d) {
  std::vector<float> out;
  for (std::size_t oc = 0; oc < s.out_channels; ++oc) {
    std::vector<float> list;
    for (std::size_t n = 0; n < count; ++n) {
      const float* plane = d.out_gradient.data() + (n * s.out_channels + oc) * s.out_positions();
      list.insert(list.end(), plane, plane + s.out_positions());
    }
    out.push_back(pairwise_sum(list));
  }
  return out;
}

/// Zeros behind what an operation may write, which it must leave as they are.
constexpr std::size_t kGuard = 40;

/// What is left of a buffer once its guard was found untouched.
std::vector<float> guarded(std::vector<float> buffer) {
  for (std::size_t i = buffer.size() - kGuard; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], 7.0F);
  buffer.resize(buffer.size() - kGuard);
  return buffer;
}

struct Gradients {
  std::vector<float> weights, bias;
};

Gradients dense_gradients(const Device& device, const ConvShape& s, std::size_t count, std::size_t batch,
                          const Data& d) {
  const unsigned threads = device.pool.threads();
  const ConvWeightGradient gradient(device.table, s, batch, threads);
  std::vector<float> scratch(threads * Scratch::rounded(gradient.scratch()), std::nanf(""));
  std::vector<float> weights(d.weights.size() + kGuard, 7.0F), bias(s.out_channels + kGuard, 7.0F);
  device.pool.run([&](unsigned thread) {
    gradient.run(thread, count, d.in.data(), d.out_gradient.data(), weights.data(), bias.data(),
                 scratch.data() + thread * Scratch::rounded(gradient.scratch()));
  });
  return {guarded(weights), guarded(bias)};
}

void check(const ConvShape& s, std::size_t count, Values& random, const std::vector<TestDevice>& devices) {
  SCOPED_TRACE(testing::Message() << count << " x " << s.channels << "x" << s.height << "x" << s.width << " -> "
                                  << s.out_channels << ", kernel " << s.kernel << ", stride " << s.stride
                                  << ", padding " << s.padding);
  const Data d{random.floats(count * s.in_size()), random.floats(s.out_channels * s.window()),
               random.floats(s.out_channels), random.floats(count * s.out_size())};
  const Expected expected{expected_out(s, count, d), expected_in_gradient(s, count, d),
                          expected_weight_gradient(s, count, d), expected_bias_gradient(s, count, d)};
  for (const TestDevice& test : devices) {
    const Device device = test.device();
    const unsigned threads = device.pool.threads();
    const Gradients gradients = dense_gradients(device, s, count, count + 1, d);
    ASSERT_TRUE(same_bits(gradients.weights, expected.weight_gradient)) << test.label << " weight gradient";
    ASSERT_TRUE(same_bits(gradients.bias, expected.bias_gradient)) << test.label << " bias gradient";

    const Convolution conv(device.table, s);
    std::vector<float> scratch(conv.scratch(), std::nanf("")), packed(conv.packed(), std::nanf("")),
        reversed(conv.packed_reversed(), std::nanf(""));
    for (unsigned thread = 0; thread < threads; ++thread) {
      conv.pack(d.weights.data(), packed.data(), thread, threads);
      conv.pack_reversed(d.weights.data(), reversed.data(), thread, threads);
    }
    std::vector<float> out(d.out_gradient.size() + kGuard, 7.0F), in_gradient(d.in.size() + kGuard, 7.0F);
    conv.forward(count, d.in.data(), packed.data(), d.bias.data(), TileEnd::kClosed, out.data(), scratch.data());
    ASSERT_TRUE(same_bits(guarded(out), expected.out)) << test.label << " forward";
    for (std::size_t n = 0; n < count; n += conv.gradient_images()) {
      conv.input_gradient(std::min(conv.gradient_images(), count - n), d.out_gradient.data() + n * s.out_size(),
                          reversed.data(), in_gradient.data() + n * s.in_size(), scratch.data());
    }
    ASSERT_TRUE(same_bits(guarded(in_gradient), expected.in_gradient)) << test.label << " input gradient";

    conv.forward(count, d.in.data(), packed.data(), d.bias.data(), TileEnd::kRelu, out.data(), scratch.data());
    auto rectified = expected.out;
    for (float& value : rectified) value = value > 0.0F ? value : 0.0F;
    ASSERT_TRUE(same_bits(guarded(out), rectified)) << test.label << " forward, rectified";
  }
}

TEST(Conv, FollowsItsDefinitionOnEveryPathAndThreadCount) {
  Values random(3);
  const auto devices = test_devices();
  check({1, 1, 1, 1, 1, 1, 0}, 1, random, devices);
  check({1, 8, 8, 16, 3, 1, 1}, 2, random, devices);
  check({3, 5, 7, 2, 3, 2, 1}, 3, random, devices);
  check({2, 4, 4, 3, 1, 2, 0}, 1, random, devices);
  check({1, 2, 2, 3, 2, 1, 1}, 2, random, devices);
  check({2, 6, 3, 5, 3, 3, 2}, 2, random, devices);
  for (int i = 0; i < 25; ++i) {
    const std::size_t kernel = random.between(1, 5), padding = random.between(0, kernel - 1);
    const ConvShape s{random.between(1, 4),
                      random.between(kernel, 11),
                      random.between(kernel, 19),
                      random.between(1, 20),
                      kernel,
                      random.between(1, 3),
                      padding};
    check(s, random.between(1, 4), random, devices);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv, RowsOfOutputsThatFillPiecesAndRowsThatDoNot) {
  Values random(4);
  const auto devices = test_devices();
  for (const std::size_t width : {4U, 7U, 8U, 14U, 15U, 16U, 28U, 32U}) {
    check({3, 3, width, 5, 3, 1, 1}, 3, random, devices);
    check({9, 2, width, 34, 1, 1, 0}, 2, random, devices);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv, KernelsWiderThanATile) {
  Values random(5);
  const auto devices = test_devices();
  check({2, 14, 15, 3, 7, 1, 3}, 2, random, devices);
  check({1, 14, 15, 3, 13, 1, 6}, 2, random, devices);
  check({1, 14, 17, 2, 13, 2, 12}, 1, random, devices);
}

TEST(Conv, MoreImagesThanOneBlockOfWindowsHolds) {
  Values random(6);
  const ConvShape s{220, 4, 4, 3, 3, 1, 1};
  const std::size_t images = 9;
  ASSERT_LT(Convolution(table_of(best_path()), {3, 4, 4, 220, 3, 1, 1}).gradient_images(), images)
      << "the case no longer takes several blocks";
  check(s, images, random, test_devices());
  check({3, 4, 4, 220, 3, 1, 1}, images, random, test_devices());
}

/// A gradient as max pooling and ReLU leave it: `zeros` of 100 values are zero.
std::vector<float> with_zeros(std::vector<float> values, std::size_t zeros, Values& random) {
  for (float& value : values) {
    if (random.between(1, 100) <= zeros) value = 0.0F;
  }
  return values;
}

void check_sparse(const ConvShape& s, std::size_t zeros, bool infinite, Values& random,
                  const std::vector<TestDevice>& devices) {
  SCOPED_TRACE(testing::Message() << s.channels << " channels, kernel " << s.kernel << ", stride " << s.stride
                                  << ", padding " << s.padding << ", zeros " << zeros << "%");
  const std::size_t count = 3;
  Data d{random.floats(count * s.in_size()), random.floats(s.out_channels * s.window()), random.floats(s.out_channels),
         with_zeros(random.floats(count * s.out_size()), zeros, random)};
  if (infinite) d.in[s.in_size() + s.in_size() / 2] = std::numeric_limits<float>::infinity();
  for (const TestDevice& test : devices) {
    const Device device = test.device();
    const unsigned threads = device.pool.threads();
    const SparseConvGradient sparse(device.table, s, threads);
    const std::size_t thread_scratch = Scratch::rounded(sparse.scratch(count));
    std::vector<float> scratch(threads * thread_scratch, std::nanf("")), packed(sparse.packed(), std::nanf(""));
    std::vector<float> weights(d.weights.size() + kGuard, 7.0F), bias(s.out_channels + kGuard, 7.0F),
        in_gradient(d.in.size() + kGuard, 7.0F);
    device.pool.run([&](unsigned thread) {
      sparse.weight_gradient(thread, count, d.in.data(), d.out_gradient.data(), weights.data(), bias.data(),
                             scratch.data() + thread * thread_scratch);
      sparse.pack(d.weights.data(), packed.data(), thread, threads);
    });
    const Gradients expected = dense_gradients(device, s, count, count, d);
    // A NaN has many bit patterns, and none that is ever hashed.
    auto expected_weights = expected.weights;
    const auto canonical = [](std::vector<float>& values) {
      for (float& value : values) value = std::isnan(value) ? 9.0F : value;
    };
    canonical(weights);
    canonical(expected_weights);
    ASSERT_TRUE(same_bits(guarded(weights), expected_weights)) << test.label << " weight gradient";
    ASSERT_TRUE(same_bits(guarded(bias), expected.bias)) << test.label << " bias gradient";
    for (std::size_t n = 0; n < count; ++n) {
      sparse.input_gradient(d.out_gradient.data() + n * s.out_size(), packed.data(),
                            in_gradient.data() + n * s.in_size(), scratch.data());
    }
    ASSERT_TRUE(same_bits(guarded(in_gradient), expected_in_gradient(s, count, d))) << test.label << " input gradient";
  }
}

TEST(SparseConv, LeavesOutTermsAndNoBits) {
  Values random(7);
  const auto devices = test_devices();
  for (const std::size_t channels : {1U, 3U, 16U, 33U, 100U}) {
    for (const std::size_t zeros : {0U, 50U, 90U, 100U}) {
      check_sparse({channels, 5, 7, 5, 3, 1, 1}, zeros, false, random, devices);
      if (HasFatalFailure()) return;
    }
  }
  check_sparse({4, 7, 6, 6, 5, 2, 3}, 70, false, random, devices);
  check_sparse({6, 7, 6, 4, 1, 1, 0}, 70, false, random, devices);
  check_sparse({6, 6, 6, 4, 2, 2, 0}, 70, false, random, devices);
}

TEST(SparseConv, AnInfiniteInputIsMultipliedByZerosToo) {
  Values random(8);
  check_sparse({3, 5, 7, 5, 3, 1, 1}, 80, true, random, test_devices());
}

TEST(SparseConv, PaysWhereMostIsZeroAndChannelsFillARegister) {
  for (const Path path : available_paths()) {
    const KernelTable& table = table_of(path);
    const ConvShape s{table.piece, 4, 4, 16, 3, 1, 1};
    const SparseConvGradient sparse(table, s, 1), narrow(table, {table.piece - 1, 4, 4, 16, 3, 1, 1}, 1);
    const std::vector<float> zeros(s.out_size(), 0.0F), ones(s.out_size(), 1.0F);
    EXPECT_TRUE(sparse.pays_for_weights(zeros.data()) && sparse.pays_for_input(zeros.data())) << name(path);
    EXPECT_FALSE(sparse.pays_for_weights(ones.data()) || sparse.pays_for_input(ones.data())) << name(path);
    EXPECT_FALSE(narrow.pays_for_weights(zeros.data()) || narrow.pays_for_input(zeros.data())) << name(path);
  }
}

}  // namespace
}  // namespace freezenet::kernels
