#include "training/kernels/group_norm.h"

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/math.h"

namespace freezenet::kernels {
namespace {

/// The pairwise sum as the text has it: level after level.
float pairwise_by_definition(std::vector<float> values) {
  while (values.size() > 1) {
    std::vector<float> next;
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) next.push_back(values[i] + values[i + 1]);
    if (values.size() % 2 != 0) next.push_back(values.back());
    values = next;
  }
  return values.front();
}

struct Case {
  GroupNormShape shape;
  std::size_t count;
  std::vector<float> in, scale, shift, gradient;
};

struct Norm {
  std::vector<float> out, in_gradient, scale_gradient, shift_gradient;
};

/// docs/numerics.md, section 5.
Norm by_definition(const Case& c, bool relu) {
  const GroupNormShape& s = c.shape;
  const std::size_t size = s.planes() * s.area;
  const auto number = static_cast<float>(size);
  Norm norm{std::vector<float>(c.in.size()), std::vector<float>(c.in.size()), {}, {}};
  std::vector<float> normal(c.in.size());
  for (std::size_t group = 0; group < c.count * s.groups; ++group) {
    const std::size_t at = group * size;
    const auto channel = [&](std::size_t i) { return group % s.groups * s.planes() + i / s.area; };
    const std::vector<float> x(c.in.begin() + static_cast<std::ptrdiff_t>(at),
                               c.in.begin() + static_cast<std::ptrdiff_t>(at + size));
    const float mean = pairwise_by_definition(x) / number;
    std::vector<float> squares;
    for (const float v : x) squares.push_back((v - mean) * (v - mean));
    const float r = inverse_sqrt(pairwise_by_definition(squares) / number + s.epsilon);
    std::vector<float> scaled, products;
    for (std::size_t i = 0; i < size; ++i) {
      const float h = (x[i] - mean) * r;
      const float weighted = c.scale[channel(i)] * h;
      const float y = (weighted + c.shift[channel(i)]) + 0.0F;
      norm.out[at + i] = relu ? (y > 0.0F ? y : 0.0F) : y;
      normal[at + i] = h;
      scaled.push_back(c.gradient[at + i] * c.scale[channel(i)]);
      products.push_back(scaled.back() * h);
    }
    const float a = pairwise_by_definition(scaled) / number;
    const float b = pairwise_by_definition(products) / number;
    for (std::size_t i = 0; i < size; ++i) {
      const float slope = normal[at + i] * b;
      norm.in_gradient[at + i] = ((scaled[i] - a) - slope) * r + 0.0F;
    }
  }
  for (std::size_t channel = 0; channel < s.channels; ++channel) {
    std::vector<float> products, gradients;
    for (std::size_t n = 0; n < c.count; ++n) {
      for (std::size_t i = 0; i < s.area; ++i) {
        const std::size_t at = (n * s.channels + channel) * s.area + i;
        products.push_back(c.gradient[at] * normal[at]);
        gradients.push_back(c.gradient[at]);
      }
    }
    norm.scale_gradient.push_back(pairwise_by_definition(products) + 0.0F);
    norm.shift_gradient.push_back(pairwise_by_definition(gradients) + 0.0F);
  }
  return norm;
}

/// With one place more than needed behind each of the buffers, and room for more samples than there are.
Norm run(const KernelTable& table, const Case& c, bool relu, std::size_t batch) {
  const GroupNormShape& s = c.shape;
  constexpr float kGuard = 77.0F;
  const auto guarded = [&](std::size_t n) { return std::vector<float>(n + 1, kGuard); };
  auto moments = guarded(s.moments(batch)), scale_terms = guarded(s.terms(batch)),
       shift_terms = guarded(s.terms(batch)), scratch = guarded(s.scratch());
  const GroupNormState state{moments.data(), scale_terms.data(), shift_terms.data(), batch};
  Norm norm{guarded(c.in.size()), c.in, guarded(s.channels), guarded(s.channels)};
  norm.in_gradient.push_back(kGuard);
  // Samples in two parts and channels in two parts, as two threads would have them.
  for (std::size_t part = 0; part < 2; ++part) {
    group_norm_forward(table, s, part_of(c.count, 2, part), c.in.data(), c.scale.data(), c.shift.data(), relu,
                       norm.out.data(), state, scratch.data());
  }
  const std::size_t size = s.channels * s.area;
  for (std::size_t n = c.count; n-- > 0;) {
    group_norm_backward(table, s, n, c.scale.data(), c.gradient.data() + n * size, norm.in_gradient.data() + n * size,
                        state, scratch.data());
  }
  for (std::size_t part = 0; part < 2; ++part) {
    group_norm_weight_gradient(s, part_of(s.channels, 2, part), c.count, state, norm.scale_gradient.data(),
                               norm.shift_gradient.data());
  }
  for (auto* buffer : {&moments, &scale_terms, &shift_terms, &scratch, &norm.out, &norm.in_gradient,
                       &norm.scale_gradient, &norm.shift_gradient}) {
    EXPECT_EQ(buffer->back(), kGuard);
    buffer->pop_back();
  }
  return norm;
}

void expect_definition(const Case& c) {
  for (const bool relu : {false, true}) {
    const Norm expected = by_definition(c, relu);
    for (const Path path : available_paths()) {
      for (const std::size_t batch : {c.count, c.count + 2}) {
        SCOPED_TRACE(std::string(name(path)) + ", area " + std::to_string(c.shape.area) + ", " +
                     std::to_string(c.shape.planes()) + " planes of " + std::to_string(c.shape.channels) + ", " +
                     std::to_string(c.count) + " samples, relu " + std::to_string(relu));
        const Norm found = run(table_of(path), c, relu, batch);
        ASSERT_TRUE(same_bits(found.out, expected.out));
        ASSERT_TRUE(same_bits(found.in_gradient, expected.in_gradient));
        ASSERT_TRUE(same_bits(found.scale_gradient, expected.scale_gradient));
        ASSERT_TRUE(same_bits(found.shift_gradient, expected.shift_gradient));
      }
    }
  }
}

TEST(GroupNorm, FollowsItsDefinition) {
  Values random(31);
  for (const std::size_t area : {1U, 2U, 3U, 12U, 15U, 16U, 17U, 49U, 64U, 1024U}) {
    for (const std::size_t groups : {1U, 2U, 3U}) {
      for (const std::size_t planes : {1U, 2U, 5U}) {
        const std::size_t count = random.between(1, area > 100 ? 2 : 5), channels = groups * planes;
        const std::size_t values = count * channels * area;
        const float epsilon = random.between(0, 1) == 0 ? 1e-5F : 0.3F;
        expect_definition({{channels, area, groups, epsilon},
                           count,
                           random.floats(values),
                           random.floats(channels),
                           random.floats(channels),
                           random.floats(values)});
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(GroupNorm, ConstantValuesGiveTheShift) {
  for (const Path path : available_paths()) {
    const Case c{
        {2, 9, 1, 1e-5F}, 1, std::vector<float>(18, 3.0F), {2.0F, 5.0F}, {0.25F, -0.5F}, std::vector<float>(18, 1.0F)};
    std::vector<float> expected(18, 0.25F);
    std::fill(expected.begin() + 9, expected.end(), -0.5F);
    EXPECT_TRUE(same_bits(run(table_of(path), c, false, 1).out, expected)) << name(path);
  }
}

/// Every product here underflows to -0.
TEST(GroupNorm, LeavesNoNegativeZero) {
  for (const Path path : available_paths()) {
    const Case c{{1, 4, 1, 1.0F}, 1,       {-0x1p-20F, 0x1p-20F, -0x1p-20F, 0x1p-20F},
                 {0x1p-149F},     {-0.0F}, {-0x1p-149F, 0.0F, 0.0F, 0.0F}};
    const Norm found = run(table_of(path), c, false, 1);
    EXPECT_TRUE(same_bits(found.out, std::vector<float>(4, 0.0F))) << name(path);
    EXPECT_TRUE(same_bits(found.in_gradient, std::vector<float>(4, 0.0F))) << name(path);
    EXPECT_TRUE(same_bits(found.scale_gradient, std::vector<float>{0.0F})) << name(path);
  }
}

TEST(GroupNorm, AgreesWithBinary64) {
  Values random(32);
  const GroupNormShape s{6, 35, 2, 1e-5F};
  Case c{s, 1, random.floats(210), random.floats(6), random.floats(6), random.floats(210)};
  const Norm found = run(table_of(best_path()), c, false, 1);
  for (std::size_t group = 0; group < 2; ++group) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < 105; ++i) mean += double{c.in[group * 105 + i]} / 105;
    for (std::size_t i = 0; i < 105; ++i) variance += std::pow(double{c.in[group * 105 + i]} - mean, 2) / 105;
    for (std::size_t i = 0; i < 105; ++i) {
      const std::size_t at = group * 105 + i, channel = at / 35;
      const double h = (double{c.in[at]} - mean) / std::sqrt(variance + 1e-5);
      ASSERT_NEAR(found.out[at], h * double{c.scale[channel]} + double{c.shift[channel]}, 1e-4) << at;
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
