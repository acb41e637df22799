#include "training/replay_cache.h"

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "consensus/crypto/sha256.h"
#include "tests/unit/training/replay_fixture.h"

namespace freezenet::training {
namespace {

Hash256 hash_of(std::uint32_t number) { return sha256(as_bytes(std::span<const std::uint32_t>(&number, 1))); }

ReplayCache::Known known_steps(std::size_t steps, std::size_t weights = 0) {
  ReplayCache::Known known;
  for (std::uint32_t i = 0; i < steps; ++i) known.reached.digests.push_back(hash_of(i));
  known.reached.weights.assign(weights, 1.0F);
  known.reached.momentum.assign(weights, 0.0F);
  return known;
}

TEST(ReplayCache, DecidesWhatTheKnownDigestsDecide) {
  ReplayCache cache;
  const Hash256 candidate = hash_of(1000);
  std::vector<Hash256> digests = known_steps(4).reached.digests;
  const SegmentClaim claim{digests, hash_of(7)};
  EXPECT_TRUE(cache.check(candidate, claim));
  cache.learn(candidate, known_steps(3));
  EXPECT_TRUE(cache.check(candidate, claim)) << "the fourth step is not known";
  EXPECT_TRUE(cache.check(hash_of(1001), claim)) << "another candidate";
  digests[2] = hash_of(99);
  const auto refused = cache.check(candidate, claim);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RejectCode::kWrongTrace);
  EXPECT_NE(refused.error().detail.find("step 3 of 4"), std::string::npos) << refused.error().detail;
}

TEST(ReplayCache, DecidesModelsAndVoidSegments) {
  ReplayCache cache;
  ReplayCache::Known known = known_steps(4);
  known.model_root = hash_of(7);
  cache.learn(hash_of(1), known);
  const std::vector<Hash256> digests = known.reached.digests;
  EXPECT_TRUE(cache.check(hash_of(1), {digests, hash_of(7)}));
  EXPECT_EQ(cache.check(hash_of(1), {digests, hash_of(8)}).error().code, RejectCode::kWrongReplayedModel);
  known = known_steps(2);
  known.ended_void = Reject{RejectCode::kVoidSegment, "step 3"};
  cache.learn(hash_of(2), known);
  EXPECT_EQ(cache.check(hash_of(2), {digests, hash_of(7)}).error().code, RejectCode::kVoidSegment);
  cache.forget(hash_of(2));
  EXPECT_TRUE(cache.check(hash_of(2), {digests, hash_of(7)}));
}

TEST(ReplayCache, KnowsNeverLessThanBefore) {
  ReplayCache cache;
  cache.learn(hash_of(1), known_steps(5, 10));
  cache.learn(hash_of(1), known_steps(3, 10));
  ASSERT_NE(cache.state_of(hash_of(1)), nullptr);
  EXPECT_EQ(cache.state_of(hash_of(1))->digests.size(), 5U);
  cache.learn(hash_of(1), known_steps(6, 10));
  EXPECT_EQ(cache.state_of(hash_of(1))->digests.size(), 6U);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(ReplayCache, AFloodOfCheapForgeriesPushesOutNothingDear) {
  ReplayCache cache;
  const std::size_t quarter = ReplayCache::kMaxStateBytes / (2 * sizeof(float)) / 4;
  cache.learn(hash_of(0), known_steps(30, quarter));
  const std::size_t flood = ReplayCache::kMaxBytes / sizeof(Hash256) + 100;  // one step each: more than there is room
  for (std::uint32_t i = 1; i <= flood; ++i) cache.learn(hash_of(i), known_steps(1));
  EXPECT_LT(cache.size(), flood);
  EXPECT_NE(cache.state_of(hash_of(0)), nullptr);
  // Weights go before digests do, and the cheapest first.
  for (std::uint32_t i = 0; i < 6; ++i) cache.learn(hash_of(1'000'000 + i), known_steps(10 + i, quarter));
  EXPECT_EQ(cache.state_of(hash_of(1'000'000)), nullptr);
  EXPECT_LE(cache.state_capacity(), ReplayCache::kMaxStateBytes) << "what is let go is given back";
  EXPECT_EQ(cache.state_of(hash_of(1'000'002)), nullptr);
  EXPECT_NE(cache.state_of(hash_of(1'000'003)), nullptr);
  EXPECT_NE(cache.state_of(hash_of(0)), nullptr);
  std::vector<Hash256> digests(32);
  EXPECT_FALSE(cache.check(hash_of(1'000'000), {digests, {}})) << "its digests still decide";
}

/// One verifier and many seals of one candidate.
class ManySeals : public ReplayTest {
 protected:
  ManySeals()
      : verifier_(honest_->contexts, archive_, settings(), [this](ProofVerdict v) {
          const std::lock_guard lock(mutex_);
          verdicts_.push_back(std::move(v));
          changed_.notify_all();
        }) {}

  static ReplayVerifier::Settings settings() {
    ReplayVerifier::Settings settings;
    settings.max_jobs = 2000;
    return settings;
  }
  /// Honest up to `prefix` digests; the rest differs from seal to seal.
  static ProofJob forged(std::size_t prefix, std::uint32_t salt) {
    ProofJob job = honest_job();
    job.model.reset();
    for (std::size_t i = prefix; i < job.digests.size(); ++i) job.digests[i] = hash_of(salt);
    job.source.peer = salt;
    return job;
  }
  void submit(ProofJob job) {
    ASSERT_TRUE(verifier_.submit(std::move(job)));
    ++submitted_;
  }
  std::vector<ProofVerdict> verdicts() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return verdicts_.size() == submitted_; });
    return verdicts_;
  }
  std::uint32_t steps() {
    std::uint32_t sum = 0;
    for (const ProofVerdict& v : verdicts()) sum += v.steps_replayed;
    return sum;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ProofVerdict> verdicts_;
  std::size_t submitted_ = 0;
  ReplayVerifier verifier_;
};

