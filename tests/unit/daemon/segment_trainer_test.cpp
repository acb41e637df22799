#include "daemon/segment_trainer.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/default_task.h"
#include "daemon/work_meter.h"
#include "training/model_file.h"

namespace freezenet::daemon {
namespace {

class SegmentTrainerTest : public testing::Test {
 protected:
  static NetworkParams params() {
    NetworkParams params = regtest_params();
    params.tasks.front().batch = 8;
    params.tasks.front().evaluation_slice = 40;
    return params;
  }
  const std::vector<training::TaskContext> tasks_ = *training::load_task_contexts(params());
  const training::TaskContext& task_ = tasks_.front();
  const std::vector<float> genesis_ = genesis_weights(task_.plan, task_.task.id());
  int asked_ = 0;
  SegmentTrainer::StartModel start_ = [this](const Hash256&, std::uint64_t parameters) -> Result<std::vector<float>> {
    ++asked_;
    EXPECT_EQ(parameters, task_.plan.parameters);
    return genesis_;
  };

  MiningTask work(std::uint64_t nonce) const {
    MiningTask work;
    work.header.task_id = task_.task.id();
    work.header.start_root = training::model_root(genesis_);
    work.header.nonce = nonce;
    work.height = 1;
    return work;
  }
};

TEST_F(SegmentTrainerTest, YieldsTheHeaderOfTheSegmentThatTheCandidateDictates) {
  SegmentTrainer trainer(tasks_, {});
  const MiningTask given = work(7);
  const auto trained = trainer.train(given, start_, {});
  ASSERT_TRUE(trained) << trained.error().message();

  training::Engine engine(task_.task, task_.plan);
  training::Segment segment(engine, task_.dataset, task_.task, task_.plan, given.header.candidate_hash(), 1, genesis_);
  const auto expected = training::train(segment, {});
  ASSERT_TRUE(expected);
  EXPECT_EQ(trained->header.candidate, given.header);
  EXPECT_EQ(trained->header.trace_root, expected->trace_root);
  EXPECT_EQ(trained->header.model_root, expected->model_root);
  EXPECT_EQ(trained->result.digests, expected->digests);
  EXPECT_EQ(trained->hash, trained->header.block_hash());

  const auto model = trainer.thaw(given, *trained);
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_EQ(model->weights, training::thaw(expected->weights, genesis_, segment.watermark(), task_.plan));
  EXPECT_TRUE(model->sound);
}

TEST_F(SegmentTrainerTest, WinsExactlyWhereTheTicketMeetsTheTarget) {
  SegmentTrainer trainer(tasks_, {});
  MiningTask given = work(1);
  const auto loses = trainer.train(given, start_, {});
  ASSERT_TRUE(loses);
  EXPECT_FALSE(loses->wins) << "a target of zero";
  given.target = Uint256::from_hash(loses->hash);
  EXPECT_TRUE(trainer.train(given, start_, {})->wins) << "a target equal to the ticket";
}

TEST_F(SegmentTrainerTest, AsksForTheStartModelOnceAndAgainForAnother) {
  SegmentTrainer trainer(tasks_, {});
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) ASSERT_TRUE(trainer.train(work(nonce), start_, {}));
  EXPECT_EQ(asked_, 1);
  MiningTask other = work(3);
  other.header.start_root.bytes[0] ^= 1;
  ASSERT_TRUE(trainer.train(other, start_, {}));
  EXPECT_EQ(asked_, 2);
}

TEST_F(SegmentTrainerTest, EndsWhereItIsStoppedOrHasNoModel) {
  SegmentTrainer trainer(tasks_, {});
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = trainer.train(work(1), start_, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, RejectCode::kCancelled);

  SegmentTrainer fresh(tasks_, {});
  const auto none = fresh.train(
      work(1),
      [](const Hash256&, std::uint64_t) -> Result<std::vector<float>> { return reject(RejectCode::kNotFound, "gone"); },
      {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, RejectCode::kNotFound);
}

TEST(WorkMeterTest, ExpectsABlockAfterAsManySegmentsAsTheTargetSays) {
  using namespace std::chrono_literals;
  const WorkMeter::TimePoint start{};
  WorkMeter meter(start);
  MiningTask work;
  work.height = 9;
  work.target = Uint256::power_of_two(252);  // one ticket in 16
  for (int i = 1; i <= 20; ++i) meter.segment_done(work, start + i * 500ms - 400ms, start + i * 500ms);
  MiningInfo info;
  meter.report(info, true, start + 10s);
  EXPECT_EQ(info.segments, 20U);
  EXPECT_EQ(info.height, 9U);
  EXPECT_NEAR(info.last_segment_ms, 400, 1e-6);
  EXPECT_NEAR(info.segments_per_second_60s, 2, 0.01);
  EXPECT_NEAR(info.expected_seconds_to_block, 7.5, 0.1);  // floor(2^256 / (2^252 + 1)) tickets
  meter.report(info, false, start + 10s);
  EXPECT_EQ(info.expected_seconds_to_block, 0);
}

}  // namespace
}  // namespace freezenet::daemon
