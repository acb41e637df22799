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

TEST(TaskPlan, ResidualBlocksAndGroupNorms) {
  const auto plan = plan_of(residual_task());
  ASSERT_TRUE(plan) << plan.error().message();
  const std::vector<Activation> fours(7, {4, 8, 8});
  EXPECT_EQ(std::vector<Activation>(plan->activations.begin() + 1, plan->activations.begin() + 8), fours);
  EXPECT_EQ(plan->activations[8], (Activation{4, 3, 3}));  // (8 - 3) / 2 + 1
  ASSERT_EQ(plan->tensors.size(), 10U);
  EXPECT_EQ(plan->tensors[2].shape, (std::vector<std::uint32_t>{4}));
  std::string names;
  for (const TensorSpec& tensor : plan->tensors) {
    names += tensor.name + ' ';
    const bool is_scale = tensor.name == "1.weight" || tensor.name == "4.weight";
    EXPECT_EQ(tensor.initial, is_scale ? 1.0F : 0.0F) << tensor.name;
  }
  EXPECT_EQ(names, "0.weight 0.bias 1.weight 1.bias 3.weight 3.bias 4.weight 4.bias 9.weight 9.bias ");
  EXPECT_EQ(plan->tensors[2].offset, 40U);
  EXPECT_EQ(plan->tensors[3].offset, 44U);
  EXPECT_EQ(plan->parameters, 574U);
}

TEST(TaskPlan, WhatAResidualAddMayName) {
  Task task = residual_task();
  const auto naming = [&](std::uint32_t activation) {
    task.layers[5] = ResidualAdd{activation};
    return refusal(task);
  };
  for (std::uint32_t i = 1; i <= 5; ++i) EXPECT_EQ(naming(i), "accepted") << i;  // 5 is its own input: twice the value
  EXPECT_EQ(naming(0), "layer 5: it adds values of another shape");              // the task's input: 1 channel
  EXPECT_EQ(naming(6), "layer 5: it adds what is computed after it");            // its own output
  EXPECT_EQ(naming(kHuge), "layer 5: it adds what is computed after it");
  EXPECT_EQ(refusal(with_layers({ResidualAdd{0}, Flatten{}, Linear{10}})), "accepted");
  EXPECT_EQ(refusal(with_layers({ResidualAdd{1}, Flatten{}, Linear{10}})),
            "layer 0: it adds what is computed after it");
  // As many values are not the same shape.
  EXPECT_EQ(refusal(with_layers({Flatten{}, ResidualAdd{0}, Linear{10}})), "layer 1: it adds values of another shape");
}

TEST(TaskPlan, GroupsAndAverages) {
  EXPECT_EQ(refusal(with_layers({Conv2d{6, 3, 1, 1}, GroupNorm{3, 1e-5F}, Flatten{}, Linear{10}})), "accepted");
  EXPECT_EQ(refusal(with_layers({Flatten{}, GroupNorm{64, 1e-5F}, Linear{10}})), "accepted");
  for (const std::uint32_t groups : {0U, 4U, 12U, kHuge}) {
    EXPECT_EQ(refusal(with_layers({Conv2d{6, 3, 1, 1}, GroupNorm{groups, 1e-5F}, Flatten{}, Linear{10}})),
              "layer 1: groups do not divide the channels");
  }
  EXPECT_EQ(refusal(with_layers({AvgPool{9, 1}})), "layer 0: the window does not fit");
  EXPECT_EQ(refusal(with_layers({AvgPool{0, 1}})), "layer 0: zero kernel or stride");
  EXPECT_EQ(refusal(with_layers({AvgPool{2, 0}})), "layer 0: zero kernel or stride");
  EXPECT_EQ(refusal(with_layers({AvgPool{kHuge, kHuge}})), "layer 0: the window does not fit");
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

TEST(TaskPlan, ABatchIsLimitedAsAWhole) {
  const char* many = "activations of a batch beyond the network's limit";
  TaskLimits limits;
  limits.max_batch_activation = std::uint64_t{32} * (64 + 256 + 256 + 64 + 64 + 10);
  EXPECT_EQ(refusal(sample_task(), limits), "accepted");
  limits.max_batch_activation -= 1;
  EXPECT_EQ(refusal(sample_task(), limits), std::string("layer 4: ") + many);
  // Each factor as large as its own limit lets it be: nothing wraps.
  Task task = sample_task();
  task.dataset.train_count = task.batch = kMaxSamples / 2;
  TaskLimits generous;
  generous.max_activation = ~0ULL;
  generous.max_batch = kHuge;
  EXPECT_EQ(refusal(task, generous), std::string("layer 0: ") + many);
  generous.max_batch_activation = ~0ULL;
  EXPECT_EQ(refusal(task, generous), "accepted");
  // By default: 64 GB of values, each limit beside this one being kept to.
  task = with_layers({Conv2d{240'000, 1, 1, 0}, MaxPool{8, 8}, Conv2d{10, 1, 1, 0}});
  task.batch = 16;
  EXPECT_EQ(refusal(task), "accepted");
  task.batch = 1024;
  EXPECT_EQ(refusal(task), std::string("layer 0: ") + many);
}

// Four blocks of two 3x3 convolutions with group norms and ReLUs, max pools, two linear layers.
TEST(TaskPlan, ANetworkForSmallPhotographsFits) {
  Task task = sample_task();
  task.dataset = {"photographs", 3, 32, 32, 10, 50'000, 10'000, {}};
  task.inputs.resize(3, task.inputs[0]);
  task.layers.clear();
  for (const std::uint32_t filters : {32U, 64U, 128U, 256U}) {
    for (int i = 0; i < 2; ++i)
      task.layers.insert(task.layers.end(), {Conv2d{filters, 3, 1, 1}, GroupNorm{8, 1e-5F}, Relu{}});
    task.layers.push_back(MaxPool{2, 2});
  }
  task.layers.insert(task.layers.end(), {Flatten{}, Linear{128}, Relu{}, Linear{10}});
  task.augmentation = {4, true};
  for (const std::uint32_t batch : {64U, 256U, 691U}) {
    task.batch = batch;
    EXPECT_EQ(refusal(task), "accepted") << batch;
  }
  task.batch = 692;
  EXPECT_NE(refusal(task), "accepted");
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
