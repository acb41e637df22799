#pragma once

#include <optional>

#include "net/chain_port.h"
#include "net/messages.h"

namespace freezenet::net {

/// One block on its way in: which chunks to ask for, and what is here. No I/O; every chunk is checked against the
/// header's model_root before it is kept. Memory: one body and one model, whose size the task dictates, allocated with
/// the first good chunk.
class BlockDownload {
 public:
  /// `derive`: the body alone; the model will be computed, or is not needed.
  BlockDownload(WantedBlock block, bool derive) : block_(block), derive_(derive) {
    if (block.model_only) body_.emplace();
  }

  [[nodiscard]] const WantedBlock& block() const { return block_; }
  /// The next chunk that was not asked for yet.
  std::optional<std::uint64_t> next_chunk();
  void add_body(Bytes body) { body_ = std::move(body); }
  /// kBadChunk. A chunk that is here already changes nothing.
  Result<> add_chunk(const Chunk& chunk);
  /// Drops the model and goes on with the body alone.
  void derive();

  [[nodiscard]] bool has_body() const { return body_.has_value(); }
  [[nodiscard]] bool complete() const { return body_.has_value() && (derive_ || received_ == chunks()); }
  /// Call once complete().
  [[nodiscard]] const Bytes& body() const { return *body_; }
  [[nodiscard]] std::optional<Bytes> model() const { return derive_ ? std::nullopt : std::optional<Bytes>(model_); }

 private:
  [[nodiscard]] std::uint64_t chunks() const { return chunk_count(block_.model_bytes); }
  WantedBlock block_;
  bool derive_;
  std::optional<Bytes> body_;
  Bytes model_;
  std::vector<bool> have_;
  std::uint64_t asked_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace freezenet::net
