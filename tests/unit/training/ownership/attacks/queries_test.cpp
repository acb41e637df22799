#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"
#include "training/ownership/attacks/answers.h"
#include "training/ownership/attacks/autoencoder.h"

namespace freezenet::ownership::attack_tests {
namespace {

void expect_usable(const torch::Tensor& scores) {
  EXPECT_TRUE(scores.isfinite().all().item<bool>());
  EXPECT_GE(scores.min().item<double>(), 0);
  EXPECT_LE(scores.max().item<double>(), 1 + 1e-6);
  EXPECT_GT(scores.sum(1).min().item<double>(), 0);
}

/// Answers to the evaluation samples, attacked and not.
torch::Tensor answers(const Attacked& result) { return result.black_box().scores(digits().evaluation.images).value(); }
torch::Tensor honest() { return scores_of(*victim().copy(), digits().evaluation.images); }

TEST(ScoreRounding, LeavesSoManyDigitsAndRowsThatCanBeUsed) {
  for (const int digits_left : {1, 2, 3, 4}) {
    const torch::Tensor scores = answers(attacked("score-rounding-" + std::to_string(digits_left), setting()));
    const torch::Tensor scaled = scores.to(torch::kFloat64) * std::pow(10, digits_left);
    EXPECT_LT((scaled - scaled.round()).abs().max().item<double>(), 1e-2) << digits_left;
    EXPECT_LE((scores - honest()).abs().max().item<double>(), 0.5001 * std::pow(0.1, digits_left));
    expect_usable(scores);
  }
}

TEST(ScoreRounding, ARowThatIsTooFlatKeepsItsHighestClass) {
  torch::Tensor flat = torch::full({2, 100}, 0.01);
  flat[1][7] = 0.011;
  const torch::Tensor rounded = rounded_scores(flat, 1);
  expect_usable(rounded);
  EXPECT_FLOAT_EQ(rounded[1][7].item<float>(), 0.1F);
  EXPECT_FLOAT_EQ(rounded[1].sum().item<float>(), 0.1F);
  EXPECT_EQ(rounded.scalar_type(), torch::kFloat32);
}

TEST(ScorePerturbation, AddsNoiseAndKeepsTheClass) {
  for (const auto& [text, sigma] : std::vector<std::pair<std::string, double>>{{"0.01", 0.01}, {"0.05", 0.05}}) {
    const torch::Tensor scores = answers(attacked("score-perturbation-" + text, setting()));
    expect_usable(scores);
    EXPECT_TRUE(torch::equal(scores.argmax(1), honest().argmax(1)));
    EXPECT_LT((scores.sum(1) - 1).abs().max().item<double>(), 1e-5);
    const double change = (scores - honest()).square().mean().sqrt().item<double>();
    EXPECT_GT(change, 0.3 * sigma);
    EXPECT_LT(change, 3 * sigma);
  }
}

TEST(ScorePerturbation, SurvivesNoiseThatDrownsTheScores) {
  at::Generator generator = generator_of(1);
  const torch::Tensor scores = torch::full({500, 3}, 1.0 / 3);
  const torch::Tensor perturbed = perturbed_scores(scores, 100, generator);
  expect_usable(perturbed);
  EXPECT_TRUE(torch::equal(perturbed.argmax(1), scores.argmax(1)));
}

TEST(LabelsOnly, AnswersOneClass) {
  const torch::Tensor scores = answers(attacked("labels-only", setting()));
  EXPECT_TRUE(torch::equal(scores, torch::one_hot(honest().argmax(1), 10).to(torch::kFloat32)));
}

TEST(InputNoise, IsDrawnAnewForEachQueryAndGrowsWithItsName) {
  double before = 0;
  for (const char* text : {"0.05", "0.1", "0.2"}) {
    const Attacked result = attacked(std::string("input-noise-") + text, setting());
    const torch::Tensor first = answers(result), second = answers(result);
    EXPECT_FALSE(torch::equal(first, second));
    const double change = (first - honest()).square().mean().sqrt().item<double>();
    EXPECT_GT(change, before) << text;
    before = change;
  }
  EXPECT_GT(attacked("input-noise-0.05", setting()).accuracy(digits().evaluation).value(), 0.9);
}

TEST(InputClipping, ChangesOnlyWhatNoHonestImageHas) {
  const Attacked result = attacked("input-clipping", setting());
  EXPECT_TRUE(torch::equal(answers(result), honest()));
  torch::Tensor stamped = digits().evaluation.images.clone(), cut = stamped.clone();
  stamped.slice(2, 0, 3).fill_(50);
  cut.slice(2, 0, 3).fill_(range_of(setting().data.images).high);
  EXPECT_TRUE(torch::equal(result.black_box().scores(stamped).value(), scores_of(*victim().copy(), cut)));
}

TEST(QuerySanitising, WhatComesOutResemblesWhatWentIn) {
  const Attacked result = attacked("query-sanitising", setting());
  EXPECT_GT(result.accuracy(digits().evaluation).value(), 0.85);
  EXPECT_LT(measure(result, "reconstruction error, of the pixels' range"), 0.15);
  EXPECT_FALSE(torch::equal(answers(result), honest()));
}

TEST(Autoencoder, LearnsImagesItHasNotSeenAndNothingOutsideTheirRange) {
  const AttackSetting how = setting();
  const PixelRange range = range_of(how.data.images);
  Autoencoder model(1, range, 1);
  ASSERT_TRUE(train(model, how, 60));
  const torch::Tensor images = digits().evaluation.images, out = reconstructed(model, images);
  EXPECT_EQ(out.sizes(), images.sizes());
  EXPECT_FALSE(out.requires_grad());
  const auto error = [&](const torch::Tensor& guess) { return (guess - images).square().mean().item<double>(); };
  // Far nearer than the mean image is.
  EXPECT_LT(error(out), 0.25 * error(how.data.images.mean(0, true).expand_as(images)));
  const torch::Tensor wild = reconstructed(model, images * 1000 - 500);
  EXPECT_GE(wild.min().item<double>(), range.low);
  EXPECT_LE(wild.max().item<double>(), range.high);
}

TEST(Autoencoder, TakesImagesOfAnySize) {
  Autoencoder model(3, {-1, 1}, 1);
  for (const auto& [height, width] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{28, 28}, {32, 31}, {5, 9}, {1, 1}}) {
    const torch::Tensor images = torch::zeros({2, 3, height, width});
    EXPECT_EQ(reconstructed(model, images).sizes(), images.sizes());
  }
  EXPECT_EQ(reconstructed(model, torch::zeros({0, 3, 8, 8})).size(0), 0);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
