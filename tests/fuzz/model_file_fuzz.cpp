#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/tiny_task.h"
#include "training/model_file.h"

namespace freezenet::fuzz {

/// A model file of the tiny task: what verifymodel gets. The length in front is added, as in `safetensors`.
void model_file(ByteView input) {
  static const Task task = tiny_task();
  static const Plan plan = tiny_plan(task);
  Input in(input);
  const ByteView text = in.sized();
  Writer file;
  file.integer(std::uint64_t{text.size()}).bytes(text).bytes(in.rest());
  const auto model = training::read_model(plan, file.data());
  using enum RejectCode;
  if (!model)
    return require_refusal(model.error(), Blame::kSender, {kTruncated, kTooLarge, kBadEncoding, kWrongModelSize});
  require(model->weights.size() == plan.parameters, "as many weights as the task has");
  require(model->root == training::model_root(model->weights), "the root is that of the weights");
  const auto claims = training::check_claims(task, *model);
  if (!claims) {
    const RejectCode code = claims.error().code;
    require(code == kBadEncoding || code == kWrongTask || code == kWrongModelRoot, "a false claim has a name");
  }
  const auto again = training::read_model(plan, training::write_model(task, plan, model->weights, model->metadata));
  require(again && again->root == model->root, "what is written again has the same root");
  require(training::check_claims(task, *again).has_value(), "what this program writes claims the truth");
}

}  // namespace freezenet::fuzz
