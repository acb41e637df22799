#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "daemon/lab/task_file.h"

namespace freezenet::lab {

/// What follows from a task, for the person who writes one: each layer with its output, weights and work, and the sums.
nlohmann::ordered_json task_report(const NamedTask& named);
/// The same as a table.
std::string task_report_text(const NamedTask& named);

}  // namespace freezenet::lab
