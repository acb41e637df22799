#include "training/torch/module.h"

#include <cstring>

#include <gtest/gtest.h>

#include "tests/unit/training/torch/fixture.h"
#include "training/torch/oracle.h"

namespace freezenet::training {
namespace {

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

std::vector<float> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// Largest difference as a share of the largest magnitude of `reference`.
double difference(const torch::Tensor& found, const torch::Tensor& reference) {
  const torch::Tensor wide = reference.detach().to(torch::kFloat64);
  return ((found.detach().to(torch::kFloat64) - wide).abs().max() / wide.abs().max()).item<double>();
}

class EngineModuleTest : public testing::Test {
 protected:
  EngineModuleTest()
      : module(step.task, step.plan),
        input(oracle_input(step.task, step.plan, step.pixels, torch::kFloat32)),
        labels(oracle_labels(step.labels)) {
    module.load(step.weights);
  }

  /// Logits of LibTorch's own operations in binary64 on the module's parameters.
  torch::Tensor oracle(const torch::Tensor& x) {
    return oracle_logits(step.task, x.to(torch::kFloat64),
                         oracle_parameters(step.plan, module.weights(), torch::kFloat64));
  }

  DigitsStep step;
  EngineModule module;
  torch::Tensor input, labels;
};

TEST_F(EngineModuleTest, ItsParametersAreTheTasksTensors) {
  const auto parameters = module.named_parameters();
  ASSERT_EQ(parameters.size(), step.plan.tensors.size());
  for (std::size_t t = 0; t < step.plan.tensors.size(); ++t) {
    const TensorSpec& spec = step.plan.tensors[t];
    EXPECT_EQ(parameters[t].key(), spec.name);
    EXPECT_EQ(parameters[t].value().sizes().vec(), std::vector<std::int64_t>(spec.shape.begin(), spec.shape.end()));
  }
  EXPECT_TRUE(same_bits(module.weights(), step.weights));
}

TEST_F(EngineModuleTest, ForwardHasTheBitsOfTheEngine) {
  Engine engine(step.task, step.plan);
  const auto logits = engine.forward(step.weights, step.pixels, step.task.batch);
  ASSERT_TRUE(logits.has_value());
  EXPECT_TRUE(same_bits(values(module.forward(input)), *logits));
}

TEST_F(EngineModuleTest, BackwardOfTheLossHasTheBitsOfTheEngine) {
  Engine engine(step.task, step.plan);
  const auto expected = engine.forward_backward(step.weights, step.pixels, step.labels);
  ASSERT_TRUE(expected.has_value());
  const torch::Tensor loss = module.loss(input, labels);
  loss.backward();
  EXPECT_EQ(loss.item<float>(), expected->loss);
  EXPECT_TRUE(same_bits(module.gradients(), expected->gradients));
}

TEST_F(EngineModuleTest, LibTorchsLossOnItsLogitsYieldsTheGradientsOfLibTorch) {
  const torch::Tensor x = input.clone().requires_grad_(true);
  oracle_loss(step.task, module.forward(x), labels).backward();
  const torch::Tensor wide = input.to(torch::kFloat64).requires_grad_(true);
  const auto parameters = oracle_parameters(step.plan, step.weights, torch::kFloat64);
  oracle_loss(step.task, oracle_logits(step.task, wide, parameters), labels).backward();

  EXPECT_LT(difference(x.grad(), wide.grad()), 2e-5);
  const auto found = module.parameters();
  for (std::size_t t = 0; t < found.size(); ++t) {
    EXPECT_LT(difference(found[t].grad(), parameters[t].grad()), 2e-5) << step.plan.tensors[t].name;
  }
}

TEST_F(EngineModuleTest, GraphsMayBeDerivedInAnyOrder) {
  const torch::Tensor other = input.flip(0).slice(0, 0, 7).contiguous();
  const auto gradient_of = [&](const torch::Tensor& x) {
    module.zero_grad();
    module.forward(x).sum().backward();
    return module.gradients();
  };
  const std::vector<float> first = gradient_of(input), second = gradient_of(other);

  const torch::Tensor a = module.forward(input), b = module.forward(other);
  module.zero_grad();
  a.sum().backward();
  EXPECT_TRUE(same_bits(module.gradients(), first));
  module.zero_grad();
  b.sum().backward();
  EXPECT_TRUE(same_bits(module.gradients(), second));
}

TEST_F(EngineModuleTest, AGraphOutlivesTheModule) {
  torch::Tensor loss;
  torch::Tensor x = input.clone().requires_grad_(true);
  {
    EngineModule temporary(step.task, step.plan);
    temporary.load(step.weights);
    loss = temporary.loss(x, labels);
  }
  loss.backward();
  EXPECT_GT(x.grad().abs().max().item<float>(), 0.0F);
}

TEST_F(EngineModuleTest, AnOptimiserOfLibTorchTrainsIt) {
  torch::optim::SGD optimiser(module.parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));
  const float before = module.loss(input, labels).item<float>();
  for (int i = 0; i < 30; ++i) {
    optimiser.zero_grad();
    module.loss(input, labels).backward();
    optimiser.step();
  }
  const float after = module.loss(input, labels).item<float>();
  EXPECT_LT(after, 0.25F * before);
  EXPECT_LT(difference(module.forward(input), oracle(input)), 2e-5);
}

TEST_F(EngineModuleTest, WhatTheEngineCannotTakeIsAnErrorOfLibTorch) {
  EXPECT_THROW(module.forward(input.to(torch::kFloat64)), c10::Error);
  EXPECT_THROW(module.forward(input.flatten(1)), c10::Error);
  EXPECT_THROW(module.forward(torch::zeros({33, 1, 8, 8})), c10::Error);
  EXPECT_THROW(module.forward(torch::zeros({0, 1, 8, 8})), c10::Error);
  EXPECT_THROW(module.forward(torch::zeros({1, 1, 8, 9})), c10::Error);
  EXPECT_THROW(module.loss(input, labels + 10), c10::Error);
  EXPECT_THROW(module.loss(input, labels.slice(0, 0, 3)), c10::Error);
  EXPECT_THROW(module.load(std::span<const float>(step.weights).first(5)), c10::Error);
}

TEST_F(EngineModuleTest, ASecondDerivativeIsRefused) {
  const torch::Tensor x = input.clone().requires_grad_(true);
  const torch::Tensor loss = module.loss(x, labels);
  EXPECT_THROW(torch::autograd::grad({loss}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true), c10::Error);
}

}  // namespace
}  // namespace freezenet::training
