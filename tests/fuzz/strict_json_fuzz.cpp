#include "daemon/strict_json.h"
#include "tests/fuzz/json_shape.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// What reads configuration, network files and genesis.json.
void strict_json(ByteView input) {
  constexpr int kDepth = 16;
  const auto value = daemon::parse_strict_json(as_text(input), kDepth);
  if (!value) return require_refusal(value.error(), Blame::kOurselves, {RejectCode::kConfig});
  const JsonShape shape = require_whole_json(as_text(input), *value, true);
  require(shape.depth <= kDepth + 1, "the depth keeps to its limit");
  require(shape.values <= input.size() + 1, "no more values than bytes");
}

}  // namespace freezenet::fuzz
