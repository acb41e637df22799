#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "consensus/base/result.h"
#include "consensus/task.h"
#include "daemon/json_fields.h"

namespace freezenet::daemon {

/// A task as people write it, in a network's file (network_json.h) and in a file of its own (configs/tasks/NAME.json).

/// What stands in place of the dataset's root in a task that is written before anybody's files are known.
inline constexpr std::string_view kUnpinned = "unpinned";

nlohmann::ordered_json to_json(const Layer& layer);
nlohmann::ordered_json to_json(const Task& task);

/// A task within another document, at `path` of it. Reports what is wrong; a root that is not known yet is, too.
Task read_task(const nlohmann::json& json, const std::string& path, JsonProblem& problem);

struct TaskFile {
  Task task;
  bool pinned = true;  ///< false: the file says kUnpinned, and the dataset's root is zero
};
/// A file that holds a task alone. Strict as network_from_json(), and check_task(): kConfig.
Result<TaskFile> task_from_json(std::string_view text);

}  // namespace freezenet::daemon
