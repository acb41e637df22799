#include "training/kernels/loss.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

struct Found {
  float loss;
  std::vector<float> gradient;
};

Found run(std::size_t classes, float smoothing, const std::vector<float>& logits,
          const std::vector<std::uint8_t>& labels) {
  Found found{0, std::vector<float>(logits.size())};
  std::vector<float> scratch(2 * classes + labels.size());
  found.loss = softmax_cross_entropy({classes, smoothing}, labels.size(), logits.data(), labels.data(),
                                     found.gradient.data(), scratch);
  return found;
}

TEST(Loss, AgreesWithDoublePrecision) {
  Values random(10);
  for (int i = 0; i < 100; ++i) {
    const std::size_t count = random.between(1, 9), classes = random.between(1, 12);
    const float smoothing = i % 2 == 0 ? 0.0F : 0.1F;
    const auto logits = random.floats(count * classes);
    std::vector<std::uint8_t> labels(count);
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(random.between(0, classes - 1));
    const Found found = run(classes, smoothing, logits, labels);
    double loss = 0;
    for (std::size_t n = 0; n < count; ++n) {
      double sum = 0;
      for (std::size_t j = 0; j < classes; ++j) sum += std::exp(static_cast<double>(logits[n * classes + j]));
      for (std::size_t j = 0; j < classes; ++j) {
        const double target = smoothing / static_cast<double>(classes) + (j == labels[n] ? 1.0 - smoothing : 0.0);
        loss += target * (std::log(sum) - logits[n * classes + j]);
        const double gradient =
            (std::exp(static_cast<double>(logits[n * classes + j])) / sum - target) / static_cast<double>(count);
        ASSERT_NEAR(found.gradient[n * classes + j], gradient, 2e-7);
      }
    }
    ASSERT_NEAR(found.loss, loss / static_cast<double>(count), 3e-6);
  }
}

TEST(Loss, LargeLogitsStayFinite) {
  const Found found = run(3, 0.0F, {1000.0F, -1000.0F, 0.0F}, {1});
  EXPECT_EQ(found.loss, 2000.0F);
  EXPECT_TRUE(same_bits(found.gradient, std::vector<float>{1.0F, -1.0F, 0.0F}));
}

TEST(Loss, EqualLogitsGiveTheUniformDistribution) {
  const Found found = run(4, 0.0F, {2.5F, 2.5F, 2.5F, 2.5F}, {0});
  EXPECT_TRUE(same_bits(found.gradient, std::vector<float>{-0.75F, 0.25F, 0.25F, 0.25F}));
}

TEST(Loss, NonFiniteLogitsShowInTheLoss) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    EXPECT_FALSE(std::isfinite(run(3, 0.0F, {0.0F, bad, 1.0F}, {0}).loss));
  }
}

}  // namespace
}  // namespace freezenet::kernels
