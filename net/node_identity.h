#pragma once

#include <filesystem>
#include <memory>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::net {

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeOpenSsl>;
using CertificateHandle = std::unique_ptr<X509, FreeOpenSsl>;

/// Who a node is: a key, and a self-signed certificate that exists only because TLS wants one. Nothing in the
/// certificate but the key means anything. Immutable; shared by reference with the TLS context.
class NodeIdentity {
 public:
  /// A new Ed25519 key in memory. kOurselves-type rejects (kConfig) where OpenSSL fails.
  static Result<NodeIdentity> generate();
  /// The PEM file's key and certificate. Where the file does not exist it is made: mode 0600, written under a temporary
  /// name, synced, renamed. kStorage names the file and the reason; a damaged file is never overwritten.
  static Result<NodeIdentity> load_or_create(const std::filesystem::path& file);

  [[nodiscard]] const Hash256& node_id() const { return node_id_; }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }

 private:
  static Result<NodeIdentity> from(KeyHandle key, CertificateHandle certificate);
  KeyHandle key_;
  CertificateHandle certificate_;
  Hash256 node_id_;
};

/// tagged_hash("FreezeNet/node", DER of the SubjectPublicKeyInfo).
Hash256 node_id_of(X509* certificate);

}  // namespace freezenet::net
