#pragma once

#include <functional>
#include <span>

#include "consensus/base/result.h"
#include "training/engine.h"
#include "training/task_context.h"

namespace freezenet::daemon {

/// The score of a model of a task, by the task's number; nullopt: it is not sound. Blocks the thread that calls it.
using ModelScore =
    std::function<Result<std::optional<std::uint32_t>>(std::size_t task, std::span<const float> weights)>;

/// `tasks` outlive what is returned. Each call has an engine of its own.
ModelScore model_score(std::span<const training::TaskContext> tasks, training::EngineOptions engine);

}  // namespace freezenet::daemon
