#include "training/replay_verifier.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace freezenet::training {

ReplayVerifier::ReplayVerifier(std::span<const TaskContext> tasks, ModelArchive& archive, Settings settings,
                               Callback on_verdict)
    : tasks_(tasks),
      archive_(archive),
      settings_(settings),
      on_verdict_(std::move(on_verdict)),
      portable_only_(settings.engine.path == kernels::Path::kPortable && settings.engine.table == nullptr),
      thread_([this] { run(); }) {}

ReplayVerifier::~ReplayVerifier() { stop(); }

Result<> ReplayVerifier::submit(ProofJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return reject(RejectCode::kCancelled, "the verifier stops");
    if (jobs_ >= settings_.max_jobs) return reject(RejectCode::kBusy, std::to_string(jobs_) + " replays wait");
    waiting_.push_back(std::move(job));
    ++jobs_;
  }
  wake_.notify_one();
  return {};
}

std::size_t ReplayVerifier::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_;
}

void ReplayVerifier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ReplayVerifier::run() {
  while (true) {
    std::deque<ProofJob> fresh = std::exchange(parked_, {});
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty() || !running_.empty() || !fresh.empty(); });
      std::ranges::move(waiting_, std::back_inserter(fresh));
      waiting_.clear();
      stopping = stopping_;
    }
    for (ProofJob& job : fresh) begin(std::move(job), stopping);
    if (stopping) {
      for (auto& job : running_) {
        job->cancel();
        report(*job);
      }
      running_.clear();
      return;
    }
    if (running_.empty()) continue;
    // Oldest first among equals: std::list keeps the order of arrival.
    const auto job = std::ranges::min_element(running_, {}, [this](const auto& j) { return share_.of(j->source()); });
    const double before = (*job)->replay_ms();
    const bool more = (*job)->step();
    share_.add((*job)->source(), (*job)->replay_ms() - before);
    if (more) continue;
    report(**job);
    running_.erase(job);
    // Between jobs nobody is owed anything: what a source used counts only against those that wait beside it.
    if (running_.empty()) share_.clear();
  }
}

void ReplayVerifier::begin(ProofJob proof, bool stopping) {
  if (!stopping && runs(proof.header.candidate.candidate_hash())) {
    parked_.push_back(std::move(proof));
    return;
  }
  const std::size_t index = proof.height % tasks_.size();
  auto job = std::make_unique<ReplayJob>(std::move(proof), tasks_[index], archive_, cache_,
                                         [this, index](bool portable) -> Engine& { return engine(index, portable); });
  if (stopping) {
    job->cancel();
    report(*job);
    return;
  }
  const bool more = job->begin();
  share_.add(job->source(), job->replay_ms());
  if (more) {
    running_.push_back(std::move(job));
  } else {
    report(*job);
  }
}

void ReplayVerifier::report(ReplayJob& job) {
  ProofVerdict verdict = job.take_verdict();
  if (verdict.kernels_disagree) portable_only_ = true;
  {
    const std::lock_guard lock(mutex_);
    --jobs_;
  }
  on_verdict_(std::move(verdict));
}

bool ReplayVerifier::runs(const Hash256& candidate) const {
  return std::ranges::any_of(running_, [&](const auto& job) { return job->candidate() == candidate; });
}

Engine& ReplayVerifier::engine(std::size_t task, bool portable) {
  const bool fallback = portable || portable_only_;
  auto& engine = engines_[{task, fallback}];
  if (!engine) {
    EngineOptions options = settings_.engine;
    if (fallback) options = {kernels::Path::kPortable, options.threads};
    engine = std::make_unique<Engine>(tasks_[task].task, tasks_[task].plan, options);
  }
  return *engine;
}

}  // namespace freezenet::training
