#include "daemon/rpc/base64.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void base64(ByteView input) {
  const auto bytes = daemon::from_base64(as_text(input));
  if (bytes) require(daemon::to_base64(*bytes) == as_text(input), "encode(decode(x)) == x");
  const auto again = daemon::from_base64(daemon::to_base64(input));
  require(again && same(*again, input), "decode(encode(x)) == x");
}

}  // namespace freezenet::fuzz
