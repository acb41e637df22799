#include "daemon/rpc/chain_snapshot.h"

#include "consensus/base/hex.h"
#include "daemon/rpc/reports.h"

namespace freezenet::daemon {

void ChainSnapshot::publish(const Chain& chain, const std::string& paused) {
  const Mark mark{chain.tip().hash,     chain.best_header().hash, chain.unverified(),
                  chain.stale_blocks(), chain.assumed_blocks(),   paused};
  if (mark == mark_) return;
  auto view = std::make_shared<View>();
  view->chain = chain_report(chain);
  view->chain["paused"] = pause_report(paused);
  view->blocks = recent_blocks_report(chain, kRecentBlocks);
  view->hash = to_hex(chain.tip().hash);
  mark_ = mark;
  const std::lock_guard lock(mutex_);
  latest_ = std::move(view);
}

std::shared_ptr<const ChainSnapshot::View> ChainSnapshot::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace freezenet::daemon
