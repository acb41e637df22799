#pragma once

#include <optional>
#include <span>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::daemon {

/// One of the wallet's accounts, as the chain and its mempool have it now.
struct PayerAccount {
  XOnlyKey key;
  std::uint64_t balance = 0;  ///< spendable
  std::uint64_t pending = 0;  ///< of that, what leaves with transactions that wait for a block
  std::uint64_t next_nonce = 0;

  [[nodiscard]] std::uint64_t available() const { return balance > pending ? balance - pending : 0; }
};

/// Which account pays: the one with the least that suffices, so that large ones stay whole; of equal ones the lower
/// key. nullopt where no single account has that much.
std::optional<PayerAccount> choose_payer(std::span<const PayerAccount> accounts, std::uint64_t spent);

/// The largest single available amount, for the sentence that refuses.
std::uint64_t most_available(std::span<const PayerAccount> accounts);

}  // namespace freezenet::daemon
