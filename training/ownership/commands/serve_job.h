#pragma once

#include <optional>

#include "training/ownership/commands/job.h"

namespace freezenet::ownership {

/// Answers queries for a model's scores on two file descriptors until the other side closes (query_server.h), rounded
/// to `decimals` where given.
Result<> run_serve(const Task& task, const Plan& plan, const std::vector<float>& weights, int in, int out,
                   std::optional<unsigned> decimals);

}  // namespace freezenet::ownership
