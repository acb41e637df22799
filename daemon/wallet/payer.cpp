#include "daemon/wallet/payer.h"

#include <algorithm>

namespace freezenet::daemon {

std::optional<PayerAccount> choose_payer(std::span<const PayerAccount> accounts, std::uint64_t spent) {
  const PayerAccount* best = nullptr;
  for (const PayerAccount& account : accounts) {
    if (account.available() < spent) continue;
    if (best == nullptr || account.available() < best->available() ||
        (account.available() == best->available() && account.key < best->key)) {
      best = &account;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::uint64_t most_available(std::span<const PayerAccount> accounts) {
  std::uint64_t most = 0;
  for (const PayerAccount& account : accounts) most = std::max(most, account.available());
  return most;
}

}  // namespace freezenet::daemon
