#pragma once

#include <boost/asio/awaitable.hpp>

#include "consensus/crypto/schnorr.h"
#include "daemon/wallet/wallet_service.h"

namespace freezenet::daemon {

/// The keys that this node signs blocks with: the miner's, which is at hand day and night, and those of the user's
/// wallet, while that is unlocked. Any thread. Memory: one key. The wallet outlives it.
class RewardKeys {
 public:
  /// `wallet`: nullptr where this node has none.
  RewardKeys(const SecretKey& miner, WalletService* wallet) : miner_(miner), wallet_(wallet) {}

  /// Of rewards, where nobody says another.
  [[nodiscard]] const XOnlyKey& miner() const { return miner_.public_key(); }
  /// Whether this node signs for the key now. kWalletLocked: it would, if the wallet were unlocked.
  [[nodiscard]] Result<bool> holds(const XOnlyKey& key) const;

  /// kNotFound where the key is none of this node's; kWalletLocked; kBusy and kCancelled of WalletService.
  boost::asio::awaitable<Result<Signature>> sign(XOnlyKey key, Hash256 block) const;
  /// The same with the secret itself, for blocks that are generated one after another, on local networks only: there a
  /// secret may leave the wallet's thread for as long as the call takes, because its coins are worth nothing.
  boost::asio::awaitable<Result<SecretKey>> secret(XOnlyKey key) const;

 private:
  [[nodiscard]] Result<> require(const XOnlyKey& key) const;

  const SecretKey miner_;
  WalletService* const wallet_;
};

}  // namespace freezenet::daemon
