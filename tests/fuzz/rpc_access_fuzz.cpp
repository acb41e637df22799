#include "daemon/rpc_access.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// .cookie and rpc-address, the two files by which a client finds a node.
void rpc_access(ByteView input) {
  static const Scratch scratch;
  const daemon::DataPaths paths(scratch.path());
  Input in(input);
  const ByteView cookie = in.sized(), address = in.rest();
  scratch.write(paths.cookie().filename(), cookie);
  scratch.write(paths.rpc_address().filename(), address);
  const auto access = daemon::find_rpc_access(paths, std::nullopt, "127.0.0.1", 19742);
  if (!access) {
    if (access.error().code == RejectCode::kTooLarge)
      return require(cookie.size() > 1024 || address.size() > 1024, "1 KiB is never too large");
    return require_refusal(access.error(), Blame::kOurselves, {RejectCode::kStorage});
  }
  require(access->credentials.size() == std::string_view("__cookie__:").size() + 64, "a cookie has one length");
  require(as_text(cookie).starts_with(access->credentials), "the credentials are the file's");
  require(access->port != 0 && !access->host.empty(), "an address has host and port");
  require(access->credentials.find_first_of("\r\n") == std::string::npos, "no line end goes into a header of HTTP");
}

}  // namespace freezenet::fuzz
