#include "daemon/lab/training_run.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/crypto/hash_drbg.h"
#include "tests/unit/daemon/lab/lab_fixture.h"
#include "training/augment.h"

namespace freezenet::lab {
namespace {

class TrainingRunTest : public test::LabTest {};

TEST_F(TrainingRunTest, AStepIsTheEnginesOnTheNextSamplesOfTheEpochsOrder) {
  const Hash256 seed = task.id();
  TrainingRun lab = run({.seed = seed, .watermark_ppm = 0, .rates = {0.1F, 0.05F}});
  ASSERT_EQ(lab.steps_per_epoch(), 1437U / 32);
  std::vector<float> weights = genesis_weights(plan, task.id());
  std::vector<float> momentum(weights.size(), 0.0F);
  for (std::uint32_t step = 0; step < 50; ++step) {
    const std::uint32_t epoch = step / 44;
    const auto order = Stream(seed, "lab-epoch", epoch).choose(1437, 1437);
    std::vector<std::uint8_t> pixels, labels;
    for (std::uint32_t i = step % 44 * 32; i < (step % 44 + 1) * 32; ++i) {
      const ByteView sample = dataset.train_pixels(order[i]);
      pixels.insert(pixels.end(), sample.begin(), sample.end());
      labels.push_back(dataset.train_label(order[i]));
    }
    const auto computed = engine.forward_backward(weights, pixels, labels);
    ASSERT_TRUE(computed.has_value());
    ASSERT_TRUE(engine.update(weights, momentum, computed->gradients, epoch == 0 ? 0.1F : 0.05F, {}).has_value());
  }
  advance(lab, 50);
  EXPECT_EQ(lab.steps_done(), 50U);
  EXPECT_TRUE(test::same_bits(lab.weights(), weights));
  EXPECT_TRUE(test::same_bits(lab.momentum(), momentum));
}

TEST_F(TrainingRunTest, ATaskThatAugmentsSeesEachSampleAsTheSeedAndTheStepSay) {
  task.augmentation = {.crop_padding = 1, .flip = true};
  TrainingRun lab = run({.seed = task.id(), .watermark_ppm = 0, .rates = {0.1F}});
  advance(lab, 2);
  const auto order = Stream(task.id(), "lab-epoch", 0).choose(1437, 1437);
  std::vector<float> weights = genesis_weights(plan, task.id());
  std::vector<float> momentum(weights.size(), 0.0F);
  for (std::uint32_t step = 0; step < 2; ++step) {
    Stream augment(task.id(), "lab-augment", step);
    std::vector<std::uint8_t> pixels(32 * 64), labels;
    for (std::uint32_t i = 0; i < 32; ++i) {
      const std::uint32_t sample = order[step * 32 + i];
      const training::View view = training::draw_view(task.augmentation, augment);
      training::copy_view(task.dataset, task.augmentation, view, dataset.train_pixels(sample),
                          std::span(pixels).subspan(i * 64, 64));
      labels.push_back(dataset.train_label(sample));
    }
    const auto computed = engine.forward_backward(weights, pixels, labels);
    ASSERT_TRUE(computed.has_value());
    ASSERT_TRUE(engine.update(weights, momentum, computed->gradients, 0.1F, {}).has_value());
  }
  EXPECT_TRUE(test::same_bits(lab.weights(), weights));
}

TEST_F(TrainingRunTest, RestoredInTheMiddleOfAnEpochItEndsWithTheSameBitsAndFigures) {
  const RunSettings settings{.seed = task.id(), .watermark_ppm = 50'000, .rates = {0.1F}};
  TrainingRun whole = run(settings);
  advance(whole, 70);
  TrainingRun first = run(settings);
  advance(first, 51);
  TrainingRun second = run(settings);
  second.restore(first.steps_done(), first.weights(), first.momentum(), first.tally());
  advance(second, 19);
  EXPECT_TRUE(test::same_bits(second.weights(), whole.weights()));
  EXPECT_TRUE(test::same_bits(second.momentum(), whole.momentum()));
  EXPECT_EQ(second.tally(), whole.tally());
}

TEST_F(TrainingRunTest, TheSeedDecidesTheOrder) {
  TrainingRun one = run({.seed = {}, .watermark_ppm = 0, .rates = {0.1F}});
  TrainingRun other = run({.seed = task.id(), .watermark_ppm = 0, .rates = {0.1F}});
  advance(one, 1);
  advance(other, 1);
  EXPECT_FALSE(test::same_bits(one.weights(), other.weights()));
}

TEST_F(TrainingRunTest, AWatermarkOfAnyRatioStaysFrozen) {
  for (const std::uint32_t ppm : {0U, 1U, 500'000U, kOneMillion}) {
    const RunSettings settings{.seed = task.id(), .watermark_ppm = ppm, .rates = {0.1F}};
    TrainingRun lab = run(settings);
    advance(lab, 45);
    const Watermark watermark = derive_watermark(plan, ppm, settings.seed);
    EXPECT_EQ(lab.frozen(), watermark.size());
    EXPECT_EQ(check_watermark(watermark, plan, lab.weights()).differing, 0U) << ppm;
    if (ppm == kOneMillion) {
      EXPECT_EQ(lab.frozen(), 64U * 16 + 16 * 10);  // all but the biases, which still learn
      EXPECT_NE(lab.weights().back(), 0.0F);
    }
  }
}

TEST_F(TrainingRunTest, TalliesWhatItTrainedOn) {
  TrainingRun lab = run({.seed = {}, .watermark_ppm = 0, .rates = {0.1F}});
  advance(lab, 44);
  EXPECT_EQ(lab.tally().batches, 44U);
  EXPECT_EQ(lab.tally().samples, 44U * 32);
  EXPECT_GT(lab.tally().accuracy(), 0.3);  // guessing gives 0.1
  EXPECT_LT(lab.tally().accuracy(), 0.99);
  EXPECT_GT(lab.tally().loss(), 0.1);
  EXPECT_LT(lab.tally().loss(), 2.4);
  EXPECT_EQ(lab.epochs_done(), 1.0);
  lab.reset_tally();
  EXPECT_EQ(lab.tally(), Tally{});
  EXPECT_EQ(lab.tally().loss(), 0);
}

TEST_F(TrainingRunTest, LeavingTheFiniteNumbersIsAnErrorThatNamesTheStep) {
  TrainingRun lab = run({.seed = {}, .watermark_ppm = 0, .rates = {0.1F}});
  const auto fails_from = [&](float value, const char* word) {
    lab.restore(6, std::vector<float>(plan.parameters, value), std::vector<float>(plan.parameters, 0.0F), {});
    const auto stepped = lab.step();
    ASSERT_FALSE(stepped.has_value());
    EXPECT_EQ(stepped.error().code, RejectCode::kVoidSegment);
    EXPECT_THAT(stepped.error().detail, testing::AllOf(testing::HasSubstr("step 7: "), testing::HasSubstr(word)));
    EXPECT_EQ(lab.steps_done(), 6U);
  };
  fails_from(0x1p100F, "a logit or the loss is not finite");
  fails_from(0x1p17F, "a weight");
}

}  // namespace
}  // namespace freezenet::lab
