#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace freezenet::daemon {

/// The answer of the RPC method `status` as one screen of at most 80 columns, for an operator: is it working, how well,
/// since when, and what to do where it is not. `colour`: ANSI sequences, for a terminal. Fields that the answer lacks
/// are shown as "-".
std::string status_screen(const nlohmann::json& status, bool colour);

}  // namespace freezenet::daemon
