#pragma once

#include "consensus/chain/chain.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/random.h"
#include "tests/sim/settings.h"

namespace freezenet::sim {

/// A miner that trains segment after segment on the tip of its node's chain, each a ticket that wins with the
/// probability that the target says. As the real one it drops the running segment when the tip moves. Since tickets are
/// independent, the number of segments up to the winning one is drawn at once, so that only that one costs an event.
/// Owned by SimNode.
class LotteryMiner {
 public:
  struct Machine {
    Micros segment = 0;   ///< mean time of a segment
    double machines = 1;  ///< side by side; they start together at a new tip
    double jitter = 0;    ///< relative standard deviation of one segment's time
    double tickets = 1;   ///< what one segment counts for: chance of winning = tickets * target / 2^256
  };
  /// What became of the machines' time, in microseconds of one machine.
  struct Work {
    double segments = 0;  ///< finished
    double trained = 0;   ///< time that went into finished segments
    double aborted = 0;   ///< time that went into segments which a new tip ended
  };
  using OnWin = std::function<void(const CandidateHeader&)>;

  LotteryMiner(EventQueue& clock, const Chain& chain, const XOnlyKey& key, const Machine& machine, TimePolicy time,
               Random random, OnWin on_win);

  void set_enabled(bool on);
  /// The tip moved.
  void restart();
  [[nodiscard]] const Work& work() const { return work_; }
  void forget_work() { work_ = {}; }

 private:
  void begin();
  void end(bool won);
  void win();
  [[nodiscard]] std::uint64_t unix_seconds(Micros time) const;

  EventQueue& clock_;
  const Chain& chain_;
  XOnlyKey key_;
  Machine machine_;
  TimePolicy time_;
  Random random_;
  OnWin on_win_;
  Work work_;
  bool enabled_ = false, running_ = false;
  std::uint64_t generation_ = 0, nonce_ = 0;
  Micros started_ = 0;
  double segment_ = 0;  // mean time of those of this run
};

}  // namespace freezenet::sim
