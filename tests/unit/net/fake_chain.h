#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include <boost/asio/post.hpp>

#include "consensus/crypto/sha256.h"
#include "net/asio.h"
#include "net/chain_port.h"

namespace freezenet::net::testing {

inline constexpr std::chrono::seconds kPatience{20};  // a deadline for what should take milliseconds

struct FakeBlock {
  SealedHeader header;
  Hash256 hash;
  Bytes body, model;
  std::vector<Hash256> leaves;
};

/// Blocks that follow each other and whose bodies and models hash to what the headers say; nothing else about them is
/// true.
inline std::vector<FakeBlock> make_blocks(const Hash256& genesis, std::size_t count, std::size_t model_bytes,
                                          std::uint8_t salt = 0) {
  std::vector<FakeBlock> blocks;
  Hash256 parent = genesis;
  for (std::size_t i = 0; i < count; ++i) {
    FakeBlock block;
    block.body = Bytes(100 + i, static_cast<std::uint8_t>(i + salt));
    block.model.resize(model_bytes);
    for (std::size_t k = 0; k < model_bytes; ++k)
      block.model[k] = static_cast<std::uint8_t>(k * 31 + k / 251 + i * 7 + salt);
    for (std::size_t at = 0; at < model_bytes; at += kChunkSize) {
      block.leaves.push_back(merkle_leaf(ByteView(block.model).subspan(at, std::min(kChunkSize, model_bytes - at))));
    }
    block.header.candidate.prev_block = parent;
    block.header.candidate.nonce = i;
    block.header.candidate.body_root = sha256(block.body);
    block.header.model_root = merkle_root(block.leaves, model_bytes);
    block.hash = parent = block.header.block_hash();
    blocks.push_back(std::move(block));
  }
  return blocks;
}

/// A chain in memory. Accepts a block as soon as its parent is accepted. Thread-safe.
class FakeChain final : public ChainPort {
 public:
  struct Offer {
    PeerId from;
    Hash256 hash;
    bool with_model;
  };

  FakeChain(const Hash256& genesis, std::size_t model_bytes) : genesis_(genesis), model_bytes_(model_bytes) {
    parents_[genesis] = {};
    heights_[genesis] = 0;
    accepted_.push_back(genesis);
  }

  /// Called without the lock when the tip moved: the node's announcement.
  std::function<void(const SealedHeader&)> on_tip;
  /// Called without the lock before an offered block is taken; an error is the answer. May throw.
  std::function<Result<>(const Hash256&)> on_offer;
  bool keep_models = true;
  std::size_t room = 1'000'000;  ///< headers that may wait for their block
  std::size_t most_waiting = 0;  ///< as many did

