#pragma once

#include "daemon/rpc/signature.h"

namespace freezenet::daemon {

// One function, in a file of its name, for each group of signatures().
std::vector<Signature> chain_signatures();
std::vector<Signature> mining_signatures();
std::vector<Signature> network_signatures();
std::vector<Signature> transaction_signatures();
std::vector<Signature> wallet_signatures();
std::vector<Signature> model_signatures();
std::vector<Signature> control_signatures();

inline constexpr auto kBlockHelp = "height on the active chain, or hash of any known block";

}  // namespace freezenet::daemon
