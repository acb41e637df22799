#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/asio.h"
#include "net/node_identity.h"

namespace freezenet::net {

using TlsStream = asio::ssl::stream<tcp::socket>;

/// Name of the protocol in TLS (ALPN): a web server or browser that gets here by mistake is refused by TLS itself.
inline constexpr std::string_view kAlpn = "freezenet/1";

/// TLS 1.3 for both directions. Both sides show a certificate and prove that they hold its key; nothing else about it
/// is checked, because identity is the key (node_id_of). No tickets, no resumption, no compression. Keys of others:
/// Ed25519 or P-256.
Result<asio::ssl::context> make_tls_context(const NodeIdentity& identity);

/// After the handshake: the other side's node id. kWrongProtocolVersion where no common ALPN was agreed, kBadEncoding
/// without certificate.
Result<Hash256> peer_node_id(TlsStream& stream);

}  // namespace freezenet::net
