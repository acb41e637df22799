#include "consensus/crypto/public_key.h"

#include <secp256k1_extrakeys.h>

namespace freezenet {

bool is_public_key(const XOnlyKey& key) {
  secp256k1_xonly_pubkey point;
  return secp256k1_xonly_pubkey_parse(secp256k1_context_static, &point, key.bytes.data()) == 1;
}

}  // namespace freezenet
