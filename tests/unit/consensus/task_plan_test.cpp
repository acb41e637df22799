#include <gtest/gtest.h>

#include "tests/unit/consensus/sample_task.h"

namespace freezenet {
namespace {

Task with_layers(std::vector<Layer> layers) {
  Task task = sample_task();
  task.layers = std::move(layers);
  return task;
}

std::string refusal(const Task& task, const TaskLimits& limits = {}) {
  const auto plan = plan_of(task, limits);
  if (plan) return "accepted";
  EXPECT_EQ(plan.error().code, RejectCode::kBadTask);
  return plan.error().detail;
}

constexpr std::uint32_t kHuge = 0xffff'ffff;

TEST(TaskPlan, ShapesAndTensors) {
  const auto plan = plan_of(sample_task());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->activations,
            (std::vector<Activation>{{1, 8, 8}, {4, 8, 8}, {4, 8, 8}, {4, 4, 4}, {64, 1, 1}, {10, 1, 1}}));
  ASSERT_EQ(plan->tensors.size(), 4U);
  EXPECT_EQ(plan->tensors[0].name, "0.weight");
  EXPECT_EQ(plan->tensors[0].shape, (std::vector<std::uint32_t>{4, 1, 3, 3}));
  EXPECT_EQ(plan->tensors[0].fan_in(), 9U);
  EXPECT_EQ(plan->tensors[1].name, "0.bias");
  EXPECT_EQ(plan->tensors[1].shape, (std::vector<std::uint32_t>{4}));
  EXPECT_EQ(plan->tensors[2].name, "4.weight");
  EXPECT_EQ(plan->tensors[2].shape, (std::vector<std::uint32_t>{10, 64}));
  EXPECT_EQ(plan->tensors[2].offset, 40U);
  EXPECT_EQ(plan->tensors[2].count, 640U);
  EXPECT_EQ(plan->tensors[3].name, "4.bias");
  EXPECT_EQ(plan->tensors[3].offset, 680U);
  EXPECT_EQ(plan->parameters, 690U);
  EXPECT_EQ(plan->model_bytes(), 2760U);
}

TEST(TaskPlan, WindowsThatDoNotDivideTheInputRoundDown) {
  Task task = sample_task();
  task.dataset.width = 7;
  task.layers = {Conv2d{2, 3, 2, 0}, MaxPool{2, 1}, Flatten{}, Linear{10}};
  const auto plan = plan_of(task);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->activations[1], (Activation{2, 3, 3}));  // (8 - 3) / 2 + 1, (7 - 3) / 2 + 1
  EXPECT_EQ(plan->activations[2], (Activation{2, 2, 2}));
}

TEST(TaskPlan, AKernelAsLargeAsThePaddedInputFits) {
  const auto plan = plan_of(with_layers({Conv2d{10, 10, 1, 1}}));
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->activations[1], (Activation{10, 1, 1}));
}

TEST(TaskPlan, ImpossibleShapes) {
  EXPECT_EQ(refusal(with_layers({Conv2d{10, 11, 1, 1}})), "layer 0: the kernel does not fit");
  EXPECT_EQ(refusal(with_layers({Conv2d{10, 3, 1, 3}})), "layer 0: padding is not below the kernel");
  EXPECT_EQ(refusal(with_layers({Conv2d{0, 3, 1, 1}})), "layer 0: zero channels, kernel or stride");
  EXPECT_EQ(refusal(with_layers({Conv2d{4, 0, 1, 0}})), "layer 0: zero channels, kernel or stride");
  EXPECT_EQ(refusal(with_layers({Conv2d{4, 3, 0, 0}})), "layer 0: zero channels, kernel or stride");
  EXPECT_EQ(refusal(with_layers({Relu{}, MaxPool{9, 1}})), "layer 1: the window does not fit");
  EXPECT_EQ(refusal(with_layers({MaxPool{0, 1}})), "layer 0: zero kernel or stride");
  EXPECT_EQ(refusal(with_layers({MaxPool{2, 0}})), "layer 0: zero kernel or stride");
  EXPECT_EQ(refusal(with_layers({Linear{10}})), "layer 0: a linear layer needs a flat input");
  EXPECT_EQ(refusal(with_layers({Flatten{}, Linear{0}})), "layer 1: zero outputs");
  EXPECT_EQ(refusal(with_layers({Flatten{}, Linear{9}})), "the last layer does not leave one logit for each class");
  EXPECT_EQ(refusal(with_layers({Conv2d{10, 3, 1, 1}})), "the last layer does not leave one logit for each class");
}

TEST(TaskPlan, ANetworkWithoutWeightsIsRefused) {
  Task task = with_layers({Flatten{}, Relu{}});
  task.dataset.height = 1;
  task.dataset.width = 10;
  EXPECT_EQ(refusal(task), "no layer has weights");
}

TEST(TaskPlan, SizesNeverWrap) {
  const char* many = "layer 0: more parameters than the network allows";
  EXPECT_EQ(refusal(with_layers({Conv2d{kHuge, 3, 1, 1}})), many);
  EXPECT_EQ(refusal(with_layers({Conv2d{0x8000'0000, 8, 1, 0}})), many);  // 2^31 * 64 = 2^37, a multiple of 2^32
  EXPECT_EQ(refusal(with_layers({Conv2d{kHuge, kHuge, kHuge, kHuge - 1}})), many);
  EXPECT_EQ(refusal(with_layers({Conv2d{1, kHuge, 1, kHuge - 1}})), many);
  EXPECT_EQ(refusal(with_layers({Flatten{}, Linear{kHuge}})), "layer 1: more parameters than the network allows");
  EXPECT_EQ(refusal(with_layers({MaxPool{kHuge, kHuge}})), "layer 0: the window does not fit");
  TaskLimits generous;
  generous.max_parameters = generous.max_activation = ~0ULL;
  EXPECT_EQ(refusal(with_layers({Conv2d{kHuge, 3, 1, 1}}), generous), many);
  EXPECT_EQ(refusal(with_layers({Conv2d{0x0400'0000, 1, 1, 0}}), generous),
            "layer 0: activations beyond the network's limit");
}

TEST(TaskPlan, LimitsAreExact) {
  TaskLimits limits;
  limits.max_parameters = 690;
  limits.max_activation = 64 + 256 + 256 + 64 + 64 + 10;
  limits.max_layers = 5;
  limits.max_batch = 32;
  limits.max_steps = limits.min_steps = 40;
  EXPECT_EQ(refusal(sample_task(), limits), "accepted");
  TaskLimits tight = limits;
  tight.max_parameters -= 1;
  EXPECT_EQ(refusal(sample_task(), tight), "layer 4: more parameters than the network allows");
  tight = limits;
  tight.max_activation -= 1;
  EXPECT_EQ(refusal(sample_task(), tight), "layer 4: activations beyond the network's limit");
  tight.max_activation = 63;
  EXPECT_NE(refusal(sample_task(), tight), "accepted");
  tight = limits;
  tight.max_layers = 4;
  EXPECT_NE(refusal(sample_task(), tight), "accepted");
  tight = limits;
  tight.max_batch = 31;
  EXPECT_NE(refusal(sample_task(), tight), "accepted");
  tight = limits;
  tight.min_steps = 41;
  EXPECT_NE(refusal(sample_task(), tight), "accepted");
}

}  // namespace
}  // namespace freezenet
