#include "daemon/reward_keys.h"

#include <algorithm>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

Result<bool> RewardKeys::holds(const XOnlyKey& key) const {
  if (key == miner()) return true;
  if (wallet_ == nullptr) return false;
  const auto view = wallet_->view();
  if (std::ranges::find(view->entries, key, &WalletEntry::key) == view->entries.end()) return false;
  if (view->encrypted && wallet_->unlocked_seconds(*view) == 0) {
    return reject(RejectCode::kWalletLocked,
                  "the wallet has the key of this reward and is locked; unlock it with walletpassphrase");
  }
  return true;
}

Result<> RewardKeys::require(const XOnlyKey& key) const {
  const Result<bool> here = holds(key);
  if (!here) return tl::unexpected(here.error());
  if (*here) return {};
  return reject(RejectCode::kNotFound, "this node does not hold the key " + to_hex(key) + " of the reward");
}

boost::asio::awaitable<Result<Signature>> RewardKeys::sign(XOnlyKey key, Hash256 block) const {
  if (key == miner()) co_return miner_.sign(block);
  if (auto ok = require(key); !ok) co_return tl::unexpected(ok.error());
  // Named: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
  auto use = [key, block](Wallet& wallet) -> Result<Signature> {
    const Result<SecretKey> secret = wallet.secret(key);
    if (!secret) return tl::unexpected(secret.error());
    return secret->sign(block);
  };
  co_return co_await wallet_->run(std::move(use));
}

boost::asio::awaitable<Result<SecretKey>> RewardKeys::secret(XOnlyKey key) const {
  if (key == miner()) co_return miner_;
  if (auto ok = require(key); !ok) co_return tl::unexpected(ok.error());
  // Optional, because what crosses threads has to have an empty state.
  auto take = [key](Wallet& wallet) -> Result<std::optional<SecretKey>> {
    auto secret = wallet.secret(key);
    if (!secret) return tl::unexpected(secret.error());
    return std::move(*secret);
  };
  const Result<std::optional<SecretKey>> taken = co_await wallet_->run(std::move(take));
  if (!taken) co_return tl::unexpected(taken.error());
  co_return **taken;
}

}  // namespace freezenet::daemon
