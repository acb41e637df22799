#include "daemon/rpc/bounded_json.h"
#include "tests/fuzz/json_shape.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// What reads a request's body.
void bounded_json(ByteView input) {
  const daemon::JsonLimits limits{.depth = 8, .values = 100};
  const auto value = daemon::parse_bounded_json(as_text(input), limits);
  if (!value) return require_refusal(value.error(), Blame::kSender, {RejectCode::kTooLarge, RejectCode::kBadEncoding});
  const JsonShape shape = require_whole_json(as_text(input), *value, false);
  require(shape.depth <= limits.depth && shape.values <= limits.values, "depth and values keep to their limits");
}

}  // namespace freezenet::fuzz
