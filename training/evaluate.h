#pragma once

#include <optional>
#include <span>

#include "training/dataset/dataset.h"
#include "training/engine.h"

namespace freezenet::training {

/// The score of a model: how many of the first task.evaluation_slice samples of the evaluation split it classifies
/// rightly (argmax, the lowest of equal classes). nullopt where a logit is not finite: such a model is never adopted,
/// whatever its score.
Result<std::optional<std::uint32_t>> evaluate(Engine& engine, const Dataset& dataset, const Task& task,
                                              std::span<const float> weights);

}  // namespace freezenet::training
