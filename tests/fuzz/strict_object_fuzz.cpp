#include "tests/fuzz/json_shape.h"
#include "tests/fuzz/targets.h"
#include "training/strict_json.h"

namespace freezenet::fuzz {
namespace {

bool plain(const nlohmann::json& value) {
  if (value.is_structured()) return std::all_of(value.begin(), value.end(), plain);
  return value.is_string() || value.is_number_unsigned();
}

}  // namespace

/// What reads the header of a model file.
void strict_object(ByteView input) {
  constexpr std::size_t kDepth = 3;
  const auto value = training::parse_strict_object(input, kDepth);
  if (!value) return require_refusal(value.error(), Blame::kSender, {RejectCode::kBadEncoding});
  require(value->is_object() && plain(*value), "objects, lists, texts and counts alone");
  require(require_whole_json(as_text(input), *value, false).depth <= kDepth, "the depth keeps to its limit");
}

}  // namespace freezenet::fuzz
