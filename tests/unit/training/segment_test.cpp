#include "training/segment.h"

#include <cstring>
#include <fstream>

#include "consensus/base/hex.h"
#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/source_dir.h"
#include "tests/unit/training/plain_view.h"
#include "tests/unit/training/small_task.h"
#include "training/replay.h"

namespace freezenet::training {
namespace {

class SegmentTest : public ::testing::Test {
 protected:
  Segment segment(const char* seed = "one") {
    return Segment(engine_, dataset_, task_, plan_, sha256(as_bytes(seed)), 5, canonical_);
  }

  Task task_ = small_task();
  Plan plan_ = plan_for(task_);
  Dataset dataset_ = digits();
  Engine engine_{task_, plan_};
  std::vector<float> canonical_ = genesis_weights(plan_, task_.id());
};

TEST_F(SegmentTest, TrainingKeepsTheWatermarkAndReplaysToTheSameModel) {
  Segment mined = segment();
  const auto result = train(mined, {});
  ASSERT_TRUE(result.has_value()) << result.error().message();
  ASSERT_EQ(result->digests.size(), task_.steps);
  EXPECT_EQ(result->trace_root, hash_list_root(result->digests));
  EXPECT_EQ(result->model_root, chunked_root(as_bytes(std::span<const float>(result->weights))));
  EXPECT_TRUE(check_signed_model(mined.watermark(), plan_, result->weights).has_value());

  Segment again = segment();
  const ReplayOutcome outcome = replay(again, {result->digests, result->model_root}, {});
  EXPECT_TRUE(outcome.verdict.has_value()) << outcome.verdict.error().message();
  EXPECT_EQ(outcome.steps_replayed, task_.steps);

  Segment other = segment("two");
  const auto another = train(other, {});
  ASSERT_TRUE(another.has_value());
  EXPECT_NE(another->digests.front(), result->digests.front())
      << "another header, another segment, from the first step";
}

TEST_F(SegmentTest, DigestIsTheHashOfStepLogitsAndLoss) {
  Segment fresh = segment();
  std::vector<std::uint8_t> pixels, labels;
  for (const std::uint32_t i :
       Stream(sha256(as_bytes("one")), "batch", 1).choose(task_.dataset.train_count, task_.batch)) {
    pixels.insert(pixels.end(), dataset_.train_pixels(i).begin(), dataset_.train_pixels(i).end());
    labels.push_back(dataset_.train_label(i));
  }
  Engine other(task_, plan_);
  const auto computed = other.forward_backward(fresh.weights(), pixels, labels);
  ASSERT_TRUE(computed.has_value());
  Bytes message = {1, 0, 0, 0};
  for (const std::span<const float> part : {computed->logits, std::span<const float>(&computed->loss, 1)}) {
    const ByteView bytes = as_bytes(part);
    message.insert(message.end(), bytes.begin(), bytes.end());
  }
  const auto digest = fresh.step();
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(*digest, sha256(message));
}

TEST_F(SegmentTest, TrainsOnTheAugmentedBatch) {
  task_.augmentation = {2, true};
  const Hash256 candidate = sha256(as_bytes("one"));
  Segment fresh = segment();
  Engine other(task_, plan_);
  std::vector<View> all;
  for (const std::uint32_t t : {1U, 2U}) {
    std::vector<std::uint8_t> pixels, labels;
    Stream stream(candidate, "augment", t);
    for (const std::uint32_t i : Stream(candidate, "batch", t).choose(task_.dataset.train_count, task_.batch)) {
      View view;
      view.dy = stream.bounded(5);
      view.dx = stream.bounded(5);
      view.mirrored = stream.next_u32() >= 0x8000'0000U;
      const Bytes seen = plain_view(task_.dataset, task_.augmentation, view, dataset_.train_pixels(i));
      pixels.insert(pixels.end(), seen.begin(), seen.end());
      labels.push_back(dataset_.train_label(i));
      all.push_back(view);
    }
    const auto computed = other.forward_backward(fresh.weights(), pixels, labels);
    ASSERT_TRUE(computed.has_value());
    const std::uint8_t index[] = {static_cast<std::uint8_t>(t), 0, 0, 0};
    const Hash256 expected = Sha256()
                                 .update(index)
                                 .update(as_bytes(computed->logits))
                                 .update(as_bytes(std::span<const float>(&computed->loss, 1)))
                                 .finish();
    EXPECT_EQ(fresh.step(), expected) << t;
  }
  EXPECT_NE(all.front(), all[task_.batch]) << "each step draws anew";
}

TEST_F(SegmentTest, ReplayStopsAtTheFirstDifference) {
  Segment mined = segment();
  const auto result = train(mined, {});
  ASSERT_TRUE(result.has_value());
  for (const std::uint32_t wrong : {1U, 2U, task_.steps}) {
    auto digests = result->digests;
    digests[wrong - 1].bytes[7] ^= 1;
    Segment again = segment();
    const ReplayOutcome outcome = replay(again, {digests, result->model_root}, {});
    ASSERT_FALSE(outcome.verdict.has_value());
    EXPECT_EQ(outcome.verdict.error().code, RejectCode::kWrongTrace);
    EXPECT_NE(outcome.verdict.error().detail.find("step " + std::to_string(wrong) + " of"), std::string::npos);
    EXPECT_EQ(outcome.steps_replayed, wrong);
  }
  Segment again = segment();
  const ReplayOutcome model = replay(again, {result->digests, Hash256{}}, {});
  ASSERT_FALSE(model.verdict.has_value());
  EXPECT_EQ(model.verdict.error().code, RejectCode::kWrongReplayedModel);
  EXPECT_EQ(model.steps_replayed, task_.steps);
  Segment fresh = segment();
  const ReplayOutcome count = replay(fresh, {std::span(result->digests).first(3), result->model_root}, {});
  ASSERT_FALSE(count.verdict.has_value());
  EXPECT_EQ(count.verdict.error().code, RejectCode::kWrongDigestCount);
  EXPECT_EQ(count.steps_replayed, 0U);
}

TEST_F(SegmentTest, TwoSegmentsMayTakeTurnsOnOneEngine) {
  Segment first = segment("one"), second = segment("two");
  std::vector<Hash256> first_digests, second_digests;
  while (!first.done()) {
    first_digests.push_back(first.step().value());
    second_digests.push_back(second.step().value());
  }
  Segment alone = segment("two");
  const auto result = train(alone, {});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(second_digests, result->digests);
  EXPECT_EQ(std::memcmp(second.weights().data(), result->weights.data(), second.weights().size_bytes()), 0);
  EXPECT_NE(first_digests, second_digests);
}

TEST_F(SegmentTest, StopsBetweenTwoSteps) {
  std::stop_source stop;
  stop.request_stop();
  Segment fresh = segment();
  const auto result = train(fresh, stop.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, RejectCode::kCancelled);
  EXPECT_EQ(fresh.steps_done(), 0U);
  const std::vector<Hash256> digests(task_.steps);
  EXPECT_EQ(replay(fresh, {digests, {}}, stop.get_token()).verdict.error().code, RejectCode::kCancelled);
}

TEST_F(SegmentTest, LeavingTheFiniteNumbersMakesItVoid) {
  for (float& w : canonical_) w *= 65000.0F;
  Segment fresh = segment();
  const auto result = train(fresh, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, RejectCode::kVoidSegment);
  EXPECT_EQ(fresh.step().error().code, RejectCode::kVoidSegment) << "and it stays void";
}

TEST_F(SegmentTest, ThawPutsBackTheFrozenWeightsAndNothingElse) {
  Segment mined = segment();
  const auto result = train(mined, {});
  ASSERT_TRUE(result.has_value());
  const std::vector<float> thawed = thaw(result->weights, canonical_, mined.watermark(), plan_);
  const std::vector<std::uint8_t> frozen = frozen_mask(mined.watermark(), plan_);
  ASSERT_GT(mined.watermark().size(), 0U);
  for (std::size_t i = 0; i < thawed.size(); ++i)
    ASSERT_EQ(thawed[i], frozen[i] != 0 ? canonical_[i] : result->weights[i]) << i;
}

TEST(GoldenSegment, DigestOnTheBestPathOfThisMachine) {
  const Task task = digits_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  Engine engine(task, plan);
  Segment segment(engine, dataset, task, plan, sha256(as_bytes("FreezeNet golden segment")), 0,
                  genesis_weights(plan, task.id()));
  const auto result = train(segment, {});
  ASSERT_TRUE(result.has_value()) << result.error().message();
  const Hash256 digest = Sha256().update(result->trace_root.bytes).update(result->model_root.bytes).finish();
  std::string expected;
  std::ifstream(test::source_dir() + "/tests/golden/segment.digest") >> expected;
  EXPECT_EQ(to_hex(ByteView(digest.bytes)), expected);
}

}  // namespace
}  // namespace freezenet::training
