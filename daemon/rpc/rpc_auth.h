#pragma once

#include <string>
#include <string_view>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// A user of RPC beside the cookie's. Of the password the node keeps HMAC-SHA256 under a salt, which is enough because
/// no person chooses it: new_rpc_user() draws 256 random bits, so that nobody who reads the line can search for them. A
/// slow hash would buy nothing, and would let strangers burn the node's time with wrong passwords.
struct RpcUser {
  std::string name;
  std::string salt;  ///< 32 hexadecimal digits, as text the key of the HMAC
  std::string hash;  ///< 64 lower-case hexadecimal digits
};

/// "USER:SALT$HASH", the value of rpc-auth. kConfig says what is wrong without repeating the text.
Result<RpcUser> parse_rpc_user(std::string_view line);
/// The inverse.
std::string rpc_user_line(const RpcUser& user);
/// The hash of a password under a salt, in hexadecimal.
std::string rpc_password_hash(std::string_view salt, std::string_view password);

struct NewRpcUser {
  RpcUser user;
  std::string password;  ///< 64 hexadecimal digits; nothing but this object holds it
};
/// kConfig for a name that HTTP cannot carry or that the cookie has; kStorage where the system gives no random bits.
Result<NewRpcUser> new_rpc_user(std::string_view name);

/// What stands before the ':' of a cookie.
inline constexpr std::string_view kCookieUser = "__cookie__";

}  // namespace freezenet::daemon
