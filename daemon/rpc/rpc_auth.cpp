#include "daemon/rpc/rpc_auth.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

constexpr std::size_t kLongestName = 64, kSaltDigits = 32, kHashDigits = 64;

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, allowed) && text != kCookieUser;
}

bool is_hex(std::string_view text, std::size_t digits) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == digits && std::ranges::all_of(text, digit);
}

tl::unexpected<Reject> bad_line(std::string_view what) {
  return reject(RejectCode::kConfig, "rpc-auth: " + std::string(what) +
                                         "; `freezenet-cli rpcauth USER` makes a line of the form USER:SALT$HASH");
}

}  // namespace

Result<RpcUser> parse_rpc_user(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::size_t dollar = line.find('$');
  if (colon == line.npos || dollar == line.npos || dollar < colon) return bad_line("a line has no user, salt or hash");
  RpcUser user{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1, dollar - colon - 1)),
               std::string(line.substr(dollar + 1))};
  if (!is_name(user.name)) return bad_line("a user's name has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
  if (!is_hex(user.salt, kSaltDigits)) return bad_line("the salt of " + user.name + " is not 32 hexadecimal digits");
  if (!is_hex(user.hash, kHashDigits)) return bad_line("the hash of " + user.name + " is not 64 hexadecimal digits");
  return user;
}

std::string rpc_user_line(const RpcUser& user) { return user.name + ":" + user.salt + "$" + user.hash; }

std::string rpc_password_hash(std::string_view salt, std::string_view password) {
  std::array<std::uint8_t, 32> mac{};
  unsigned length = mac.size();
  HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()),
       reinterpret_cast<const unsigned char*>(password.data()), password.size(), mac.data(), &length);
  return to_hex(ByteView(mac));
}

Result<NewRpcUser> new_rpc_user(std::string_view name) {
  if (!is_name(name)) {
    return reject(RejectCode::kConfig,
                  "a user's name has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', and is not __cookie__");
  }
  std::array<std::uint8_t, kSaltDigits / 2> salt{};
  std::array<std::uint8_t, 32> secret{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1 ||
      RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return reject(RejectCode::kStorage, "the system's random generator gave no password");
  }
  NewRpcUser made{{std::string(name), to_hex(ByteView(salt)), {}}, to_hex(ByteView(secret))};
  made.user.hash = rpc_password_hash(made.user.salt, made.password);
  return made;
}

}  // namespace freezenet::daemon
