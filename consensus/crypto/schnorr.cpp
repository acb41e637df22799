#include "consensus/crypto/schnorr.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

namespace freezenet {
namespace {

/// libsecp256k1 wants one context, made once and then only read, which makes it safe to share between threads. It is a
/// local of this function because its one content is the blinding of secret multiplications: it changes no result that
/// a caller sees.
const secp256k1_context* context() {
  static const secp256k1_context* const created = [] {
    secp256k1_context* fresh = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    std::array<std::uint8_t, 32> blinding{};
    // Without random bytes the context still signs correctly, only unblinded.
    const bool blinded = fresh != nullptr && RAND_bytes(blinding.data(), static_cast<int>(blinding.size())) == 1 &&
                         secp256k1_context_randomize(fresh, blinding.data()) == 1;
    OPENSSL_cleanse(blinding.data(), blinding.size());
    if (fresh == nullptr) std::abort();
    static_cast<void>(blinded);
    return fresh;
  }();
  return created;
}

/// For calls that cannot fail with the arguments that this file gives them.
void require(int worked) {
  if (worked != 1) std::abort();
}

}  // namespace

std::optional<SecretKey> SecretKey::from_bytes(ByteView bytes) {
  SecretKey key;
  if (bytes.size() != key.secret_.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.secret_.begin());
  secp256k1_keypair pair;
  if (secp256k1_keypair_create(context(), &pair, key.secret_.data()) != 1) return std::nullopt;
  secp256k1_xonly_pubkey point;
  require(secp256k1_keypair_xonly_pub(context(), &point, nullptr, &pair));
  require(secp256k1_xonly_pubkey_serialize(context(), key.public_.bytes.data(), &point));
  OPENSSL_cleanse(&pair, sizeof pair);
  return key;
}

std::optional<SecretKey> SecretKey::generate() {
  std::array<std::uint8_t, 32> bytes{};
  if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return std::nullopt;
  auto key = from_bytes(bytes);  // fails once in 2^128
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

SecretKey::~SecretKey() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

Signature SecretKey::sign(const Hash256& message, const Hash256& aux) const {
  Signature signature;
  secp256k1_keypair pair;
  require(secp256k1_keypair_create(context(), &pair, secret_.data()));
  require(
      secp256k1_schnorrsig_sign32(context(), signature.bytes.data(), message.bytes.data(), &pair, aux.bytes.data()));
  OPENSSL_cleanse(&pair, sizeof pair);
  return signature;
}

bool verify_schnorr(const XOnlyKey& key, const Hash256& message, const Signature& signature) {
  secp256k1_xonly_pubkey point;
  if (secp256k1_xonly_pubkey_parse(context(), &point, key.bytes.data()) != 1) return false;
  return secp256k1_schnorrsig_verify(context(), signature.bytes.data(), message.bytes.data(), message.bytes.size(),
                                     &point) == 1;
}

}  // namespace freezenet
