#pragma once

#include <future>

#include <gtest/gtest.h>

#include "consensus/default_task.h"
#include "tests/unit/training/memory_archive.h"
#include "training/model_file.h"
#include "training/replay_verifier.h"

namespace freezenet::training {

/// An honest segment of the digits task on its genesis model, and a verifier to try forgeries of it on.
class ReplayTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    honest_ = new Honest();
    NetworkParams params = regtest_params();
    honest_->contexts = *load_task_contexts(params);
    const TaskContext& task = honest_->contexts[0];
    honest_->start = genesis_weights(task.plan, task.task.id());
    honest_->header = header_with_nonce(1);
    honest_->trained = train_under(honest_->header);
    honest_->header.trace_root = honest_->trained.trace_root;
    honest_->header.model_root = honest_->trained.model_root;
  }
  static void TearDownTestSuite() {
    delete honest_;
    honest_ = nullptr;
  }

  static SealedHeader header_with_nonce(std::uint64_t nonce) {
    SealedHeader header;
    header.candidate.start_root = model_root(honest_->start);
    header.candidate.task_id = honest_->contexts[0].task.id();
    header.candidate.nonce = nonce;
    return header;
  }
  static SegmentResult train_under(const SealedHeader& header) {
    const TaskContext& task = honest_->contexts[0];
    Engine engine(task.task, task.plan);
    Segment segment(engine, task.dataset, task.task, task.plan, header.candidate.candidate_hash(), 1, honest_->start);
    return *train(segment, {});
  }

  void SetUp() override { ASSERT_TRUE(archive_.put(honest_->start)); }

  static ProofJob honest_job() {
    ProofJob job;
    job.header = honest_->header;
    job.height = 1;
    job.digests = honest_->trained.digests;
    job.model = bytes_of(honest_->trained.weights);
    return job;
  }
  static Bytes bytes_of(std::span<const float> weights) {
    const ByteView view = as_bytes(weights);
    return {view.begin(), view.end()};
  }
  /// The job with other weights, whose root the header then names, as a forger would do it.
  static ProofJob with_model(std::vector<float> weights) {
    ProofJob job = honest_job();
    job.header.model_root = model_root(weights);
    job.model = bytes_of(weights);
    return job;
  }

  ProofVerdict verdict_of(ProofJob job) {
    std::promise<ProofVerdict> promise;
    ReplayVerifier verifier(honest_->contexts, archive_, {}, [&](ProofVerdict v) { promise.set_value(std::move(v)); });
    EXPECT_TRUE(verifier.submit(std::move(job)));
    return promise.get_future().get();
  }
  void expect_refused(ProofJob job, RejectCode code, std::uint32_t steps) {
    const ProofVerdict verdict = verdict_of(std::move(job));
    ASSERT_FALSE(verdict.outcome);
    EXPECT_EQ(name(verdict.outcome.error().code), name(code)) << verdict.outcome.error().message();
    EXPECT_EQ(verdict.steps_replayed, steps);
    EXPECT_FALSE(verdict.kernels_disagree);
  }
  static std::size_t first_frozen() {
    const TaskContext& task = honest_->contexts[0];
    const Watermark mark =
        derive_watermark(task.plan, task.task.watermark_ppm, honest_->header.candidate.candidate_hash());
    return task.plan.tensors[mark.tensors[0].tensor].offset + mark.tensors[0].positions[0];
  }

  struct Honest {
    std::vector<TaskContext> contexts;
    std::vector<float> start;
    SealedHeader header;
    SegmentResult trained;
  };
  inline static Honest* honest_ = nullptr;
  MemoryArchive archive_;
};

}  // namespace freezenet::training
