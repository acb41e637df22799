#pragma once

#include <atomic>
#include <chrono>
#include <deque>

#include "daemon/chain_service.h"
#include "daemon/reward_keys.h"
#include "daemon/rpc/waiting_call.h"
#include "daemon/submitted_work.h"

namespace freezenet::daemon {

/// What worker processes made of this node's candidates.
struct WorkerStats {
  std::uint64_t accepted = 0;  ///< became part of the chain
  std::uint64_t stale = 0;     ///< right, but another block was first
  std::uint64_t refused = 0;   ///< broken, false, or not asked for
  std::size_t waiting = 0;     ///< calls that wait for a new template
};

/// Where workers get candidates and bring back blocks. Workers are not trusted: what they bring is replayed before it
/// counts, and this node signs only what it handed out itself, on this tip, body included, and only where the replay
/// agreed does the signature leave this object.
///
/// issue(), wait_for_change() and submit() on the RPC thread; the rest on any. Memory: kMaxIssued templates and
/// kMaxWaiting calls. stop() before the RPC server's, or its calls would be waited for.
class MiningDesk {
 public:
  static constexpr std::size_t kMaxWaiting = 16;
  /// A segment may take minutes, and meanwhile there is another body every few seconds: what is forgotten is work in
  /// vain. 184 bytes each.
  static constexpr std::size_t kMaxIssued = 1024;
  /// Templates of one tip and body are as good as the one before for so long: else each call would add one.
  static constexpr std::uint64_t kFreshSeconds = 15;

  /// How often a long poll looks whether the body is another one. A new tip wakes it, a transaction does not: they may
  /// come by the hundred each second, each template costs the node megabytes at worst, and what a fee is worth to a
  /// miner does not hang on seconds.
  static constexpr std::chrono::milliseconds kBodyPace{5'000};

  struct Patience {
    std::chrono::milliseconds news{30'000};     ///< until a long poll is answered with what there is
    std::chrono::milliseconds verdict{60'000};  ///< until submit() says "queued"
    std::chrono::milliseconds body = kBodyPace;
  };

  /// `run`: random, so that what an earlier run said is news to this one's callers.
  MiningDesk(ChainService& chain, const RewardKeys& keys, std::uint64_t run, Patience patience)
      : chain_(chain), keys_(keys), run_(run), patience_(patience) {}
  MiningDesk(ChainService& chain, const RewardKeys& keys, std::uint64_t run)
      : MiningDesk(chain, keys, run, Patience()) {}

  struct Template {
    MiningTask work;           ///< nonce 0: the worker's to choose
    bool signed_here = false;  ///< this node signs; else the worker has the key
    std::string news_id;       ///< what wait_for_change() compares
  };
  /// kWalletLocked where this node could sign for `miner` but for that.
  boost::asio::awaitable<Result<Template>> issue(XOnlyKey miner);
  /// Until the tip is another one than at `news_id`, or the mempool at one of the looks at it, or the patience ends.
  /// kBusy where too many wait.
  boost::asio::awaitable<Result<>> wait_for_change(std::string news_id);

  enum class Fate { kAccepted, kStale, kQueued };
  struct Outcome {
    Hash256 hash;
    Fate fate = Fate::kAccepted;
  };
  /// Every refusal has its name: that of the broken rule; kNotIssued; kStaleWork; kDuplicate; kBusy; kWalletLocked
  /// where it was locked meanwhile.
  boost::asio::awaitable<Result<Outcome>> submit(SubmittedWork work);

  // Any thread.
  void on_new_tip();
  /// What waits for a block is something else: the next template has another body.
  void on_new_body() { ++bodies_; }
  void stop();
  [[nodiscard]] WorkerStats stats() const;

 private:
  [[nodiscard]] std::string tip_id() const;
  [[nodiscard]] std::string news_id() const;
  [[nodiscard]] bool issued(CandidateHeader candidate) const;

  ChainService& chain_;
  const RewardKeys& keys_;
  const std::uint64_t run_;
  const Patience patience_;
  std::deque<CandidateHeader> issued_;  // to be signed here; nonce 0; the RPC thread's
  WaitingCalls waiting_{kMaxWaiting};
  WaitingCalls verdicts_{32};
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> tips_ = 0, bodies_ = 0;
  std::atomic<std::uint64_t> accepted_ = 0, stale_ = 0, refused_ = 0;
};

}  // namespace freezenet::daemon
