#include "daemon/network_json.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// configs/NAME.json.
void network_file(ByteView input) {
  const auto network = daemon::network_from_json(as_text(input));
  if (!network) return require_refusal(network.error(), Blame::kOurselves, {RejectCode::kConfig});
  NetworkParams params = network->params;
  if (network->leaves_genesis_time()) params.genesis_time = 1;
  require(check_params(params).has_value(), "what is read passes check_params");
  const auto again = daemon::network_from_json(daemon::network_file_text(*network));
  require(again.has_value(), "what this program writes it reads");
  require(again->params.genesis_hash() == network->params.genesis_hash(), "decode(encode(decode(x))) == decode(x)");
  require(again->assumed == network->assumed, "what is assumed survives");
  require(again->p2p_port == network->p2p_port && again->rpc_port == network->rpc_port, "the ports survive");
}

}  // namespace freezenet::fuzz
