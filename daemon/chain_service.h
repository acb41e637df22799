#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "consensus/chain/chain.h"
#include "daemon/block_events.h"
#include "daemon/clock.h"
#include "daemon/header_intake.h"
#include "daemon/mempool/signature_checker.h"
#include "daemon/mempool/transaction_intake.h"
#include "daemon/mining_task.h"
#include "daemon/model_cache.h"
#include "daemon/model_score.h"
#include "daemon/pending_blocks.h"
#include "daemon/space_guard.h"
#include "daemon/storage/kept_models.h"
#include "net/chain_port.h"

namespace freezenet::daemon {

/// What a node keeps of what costs its sender nothing, and of what it has verified.
struct ChainServiceLimits {
  HeaderLimits headers;
  KeptModels::Policy models;
  Mempool::Limits mempool;
  SpaceGuard::Settings space;
  Chain::Recheck check;                    ///< what is looked at before the start
  std::optional<Assumption> assumed = {};  ///< what the operator takes for valid
};

/// The one writer. Owns the Chain and its thread; everything that reads or moves the chain runs there, one short step
/// at a time, never waiting for a replay or for the network. Peers reach it as net::ChainPort, RPC by query(), the
/// miner by candidate() and submit_mined(), the replay queue by on_verdict().
///
/// Starts with start(), ends with stop(), which runs what is queued and joins the thread. Memory: the chain's entries,
/// PendingBlocks' bound and HeaderIntake's.
class ChainService final : public net::ChainPort {
 public:
  ChainService(NetworkParams params, ChainStore& store, MempoolStore& waiting, ModelStore& models, const Clock& clock,
               const ChainServiceLimits& limits = {});
  ~ChainService() override;

  /// What the check before the start replays blocks with, at its level 4.
  void check_with(Chain::Recheck::Replay replay) { check_.replay = std::move(replay); }
  /// How models that were fetched alone are evaluated; without it no block is ever assumed to be valid.
  void score_with(ModelScore score) { score_model_ = std::move(score); }
  /// Restores the chain from the store, then starts the thread. kStorage: see `detail`.
  Result<> start(ProofVerifier& verifier, BlockEvents& events);
  void stop();
  /// Called on the chain's thread with every state that somebody may have learned of, before they do: after the start,
  /// before a block's news go out, and after each step. `paused`: why nothing is mined or accepted for the time being;
  /// empty where all goes on. Set before start().
  using Observer = std::function<void(const Chain&, const std::string& paused)>;
  void on_change(Observer observer) { observer_ = std::move(observer); }

  /// Never changes, so any thread may read it.
  [[nodiscard]] const NetworkParams& params() const { return chain_.params(); }

  /// Runs `read(const Chain&)` on the chain's thread and completes with its result on the caller's executor.
  template <typename F>
  boost::asio::awaitable<std::invoke_result_t<F, const Chain&>> query(F read) {
    auto step = [this, read = std::move(read)] { return read(static_cast<const Chain&>(chain_)); };
    co_return co_await on_chain(std::move(step));
  }

  /// The same with what waits for a block.
  template <typename F>
  boost::asio::awaitable<std::invoke_result_t<F, const Chain&, const Mempool&>> query_mempool(F read) {
    auto step = [this, read = std::move(read)] {
      return read(static_cast<const Chain&>(chain_), transactions_.pool());
    };
    co_return co_await on_chain(std::move(step));
  }

  /// A transaction of this node's user: checked, durable, then its id. It is told to peers, and waits for a block.
  boost::asio::awaitable<Result<Hash256>> submit_transaction(Transaction transaction);
  /// The operator declares a block invalid, with all that stands on it, or takes that back (Chain::set_aside()).
  boost::asio::awaitable<Result<>> set_aside(Hash256 block, bool reconsider);

  // The miner's side: called from its own thread, which they block for one step of the chain's thread.
  Result<MiningTask> candidate(const XOnlyKey& miner, std::uint64_t nonce);
  /// The same for a coroutine, which lets others run meanwhile.
  Awaitable<Result<MiningTask>> next_candidate(XOnlyKey miner, std::uint64_t nonce);
  /// A block that this node trained itself: its own work needs no replay, but passes every other check. True where it
  /// became part of the active chain.
  Result<bool> submit_mined(const SealedHeader& header, const Body& body, const ProofOutcome& proof);

