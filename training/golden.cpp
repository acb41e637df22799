#include "training/golden.h"

#include <string>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/segment.h"

namespace freezenet::training {

const char* const kGoldenSegment = "45c77763ae5f3ef35ad29090ed6541dd64731328a1495fc5a40cf691438cc9ec";

Result<Hash256> golden_segment(const EngineOptions& options) {
  Task task = digits_task();
  task.batch = 2;
  task.steps = 32;
  task.evaluation_slice = 1;
  task.label_smoothing = 0.1F;
  task.weight_decay = 0x1p-10F;
  const auto plan = plan_of(task);
  if (!plan) return tl::unexpected(plan.error());
  const auto dataset = digits_dataset();
  if (!dataset) return tl::unexpected(dataset.error());

  Engine engine(task, *plan, options);
  const Hash256 candidate_hash = tagged_hash("FreezeNet/golden", {});
  Segment segment(engine, *dataset, task, *plan, candidate_hash, 1, genesis_weights(*plan, task.id()));
  const auto result = train(segment, {});
  if (!result) return tl::unexpected(result.error());
  return Sha256().update(result->trace_root.bytes).update(result->model_root.bytes).finish();
}

Result<> check_golden_segment(const EngineOptions& options) {
  const auto found = golden_segment(options);
  if (!found) return tl::unexpected(found.error());
  if (to_hex(*found) == kGoldenSegment) return {};
  return reject(RejectCode::kSelfTestFailed, "the golden segment yields " + to_hex(*found) + ", expected " +
                                                 kGoldenSegment + ": this machine computes other bits");
}

}  // namespace freezenet::training
