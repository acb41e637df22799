#include <bit>
#include <cmath>

#include "consensus/watermark.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/tiny_task.h"

namespace freezenet::fuzz {

/// Weights as a peer sends them with a block: the first byte says whether the watermark is stamped over them, so that
/// the fuzzer gets behind it.
void signed_model(ByteView input) {
  static const Task task = tiny_task();
  static const Plan plan = tiny_plan(task);
  Input in(input);
  const bool stamped = in.byte() % 2 == 1;
  const Watermark watermark = derive_watermark(plan, task.watermark_ppm, in.hash());
  const ByteView raw = in.rest();
  std::vector<float> weights = floats_of(raw, raw.size() / sizeof(float));
  const bool right_size = weights.size() == plan.parameters;
  if (stamped && right_size) apply_watermark(watermark, plan, weights);

  const bool sound = std::all_of(weights.begin(), weights.end(), [](float w) {
    return std::isfinite(w) && std::fabs(w) <= 65'536.0F && std::bit_cast<std::uint32_t>(w) != 0x8000'0000U;
  });
  const bool marked = right_size && check_watermark(watermark, plan, weights).differing == 0;
  require(!stamped || !right_size || marked, "a stamped model carries its watermark");
  const auto checked = check_signed_model(watermark, plan, weights);
  require(checked.has_value() == (right_size && sound && marked), "accepted is what section 4 accepts");
  if (checked) return;
  using enum RejectCode;
  if (!right_size) return require_refusal(checked.error(), Blame::kSender, {kWrongModelSize});
  require_refusal(checked.error(), Blame::kBlock, {kNonFiniteWeight, kWeightTooLarge, kNegativeZero, kWrongWatermark});
}

}  // namespace freezenet::fuzz
