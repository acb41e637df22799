#include "net/tls.h"

#include <openssl/ssl.h>

#include "consensus/base/serialize.h"

namespace freezenet::net {
namespace {

/// The list of one name, as ALPN writes it: length, then the name.
Bytes alpn_list() {
  Writer out;
  out.integer(static_cast<std::uint8_t>(kAlpn.size()));
  out.bytes({reinterpret_cast<const std::uint8_t*>(kAlpn.data()), kAlpn.size()});
  return out.take();
}

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned int in_length, void*) {
  const Bytes ours = alpn_list();
  // The answer must point into memory that stays: the client's list does.
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_length, in, in_length, ours.data(), static_cast<unsigned>(ours.size()));
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Replaces the whole building and checking of chains: a stranger's certificate is not worth that code.
int accept_any_certificate(X509_STORE_CTX* store, void*) {
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace

Result<asio::ssl::context> make_tls_context(const NodeIdentity& identity) try {
  asio::ssl::context context(asio::ssl::context::tls);
  SSL_CTX* raw = context.native_handle();
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(raw, 16'384);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, accept_any_certificate, nullptr);
  SSL_CTX_set_alpn_select_cb(raw, select_alpn, nullptr);
  const Bytes alpn = alpn_list();
  const bool good = SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(raw, 0) == 1 &&
                    SSL_CTX_set1_sigalgs_list(raw, "ed25519:ECDSA+SHA256") == 1 &&
                    // 0 is success, here alone.
                    SSL_CTX_set_alpn_protos(raw, alpn.data(), static_cast<unsigned>(alpn.size())) == 0 &&
                    SSL_CTX_use_certificate(raw, identity.certificate()) == 1 &&
                    SSL_CTX_use_PrivateKey(raw, identity.key()) == 1 && SSL_CTX_check_private_key(raw) == 1;
  if (!good) return reject(RejectCode::kConfig, "OpenSSL refuses the settings for TLS 1.3 or the node's key");
  return context;
} catch (const boost::system::system_error& error) {
  return reject(RejectCode::kConfig, std::string("OpenSSL: ") + error.what());
}

Result<Hash256> peer_node_id(TlsStream& stream) {
  SSL* ssl = stream.native_handle();
  const unsigned char* protocol = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &length);
  if (std::string_view(reinterpret_cast<const char*>(protocol), length) != kAlpn) {
    return reject(RejectCode::kWrongProtocolVersion, "the peer does not name freezenet/1 in TLS");
  }
  const CertificateHandle certificate(SSL_get1_peer_certificate(ssl));
  const Hash256 id = certificate ? node_id_of(certificate.get()) : Hash256{};
  if (id.is_zero()) return reject(RejectCode::kBadEncoding, "the peer shows no certificate");
  return id;
}

}  // namespace freezenet::net