  void have(const std::vector<FakeBlock>& blocks) {
    const std::lock_guard lock(mutex_);
    for (const FakeBlock& block : blocks) {
      add_header(block.header);
      blocks_[block.hash] = block;
    }
    advance();
  }
  bool wait_height(std::size_t height) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return accepted_.size() > height; });
  }
  bool wait_headers(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return headers_.size() >= count; });
  }
  bool wait_offers(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return offers_.size() >= count; });
  }
  bool wait_left(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return left_.size() >= count; });
  }
  Hash256 tip() const {
    const std::lock_guard lock(mutex_);
    return accepted_.back();
  }
  std::vector<Offer> offers() const {
    const std::lock_guard lock(mutex_);
    return offers_;
  }
  Bytes model_of(const Hash256& hash) const {
    const std::lock_guard lock(mutex_);
    return blocks_.at(hash).model;
  }

  Awaitable<ChainSummary> summary() override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    ChainSummary s;
    s.tip = accepted_.back();
    s.height = accepted_.size() - 1;
    s.work = Uint256(s.height);
    co_return s;
  }
  Awaitable<std::vector<Hash256>> locator() override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    std::vector<Hash256> hashes;
    for (Hash256 at = best_header(); hashes.size() < 10; at = parents_.at(at)) {
      hashes.push_back(at);
      if (at == genesis_) break;
    }
    if (hashes.back() != genesis_) hashes.push_back(genesis_);
    co_return hashes;
  }
  Awaitable<std::vector<SealedHeader>> headers_after(std::vector<Hash256> locator, std::size_t max) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    std::size_t from = 0;
    for (const Hash256& hash : locator) {
      const auto found = std::find(accepted_.begin(), accepted_.end(), hash);
      if (found == accepted_.end()) continue;
      from = static_cast<std::size_t>(found - accepted_.begin());
      break;
    }
    std::vector<SealedHeader> headers;
    for (std::size_t i = from + 1; i < accepted_.size() && headers.size() < max; ++i)
      headers.push_back(headers_.at(accepted_[i]));
    co_return headers;
  }
  Awaitable<HeadersVerdict> offer_headers(PeerId, std::vector<SealedHeader> headers, bool) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    HeadersVerdict verdict;
    for (const SealedHeader& header : headers) {
      const Hash256 hash = header.block_hash();
      if (!heights_.contains(header.candidate.prev_block)) {
        verdict.refused = Reject{RejectCode::kUnknownParent, ""};
        break;
      }
      if (header.candidate.bits == 666) {
        verdict.refused = Reject{RejectCode::kHighHash, "a header that says so itself"};
        break;
      }
      if (!heights_.contains(hash) && headers_.size() >= accepted_.size() - 1 + room) {
        beyond_ = verdict.enough = true;
        verdict.streamed = 1;
        verdict.last = hash;
        break;
      }
      if (!heights_.contains(hash)) ++verdict.added;
      add_header(header);
      ++verdict.known;
      verdict.stored = verdict.last = hash;
    }
    most_waiting = std::max(most_waiting, headers_.size() - (accepted_.size() - 1));
    changed_.notify_all();
    co_return verdict;
  }
  Awaitable<Wanted> wanted(PeerId, Hash256 peer_best, std::size_t max) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    Wanted answer;
    std::vector<WantedBlock>& all = answer.blocks;
    for (Hash256 at = peer_best; heights_.contains(at) && at != genesis_; at = parents_.at(at)) {
      if (!blocks_.contains(at))
        all.push_back({at, heights_.at(at), headers_.at(at).model_root, model_bytes_, body_only});
    }
    std::reverse(all.begin(), all.end());
    if (all.size() > max) all.resize(max);
    for (const Hash256& root : wanted_models_) all.insert(all.begin(), {root, 0, root, model_bytes_, false, true});
    if (beyond_ && all.size() < max) answer.headers = HeadersToAsk::kAfterStored;
    co_return answer;
  }
  Awaitable<void> left(PeerId peer) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    left_.insert(peer);
    changed_.notify_all();
  }
  Awaitable<Result<Bytes>> body(Hash256 block) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) co_return reject(RejectCode::kNotFound);
    co_return found->second.body;
  }
  Awaitable<Result<ModelChunk>> chunk(Hash256 block, std::uint64_t index) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    if (!keep_models || found == blocks_.end() || index >= found->second.leaves.size())
      co_return reject(RejectCode::kNotFound);
    ModelChunk answer;
    const Bytes& model = found->second.model;
    const std::size_t at = index * kChunkSize;
    answer.data.assign(model.begin() + static_cast<std::ptrdiff_t>(at),
                       model.begin() + static_cast<std::ptrdiff_t>(std::min(at + kChunkSize, model.size())));
    answer.proof = prove_chunk(found->second.leaves, index);
    co_return answer;
  }
  Awaitable<Result<ModelChunk>> model_chunk(Hash256 root, std::uint64_t index) override {
    co_await yield();
    Hash256 block;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [hash, header] : headers_) {
        if (header.model_root == root) block = hash;
      }
    }
    co_return co_await chunk(block, index);
  }
  Awaitable<Result<>> offer_model(Hash256 root, Bytes model) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    wanted_models_.erase(root);
    models_[root] = std::move(model);
    changed_.notify_all();
    co_return Result<>{};
  }
  /// A model alone, which is not of a block that is fetched.
  void want_model(const Hash256& root) {
    const std::lock_guard lock(mutex_);
    wanted_models_.insert(root);
  }
  std::optional<Bytes> wait_model(const Hash256& root) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return models_.contains(root); })) return std::nullopt;
    return models_.at(root);
  }
  bool body_only = false;  ///< blocks are wanted without their models

  Awaitable<Result<>> offer_block(ProofSource from, Hash256 block, Bytes body, std::optional<Bytes> model) override {
    co_await yield();
    Result<> answer = on_offer ? on_offer(block) : Result<>{};
    std::optional<SealedHeader> news;
    {
      const std::lock_guard lock(mutex_);
      offers_.push_back({from.peer, block, model.has_value()});
      if (answer) answer = take(block, std::move(body), std::move(model));
      if (answer && advance()) news = headers_.at(accepted_.back());
      changed_.notify_all();
    }
    if (news && on_tip) on_tip(*news);
    co_return answer;
  }
  Awaitable<std::vector<Hash256>> waiting_transactions(std::size_t max) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    std::vector<Hash256> ids;
    for (const auto& [id, transaction] : waiting_) {
      if (ids.size() < max) ids.push_back(id);
    }
    co_return ids;
  }
  Awaitable<std::vector<Hash256>> unknown_transactions(std::vector<Hash256> ids) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    std::erase_if(ids, [this](const Hash256& id) { return waiting_.contains(id); });
    co_return ids;
  }
  Awaitable<std::vector<Transaction>> transactions(std::vector<Hash256> ids) override {
    co_await yield();
    const std::lock_guard lock(mutex_);
    std::vector<Transaction> found;
    for (const Hash256& id : ids) {
      if (waiting_.contains(id)) found.push_back(waiting_.at(id));
    }
    co_return found;
  }
  /// Signatures are not looked at: one with a fee of 666 says itself that it is not signed.
  Awaitable<Result<>> offer_transactions(PeerId from, std::vector<Transaction> transactions) override {
    co_await yield();
    for (const Transaction& transaction : transactions) {
      if (transaction.fee == 666) co_return reject(RejectCode::kBadSignature, "a transaction that says so itself");
      have_transaction(transaction, from);
    }
    co_return Result<>{};
  }
  /// Called without the lock for each transaction that waits since now, and who sent it.
  std::function<void(const Hash256&, PeerId)> on_transaction;
  void have_transaction(const Transaction& transaction, PeerId from = 0) {
    const Hash256 id = transaction.id();
    {
      const std::lock_guard lock(mutex_);
      if (!waiting_.emplace(id, transaction).second) return;
      changed_.notify_all();
    }
    if (on_transaction) on_transaction(id, from);
  }
  bool wait_transactions(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return waiting_.size() >= count; });
  }

 private:
  std::map<Hash256, Transaction> waiting_;
  static Awaitable<void> yield() { co_await asio::post(asio::use_awaitable); }

  void add_header(const SealedHeader& header) {
    const Hash256 hash = header.block_hash();
    headers_[hash] = header;
    parents_[hash] = header.candidate.prev_block;
    heights_[hash] = heights_.at(header.candidate.prev_block) + 1;
  }
  Result<> take(const Hash256& hash, Bytes body, std::optional<Bytes> model) {
    if (blocks_.contains(hash)) return reject(RejectCode::kDuplicate);
    if (sha256(body) != headers_.at(hash).candidate.body_root)
      return reject(RejectCode::kWrongBodyRoot, "not this block's body");
    if (model && chunked_root(*model) != headers_.at(hash).model_root)
      return reject(RejectCode::kWrongModelRoot, "not its model");
    FakeBlock block;
    block.hash = hash;
    block.header = headers_.at(hash);
    block.body = std::move(body);
    if (model) block.model = std::move(*model);
    for (std::size_t at = 0; at < block.model.size(); at += kChunkSize) {
      block.leaves.push_back(
          merkle_leaf(ByteView(block.model).subspan(at, std::min(kChunkSize, block.model.size() - at))));
    }
    blocks_[hash] = std::move(block);
    return {};
  }
  bool advance() {
    bool moved = false;
    for (bool again = true; again;) {
      again = false;
      for (const auto& [hash, block] : blocks_) {
        if (block.header.candidate.prev_block != accepted_.back()) continue;
        accepted_.push_back(hash);
        moved = again = true;
        break;
      }
    }
    changed_.notify_all();
    return moved;
  }
  Hash256 best_header() const {
    Hash256 best = genesis_;
    for (const auto& [hash, height] : heights_) {
      if (height > heights_.at(best)) best = hash;
    }
    return best;
  }

  const Hash256 genesis_;
  const std::size_t model_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Hash256, SealedHeader> headers_;
  std::map<Hash256, Hash256> parents_;
  std::map<Hash256, std::uint64_t> heights_;
  std::map<Hash256, FakeBlock> blocks_;
  std::vector<Hash256> accepted_;
  std::vector<Offer> offers_;
  std::set<Hash256> wanted_models_;
  std::map<Hash256, Bytes> models_;
  std::set<PeerId> left_;
  bool beyond_ = false;  // some peer has more headers than there was room for
};

}  // namespace freezenet::net::testing
