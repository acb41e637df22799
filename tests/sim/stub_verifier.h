#pragma once

#include <functional>
#include <list>

#include "tests/sim/block_pool.h"

namespace freezenet::sim {

/// A machine that replays blocks: says yes to honest ones after the time that a replay takes, and no to a forged one at
/// the step that differs. Jobs in hand share the machine equally, as the real verifier gives each source the same time.
/// Owned by SimNode.
class StubVerifier final : public ProofVerifier {
 public:
  using Callback = std::function<void(ProofVerdict)>;
  StubVerifier(EventQueue& clock, const BlockPool& pool, Micros replay_time, Callback on_verdict);

  Result<> submit(ProofJob job) override;
  [[nodiscard]] std::size_t queued() const override { return jobs_.size(); }

 private:
  struct Job {
    Hash256 block;
    double remaining;  // microseconds of the whole machine
  };
  void progress();
  void schedule();
  void finish();

  EventQueue& clock_;
  const BlockPool& pool_;
  Micros replay_time_;
  Callback on_verdict_;
  std::list<Job> jobs_;
  Micros updated_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace freezenet::sim
