#include "daemon/block_replay.h"

#include <future>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "training/replay_verifier.h"

namespace freezenet::daemon {
namespace {

/// Reads the node's models and leaves none behind.
class ReadOnlyArchive final : public training::ModelArchive {
 public:
  explicit ReadOnlyArchive(const training::ModelArchive& models) : models_(models) {}
  Result<Hash256> put(std::span<const float> weights) override { return chunked_root(as_bytes(weights)); }
  [[nodiscard]] Result<std::vector<float>> get(const Hash256& root, std::uint64_t parameters) const override {
    return models_.get(root, parameters);
  }

 private:
  const training::ModelArchive& models_;
};

}  // namespace

Chain::Recheck::Replay block_replay(std::span<const training::TaskContext> tasks, const training::ModelArchive& models,
                                    training::EngineOptions engine) {
  return [tasks, &models, engine](const BlockEntry& block, const Body& body) -> Result<std::optional<ProofOutcome>> {
    ReadOnlyArchive archive(models);
    std::promise<ProofVerdict> promise;
    training::ReplayVerifier verifier(tasks, archive, {engine},
                                      [&](ProofVerdict verdict) { promise.set_value(std::move(verdict)); });
    if (auto taken = verifier.submit({block.hash, block.header, block.height, body.digests, std::nullopt, {}}); !taken)
      return tl::unexpected(taken.error());
    const ProofVerdict verdict = promise.get_future().get();
    if (verdict.outcome) return std::optional(*verdict.outcome);
    if (verdict.outcome.error().code == RejectCode::kNotFound) return std::nullopt;
    return reject(RejectCode::kStorage, "block " + to_hex(block.hash) +
                                            " was verified before, and now: " + verdict.outcome.error().message());
  };
}

}  // namespace freezenet::daemon
