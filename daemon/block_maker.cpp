#include "daemon/block_maker.h"

namespace freezenet::daemon {

Result<BlockMaker::Attempt> BlockMaker::attempt(const SecretKey& key, std::uint64_t nonce,
                                                const std::stop_token& stop) {
  using Time = std::chrono::steady_clock;
  Attempt attempt;
  auto candidate = chain_.candidate(key.public_key(), nonce);
  if (!candidate) return tl::unexpected(candidate.error());
  attempt.work = *std::move(candidate);
  const auto start = [this](const Hash256& root, std::uint64_t parameters) -> Result<std::vector<float>> {
    auto weights = models_.get(root, parameters);
    if (weights) return weights;
    // It was there when the candidate was made: asked for the next one, the chain has it computed again.
    if (weights.error().code == RejectCode::kNotFound) return reject(RejectCode::kCancelled);
    const Reject why{RejectCode::kStorage, "the model to start from: " + weights.error().message()};
    chain_.fail(why);
    return tl::unexpected(why);
  };
  attempt.begun = Time::now();
  auto trained = trainer_.train(attempt.work, start, stop);
  if (!trained) return tl::unexpected(trained.error());
  attempt.ended = Time::now();
  attempt.hash = trained->hash;
  if (!trained->wins) return attempt;
  auto proof = keep(attempt.work, *trained);
  if (!proof) return tl::unexpected(proof.error());
  attempt.block = Sealed{trained->header, attempt.work.body, *proof};
  attempt.block->header.signature = key.sign(trained->hash);
  attempt.block->body.digests = std::move(trained->result.digests);
  return attempt;
}

Result<ProofOutcome> BlockMaker::keep(const MiningTask& work, const TrainedSegment& trained) {
  const auto thawed = trainer_.thaw(work, trained);
  if (!thawed) return tl::unexpected(thawed.error());
  // Both models are durable before the transaction that names them.
  auto root = models_.put(trained.result.weights);
  if (root) root = models_.put(thawed->weights);
  if (root) return ProofOutcome{*root, thawed->score, thawed->sound};
  chain_.fail(root.error());
  return tl::unexpected(root.error());
}

}  // namespace freezenet::daemon
