#include "net/handshake.h"

#include "consensus/base/hex.h"

namespace freezenet::net {

Hello make_hello(const LocalNode& node, const ChainSummary& chain) {
  Hello hello;
  hello.network = node.network;
  hello.genesis = node.genesis;
  hello.engine = node.engine;
  hello.height = chain.height;
  hello.tip = chain.tip;
  hello.work = chain.work;
  hello.user_agent = node.user_agent;
  hello.listen_port = node.listen_port;
  hello.flags = node.flags;
  return hello;
}

Result<> check_hello(const LocalNode& ours, const Hello& theirs) {
  if (theirs.network != ours.network) {
    return reject(RejectCode::kWrongNetwork,
                  "the peer runs '" + theirs.network + "', this node '" + ours.network + "'");
  }
  if (theirs.genesis != ours.genesis) {
    return reject(RejectCode::kWrongGenesis, "the peer's genesis is " + to_hex(theirs.genesis));
  }
  if (theirs.wire_version != kWireVersion) {
    return reject(RejectCode::kWrongProtocolVersion, "the peer speaks version " + std::to_string(theirs.wire_version) +
                                                         ", this node " + std::to_string(kWireVersion));
  }
  if (theirs.engine != ours.engine) {
    return reject(RejectCode::kWrongEngine, "the peer's engine is " + std::to_string(theirs.engine) + ", this node's " +
                                                std::to_string(ours.engine));
  }
  return {};
}

}  // namespace freezenet::net
