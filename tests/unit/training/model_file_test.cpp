#include "training/model_file.h"

#include <cstring>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/default_task.h"
#include "consensus/watermark.h"

namespace freezenet::training {
namespace {

struct Model {
  Task task = digits_task();
  Plan plan = plan_of(task).value();
  std::vector<float> weights = genesis_weights(plan, task.id());
};

TEST(ModelFile, ReadsBackWeightsMetadataAndRoot) {
  const Model model;
  const Bytes file =
      write_model(model.task, model.plan, model.weights,
                  {{"kind", "sealed"}, {"network", "regtest"}, {"height", "7"}, {"block", std::string(64, 'a')}});
  const auto read = read_model(model.plan, file);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->weights, model.weights);
  EXPECT_EQ(read->root, chunked_root(as_bytes(std::span<const float>(model.weights))));
  EXPECT_EQ(read->metadata.at("format"), "freezenet-model-1");
  EXPECT_EQ(read->metadata.at("task_id"), to_hex(model.task.id()));
  EXPECT_EQ(read->metadata.at("model_root"), to_hex(read->root));
  EXPECT_EQ(read->metadata.at("height"), "7");
  EXPECT_TRUE(check_claims(model.task, *read).has_value());
}

TEST(ModelFile, MetadataIsNoPartOfTheRoot) {
  const Model model;
  const auto with = read_model(model.plan, write_model(model.task, model.plan, model.weights, {{"score", "12"}}));
  const auto without = read_model(model.plan, write_safetensors(model.plan.tensors, model.weights, {}));
  ASSERT_TRUE(with.has_value());
  ASSERT_TRUE(without.has_value());
  EXPECT_EQ(with->root, without->root);
  EXPECT_TRUE(check_claims(model.task, *without).has_value());
}

TEST(ModelFile, OneChangedWeightIsAnotherModelAndTheClaimIsFalse) {
  const Model model;
  Bytes file = write_model(model.task, model.plan, model.weights, {});
  file[file.size() - 5] ^= 1;
  const auto read = read_model(model.plan, file);
  ASSERT_TRUE(read.has_value());
  EXPECT_NE(read->root, model_root(model.weights));
  const auto claims = check_claims(model.task, *read);
  ASSERT_FALSE(claims.has_value());
  EXPECT_EQ(claims.error().code, RejectCode::kWrongModelRoot);
}

TEST(ModelFile, ClaimsAboutAnotherTaskOrFormatAreNamed) {
  const Model model;
  auto read = read_model(model.plan, write_model(model.task, model.plan, model.weights, {})).value();
  Task other = model.task;
  other.steps += 1;
  EXPECT_EQ(check_claims(other, read).error().code, RejectCode::kWrongTask);
  read.metadata["format"] = "freezenet-model-2";
  EXPECT_EQ(check_claims(model.task, read).error().code, RejectCode::kBadEncoding);
}

TEST(ModelFile, TheFileOfAnotherTaskIsRefusedByItsTensors) {
  const Model model;
  Task wider = model.task;
  std::get<Conv2d>(wider.layers.front()).out_channels += 1;
  const auto plan = plan_of(wider);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  const auto read = read_model(*plan, write_model(model.task, model.plan, model.weights, {}));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, RejectCode::kBadEncoding);
  EXPECT_NE(read.error().detail.find("shape"), std::string::npos);
}

TEST(ModelFile, HoldsUpToTruncationOfARealModel) {
  const Model model;
  const Bytes file = write_model(model.task, model.plan, model.weights, {});
  for (std::size_t length = 0; length < file.size(); length += 97) {
    EXPECT_FALSE(read_model(model.plan, ByteView(file).first(length)).has_value()) << length;
  }
}

}  // namespace
}  // namespace freezenet::training
