#include "net/node_identity.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// PEM: a private key and its certificate.
void node_key(ByteView input) {
  static const Scratch scratch;
  const auto file = scratch.write("node.key", input);
  const auto identity = net::NodeIdentity::load_or_create(file);
  require(Scratch::holds(file, input), "the owner's file is never changed");
  if (!identity) return require_refusal(identity.error(), Blame::kOurselves, {RejectCode::kStorage});
  require(X509_check_private_key(identity->certificate(), identity->key()) == 1, "key and certificate fit");
  require(identity->node_id() == net::node_id_of(identity->certificate()), "the node id is that of the certificate");
  require(!identity->node_id().is_zero(), "a key has a node id");
}

}  // namespace freezenet::fuzz
