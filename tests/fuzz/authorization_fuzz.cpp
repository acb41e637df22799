#include "daemon/rpc/base64.h"
#include "daemon/rpc/basic_auth.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// The value of an Authorization header, from whoever reached the port.
void authorization(ByteView input) {
  static const daemon::RpcUser alice{"alice", std::string(32, '0'),
                                     daemon::rpc_password_hash(std::string(32, '0'), "0123456789abcdef")};
  static const daemon::BasicAuth auth("__cookie__:0123456789abcdef", {alice});
  const std::string_view shown = as_text(input);
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  };
  const std::size_t scheme = std::string_view("Basic").size();
  const auto is = [&](const std::string& right) {
    return shown.size() == right.size() && shown.substr(scheme) == std::string_view(right).substr(scheme) &&
           lower(shown.substr(0, scheme)) == "basic";
  };
  static const std::string password = daemon::BasicAuth("alice:0123456789abcdef").header();
  const auto user = auth.user_of(shown);
  require((user == "__cookie__") == is(auth.header()), "exactly the cookie is the cookie, under \"basic\" in any case");
  require((user == "alice") == is(password), "exactly the user's password is the user");
  require(!user || user == "__cookie__" || user == "alice", "nobody else is let in");
}

}  // namespace freezenet::fuzz