  /// True: the block became part of the active chain. False: it is valid, and another one was first.
  using WorkDone = std::function<void(Result<bool>)>;
  /// A block on the tip that somebody says to have trained for this node, and who is not trusted: every check that is
  /// cheap, the ledger and the signatures of its transactions, then the replay, and only then does it enter the tree;
  /// nobody else hears of what proves false. Success: it is with the verifier, and `done` follows once, on the chain's
  /// thread. Else the reject of the check; kStaleWork; kDuplicate where it is known or replayed already; kBusy beyond
  /// kMaxWorks.
  Awaitable<Result<>> offer_work(SealedHeader header, Body body, WorkDone done);
  /// Whether work on this parent can still count: kUnknownParent; kStaleWork.
  static Result<> check_on_tip(const Chain& chain, const Hash256& parent);

  /// This machine failed outside of the chain: nothing more may be acknowledged; after kDiskFull, not before there is
  /// room. Any thread.
  void fail(const Reject& why);

  /// The replay queue's verdict; any thread.
  void on_verdict(ProofVerdict verdict);

  // net::ChainPort
  Awaitable<net::ChainSummary> summary() override;
  Awaitable<std::vector<Hash256>> locator() override;
  Awaitable<std::vector<SealedHeader>> headers_after(std::vector<Hash256> locator, std::size_t max) override;
  Awaitable<net::HeadersVerdict> offer_headers(net::PeerId from, std::vector<SealedHeader> headers, bool end) override;
  Awaitable<net::Wanted> wanted(net::PeerId from, Hash256 peer_best, std::size_t max) override;
  Awaitable<void> left(net::PeerId peer) override;
  Awaitable<Result<Bytes>> body(Hash256 block) override;
  Awaitable<Result<net::ModelChunk>> chunk(Hash256 block, std::uint64_t index) override;
  Awaitable<Result<net::ModelChunk>> model_chunk(Hash256 root, std::uint64_t index) override;
  Awaitable<Result<>> offer_model(Hash256 root, Bytes model) override;
  Awaitable<Result<>> offer_block(ProofSource from, Hash256 block, Bytes body, std::optional<Bytes> model) override;
  Awaitable<std::vector<Hash256>> waiting_transactions(std::size_t max) override;
  Awaitable<std::vector<Hash256>> unknown_transactions(std::vector<Hash256> ids) override;
  Awaitable<std::vector<Transaction>> transactions(std::vector<Hash256> ids) override;
  Awaitable<Result<>> offer_transactions(net::PeerId from, std::vector<Transaction> transactions) override;

 private:
  /// Replays that may be with the verifier at once; more wait in PendingBlocks.
  static constexpr std::size_t kMaxReplays = 16;

  /// Without a new block for so many seconds, those that are assumed are replayed though more were to come.
  static constexpr unsigned kStalled = 60;
  static constexpr std::uint64_t kTellEach = 1000;

  /// Of those who train for this node, at once with the verifier: one segment's time each, whoever fails.
  static constexpr std::size_t kMaxWorks = 4;
  struct Work {
    SealedHeader header;
    Body body;
    WorkDone done;
  };

