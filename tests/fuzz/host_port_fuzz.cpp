#include "net/address_book.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void host_port(ByteView input) {
  const auto parsed = net::parse_address(as_text(input));
  if (!parsed) return require_refusal(parsed.error(), Blame::kOurselves, {RejectCode::kConfig});
  require(parsed->port != 0 && !parsed->host.empty() && parsed->host.size() <= 253, "an address has host and port");
  const auto again = net::parse_address(net::to_string(*parsed));
  require(again && *again == *parsed, "decode(encode(decode(x))) == decode(x)");
}

}  // namespace freezenet::fuzz
