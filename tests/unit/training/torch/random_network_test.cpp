#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/training/torch/fixture.h"
#include "training/engine.h"
#include "training/torch/oracle.h"

namespace freezenet::training {
namespace {

/// A network of layers drawn one by one, those that fit what stands before them.
std::vector<freezenet::Layer> random_layers(Task task, std::mt19937& random) {
  const auto between = [&random](std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint32_t>(low + random() % (high - low + 1));
  };
  const auto draw = [&](std::size_t layers_so_far) -> freezenet::Layer {
    const std::uint32_t kernel = between(1, 3);
    switch (random() % 7) {
      case 0: return MaxPool{kernel, between(1, 2)};
      case 1: return AvgPool{kernel, between(1, 2)};
      case 2: return GroupNorm{between(1, 4), 1e-2F};
      case 3: return ResidualAdd{between(0, static_cast<std::uint32_t>(layers_so_far))};
      case 4: return Relu{};
      default: return Conv2d{between(1, 6), kernel, between(1, 2), between(0, kernel - 1)};
    }
  };
  // What fits is what a plan can be made of, once the rest stands behind it.
  const auto fits = [&task](std::vector<freezenet::Layer> layers) {
    layers.insert(layers.end(), {Flatten{}, Linear{.out_features = 10}});
    task.layers = std::move(layers);
    return plan_of(task).has_value();
  };
  std::vector<freezenet::Layer> layers;
  while (layers.size() < 10) {
    auto longer = layers;
    longer.push_back(draw(layers.size()));
    if (fits(longer)) layers = std::move(longer);
  }
  const auto flat = static_cast<std::uint32_t>(layers.size()) + 1;
  layers.insert(layers.end(), {Flatten{}, Linear{.out_features = 32}, GroupNorm{between(1, 2), 1e-2F}, Relu{},
                               ResidualAdd{flat + between(1, 3)}, Linear{.out_features = 10}});
  return layers;
}

/// Logits and gradients of the loss, flat.
struct Values {
  std::vector<double> logits, gradients;
};

Values of_libtorch(const DigitsStep& step, torch::Dtype dtype) {
  const auto parameters = oracle_parameters(step.plan, step.weights, dtype);
  const torch::Tensor logits =
      oracle_logits(step.task, oracle_input(step.task, step.plan, step.pixels, dtype), parameters);
  const torch::Tensor loss = oracle_loss(step.task, logits, oracle_labels(step.labels));
  return {flat_values({logits}), flat_values(torch::autograd::grad({loss}, parameters))};
}

TEST(RandomNetwork, IsComputedAsWellAsLibTorchDoesInBinary32) {
  std::mt19937 random(17);
  for (int i = 0; i < 24; ++i) {
    Task task = digits_task();
    task.batch = 1 + static_cast<std::uint32_t>(random() % 9);
    task.evaluation_slice = 1;
    task.label_smoothing = i % 2 == 0 ? 0.0F : 0.1F;
    task.layers = random_layers(task, random);
    testing::Message what;
    const char* const names[] = {"conv", "relu", "max", "flatten", "linear", "average", "norm", "add"};
    for (const freezenet::Layer& layer : task.layers) what << names[layer.index()] << " ";
    SCOPED_TRACE(what);
    const DigitsStep step(task);
    const Values exact = of_libtorch(step, torch::kFloat64);
    const Values single = of_libtorch(step, torch::kFloat32);
    // A network that magnifies rounding does so for everybody: 3 of 400 leave both some 5e-6 from binary64.
    const double logits_allowed = std::max(2e-6, 4 * difference(single.logits, exact.logits));
    const double gradients_allowed = std::max(1e-5, 4 * difference(single.gradients, exact.gradients));
    for (const kernels::Path path : kernels::available_paths()) {
      Engine engine(step.task, step.plan, {.path = path, .threads = 2});
      const auto found = engine.forward_backward(step.weights, step.pixels, step.labels);
      ASSERT_TRUE(found.has_value()) << found.error().message();
      EXPECT_LE(difference(found->logits, exact.logits), logits_allowed) << kernels::name(path);
      EXPECT_LE(difference(found->gradients, exact.gradients), gradients_allowed) << kernels::name(path);
    }
  }
}

}  // namespace
}  // namespace freezenet::training
