#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/block.h"

namespace freezenet {

/// Who sent a block: what a verifier needs to divide its time fairly between senders that cost nothing to make up.
struct ProofSource {
  std::uint64_t peer = 0;   ///< 0: this node itself
  std::uint64_t group = 0;  ///< the network that the peer's address belongs to
  bool outbound = false;    ///< this node chose the peer
  bool background = false;  ///< nobody waits for it: it gets what time the others leave
};

/// One block whose proof is to be checked: tiers 2 and 3 of docs/protocol.md section 8 and the evaluation of tier 4.
/// Its parent is verified.
struct ProofJob {
  Hash256 block_hash;
  SealedHeader header;
  std::uint64_t height = 0;
  std::vector<Hash256> digests;  ///< already hashed to trace_root
  std::optional<Bytes> model;    ///< the signed model as received; nullopt: replay derives it
  ProofSource source;            ///< who sent it; jobs of different sources take turns
};

struct ProofOutcome {
  Hash256 thawed_root;      ///< root of the trained model with its frozen weights put back
  std::uint32_t score = 0;  ///< correct answers on the evaluation slice
  bool sound = false;       ///< thawed weights and its logits finite, |w| <= 2^16
};

struct ProofTimings {
  double watermark_ms = 0, replay_ms = 0, evaluation_ms = 0;
};

struct ProofVerdict {
  Hash256 block_hash;
  Result<ProofOutcome> outcome = ProofOutcome{};
  /// Steps computed for this block, the differing one included; none where an earlier replay of the candidate tells
  /// enough.
  std::uint32_t steps_replayed = 0;
  bool kernels_disagree =
      false;  ///< this machine's fast kernels differ from the portable ones, which decide: they are wrong
  ProofTimings timings;
};

/// Checks proofs in its own time. The chain takes the verdicts as events and never waits for one.
class ProofVerifier {
 public:
  virtual ~ProofVerifier() = default;
  /// Any thread. kBusy when the bounded queue is full. Otherwise exactly one verdict follows through the callback that
  /// the verifier was built with, on the verifier's thread; kCancelled in it when the verifier stops first, kNotFound
  /// where the model to start from is not kept. Before a
  /// good verdict is given, the sealed and the thawed model are durable in the model store.
  virtual Result<> submit(ProofJob job) = 0;
  [[nodiscard]] virtual std::size_t queued() const = 0;
};

}  // namespace freezenet
