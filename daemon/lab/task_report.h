#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "daemon/lab/task_file.h"

namespace freezenet::lab {

/// What follows from a task, for the person who writes one: each layer with its output, weights and work, and the sums.
nlohmann::ordered_json task_report(const NamedTask& named);
/// The same as a table.
std::string task_report_text(const NamedTask& named);

/// Multiplications with an addition in one sample's forward pass; a training step does three times as many.
std::uint64_t multiply_adds(const Task& task, const Plan& plan);

}  // namespace freezenet::lab
