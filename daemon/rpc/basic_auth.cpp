#include "daemon/rpc/basic_auth.h"

#include <algorithm>

#include <openssl/crypto.h>

#include "daemon/rpc/base64.h"

namespace freezenet::daemon {
namespace {

constexpr std::string_view kScheme = "Basic ";
// A password of ours has 64 digits; what is longer than this is none.
constexpr std::size_t kLongestCredentials = 1024;

bool names_scheme(std::string_view authorization) {
  const auto same = [](char given, char expected) { return (given | 0x20) == (expected | 0x20); };
  return authorization.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), same);
}

}  // namespace

BasicAuth::BasicAuth(std::string_view credentials, std::vector<RpcUser> users)
    : header_(std::string(kScheme) +
              to_base64({reinterpret_cast<const std::uint8_t*>(credentials.data()), credentials.size()})),
      users_(std::move(users)) {}

bool BasicAuth::is_cookie(std::string_view authorization) const {
  // The length is no secret: it is the same for every cookie.
  return authorization.size() == header_.size() &&
         CRYPTO_memcmp(authorization.data() + kScheme.size(), header_.data() + kScheme.size(),
                       header_.size() - kScheme.size()) == 0;
}

std::optional<std::string> BasicAuth::user_of(std::string_view authorization) const {
  if (!names_scheme(authorization) || authorization[kScheme.size() - 1] != ' ') return std::nullopt;
  if (is_cookie(authorization)) return std::string(kCookieUser);
  if (users_.empty() || authorization.size() > kLongestCredentials) return std::nullopt;
  const std::optional<Bytes> decoded = from_base64(authorization.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const std::string_view credentials(reinterpret_cast<const char*>(decoded->data()), decoded->size());
  const std::size_t colon = credentials.find(':');
  if (colon == credentials.npos) return std::nullopt;
  const std::string_view name = credentials.substr(0, colon);
  const auto found = std::ranges::find(users_, name, &RpcUser::name);
  const bool known = found != users_.end();
  // Somebody who is unknown takes as long as somebody who is not.
  const RpcUser& user = known ? *found : users_.front();
  const std::string hash = rpc_password_hash(user.salt, credentials.substr(colon + 1));
  const bool right = hash.size() == user.hash.size() && CRYPTO_memcmp(hash.data(), user.hash.data(), hash.size()) == 0;
  return known && right ? std::optional(std::string(name)) : std::nullopt;
}

}  // namespace freezenet::daemon
