#include "training/trainable_tensors.h"

#include <gtest/gtest.h>

#include "consensus/default_task.h"
#include "consensus/watermark.h"
#include "training/model_file.h"

namespace freezenet::training {
namespace {

TensorEntry entry(std::string name, std::string dtype, std::vector<std::uint64_t> shape, std::uint64_t begin,
                  std::uint64_t end) {
  return {std::move(name), std::move(dtype), std::move(shape), begin, end};
}

TEST(TrainableTensors, LeaveOutWhatTrainingDoesNotMove) {
  TensorFile layout;
  layout.data_at = 100;
  layout.tensors = {entry("bn.num_batches_tracked", "I64", {}, 0, 8),
                    entry("bn.running_mean", "F32", {2}, 8, 16),
                    entry("bn.running_var", "F32", {2}, 16, 24),
                    entry("bn.weight", "F32", {2}, 24, 32),
                    entry("ids", "I32", {1}, 32, 36),
                    entry("none", "F32", {2, 0}, 36, 36),
                    entry("w", "F32", {2, 3}, 36, 60)};
  const auto found = trainable_tensors(layout);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->tensors.size(), 2U);
  EXPECT_EQ(found->tensors[0].name, "bn.weight");
  EXPECT_EQ(found->tensors[1].name, "w");
  EXPECT_EQ(found->tensors[1].shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(found->at, (std::vector<std::uint64_t>{124, 136}));
  EXPECT_EQ(found->weights(), 8U);
  EXPECT_EQ(found->left_out, std::vector<std::string>{"'ids' (I32)"});
}

TEST(TrainableTensors, WeightsOfAnotherTypeAreRefused) {
  for (const char* dtype : {"F16", "BF16", "F64", "F8_E4M3"}) {
    TensorFile layout;
    layout.tensors = {entry("w", dtype, {0}, 0, 0)};
    const auto found = trainable_tensors(layout);
    ASSERT_FALSE(found.has_value());
    EXPECT_NE(found.error().detail.find(dtype), std::string::npos);
  }
}

TEST(TrainableTensors, AModelOfTheChainIsItsFlatBuffer) {
  const Task task = digits_task();
  const Plan plan = plan_of(task).value();
  std::vector<float> weights = genesis_weights(plan, task.id());
  Bytes file = write_model(task, plan, weights, {});
  const auto model = trainable_tensors(read_tensor_file(file).value());
  ASSERT_TRUE(model.has_value());
  ASSERT_EQ(model->tensors.size(), plan.tensors.size());
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) EXPECT_EQ(model->tensors[i].name, plan.tensors[i].name);
  EXPECT_EQ(read_weights(*model, file), weights);
  for (float& weight : weights) weight += 1;
  write_weights(*model, weights, file);
  EXPECT_EQ(read_model(plan, file)->weights, weights);
}

/// The data of a stranger's file may begin anywhere, and NaN has many bits.
TEST(TrainableTensors, BitsStayWhatTheyAreWhereverTheyLie) {
  TensorFile layout;
  layout.data_at = 3;
  layout.tensors = {entry("a", "U8", {1}, 0, 1), entry("w", "F32", {2}, 1, 9)};
  const auto model = trainable_tensors(layout);
  ASSERT_TRUE(model.has_value());
  const Bytes file{9, 9, 9, 8, 0x45, 0x23, 0x81, 0x7f, 1, 0, 0, 0x80};
  Bytes copy(file.size(), 0);
  write_weights(*model, read_weights(*model, file), copy);
  EXPECT_EQ(Bytes(copy.begin() + 4, copy.end()), Bytes(file.begin() + 4, file.end()));
  EXPECT_EQ(Bytes(copy.begin(), copy.begin() + 4), Bytes(4, 0));
}

}  // namespace
}  // namespace freezenet::training
