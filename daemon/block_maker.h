#pragma once

#include <chrono>

#include "consensus/crypto/schnorr.h"
#include "daemon/chain_service.h"
#include "daemon/segment_trainer.h"
#include "training/model_archive.h"

namespace freezenet::daemon {

/// Makes blocks of this node's own work on the tip of its chain, one segment at a time: candidate, training, and for a
/// ticket that wins the two models, the signature and the chain. One thread, which never touches the chain but through
/// ChainService.
class BlockMaker {
 public:
  BlockMaker(ChainService& chain, training::ModelArchive& models, std::span<const training::TaskContext> tasks,
             training::EngineOptions engine)
      : chain_(chain), models_(models), trainer_(tasks, engine) {}

  /// A block that is ready for the chain.
  struct Sealed {
    SealedHeader header;
    Body body;
    ProofOutcome proof;
  };
  struct Attempt {
    MiningTask work;
    std::chrono::steady_clock::time_point begun, ended;  ///< of the training
    Hash256 hash;
    std::optional<Sealed> block;  ///< where the ticket wins; its models are durable
  };
  /// kCancelled and kVoidSegment: no ticket, nothing is wrong. kBusy: mining pauses. kSelfTestFailed: this machine may
  /// not mine. kStorage: it cannot keep models, and the chain has been told.
  Result<Attempt> attempt(const SecretKey& key, std::uint64_t nonce, const std::stop_token& stop);
  /// ChainService::submit_mined().
  Result<bool> submit(const Sealed& block) { return chain_.submit_mined(block.header, block.body, block.proof); }

 private:
  Result<ProofOutcome> keep(const MiningTask& work, const TrainedSegment& trained);

  ChainService& chain_;
  training::ModelArchive& models_;
  SegmentTrainer trainer_;
};

}  // namespace freezenet::daemon
