#include "training/ownership/inversion.h"

#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"

namespace freezenet::ownership::attack_tests {
namespace {

/// Scores class 0 by nothing but a mark, so that the best image of that class is the mark.
class MarkClassifier final : public Classifier {
 public:
  explicit MarkClassifier(const torch::Tensor& mark) : Classifier({1, 8, 8, 2}), mark_(mark) {
    weight_ = register_parameter("weight", torch::stack({mark.flatten(), -mark.flatten()}));
    bias_ = register_parameter("bias", torch::zeros({2}));
  }
  torch::Tensor forward(const torch::Tensor& images) override {
    return torch::linear(images.flatten(1), weight_, bias_);
  }
  [[nodiscard]] std::shared_ptr<Classifier> fresh(std::uint64_t) const override {
    return std::make_shared<MarkClassifier>(mark_);
  }
  [[nodiscard]] std::vector<NeuronOrder> neuron_orders() const override { return {}; }

 private:
  torch::Tensor mark_, weight_, bias_;
};

/// As many ones as minus ones, so that an image of one grey decides nothing.
torch::Tensor random_mark(std::uint64_t seed) {
  return (torch::randperm(64, generator_of(seed), torch::kInt64) % 2 * 2 - 1).to(torch::kFloat32).view({1, 8, 8});
}

TEST(Inversion, ShowsAMarkThatTheModelLooksFor) {
  const torch::Tensor mark = random_mark(1);
  const Inversion found = invert(MarkClassifier(mark), 0).value();
  EXPECT_GT(correlation(found.image, mark), 0.5);  // it stops climbing once the class is certain
  EXPECT_LT(std::abs(correlation(found.image, random_mark(2))), 0.3);
  EXPECT_LT(correlation(invert(MarkClassifier(mark), 1).value().image, mark), -0.5);
}

TEST(Inversion, FindsWhatTheNetworkTakesForTheClassWithinTheRange) {
  const auto before = snapshot(victim());
  for (const std::int64_t label : {0, 3}) {
    const Inversion found = invert(victim(), label).value();
    EXPECT_GT(found.score, 0.9) << label;
    EXPECT_EQ(found.image.sizes(), (at::IntArrayRef{1, 8, 8}));
    EXPECT_GE(found.image.min().item<double>(), 0);
    EXPECT_LE(found.image.max().item<double>(), 1);
    EXPECT_FALSE(found.image.requires_grad());
    EXPECT_TRUE(torch::equal(found.image, invert(victim(), label).value().image));
  }
  EXPECT_EQ(differing(before, snapshot(victim())), 0);
  InversionOptions none;
  none.steps = 0;
  EXPECT_LT(invert(victim(), 0, none).value().score, 0.9);
}

TEST(Inversion, RefusesWhatMakesNoSense) {
  EXPECT_EQ(invert(victim(), 10).error().code, RejectCode::kConfig);
  EXPECT_EQ(invert(victim(), -1).error().code, RejectCode::kConfig);
  InversionOptions options;
  options.starts = 0;
  EXPECT_EQ(invert(victim(), 0, options).error().code, RejectCode::kConfig);
  options = {};
  options.high = options.low;
  EXPECT_EQ(invert(victim(), 0, options).error().code, RejectCode::kConfig);
}

TEST(Correlation, IsPearsonsOverTheChosenPixels) {
  const torch::Tensor mark = random_mark(1);
  EXPECT_NEAR(correlation(3 * mark + 7, mark), 1, 1e-6);
  EXPECT_NEAR(correlation(-mark, mark), -1, 1e-6);
  EXPECT_EQ(correlation(torch::ones_like(mark), mark), 0);
  torch::Tensor half = mark.clone(), where = torch::zeros_like(mark);
  half.slice(1, 4).mul_(-1);
  where.slice(1, 0, 4).fill_(1);
  EXPECT_NEAR(correlation(half, mark, where), 1, 1e-6);
  EXPECT_LT(correlation(half, mark), 0.5);
  EXPECT_EQ(correlation(mark, mark, torch::zeros_like(mark)), 0);
  // 1, 2, 3 against 1, 3, 2: one half.
  EXPECT_NEAR(correlation(torch::tensor({1.0F, 2.0F, 3.0F}), torch::tensor({1.0F, 3.0F, 2.0F})), 0.5, 1e-6);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
