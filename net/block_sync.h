#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "net/block_claims.h"
#include "net/block_download.h"
#include "net/header_budget.h"
#include "net/limits.h"
#include "net/peer_link.h"
#include "net/task_group.h"
#include "net/token_bucket.h"

namespace freezenet::net {

/// Follows one peer's chain. Threat: the peer may lie about everything, answer slowly, or not at all. Side by side:
///   1. learn its headers, batch by batch and each batch in slices, as the budget of header checks allows;
///   2. ask the chain what it still needs up to the peer's best header, claim the oldest block that nobody else
///      fetches, fetch body and signed model chunk by chunk, and offer them to the chain;
///   3. wait for an announcement, for news of the chain (wake), for the budget, or for another peer's claim to run out.
/// A peer that answers nothing in request_timeout is dropped, whether it still fetches or has lost its block; one that
/// is merely slow loses its claim's worth to others, and claims no other block before it has answered.
///
/// Owner and strand: Peer's. Stops by stop(). Memory: one block with its model, two batches of headers,
/// max_pending_announces headers.
class BlockSync {
 public:
  struct Shared {
    ChainPort& chain;
    BlockClaims& claims;
    HeaderBudget& budget;
    const Limits& limits;
    bool fetch_models = true;
    std::function<void(PeerId)> poke_others;  ///< a claim was given up: whoever waits for one should look again
  };
  BlockSync(PeerLink& link, const Shared& shared, const asio::any_io_executor& strand);

  /// `peer_tip` is what the peer's hello names, `flags` what it serves.
  Awaitable<> run(Hash256 peer_tip, std::uint32_t flags);
  void stop();
  /// `chain_changed`: what the chain refused for the moment may be offered again.
  void wake(bool chain_changed);

  // Messages from the reader. A reject ends the connection: kUnexpectedMessage for an answer to nothing, kBadChunk.
  Result<> on(Headers message);
  Result<> on(Announce message);
  Result<> on(BodyData message);
  Result<> on(const Chunk& message);
  Result<> on(const NotFound& message);

 private:
  struct Pick {
    WantedBlock block;
    bool derive = false;
  };
  Awaitable<> follow();
  Awaitable<> rest(Clock::time_point until);
  void hear();
  Awaitable<> ask_for_headers();
  bool accept_batch();
  Awaitable<> offer_slice();
  void finish_batch(bool go_on);
  bool may_offer(std::size_t count);
  Awaitable<HeadersVerdict> offer_headers(std::vector<SealedHeader> headers, bool end);
  Awaitable<> learn_headers();
  Awaitable<bool> take_announcements();
  Awaitable<std::optional<Pick>> pick();
  /// What the chain wants, without what this peer does not serve.
  Awaitable<Wanted> wanted(Hash256 best, std::size_t max);
  BlockClaims::Answer claim(const WantedBlock& block);
  Awaitable<> look_for_held();
  Awaitable<> fetch(Pick what);
  Awaitable<> receive();
  void want_headers(HeadersToAsk what);
  Awaitable<bool> offer();
  Awaitable<bool> should_yield();
  void judge(const HeadersVerdict& verdict);
  void ask_for_more();
  void lack(const Hash256& hash);
  bool lacks(const Hash256& hash);
  /// Whether a refusal is the fault of what the peer sent.
  static bool blames_peer(const Reject& why);
  [[nodiscard]] bool owes() const;
  /// When the peer has to have answered some request for a body or a chunk, also of a block that was given up.
  [[nodiscard]] Clock::time_point answer_due() const;

  PeerLink& link_;
  const Shared& shared_;
  const Limits& limits_;
  Signal signal_;
  TokenBucket announce_bucket_;
  bool stopped_ = false, chain_changed_ = false, poked_ = false;
  bool heard_ = false;  // this peer said something, or there is more to do at once

  bool by_root_ = false;   // the peer serves models by their root
  Hash256 peer_best_;      // the last of its headers that is in the tree
  Hash256 held_;           // an early header of this peer that the chain holds until its time has come
  Hash256 last_streamed_;  // the last of those beyond that were only counted
  bool seen_to_its_end_ = false;
  HeadersToAsk ask_ = HeadersToAsk::kFromTheFork;
  Clock::time_point may_ask_;  // what the chain wants of headers
  bool awaiting_headers_ = false;
  Clock::time_point headers_due_;
  std::optional<Headers> headers_;
  std::vector<SealedHeader> batch_;  // the answer, from offered_ on still to be offered
  std::size_t offered_ = 0;
  Hash256 last_;          // the next batch goes on from it; zero: from where the locator says
  bool go_on_ = false;    // the last batch was full
  bool learned_ = false;  // something new since the first question
  std::deque<SealedHeader> announced_;

  std::optional<BlockDownload> job_;
  bool body_missing_ = false, model_missing_ = false;
  std::set<Hash256> asked_bodies_;                            // sent, not answered yet; of one block at a time
  std::set<std::pair<Hash256, std::uint64_t>> asked_chunks_;  // also of a block that was given up
  std::set<Hash256> skip_;                                    // refused without blame; until the chain changes
  std::map<Hash256, Clock::time_point> lacking_;  // the peer does not have the body; until when it is spared
  Clock::time_point progress_;                    // last answer
  Clock::time_point again_;                       // when to look for work without being woken
  Clock::time_point resync_ = Clock::time_point::max();
};

}  // namespace freezenet::net
