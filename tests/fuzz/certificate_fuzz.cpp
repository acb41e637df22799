#include "net/node_identity.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// The DER of a certificate, as TLS hands over what a peer showed.
void certificate(ByteView input) {
  const unsigned char* at = input.data();
  const net::CertificateHandle certificate(d2i_X509(nullptr, &at, static_cast<long>(input.size())));
  if (!certificate) return;
  const Hash256 id = net::node_id_of(certificate.get());
  // A certificate that is encoded again by OpenSSL carries the same key, so it is the same node.
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate.get(), &der);
  if (length <= 0) return;
  const unsigned char* again_at = der;
  const net::CertificateHandle again(d2i_X509(nullptr, &again_at, length));
  require(again && net::node_id_of(again.get()) == id, "the node id follows from the key alone");
  OPENSSL_free(der);
}

}  // namespace freezenet::fuzz
