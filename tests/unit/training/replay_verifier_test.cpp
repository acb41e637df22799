#include "training/replay_verifier.h"

#include <atomic>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "consensus/crypto/sha256.h"
#include "tests/unit/training/replay_fixture.h"

namespace freezenet::training {
namespace {

using ReplayVerifierTest = ReplayTest;

TEST_F(ReplayVerifierTest, AcceptsAnHonestBlockAndKeepsBothModels) {
  const ProofVerdict verdict = verdict_of(honest_job());
  ASSERT_TRUE(verdict.outcome) << verdict.outcome.error().message();
  EXPECT_EQ(verdict.steps_replayed, 32U);
  EXPECT_TRUE(verdict.outcome->sound);
  EXPECT_TRUE(archive_.get(honest_->header.model_root, 0));
  const auto thawed = archive_.get(verdict.outcome->thawed_root, 0);
  ASSERT_TRUE(thawed);
  EXPECT_EQ((*thawed)[first_frozen()], honest_->start[first_frozen()]);
}

TEST_F(ReplayVerifierTest, DerivesTheModelThatWasNotSent) {
  ProofJob job = honest_job();
  job.model.reset();
  EXPECT_TRUE(verdict_of(std::move(job)).outcome);
}

TEST_F(ReplayVerifierTest, RefusesForgedModelsBeforeAnyReplay) {
  std::vector<float> weights = honest_->trained.weights;
  weights[first_frozen()] = std::nextafter(weights[first_frozen()], 1.0F);
  expect_refused(with_model(weights), RejectCode::kWrongWatermark, 0);
  const auto with_weight = [&](float value) {
    weights = honest_->trained.weights;
    weights[3] = value;
    return with_model(weights);
  };
  expect_refused(with_weight(std::numeric_limits<float>::quiet_NaN()), RejectCode::kNonFiniteWeight, 0);
  expect_refused(with_weight(std::numeric_limits<float>::infinity()), RejectCode::kNonFiniteWeight, 0);
  expect_refused(with_weight(-0.0F), RejectCode::kNegativeZero, 0);
  expect_refused(with_weight(65'537.0F), RejectCode::kWeightTooLarge, 0);
  ProofJob job = honest_job();
  job.model->pop_back();
  expect_refused(std::move(job), RejectCode::kWrongModelSize, 0);
  job = honest_job();
  job.model->back() ^= 1;
  expect_refused(std::move(job), RejectCode::kWrongModelRoot, 0);
}

TEST_F(ReplayVerifierTest, StopsAtTheFirstFalseDigest) {
  for (const std::size_t false_step : {1U, 2U, 17U, 32U}) {
    ProofJob job = honest_job();
    for (std::size_t i = false_step - 1; i < job.digests.size(); ++i) job.digests[i] = sha256(job.digests[i].bytes);
    expect_refused(std::move(job), RejectCode::kWrongTrace, static_cast<std::uint32_t>(false_step));
  }
}

TEST_F(ReplayVerifierTest, RefusesAnotherModelUnderATrueTrace) {
  std::vector<float> weights = honest_->trained.weights;
  std::size_t thawed = 0;
  while (thawed == first_frozen() || weights[thawed] == 0) ++thawed;
  weights[thawed] += 0.5F;
  const ProofVerdict verdict = verdict_of(with_model(weights));
  ASSERT_FALSE(verdict.outcome);
  // The weight may be frozen too; then the watermark is what fails.
  EXPECT_TRUE(verdict.outcome.error().code == RejectCode::kWrongReplayedModel ||
              verdict.outcome.error().code == RejectCode::kWrongWatermark);
  ProofJob job = honest_job();
  job.header.model_root = sha256({});
  job.model.reset();
  expect_refused(std::move(job), RejectCode::kWrongReplayedModel, 32);
}

TEST_F(ReplayVerifierTest, AFinishedModelStampedWithAnotherWatermarkFailsAtStepOne) {
  ProofJob job = honest_job();
  job.header.candidate.nonce = 2;  // another candidate: the thief's own
  const TaskContext& task = honest_->contexts[0];
  std::vector<float> stamped = honest_->trained.weights;
  apply_watermark(derive_watermark(task.plan, task.task.watermark_ppm, job.header.candidate.candidate_hash()),
                  task.plan, stamped);
  job.model = bytes_of(stamped);
  job.header.model_root = model_root(stamped);
  expect_refused(std::move(job), RejectCode::kWrongTrace, 1);
}

// Wrong in one gradient product of step 1, like a processor with a fault: the forward pass of step 1 agrees all the
// same.
const kernels::KernelTable& fast() { return kernels::table_of(kernels::best_path()); }
std::atomic<int> tiles_done = 0;
void tile_with_a_fault(const kernels::TileArguments& t) {
  fast().tile(t);
  if (++tiles_done == 1'500) t.out[0] += 1.0F;
}
std::uint32_t update_with_a_fault(const kernels::UpdateArguments& u) {
  const std::uint32_t largest = fast().update(u);
  if (u.frozen == nullptr || u.frozen[0] == 0) u.weights[0] += 0x1p-20F;
  return largest;
}

TEST_F(ReplayVerifierTest, WrongFastKernelsBlameNobody) {
  kernels::KernelTable wrong_tile = fast(), wrong_update = fast();
  wrong_tile.tile = tile_with_a_fault;
  wrong_update.update = update_with_a_fault;
  for (const kernels::KernelTable* wrong : {&wrong_tile, &wrong_update}) {
    tiles_done = 0;
    ReplayVerifier::Settings settings;
    settings.engine.table = wrong;
    std::promise<ProofVerdict> promise;
    ReplayVerifier verifier(honest_->contexts, archive_, settings,
                            [&](ProofVerdict v) { promise.set_value(std::move(v)); });
    ASSERT_TRUE(verifier.submit(honest_job()));
    const ProofVerdict verdict = promise.get_future().get();
    ASSERT_TRUE(verdict.outcome) << verdict.outcome.error().message();
    EXPECT_TRUE(verdict.kernels_disagree);
  }
}

TEST_F(ReplayVerifierTest, MissingStartModelIsNobodysFault) {
  ProofJob job = honest_job();
  job.header.candidate.start_root = sha256({});
  const ProofVerdict verdict = verdict_of(std::move(job));
  ASSERT_FALSE(verdict.outcome);
  EXPECT_EQ(verdict.outcome.error().code, RejectCode::kNotFound);
  EXPECT_EQ(blame(verdict.outcome.error().code), Blame::kNobody);
}

TEST_F(ReplayVerifierTest, QueueIsBoundedAndStopAnswersEveryJob) {
  std::mutex mutex;
  std::vector<ProofVerdict> verdicts;
  ReplayVerifier::Settings settings;
  settings.max_jobs = 4;
  settings.engine.path = kernels::Path::kPortable;  // slow enough that the queue fills
  ReplayVerifier verifier(honest_->contexts, archive_, settings, [&](ProofVerdict v) {
    const std::lock_guard lock(mutex);
    verdicts.push_back(std::move(v));
  });
  std::size_t taken = 0;
  for (int i = 0; i < 12; ++i) {
    auto submitted = verifier.submit(honest_job());
    if (submitted) {
      ++taken;
    } else {
      EXPECT_EQ(submitted.error().code, RejectCode::kBusy);
    }
  }
  EXPECT_LT(taken, 12U);
  verifier.stop();
  EXPECT_EQ(verdicts.size(), taken);
  for (const ProofVerdict& v : verdicts) {
    EXPECT_TRUE(v.outcome || v.outcome.error().code == RejectCode::kCancelled);
  }
  EXPECT_EQ(verifier.submit(honest_job()).error().code, RejectCode::kCancelled);
}

TEST_F(ReplayVerifierTest, AForgedBlockDoesNotWaitForTheQueue) {
  std::mutex mutex;
  std::vector<Hash256> order;
  std::promise<void> all;
  ReplayVerifier verifier(honest_->contexts, archive_, {}, [&](const ProofVerdict& v) {
    const std::lock_guard lock(mutex);
    order.push_back(v.block_hash);
    if (order.size() == 4) all.set_value();
  });
  const Hash256 forged = sha256({});
  for (std::uint8_t i = 0; i < 3; ++i) {
    ProofJob job = honest_job();
    job.source.peer = 7;
    job.block_hash.bytes[0] = i;
    ASSERT_TRUE(verifier.submit(std::move(job)));
  }
  ProofJob job = honest_job();
  job.source.peer = 8;
  job.block_hash = forged;
  job.header.candidate.nonce = 2;
  job.digests[0] = forged;
  ASSERT_TRUE(verifier.submit(std::move(job)));
  all.get_future().wait();
  // At most the one replay that was already near its end comes first.
  EXPECT_TRUE(order[0] == forged || order[1] == forged);
}

}  // namespace
}  // namespace freezenet::training
