#include "daemon/node_events.h"

#include <algorithm>

#include <spdlog/logger.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"

namespace freezenet::daemon {

NodeEvents::NodeEvents(net::PeerManager& peers, Miner& miner, const Clock& clock,
                       std::function<void(const Reject&)> on_failure, MiningNews mining,
                       std::shared_ptr<spdlog::logger> log)
    : peers_(peers),
      miner_(miner),
      clock_(clock),
      on_failure_(std::move(on_failure)),
      mining_(std::move(mining)),
      log_(std::move(log)),
      clients_(log_, net::Limits{}),
      strangers_(log_, net::Limits{}) {}

void NodeEvents::on_connecting(const BlockEntry& block) {
  if (!log_->should_log(spdlog::level::debug)) return;
  log_->debug("connecting block {} at height {}", to_hex(block.hash), block.height);
  log_->flush();  // whoever asks for this line wants to know whether the process died behind it
}

void NodeEvents::on_accepted(const Chain& chain, const BlockEntry& block, const ChainUpdate& update, net::PeerId) {
  if (update.connected.empty()) {
    log_->info("branch height={} {} verified, not on the best chain", block.height, to_hex(block.hash));
    return;
  }
  tell_of_move(chain, update,
               [&](spdlog::level::level_enum level, const std::string& line) { log_->log(level, "{}", line); });
}

void NodeEvents::on_moved(const Chain& chain, const ChainUpdate& update) {
  if (update.connected.empty() && update.disconnected.empty()) return;
  tell_of_move(chain, update,
               [&](spdlog::level::level_enum level, const std::string& line) { clients_.event(line, level); });
}

template <typename Tell>
void NodeEvents::tell_of_move(const Chain& chain, const ChainUpdate& update, const Tell& tell) {
  if (!update.disconnected.empty()) {
    tell(spdlog::level::warn,
         fmt::format("reorganisation: {} blocks left the chain and {} joined it; they part after height {}",
                     update.disconnected.size(), update.connected.size(), update.disconnected.back()->height - 1));
  }
  for (const BlockEntry* e : update.connected) {
    const NetworkParams& params = chain.params();
    tell(spdlog::level::info,
         fmt::format("block height={} hash={} miner={} score={}/{} {}{} useful={:.2f}%", e->height, to_hex(e->hash),
                     encode_address(params.address_prefix, e->header.candidate.miner_key), e->outcome->score,
                     params.tasks[params.task_index(e->height)].evaluation_slice,
                     e->outcome->adopted ? "adopted" : "kept", verification(*e),
                     chain.useful_fraction_ppm(100) / 100 / 100.0));
  }
  peers_.announce(chain.tip().header);
  miner_.on_new_tip();
  mining_.on_new_tip();
}

std::string NodeEvents::verification(const BlockEntry& block) const {
  if (block.outcome->assumed) return " assumed";
  if (block.hash != judged_) return block.header.candidate.miner_key == miner_.key() ? " mined" : "";
  return fmt::format(" watermark={:.2f}ms replay={:.1f}ms", timings_.watermark_ms, timings_.replay_ms);
}

void NodeEvents::on_transaction(const Hash256& id, net::PeerId origin) {
  peers_.announce_transaction(id, origin);
  mining_.on_new_body();
}

void NodeEvents::on_refused(const Hash256& block, net::PeerId origin, const Reject& why) {
  strangers_.event(fmt::format("refused block {} of peer {}: {}", to_hex(block), origin, why.message()),
                   spdlog::level::warn);
  peers_.punish(origin, why);
  const std::lock_guard lock(mutex_);
  last_reject_ =
      LastReject{clock_.unix_seconds(), "block " + to_hex(block) + ": " + why.message(), advice_for(name(why.code))};
}

void NodeEvents::on_progress() { peers_.wake(); }

void NodeEvents::on_verdict(const ProofVerdict& verdict) {
  judged_ = verdict.block_hash;
  timings_ = verdict.timings;
  if (verdict.kernels_disagree) {
    const std::string why = "only the portable kernels reproduce block " + to_hex(verdict.block_hash);
    log_->error("{}; this node does not mine any more and replays with the portable kernels", why);
    miner_.refuse(why);
  }
  const std::lock_guard lock(mutex_);
  ++(verdict.outcome ? stats_.verified : stats_.refused);
  stats_.steps += verdict.steps_replayed;
  stats_.last_watermark_ms = verdict.timings.watermark_ms;
  stats_.last_replay_ms = verdict.timings.replay_ms;
  stats_.last_evaluation_ms = verdict.timings.evaluation_ms;
}

void NodeEvents::on_lost(const std::string& what) { log_->error("{}", what); }

void NodeEvents::on_paused(const std::string& why) {
  // Whoever reads the line and asks for the miner's state finds what it says.
  miner_.pause(why);
  if (why.empty()) {
    log_->info("mining and accepting go on");
  } else {
    log_->warn("mining and accepting pause: {}", why);
  }
}

void NodeEvents::on_assumption(const std::string& line, bool wrong) {
  log_->log(wrong ? spdlog::level::err : spdlog::level::info, "{}", line);
}

void NodeEvents::on_failure(const Reject& why) {
  log_->critical("{}; nothing more is accepted, this node stops", why.message());
  on_failure_(why);
}

ReplayStats NodeEvents::replay_stats(std::size_t queued) const {
  const std::lock_guard lock(mutex_);
  ReplayStats stats = stats_;
  stats.queued = queued;
  return stats;
}

std::optional<LastReject> NodeEvents::last_reject() const {
  std::optional<LastReject> newest;
  {
    const std::lock_guard lock(mutex_);
    newest = last_reject_;
  }
  const auto ended = peers_.last_rejects();
  if (!ended.empty() && (!newest || static_cast<std::uint64_t>(ended.back().time) > newest->time)) {
    const net::RejectInfo& r = ended.back();
    // The reason begins with the reject's stable name.
    const std::string_view code = std::string_view(r.reason).substr(0, r.reason.find(':'));
    newest = LastReject{static_cast<std::uint64_t>(r.time),
                        (r.by_peer ? "by peer " : "peer ") + r.address + ": " + r.reason, advice_for(code)};
  }
  return newest;
}

std::string advice_for(std::string_view code) {
  struct Advice {
    RejectCode code;
    const char* text;
  };
  static constexpr Advice kTable[] = {
      {RejectCode::kTimeTooEarly, "check the clocks of both machines (NTP)"},
      {RejectCode::kWrongGenesis, "both nodes need the same network file; on localnet also the same --genesis-time"},
      {RejectCode::kWrongNetwork, "start both nodes with the same --network"},
      {RejectCode::kWrongEngine, "update the node with the older version"},
      {RejectCode::kWrongProtocolVersion, "update the node with the older version"},
      {RejectCode::kSelfConnection, "remove this node's own address from --connect"},
      {RejectCode::kTooManyPeers, "raise --max-inbound there, or connect to another node"},
      {RejectCode::kTooManyHeaders, "wait: the blocks known so far are replayed first"},
  };
  const auto row = std::ranges::find_if(kTable, [&](const Advice& a) { return name(a.code) == code; });
  return row == std::end(kTable) ? "" : row->text;
}

}  // namespace freezenet::daemon