TEST_F(ManySeals, OfOneHonestPrefixCostOneReplay) {
  for (std::uint32_t salt = 1; salt <= 1000; ++salt) submit(forged(8, salt));
  EXPECT_EQ(steps(), 9U) << "the prefix and the step that differs, once";
  for (const ProofVerdict& v : verdicts()) {
    ASSERT_FALSE(v.outcome);
    EXPECT_EQ(v.outcome.error().code, RejectCode::kWrongTrace);
    EXPECT_NE(v.outcome.error().detail.find("step 9 of 32"), std::string::npos) << v.outcome.error().detail;
  }
}

TEST_F(ManySeals, OfGrowingPrefixesCostOneReplay) {
  for (std::uint32_t prefix = 0; prefix < 32; ++prefix) {
    submit(forged(prefix, 1 + prefix));
    submit(forged(prefix, 101 + prefix));
  }
  EXPECT_EQ(steps(), 32U);
  ProofJob other_model = forged(32, 500);
  other_model.header.model_root = hash_of(1);
  submit(std::move(other_model));
  EXPECT_EQ(verdicts().back().outcome.error().code, RejectCode::kWrongReplayedModel);
  submit(honest_job());
  const ProofVerdict last = verdicts().back();
  ASSERT_TRUE(last.outcome) << last.outcome.error().message();
  EXPECT_EQ(last.steps_replayed, 0U) << "the true seal needs no second replay";
  EXPECT_EQ(steps(), 32U);
  EXPECT_EQ(last.outcome->thawed_root, verdict_of(honest_job()).outcome->thawed_root);
}

TEST_F(ManySeals, OfAnotherModelCostOneReplay) {
  for (std::uint32_t salt = 1; salt <= 50; ++salt) {
    ProofJob job = forged(32, salt);
    job.header.model_root = hash_of(salt);
    submit(std::move(job));
  }
  EXPECT_EQ(steps(), 32U);
  for (const ProofVerdict& v : verdicts()) EXPECT_EQ(v.outcome.error().code, RejectCode::kWrongReplayedModel);
}

}  // namespace
}  // namespace freezenet::training