  /// Runs a step on the chain's thread and completes on the caller's executor.
  template <typename F>
  boost::asio::awaitable<std::invoke_result_t<F>> on_chain(F step) {
    // A named object: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
    auto run = [this, step = std::move(step)]() mutable -> boost::asio::awaitable<std::invoke_result_t<F>> {
      co_return observed(step);
    };
    co_return co_await boost::asio::co_spawn(io_.get_executor(), std::move(run), boost::asio::use_awaitable);
  }
  /// step(), and the observer before anybody has its result.
  template <typename F>
  std::invoke_result_t<F&> observed(F& step) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      step();
      observe();
    } else {
      std::invoke_result_t<F&> result = step();
      observe();
      return result;
    }
  }
  void observe() {
    if (observer_ && !failed_) observer_(chain_, told_);
  }
  /// The same for a thread that waits for the result.
  template <typename F>
  std::invoke_result_t<F> on_chain_thread(F step);

  /// Takes in early headers whose time has come, and looks again as long as there are more.
  void release_early();
  void advance();  // gives ready blocks to the verifier
  /// Has the model computed again that this block's segment starts from: its branch leaves the chain below the models
  /// that are kept. One block at a time, from the nearest model before it, in the time of who sent it.
  void rebuild_start(const PendingBlocks::Block& block);
  /// Another block waits for that already; more of them would fill the queue with what only a long replay moves.
  [[nodiscard]] bool rebuild_is_awaited();
  void settle(const ProofVerdict& verdict);
  [[nodiscard]] Result<MiningTask> make_candidate(const XOnlyKey& miner, std::uint64_t nonce);
  Result<> check_work(const SealedHeader& header, const Hash256& hash, const Body& body);
  Result<> take_work(const SealedHeader& header, const Hash256& hash, Body body, WorkDone done);
  void settle_work(const Work& work, const ProofVerdict& verdict);
  /// kBusy where the model to start from is not there; it is computed again then.
  Result<> check_start_kept(const Hash256& root);
  Result<bool> connect_own(const SealedHeader& header, const Body& body, const ProofOutcome& proof);
  Result<> take_block(ProofSource from, const Hash256& block, Body body, std::optional<Bytes> model);
  Result<> change_set_aside(const BlockEntry& entry, bool reconsider);
  /// What follows from a block that was verified: models, mempool, news.
  void accepted(const BlockEntry& entry, const ProofOutcome& proof, const ChainUpdate& update, net::PeerId from);
  void tell_accepted(const BlockEntry& entry, const ChainUpdate& update, net::PeerId from);
  void follow(const ChainUpdate& update);

  // Blocks that are assumed to be valid (chain_service_assumed.cpp).
  void begin_assuming();
  /// Blocks from here on are replayed as always.
  void end_assumption();
  /// The same, and one line for the operator.
  void drop_assumption(const std::string& why);
  /// Where the active chain has the assumed height by now: whether it is what was assumed.
  void check_assumption(const BlockEntry& newest);
  /// Whether the header of the assumed block is in the tree.
  void look_for_assumed();
  [[nodiscard]] std::vector<net::WantedBlock> wanted_models() const;
  [[nodiscard]] std::optional<std::size_t> task_of_wanted(const Hash256& root) const;
  /// On a thread of its own. Durable on return.
  Result<std::uint32_t> keep_and_score(std::size_t task, const Hash256& root, const Bytes& model);
  void take_score(const Hash256& root, const Result<std::uint32_t>& score);
  void connect_assumed(const PendingBlocks::Block& block);
  /// Gives the lowest assumed block to the verifier, where nobody else has a replay for it.
  void replay_assumed();
  void settle_confirmed(const ProofVerdict& verdict);
  /// What the next ones of these replays start from.
  [[nodiscard]] std::vector<Hash256> sweep_models() const;
  /// A block that was never verified is false, and all that stands on it.
  void condemn(const BlockEntry& entry, const Reject& why);
  /// A block that was assumed to be valid is false.
  void unmask(const BlockEntry& block, const Reject& why);

  void keep_models(const BlockEntry& entry, const ProofOutcome& proof);
  Result<Hash256> add_transaction(const Transaction& transaction, net::PeerId from);
  void settle_rebuilt(const ProofVerdict& verdict);
  /// Has `root` computed again, which some block up to `e` on its branch led to, from the nearest model before it.
  void rebuild(Hash256 root, const BlockEntry* e, const ProofSource& source);
  /// The same for the models that the next blocks start from, where one is missing; nothing is mined before they are
  /// here.
  void rebuild_tip();
  void refuse(const BlockEntry& entry, net::PeerId from, const Reject& why);
  /// Something new may be acknowledged: neither has this machine failed, nor does it wait for room on its disk.
  [[nodiscard]] Result<> check_open() const;
  /// It has not failed: what stands in the chain may be told.
  [[nodiscard]] Result<> check_sound() const;
  /// A failure of this machine: waits where the disk is full, ends everything else.
  void give_up(const Reject& why);
  void watch_space();
  void tell_pause();

  ChainStore& store_;
  const Clock& clock_;
  Chain chain_;
  PendingBlocks pending_;
  std::unordered_map<Hash256, Work> works_;  // by block hash
  HeaderIntake intake_;
  TransactionIntake transactions_;
  SignatureChecker signatures_;
  KeptModels kept_;
  std::optional<Hash256> rebuilding_;  // the verified block that is with the verifier once more
  std::optional<Hash256> confirming_;  // the assumed block that is with the verifier
  std::optional<Assumption> assumed_;  // until it is met or proves wrong
  std::unordered_map<Hash256, std::uint32_t> boundary_scores_;  // of models that were fetched alone
  ModelScore score_model_;
  unsigned seconds_idle_ = 0;  // since a block was verified
  ModelStore& models_;
  SpaceGuard space_;
  Chain::Recheck check_;
  std::string healing_;  // why the miner waits for a model
  std::string told_;     // the pause that was told last
  bool failed_ = false;  // nothing is acknowledged any more; the chain's thread only
  ModelCache served_;
  ProofVerifier* verifier_ = nullptr;
  BlockEvents* events_ = nullptr;
  Observer observer_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer early_timer_{io_}, space_timer_{io_};
  boost::asio::thread_pool scorer_{1};
  bool stopping_ = false;  // the chain's thread only
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace freezenet::daemon
