#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"
#include "training/ownership/attacks/adversarial.h"

namespace freezenet::ownership::attack_tests {
namespace {

/// Tensors that differ from the victim's, among the last layer's two and among the others.
struct Changed {
  int last = 0, others = 0;
};
Changed changed(const Classifier& whom, const Classifier& model) {
  const auto last = model.last_layer();
  Changed out;
  const auto before = whom.state(), after = model.state();
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (torch::equal(before[i].tensor, after[i].tensor)) continue;
    const bool is_last = after[i].tensor.is_same(last[0]) || after[i].tensor.is_same(last[1]);
    ++(is_last ? out.last : out.others);
  }
  return out;
}

TEST(FineTuning, LastLayerAttacksLeaveAllOthersAlone) {
  for (const char* name : {"ftll-1e-4", "ftll-1e-3", "rtll", "transfer-head"}) {
    const Attacked result = attacked(name, setting(0.1));
    const Changed tensors = changed(victim(), *result.model);
    EXPECT_EQ(tensors.last, 2) << name;
    EXPECT_EQ(tensors.others, 0) << name;
  }
}

TEST(FineTuning, AllLayerAttacksChangeAll) {
  for (const char* name : {"ftal-1e-4", "ftal-1e-3", "rtal", "transfer-learning", "adversarial-training"}) {
    const Attacked result = attacked(name, setting(0.1));
    const Changed tensors = changed(victim(), *result.model);
    EXPECT_EQ(tensors.last, 2) << name;
    EXPECT_EQ(tensors.others, 6) << name;
  }
}

TEST(FineTuning, RunningStatisticsAreOfTheLayersThatStay) {
  NormClassifier whom(4);
  ASSERT_TRUE(fit(whom, digits().train, short_fit(2)));
  const auto before = snapshot(whom);
  for (const char* name : {"ftll-1e-3", "rtll"}) {
    const Attacked result = attacked(name, setting(0.1), whom);
    EXPECT_EQ(changed(whom, *result.model).others, 0) << name;
    EXPECT_EQ(changed(whom, *result.model).last, 2) << name;
  }
  // Weights and biases of convolution and norm, mean and variance.
  EXPECT_EQ(changed(whom, *attacked("ftal-1e-3", setting(0.1), whom).model).others, 6);
  EXPECT_EQ(differing(before, snapshot(whom)), 0);
}

TEST(FineTuning, ModelsStayOfUse) {
  auto model = victim().copy();
  const double before = accuracy(*model, digits().evaluation);
  EXPECT_GT(before, 0.9);
  for (const char* name : {"ftal-1e-4", "ftal-1e-3", "rtal"}) {
    EXPECT_GT(attacked(name, setting(0.5)).accuracy(digits().evaluation).value(), before - 0.05) << name;
  }
}

TEST(FineTuning, TheHigherRateMovesMore) {
  EXPECT_GT(measure(attacked("ftal-1e-3", setting(0.2)), "relative change of the weights"),
            2 * measure(attacked("ftal-1e-4", setting(0.2)), "relative change of the weights"));
}

TEST(FineTuning, AResetLayerHasForgotten) {
  // One step at the most: what the last layer knew is gone, and the retrained one must learn it again.
  AttackSetting how = setting(0.01);
  how.data = how.data.slice(0, 10);
  EXPECT_LT(attacked("rtll", how).accuracy(digits().evaluation).value(), 0.5);
  EXPECT_GT(attacked("ftll-1e-4", how).accuracy(digits().evaluation).value(), 0.9);
}

TEST(FineTuning, TransferLearnsTheOtherClasses) {
  const Attacked result = attacked("transfer-learning", setting(0.5));
  ASSERT_TRUE(result.relabelled.defined());
  EXPECT_TRUE(torch::equal(result.relabelled, torch::arange(10).remainder(5)));
  EXPECT_GT(result.accuracy(digits().evaluation).value(), 0.85);
  EXPECT_LE(scores_of(*result.model, digits().evaluation.images).argmax(1).max().item<std::int64_t>(), 4);
}

TEST(AdversarialTraining, ExamplesHurtAndStayNear) {
  auto model = victim().copy();
  model->eval();
  const Samples probes = digits().evaluation;
  const PixelRange range = range_of(digits().train.images);
  const torch::Tensor wrong = fast_gradient_sign(*model, probes.images, probes.labels, 0.1, range);
  EXPECT_FALSE(wrong.requires_grad());
  EXPECT_LE((wrong - probes.images).abs().max().item<double>(), 0.1 + 1e-6);
  EXPECT_GE(wrong.min().item<double>(), range.low);
  EXPECT_LE(wrong.max().item<double>(), range.high);
  const double honest = accuracy(*model, probes);
  const torch::Tensor random = (probes.images + 0.1 * torch::randn(probes.images.sizes(), generator_of(1)).sign());
  EXPECT_LT(accuracy(*model, {wrong, probes.labels}), honest - 0.1);
  EXPECT_GT(accuracy(*model, {random, probes.labels}), accuracy(*model, {wrong, probes.labels}) + 0.1);
  for (const torch::Tensor& parameter : model->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST(AdversarialTraining, Hardens) {
  const Attacked result = attacked("adversarial-training", setting(0.5));
  EXPECT_GT(measure(result, "accuracy on adversarial examples after"),
            measure(result, "accuracy on adversarial examples before") + 0.1);
  EXPECT_GT(result.accuracy(digits().evaluation).value(), 0.9);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
