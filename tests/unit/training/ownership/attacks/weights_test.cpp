#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"
#include "training/ownership/attacks/pruning.h"
#include "training/ownership/attacks/quantisation.h"

namespace freezenet::ownership::attack_tests {
namespace {

double zeros(const Classifier& model) {
  std::vector<torch::Tensor> all;
  for (const NamedTensor& weight : model.weights()) all.push_back(weight.tensor.detach().flatten());
  return (torch::cat(all) == 0).to(torch::kFloat64).mean().item<double>();
}

bool has_negative_zero(const Classifier& model) {
  for (const NamedTensor& weight : model.weights()) {
    if (((weight.tensor == 0) & weight.tensor.signbit()).any().item<bool>()) return true;
  }
  return false;
}

TEST(Pruning, ZeroesExactlyTheShareOfSmallestMagnitude) {
  for (const int percent : {10, 50, 95}) {
    const Attacked result = attacked("pruning-" + std::to_string(percent), setting());
    EXPECT_NEAR(zeros(*result.model), percent / 100.0, 1e-5);
    EXPECT_NEAR(measure(result, "share of zeros"), percent / 100.0, 1e-5);
    EXPECT_FALSE(has_negative_zero(*result.model));
    // Every pruned weight was at most as large as every one that is left, over all layers.
    double largest_pruned = 0, smallest_left = INFINITY;
    const auto before = victim().weights(), after = result.model->weights();
    for (std::size_t i = 0; i < after.size(); ++i) {
      const torch::Tensor pruned = after[i].tensor == 0, magnitudes = before[i].tensor.detach().abs();
      if (pruned.any().item<bool>()) {
        largest_pruned = std::max(largest_pruned, magnitudes.masked_select(pruned).max().item<double>());
      }
      const torch::Tensor left = magnitudes.masked_select(~pruned);
      if (left.numel() > 0) smallest_left = std::min(smallest_left, left.min().item<double>());
      EXPECT_TRUE(torch::equal(before[i].tensor.masked_select(~pruned), after[i].tensor.masked_select(~pruned)));
    }
    EXPECT_LE(largest_pruned, smallest_left);
    // Biases are no weights.
    EXPECT_TRUE(torch::equal(victim().last_layer()[1], result.model->last_layer()[1]));
  }
}

TEST(Pruning, CountsEqualMagnitudesToo) {
  const auto model = victim().copy();
  for (const NamedTensor& weight : model->weights()) weight.tensor.detach().fill_(0.5);
  prune(*model, 0.3);
  EXPECT_NEAR(zeros(*model), 0.3, 1e-5);
}

TEST(Pruning, ThePrunedStayZeroWhileTheOthersAreTuned) {
  const Attacked pruned = attacked("pruning-70", setting()), tuned = attacked("pruning-70-ft", setting(0.3));
  EXPECT_NEAR(zeros(*tuned.model), 0.7, 1e-4);
  const auto before = pruned.model->weights(), after = tuned.model->weights();
  for (std::size_t i = 0; i < after.size(); ++i) {
    const torch::Tensor mask = before[i].tensor == 0;
    EXPECT_EQ(after[i].tensor.masked_select(mask).abs().sum().item<double>(), 0) << after[i].name;
    EXPECT_FALSE(torch::equal(before[i].tensor, after[i].tensor)) << after[i].name;
  }
  EXPECT_FALSE(has_negative_zero(*tuned.model));
}

TEST(Pruning, TuningKeepsThePrunedNetworkOfUse) {
  const double bare = attacked("pruning-70", setting()).accuracy(digits().evaluation).value();
  const double tuned = attacked("pruning-70-ft", setting()).accuracy(digits().evaluation).value();
  EXPECT_GT(tuned, bare - 0.01);
  EXPECT_GT(tuned, 0.8);
}

TEST(Quantisation, LeavesAtMostTwoToTheBitsValuesATensor) {
  for (const int bits : {8, 6, 5, 4}) {
    const Attacked result = attacked("quantisation-" + std::to_string(bits), setting());
    const auto before = victim().weights(), after = result.model->weights();
    for (std::size_t i = 0; i < after.size(); ++i) {
      const torch::Tensor values = std::get<0>(at::_unique(after[i].tensor.detach()));
      EXPECT_LE(values.numel(), 1 << bits);
      if (i == 2) {  // and the largest tensor uses them
        EXPECT_GE(values.numel(), 1 << (bits - 2));
      }
      const double largest = before[i].tensor.abs().max().item<double>();
      EXPECT_FLOAT_EQ(after[i].tensor.abs().max().item<float>(), static_cast<float>(largest));
      const double step = largest / ((1 << (bits - 1)) - 1);
      EXPECT_LE((after[i].tensor - before[i].tensor).abs().max().item<double>(), 0.5001 * step);
    }
    EXPECT_FALSE(has_negative_zero(*result.model));
    EXPECT_TRUE(torch::equal(victim().last_layer()[1], result.model->last_layer()[1]));
  }
}

TEST(Quantisation, ATensorOfZerosStaysOne) {
  const auto model = victim().copy();
  model->weights()[0].tensor.detach().zero_();
  quantise(*model, 4);
  EXPECT_EQ(model->weights()[0].tensor.abs().sum().item<double>(), 0);
}

TEST(NeuronPermutation, MovesTheWeightsAndLeavesTheFunction) {
  const Attacked result = attacked("neuron-permutation", setting());
  const auto before = victim().weights(), after = result.model->weights();
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_GT((before[i].tensor != after[i].tensor).to(torch::kFloat64).mean().item<double>(), 0.8) << after[i].name;
    const auto sorted = [](const torch::Tensor& t) { return std::get<0>(t.detach().flatten().sort()); };
    EXPECT_TRUE(torch::equal(sorted(before[i].tensor), sorted(after[i].tensor))) << after[i].name;
  }
  const auto original = victim().copy();
  const torch::Tensor images = digits().evaluation.images;
  EXPECT_LT((scores_of(*result.model, images) - scores_of(*original, images)).abs().max().item<double>(), 1e-5);
  EXPECT_LT(measure(result, "largest change of a score"), 1e-5);
  EXPECT_EQ(measure(result, "layers reordered"), 3);
}

TEST(NeuronPermutation, RefusesANetworkWithoutOrders) {
  const NormClassifier whom(4);
  const auto result = find_attack("neuron-permutation").value()->run(whom, setting());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, RejectCode::kConfig);
}

TEST(WeightShifting, ShiftsByAboutTheSizeOfTheKernelsAndMends) {
  const Attacked result = attacked("weight-shifting", setting(0.5));
  const double shift = measure(result, "relative change of the weights before fine-tuning");
  EXPECT_GT(shift, 0.1);
  EXPECT_LT(shift, 3);
  EXPECT_GT(result.accuracy(digits().evaluation).value(), 0.8);
}

TEST(Overwriting, EmbedsTheAttackersKey) {
  AttackSetting how = setting();
  const auto missing = find_attack("overwriting-1e-3").value()->run(victim(), how);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, RejectCode::kConfig);
  const SignKey own(12);
  how.own_key = &own;
  EXPECT_FALSE(own.extract(white_box(*victim().copy()), {}).value().found);
  const Attacked result = attacked("overwriting-1e-3", how);
  EXPECT_TRUE(own.extract(result.white_box(), {}).value().found);
  EXPECT_EQ(measure(result, "attacker's own found"), 1);
  EXPECT_GT(measure(result, "attacker's own matches"), 0.9);
  EXPECT_LT(measure(result, "attacker's own log10 p"), kLog10Limit);
  EXPECT_GT(result.accuracy(digits().evaluation).value(), 0.9);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
