#include "daemon/rpc/basic_auth.h"

#include <openssl/crypto.h>

#include "daemon/rpc/base64.h"

namespace freezenet::daemon {

BasicAuth::BasicAuth(std::string_view credentials)
    : header_("Basic " + to_base64({reinterpret_cast<const std::uint8_t*>(credentials.data()), credentials.size()})) {}

bool BasicAuth::accepts(std::string_view authorization) const {
  // The length is no secret: it is the same for every cookie.
  if (authorization.size() != header_.size()) return false;
  std::string given(authorization);
  for (std::size_t i = 0; i < 5; ++i)
    given[i] = static_cast<char>(i == 0 ? given[i] & ~0x20 : given[i] | 0x20);  // "basic" is one scheme with "Basic"
  return CRYPTO_memcmp(given.data(), header_.data(), header_.size()) == 0;
}

}  // namespace freezenet::daemon
