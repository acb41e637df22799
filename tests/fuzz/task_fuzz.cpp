#include "consensus/task.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

void plan(const Task& task) {
  const TaskLimits limits;
  const auto plan = plan_of(task, limits);
  if (!plan) return require_refusal(plan.error(), Blame::kOurselves, {RejectCode::kBadTask});
  require(plan->parameters <= limits.max_parameters, "a plan keeps to the limit of parameters");
  require(plan->activations.size() == task.layers.size() + 1, "one activation more than layers");
  std::uint64_t parameters = 0, values = 0;
  for (const TensorSpec& tensor : plan->tensors) {
    require(tensor.offset == parameters && tensor.count > 0, "tensors lie one after the other");
    parameters += tensor.count;
  }
  for (const Activation& activation : plan->activations) values += activation.size();
  require(parameters == plan->parameters, "parameters are the sum of the tensors");
  require(values <= limits.max_activation, "a plan keeps to the limit of activations");
  require(values * task.batch <= limits.max_batch_activation, "a batch keeps to the limit of activations");
}

}  // namespace

void task(ByteView input) {
  const auto decoded = Task::decode(input);
  if (!decoded) {
    using enum RejectCode;
    // What is well encoded and breaks a rule of tasks is this node's own file: no peer sends tasks.
    if (decoded.error().code == kBadTask) return;
    return require_refusal(decoded.error(), Blame::kSender,
                           {kTruncated, kTrailingBytes, kNonCanonicalSize, kTooLarge, kBadEncoding});
  }
  require(same(encoded(*decoded), input), "encode(decode(x)) == x");
  require(check_task(*decoded).has_value(), "what decodes passes check_task");
  plan(*decoded);
}

}  // namespace freezenet::fuzz
