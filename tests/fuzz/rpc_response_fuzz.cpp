#include "daemon/cli/rpc_response.h"
#include "daemon/cli/status_screen.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

bool plain_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

}  // namespace

/// What freezenet-cli gets from whoever holds the port: two bytes of HTTP status, then the body.
void rpc_response(ByteView input) {
  Input in(input);
  const unsigned status = in.integer<std::uint16_t>();
  const auto result = daemon::read_response(status, as_text(in.rest()), "127.0.0.1:1");
  if (!result) {
    require(result.error().kind != daemon::CallError::Kind::kNoNode, "an answer is not no answer");
    return require(!result.error().message.empty(), "a refusal has words");
  }
  require(status == 200, "only 200 is a result");
  require(plain_text(daemon::status_screen(*result, false)), "no text of a stranger steers the terminal");
  result->dump(2, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace freezenet::fuzz
