#include "training/torch/oracle.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/training/torch/fixture.h"
#include "training/engine.h"

namespace freezenet::training {
namespace {

/// A step of the engine against one of the oracle, for a task given by its layers.
void expect_same_step(const Task& task) {
  const DigitsStep step(task);
  std::vector<float> momentum(step.plan.parameters, 0.01F);
  std::vector<std::uint8_t> frozen(step.plan.parameters);
  for (std::size_t i = 0; i < frozen.size(); i += 7) frozen[i] = 1;
  const OracleStep oracle =
      oracle_step(step.task, step.plan, step.weights, momentum, frozen, step.pixels, step.labels, 0.05F);

  for (const kernels::Path path : kernels::available_paths()) {
    Engine engine(step.task, step.plan, {.path = path, .threads = 2});
    const auto found = engine.forward_backward(step.weights, step.pixels, step.labels);
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_LT(difference(found->logits, oracle.logits), 2e-6);
    EXPECT_NEAR(found->loss, oracle.loss, 2e-6 * oracle.loss);
    for (const TensorSpec& tensor : step.plan.tensors) {
      EXPECT_LT(difference(found->gradients.subspan(tensor.offset, tensor.count),
                           std::span(oracle.gradients).subspan(tensor.offset, tensor.count)),
                1e-5)
          << tensor.name << " on " << kernels::name(path);
    }
    std::vector<float> weights = step.weights, moved = momentum;
    const std::vector<float> gradients(found->gradients.begin(), found->gradients.end());
    ASSERT_TRUE(engine.update(weights, moved, gradients, 0.05F, frozen).has_value());
    EXPECT_LT(difference(weights, oracle.weights), 1e-6);
    EXPECT_LT(difference(moved, oracle.momentum), 1e-5);
  }
}

TEST(Oracle, AgreesOnTheDigitsTask) { expect_same_step(digits_task()); }

TEST(Oracle, AgreesWithSmoothingAndDecay) {
  Task task = digits_task();
  task.label_smoothing = 0.1F;
  task.weight_decay = 0.01F;
  expect_same_step(task);
}

TEST(Oracle, AgreesOnStridesPaddingAndOverlappingPools) {
  Task task = digits_task();
  task.batch = 5;
  task.evaluation_slice = 1;
  task.layers = {Conv2d{.out_channels = 5, .kernel = 3, .stride = 2, .padding = 1},  // 8 -> 4
                 Relu{},
                 MaxPool{.kernel = 2, .stride = 1},                                  // 4 -> 3, windows overlap
                 Conv2d{.out_channels = 7, .kernel = 2, .stride = 1, .padding = 1},  // 3 -> 4
                 Relu{},
                 MaxPool{.kernel = 3, .stride = 2},  // 4 -> 1, a column left over
                 Flatten{},
                 Linear{.out_features = 13},
                 Relu{},
                 Linear{.out_features = 10}};
  expect_same_step(task);
}

TEST(Oracle, AgreesOnAPerceptron) {
  Task task = digits_task();
  task.batch = 1;
  task.evaluation_slice = 1;
  task.layers = {Flatten{}, Linear{.out_features = 10}};
  expect_same_step(task);
}

TEST(Oracle, AgreesOnResidualBlocksGroupNormsAndAverages) {
  Task task = digits_task();
  task.batch = 9;
  task.evaluation_slice = 1;
  task.layers = {Conv2d{6, 3, 1, 1},
                 GroupNorm{3, 1e-5F},
                 Relu{},
                 Conv2d{6, 3, 1, 1},
                 GroupNorm{2, 1e-3F},
                 ResidualAdd{3},  // round the second convolution
                 Relu{},
                 AvgPool{3, 1},  // 8 -> 6, windows overlap
                 Conv2d{6, 1, 1, 0},
                 ResidualAdd{8},
                 ResidualAdd{10},  // its own input
                 AvgPool{4, 3},    // 6 -> 1, columns left over
                 Flatten{},
                 Linear{.out_features = 12},
                 GroupNorm{4, 1e-5F},  // of a flat vector
                 ResidualAdd{14},
                 Linear{.out_features = 10}};
  expect_same_step(task);
}

TEST(Oracle, AgreesWhereTheImageItselfIsAdded) {
  Task task = digits_task();
  task.batch = 4;
  task.evaluation_slice = 1;
  task.layers = {Conv2d{1, 3, 1, 1}, Relu{}, ResidualAdd{0}, Flatten{}, Linear{.out_features = 10}};
  expect_same_step(task);
}

/// What the layers alone make of an input, in binary64.
torch::Tensor values(std::vector<freezenet::Layer> layers, const torch::Tensor& input,
                     const std::vector<torch::Tensor>& parameters = {}) {
  Task task;
  task.layers = std::move(layers);
  return oracle_logits(task, input, parameters);
}

TEST(Oracle, AveragesWindows) {
  const torch::Tensor input = torch::arange(24, torch::kFloat64).reshape({2, 1, 3, 4});
  // Windows of 2 by 2, two columns apart; the third row and no column is left over.
  const torch::Tensor expected = torch::tensor({2.5, 4.5, 14.5, 16.5}, torch::kFloat64).reshape({2, 1, 1, 2});
  EXPECT_TRUE(torch::equal(values({AvgPool{2, 2}}, input), expected));
  EXPECT_EQ(values({AvgPool{2, 1}}, input).sizes(), (std::vector<std::int64_t>{2, 1, 2, 3}));
}

TEST(Oracle, NormalisesGroupsOfChannels) {
  const torch::Tensor input = torch::rand({3, 6, 2, 5}, torch::kFloat64) * 4 - 1;
  const torch::Tensor weight = torch::rand({6}, torch::kFloat64), bias = torch::rand({6}, torch::kFloat64);
  for (const std::int64_t groups : {1, 2, 3, 6}) {
    for (const float epsilon : {1e-5F, 0.5F}) {
      const torch::Tensor found =
          values({GroupNorm{static_cast<std::uint32_t>(groups), epsilon}}, input, {weight, bias});
      const std::int64_t channels = 6 / groups;
      for (std::int64_t n = 0; n < 3; ++n) {
        for (std::int64_t c = 0; c < 6; ++c) {
          const torch::Tensor group = input[n].slice(0, c / channels * channels, (c / channels + 1) * channels);
          const double mean = group.sum().item<double>() / static_cast<double>(group.numel());
          // Biased: divided by the number of values.
          const double variance = (group - mean).square().sum().item<double>() / static_cast<double>(group.numel());
          const double scale = weight[c].item<double>() / std::sqrt(variance + double{epsilon});
          const torch::Tensor expected = (input[n][c] - mean) * scale + bias[c];
          EXPECT_LT((found[n][c] - expected).abs().max().item<double>(), 1e-12) << groups << ", channel " << c;
        }
      }
    }
  }
}

TEST(Oracle, AddsTheActivationThatIsNamed) {
  const torch::Tensor input = torch::tensor({-3.0, 2.0, -1.0, 5.0}, torch::kFloat64).reshape({1, 1, 2, 2});
  const auto sum = [&](std::uint32_t activation) {
    return values({Relu{}, MaxPool{1, 1}, ResidualAdd{activation}, Flatten{}}, input);
  };
  EXPECT_TRUE(torch::equal(sum(0), torch::tensor({{-3.0, 4.0, -1.0, 10.0}}, torch::kFloat64)));
  for (const std::uint32_t same : {1U, 2U})
    EXPECT_TRUE(torch::equal(sum(same), torch::tensor({{0.0, 4.0, 0.0, 10.0}}, torch::kFloat64)));
}

TEST(Oracle, LooksPixelsUpPerChannel) {
  Task task = digits_task();
  task.dataset.channels = 2;
  task.dataset.height = task.dataset.width = 1;
  task.inputs.resize(2);
  for (std::size_t v = 0; v < 256; ++v) {
    task.inputs[0][v] = static_cast<float>(v);
    task.inputs[1][v] = -static_cast<float>(v);
  }
  Plan plan;
  plan.activations = {{2, 1, 1}};
  const torch::Tensor input = oracle_input(task, plan, std::vector<std::uint8_t>{1, 2, 3, 4}, torch::kFloat32);
  EXPECT_TRUE(torch::equal(input.flatten(), torch::tensor({1.0F, -2.0F, 3.0F, -4.0F})));
}

}  // namespace
}  // namespace freezenet::training
