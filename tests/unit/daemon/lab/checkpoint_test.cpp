#include "daemon/lab/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "tests/unit/daemon/lab/lab_fixture.h"
#include "training/safetensors.h"

namespace freezenet::lab {
namespace {

using testing::HasSubstr;

class CheckpointTest : public test::LabTest {
 protected:
  Bytes written(const RunSettings& settings = {.seed = {}, .watermark_ppm = 1'000, .rates = {0.1F, 0.3F}}) {
    TrainingRun lab = run(settings);
    advance(lab, 3);
    return write_checkpoint(task, plan, lab, 12.5);
  }
  /// The file with `from` in its header replaced by a text of the same length.
  static Bytes changed(Bytes file, const std::string& from, const std::string& to) {
    const auto at = std::search(file.begin(), file.end(), from.begin(), from.end());
    EXPECT_NE(at, file.end()) << from;
    EXPECT_EQ(from.size(), to.size());
    std::copy(to.begin(), to.end(), at);
    return file;
  }
  Reject refusal(const Bytes& file) {
    const auto found = read_checkpoint(task, plan, file);
    EXPECT_FALSE(found.has_value());
    return found ? Reject{} : found.error();
  }
};

TEST_F(CheckpointTest, HoldsAllThatTheNextStepDependsOn) {
  const RunSettings settings{.seed = task.id(), .watermark_ppm = 1'000, .rates = {0.1F, 0.3F}};
  TrainingRun lab = run(settings);
  advance(lab, 3);
  const auto found = read_checkpoint(task, plan, write_checkpoint(task, plan, lab, 12.5));
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(found->settings, settings);
  EXPECT_EQ(found->steps, 3U);
  EXPECT_EQ(found->seconds, 12.5);
  EXPECT_EQ(found->tally, lab.tally());
  EXPECT_TRUE(test::same_bits(found->weights, lab.weights()));
  EXPECT_TRUE(test::same_bits(found->momentum, lab.momentum()));
  EXPECT_FALSE(test::same_bits(found->weights, found->momentum));
}

TEST_F(CheckpointTest, IsNoLongerThanItsBound) {
  RunSettings settings{.seed = {}, .watermark_ppm = 0, .rates = std::vector<float>(kMaxRates, 0.1F)};
  const Bytes file = written(settings);
  EXPECT_LE(file.size(), max_checkpoint_bytes(plan));
  EXPECT_TRUE(read_checkpoint(task, plan, file).has_value());
}

TEST_F(CheckpointTest, AnotherTasksOrADamagedOneIsRefusedByName) {
  const Bytes file = written();
  Bytes damaged = file;
  damaged.back() ^= 1;
  EXPECT_EQ(refusal(damaged).code, RejectCode::kWrongModelRoot);
  EXPECT_EQ(refusal(Bytes(file.begin(), file.end() - 4)).code, RejectCode::kWrongModelSize);
  EXPECT_EQ(refusal(changed(file, "checkpoint-1", "checkpoint-2")).code, RejectCode::kBadEncoding);
  EXPECT_EQ(refusal(changed(file, to_hex(task.id()), std::string(64, '1'))).code, RejectCode::kWrongTask);
  task.label_smoothing = 0.25F;
  EXPECT_EQ(refusal(file).code, RejectCode::kWrongTask);
}

TEST_F(CheckpointTest, EachValueIsHeldToItsRange) {
  const Bytes file = written();
  const auto refused = [&](const std::string& from, const std::string& to, const char* word) {
    const Reject why = refusal(changed(file, from, to));
    EXPECT_EQ(why.code, RejectCode::kBadEncoding) << why.message();
    EXPECT_THAT(why.detail, HasSubstr(word));
  };
  refused("\"seed\"", "\"sead\"", "seed is missing");
  refused("\"steps\":\"3\"", "\"steps\":\"x\"", "steps is out of range");
  refused("\"steps\":\"3\"", "\"steps\":\"\" ", "steps is out of range");
  refused("\"watermark_ppm\":\"1000\"", "\"watermark_ppm\":\"-100\"", "watermark_ppm is out of range");
  refused("3dcccccd,3e99999a", "3dcccccd,7f800000", "rates has a value out of range");
  refused("3dcccccd,3e99999a", "3dcccccd,xe99999a", "rates");
  refused("4029000000000000", "7ff0000000000000", "seconds");  // infinity
  refused("\"tally_correct\":\"", "\"tally_correcd\":\"", "tally_correct is missing");
}

TEST_F(CheckpointTest, AModelIsNoCheckpoint) {
  const auto weights = genesis_weights(plan, task.id());
  const Reject why = refusal(training::write_safetensors(plan.tensors, weights, {}));
  EXPECT_EQ(why.code, RejectCode::kBadEncoding);
}

}  // namespace
}  // namespace freezenet::lab
