#include "daemon/rpc/rpc_auth.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// A line of rpc-auth, from whoever wrote the configuration.
void rpc_auth(ByteView input) {
  const std::string_view line = as_text(input);
  const auto user = daemon::parse_rpc_user(line);
  if (!user) {
    require(user.error().code == RejectCode::kConfig, "a bad line is a mistake of the configuration");
    require(user.error().detail.size() < 300, "a short sentence says why");
    return;
  }
  require(daemon::rpc_user_line(*user) == line, "one user, one line");
  require(user->salt.size() == 32 && user->hash.size() == 64, "salt and hash have one length");
  require(user->name.find(':') == std::string::npos && user->name != daemon::kCookieUser, "a name that HTTP can carry");
}

}  // namespace freezenet::fuzz
