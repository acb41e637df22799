#include <nlohmann/json.hpp>

#include "daemon/task_json.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// configs/tasks/NAME.json.
void task_file(ByteView input) {
  const auto file = daemon::task_from_json(as_text(input));
  if (!file) return require_refusal(file.error(), Blame::kOurselves, {RejectCode::kConfig});
  require(check_task(file->task).has_value(), "what is read passes check_task");
  require(file->pinned || file->task.dataset.root.is_zero(), "without a root there is none");
  const auto again = daemon::task_from_json(daemon::to_json(file->task).dump());
  require(again.has_value() && again->pinned, "what this program writes it reads");
  require(again->task == file->task && again->task.id() == file->task.id(), "decode(encode(decode(x))) == decode(x)");
}

}  // namespace freezenet::fuzz
