#include "training/kernels/conv.h"

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/unfold.h"

namespace freezenet::kernels {
namespace {

/// The definitions of docs/numerics.md, loop by loop.
struct Expected {
  std::vector<float> out, in_gradient, weight_gradient;
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

void check(const ConvShape& s, std::size_t count, Values& random, const std::vector<TestDevice>& devices) {
  SCOPED_TRACE(testing::Message() << count << " x " << s.channels << "x" << s.height << "x" << s.width << " -> "
                                  << s.out_channels << ", kernel " << s.kernel << ", stride " << s.stride
                                  << ", padding " << s.padding);
  const std::size_t outputs = count * s.out_channels * s.out_height() * s.out_width();
  const Data d{random.floats(count * s.channels * s.height * s.width), random.floats(s.out_channels * s.window()),
               random.floats(s.out_channels), random.floats(outputs)};
  const Expected expected{expected_out(s, count, d), expected_in_gradient(s, count, d),
                          expected_weight_gradient(s, count, d)};
  for (const TestDevice& test : devices) {
    const Device device = test.device();
    std::vector<float> scratch(conv_scratch(s, count, device.pool.threads()), std::nanf(""));
    std::vector<float> out(outputs, 7.0F), in_gradient(d.in.size(), 7.0F), weight_gradient(d.weights.size(), 7.0F);
    conv_forward(device, s, count, d.in.data(), d.weights.data(), d.bias.data(), out.data(), scratch.data());
    ASSERT_TRUE(same_bits(out, expected.out)) << test.label << " forward";
    conv_input_gradient(device, s, count, d.out_gradient.data(), d.weights.data(), in_gradient.data(), scratch.data());
    ASSERT_TRUE(same_bits(in_gradient, expected.in_gradient)) << test.label << " input gradient";
    conv_weight_gradient(device, s, count, d.in.data(), d.out_gradient.data(), weight_gradient.data(), scratch.data());
    ASSERT_TRUE(same_bits(weight_gradient, expected.weight_gradient)) << test.label << " weight gradient";
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
    const std::size_t kernel = random.between(1, 4), padding = random.between(0, kernel - 1);
    const ConvShape s{random.between(1, 4),
                      random.between(kernel, 11),
                      random.between(kernel, 19),
                      random.between(1, 14),
                      kernel,
                      random.between(1, 3),
                      padding};
    check(s, random.between(1, 4), random, devices);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv, ImagesTallerThanABlockOfWindows) {
  Values random(4);
  const ConvShape s{24, 20, 33, 3, 3, 1, 1};
  const Windows w{24, 22, 35, 3, 1, 20, 33, false};
  ASSERT_LT(w.block_height(), s.height) << "the case no longer takes several blocks";
  check(s, 2, random, test_devices());
}

}  // namespace
}  // namespace freezenet::kernels
