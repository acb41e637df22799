#include "tests/sim/stub_verifier.h"

#include <algorithm>
#include <cmath>

namespace freezenet::sim {
namespace {

constexpr std::size_t kMaxJobs = 16;

}  // namespace

StubVerifier::StubVerifier(EventQueue& clock, const BlockPool& pool, Micros replay_time, Callback on_verdict)
    : clock_(clock), pool_(pool), replay_time_(replay_time), on_verdict_(std::move(on_verdict)) {}

Result<> StubVerifier::submit(ProofJob job) {
  if (jobs_.size() >= kMaxJobs) return reject(RejectCode::kBusy);
  progress();
  const SimBlock& block = pool_.at(job.block_hash);
  // The step that differs is replayed too.
  const double steps = static_cast<double>(block.body.digests.size());
  const double share = block.forged() ? (std::floor(block.forged_after * steps) + 1) / steps : 1;
  jobs_.push_back({job.block_hash, share * static_cast<double>(replay_time_)});
  schedule();
  return {};
}

void StubVerifier::progress() {
  const double each =
      static_cast<double>(clock_.now() - updated_) / static_cast<double>(std::max<std::size_t>(jobs_.size(), 1));
  for (Job& job : jobs_) job.remaining -= each;
  updated_ = clock_.now();
}

void StubVerifier::schedule() {
  const std::uint64_t generation = ++generation_;
  if (jobs_.empty()) return;
  const double least = std::ranges::min(jobs_, {}, &Job::remaining).remaining;
  const auto delay = static_cast<Micros>(std::ceil(std::max(least, 0.0) * static_cast<double>(jobs_.size())));
  clock_.after(delay, [this, generation] {
    if (generation == generation_) finish();
  });
}

void StubVerifier::finish() {
  progress();
  const auto first = std::ranges::min_element(jobs_, {}, &Job::remaining);
  ProofVerdict verdict;
  verdict.block_hash = first->block;
  const SimBlock& block = pool_.at(first->block);
  if (block.forged()) {
    verdict.outcome = reject(RejectCode::kWrongTrace, "forged");
  } else {
    verdict.outcome = block.proof;
  }
  jobs_.erase(first);
  schedule();
  on_verdict_(std::move(verdict));
}

}  // namespace freezenet::sim
