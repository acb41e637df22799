#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/source_dir.h"
#include "tests/unit/training/torch/fixture.h"
#include "training/model_file.h"
#include "training/torch/oracle.h"

namespace freezenet::training {
namespace {

// The next lines are the C++ of docs/models.md; the second test compares the two.
void load(torch::nn::Sequential& model, const Plan& plan, std::span<const float> weights) {
  const torch::NoGradGuard no_grad;
  auto parameters = model->named_parameters();
  for (const TensorSpec& tensor : plan.tensors) {
    const auto part = weights.subspan(tensor.offset, tensor.count);
    parameters[tensor.name].flatten().copy_(torch::tensor(std::vector<float>(part.begin(), part.end())));
  }
}

std::string read_text(const std::string& path) {
  std::ifstream in(test::source_dir() + "/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Sequential, TakesAModelFileByTheNamesOfItsTensors) {
  const DigitsStep step;
  const auto file = read_model(step.plan, write_model(step.task, step.plan, step.weights, {}));
  ASSERT_TRUE(file.has_value());
  torch::nn::Sequential model(torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 16, 3).padding(1)), torch::nn::ReLU(),
                              torch::nn::Conv2d(torch::nn::Conv2dOptions(16, 32, 3).padding(1)), torch::nn::ReLU(),
                              torch::nn::MaxPool2d(2), torch::nn::Flatten(), torch::nn::Linear(512, 64),
                              torch::nn::ReLU(), torch::nn::Linear(64, 10));
  load(model, step.plan, file->weights);
  const torch::Tensor input = oracle_input(step.task, step.plan, step.pixels, torch::kFloat32);
  const torch::Tensor expected =
      oracle_logits(step.task, input, oracle_parameters(step.plan, step.weights, torch::kFloat32));
  EXPECT_TRUE(torch::equal(model->forward(input), expected));
}

TEST(Sequential, AGroupNormHasTheNamesOfItsTensors) {
  Task task = digits_task();
  task.layers = {Conv2d{4, 3, 1, 1}, GroupNorm{2, 1e-5F}, Relu{}, AvgPool{3, 2}, Flatten{}, Linear{10}};
  const DigitsStep step(task);
  torch::nn::Sequential model(torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3).padding(1)),
                              torch::nn::GroupNorm(torch::nn::GroupNormOptions(2, 4).eps(1e-5)), torch::nn::ReLU(),
                              torch::nn::AvgPool2d(torch::nn::AvgPool2dOptions(3).stride(2)), torch::nn::Flatten(),
                              torch::nn::Linear(36, 10));
  const auto parameters = model->named_parameters();
  ASSERT_EQ(parameters.size(), step.plan.tensors.size());
  for (const TensorSpec& tensor : step.plan.tensors) {
    const torch::Tensor* parameter = parameters.find(tensor.name);
    ASSERT_NE(parameter, nullptr) << tensor.name;
    EXPECT_EQ(parameter->sizes(), std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end())) << tensor.name;
  }
  load(model, step.plan, step.weights);
  const torch::Tensor input = oracle_input(step.task, step.plan, step.pixels, torch::kFloat32);
  const torch::Tensor expected =
      oracle_logits(step.task, input, oracle_parameters(step.plan, step.weights, torch::kFloat32));
  EXPECT_LT((model->forward(input) - expected).abs().max().item<float>(), 1e-5F);
}

TEST(Sequential, TheDocumentShowsThisCode) {
  const std::string document = read_text("docs/models.md");
  const std::string fence = "```cpp\n";
  const auto begin = document.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const auto end = document.find("```", begin + fence.size());
  const std::string code = document.substr(begin + fence.size(), end - begin - fence.size());
  EXPECT_NE(read_text("tests/unit/training/torch/sequential_test.cpp").find(code), std::string::npos);
}

}  // namespace
}  // namespace freezenet::training
