#pragma once

#include "net/chain_port.h"
#include "net/messages.h"

namespace freezenet::net {

/// What this node says of itself in every hello, apart from its chain, which moves.
struct LocalNode {
  std::string network;
  Hash256 genesis;
  std::uint32_t engine = 0;
  std::string user_agent;
  std::uint16_t listen_port = 0;
  std::uint32_t flags = kServesModels | kServesModelsByRoot;
};

Hello make_hello(const LocalNode& node, const ChainSummary& chain);

/// Pure. In this order: kWrongNetwork (name), kWrongGenesis, kWrongProtocolVersion, kWrongEngine. The widest difference
/// is named first: who runs another network need not hear that his version is old.
Result<> check_hello(const LocalNode& ours, const Hello& theirs);

}  // namespace freezenet::net
